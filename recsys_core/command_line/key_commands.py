"""The commands identify and rotate-keys, and tidy, which applies the periods for which things are kept."""

import argparse
from pathlib import Path

from recsys_core.answers import message
from recsys_core.command_line.options import DATASET, Commands, add_command, given, open_workspace
from recsys_core.command_line.printing import print_answer
from recsys_core.wording.sentences import label, say

_PERIODS = ("reports_days", "runs_days")


def add_commands(commands: Commands) -> None:
    """Declare the commands."""
    who = add_command(commands, "identify", _identify, "Tell who is behind pseudonyms; each use is written down.")
    who.add_argument("dataset", help=DATASET)
    who.add_argument("pseudonyms", metavar="PSEUDONYM", nargs="+")
    who.add_argument("--log", metavar="FILE", help="the log that was imported; default: the id table of the data set")
    rotate = add_command(commands, "rotate-keys", _rotate, "Make the keys of pseudonyms and id tables anew.")
    rotate.add_argument("--yes", action="store_true", help="do it; without it, only say what would change")
    text = "Remove reports and runs that are older than they are to be kept; pinned runs stay."
    tidy = add_command(commands, "tidy", _tidy, text)
    for name, what in zip(_PERIODS, ("reports", "runs that were not used"), strict=True):
        option = f"--{name.replace('_', '-')}"
        tidy.add_argument(option, type=int, metavar="DAYS", help=f"remove {what} for so long; 0: keep all")
    tidy.add_argument(
        "--remember", action="store_true", help="keep these periods: every start of the server applies them"
    )
    tidy.add_argument("--yes", action="store_true", help="remove; without it, only say what would go")


def _identify(arguments: argparse.Namespace) -> None:
    from recsys_core.care.identifying import identify

    log = Path(arguments.log).expanduser() if arguments.log else None
    found = identify(open_workspace(arguments), arguments.dataset, arguments.pseudonyms, log=log)
    lines = [f"{pseudonym}  {user}" for pseudonym, user in found.ids.items()]
    if found.missing:
        lines.append(say(message("line-not-identified", pseudonyms=found.missing)))
    answer = {"dataset_id": found.dataset_id, "ids": found.ids, "missing": list(found.missing)}
    print_answer(arguments, answer, lines)


def _rotate(arguments: argparse.Namespace) -> None:
    from recsys_core.care.rotation import rotate_keys

    space = open_workspace(arguments)
    if not arguments.yes:
        print_answer(arguments, {"rotated": False}, [label("line-rotate-give-yes")])
        return
    done = rotate_keys(space)
    line = message("line-keys-rotated", kept=len(done.kept), tables=done.id_tables)
    print_answer(arguments, {"rotated": True, "kept": list(done.kept), "id_tables": done.id_tables}, [say(line)])


def _tidy(arguments: argparse.Namespace) -> None:
    from recsys_core.care import periods

    space = open_workspace(arguments)
    wanted = periods.kept_periods(space).changed(given(arguments, _PERIODS))
    if arguments.remember:
        periods.keep_periods(space, wanted)
    going = periods.tidy(space, wanted) if arguments.yes else periods.overdue(space, wanted)
    lines = [say(message("line-periods", reports=wanted.reports_days, runs=wanted.runs_days))]
    lines += [
        say(message("line-overdue-run", run_id=run.run_id, bytes=run.size, days=days)) for run, days in going.runs
    ]  # fmt: skip
    lines += [say(message("line-overdue-report", report=name, days=days)) for name, days in going.reports]
    lines.append(
        say(message("line-tidied", runs=len(going.runs), reports=len(going.reports), removed=arguments.yes))
    )  # fmt: skip
    answer = {
        "periods": wanted.to_dict(), "removed": arguments.yes, "remembered": arguments.remember,
        "runs": [run.run_id for run, _ in going.runs], "reports": [name for name, _ in going.reports],
    }  # fmt: skip
    print_answer(arguments, answer, lines)

"""The commands delete and forget, which say what would go and with --yes end it; audit, backup and restore."""

import argparse
import os
import sys
from pathlib import Path

from recsys_core.answers import message
from recsys_core.command_line.options import DATASET, Commands, add_command, open_workspace
from recsys_core.command_line.printing import print_answer
from recsys_core.objects.holdings_object import holdings_lines, holdings_object
from recsys_core.wording.sentences import label, say
from recsys_core.workspace import Workspace

_KINDS = ("dataset", "study", "ids", "report")


def add_commands(commands: Commands) -> None:
    """Declare the commands."""
    delete = add_command(
        commands, "delete", _delete, "Delete a data set with all that is held of it, a study, an id table, a report."
    )
    text = "study: the settings kept beside a data set; ids: the way back from its pseudonyms"
    delete.add_argument("kind", choices=_KINDS, help=text)
    delete.add_argument("what", metavar="ID", help="id of the data set; report: its file in the workspace's reports/")
    delete.add_argument("--yes", action="store_true", help="delete; without it, only say what would go")
    delete.add_argument("--pinned", action="store_true", help="dataset: delete its pinned runs as well")
    text = "Take one user out of a data set and of all that follows from it."
    forget = add_command(commands, "forget", _forget, text)
    forget.add_argument("dataset", help=DATASET)
    who = forget.add_mutually_exclusive_group(required=True)
    who.add_argument("--user", metavar="ID", help="id as the log has it; - reads it from standard input")
    who.add_argument("--pseudonym", metavar="ID", help="id as the data set stores it")
    forget.add_argument("--reports", action="store_true", help="delete the reports that name the data set as well")
    forget.add_argument("--pinned", action="store_true", help="delete pinned runs as well")
    forget.add_argument("--yes", action="store_true", help="forget; without it, only say what would go")
    backup = add_command(commands, "backup", _backup, "Write the whole workspace as one file, while it is in use.")
    backup.add_argument("file", metavar="FILE.zip")
    restore = add_command(commands, "restore", _restore, "Make a workspace of a backup, in an empty folder.")
    restore.add_argument("file", metavar="FILE.zip", help="what backup wrote")
    text = "Go over what is stored, say what is damaged and what to do, and leave with exit code 1 where anything is."
    verify = add_command(commands, "verify", _verify, text)
    verify.add_argument("ids", nargs="*", metavar="ID", help="data sets or runs; default: all that is stored")
    verify.add_argument(
        "--record", action="store_true", help="keep the sums of data sets that have none, if they can be read whole"
    )
    add_command(commands, "audit", _audit, "What was imported, deleted, forgotten and exported, when, and how.")


def _delete(arguments: argparse.Namespace) -> None:
    space, what, yes = open_workspace(arguments), arguments.what, arguments.yes
    if arguments.kind == "dataset":
        _delete_dataset(space, arguments)
        return
    from recsys_core.care import deletion

    if arguments.kind == "study":
        found = (space.dataset_folder(what) / "study.toml").is_file()
        if yes:
            deletion.delete_study(space, what)
        line = message("line-study-deleted", dataset_id=what, deleted=yes, found=found)
    elif arguments.kind == "ids":
        from recsys_core.id_table import tables

        found = bool(tables(space.dataset_folder(what)))
        if yes:
            deletion.delete_id_tables(space, what)
        line = message("line-id-table-deleted", dataset_id=what, deleted=yes, found=found)
    else:
        deletion.check_report(space, what)
        if yes:
            deletion.delete_report(space, what)
        line = message("line-report-deleted", report=what, deleted=yes)
    lines = [say(line)] if yes else [say(line), label("line-give-yes")]
    print_answer(arguments, {arguments.kind: what, "deleted": yes}, lines)


def _delete_dataset(space: Workspace, arguments: argparse.Namespace) -> None:
    from recsys_core.care.deletion import delete_dataset
    from recsys_core.care.holdings import holdings

    if arguments.yes:
        going = delete_dataset(space, arguments.what, pinned=arguments.pinned)
    else:
        going = holdings(space, arguments.what)
    lines = holdings_lines(going, deleted=arguments.yes)
    if not arguments.yes:
        lines.append(label("line-give-yes"))
    print_answer(arguments, holdings_object(going) | {"deleted": arguments.yes}, lines)


def _forget(arguments: argparse.Namespace) -> None:
    from recsys_core.care.forgetting import forget_user, traces
    from recsys_core.objects.holdings_object import traces_lines, traces_object

    space, yes = open_workspace(arguments), arguments.yes
    user = sys.stdin.readline().rstrip("\r\n") if arguments.user == "-" else arguments.user or ""
    who = {"user": user, "pseudonym": arguments.pseudonym or ""}
    if yes:
        found = forget_user(space, arguments.dataset, **who, pinned=arguments.pinned, reports=arguments.reports)
    else:
        found = traces(space, arguments.dataset, **who)
    lines = traces_lines(found, forgotten=yes, reports=arguments.reports)
    if not yes:
        lines.append(label("line-forget-give-yes"))
    answer = traces_object(found) | {"forgotten": yes, "reports_deleted": yes and arguments.reports}
    print_answer(arguments, answer, lines)


def _audit(arguments: argparse.Namespace) -> None:
    from recsys_core import audit

    found, damaged = audit.entries(open_workspace(arguments))
    lines = [
        "  ".join((entry.time, entry.by, entry.what, *(f"{name}={value}" for name, value in entry.facts.items())))
        for entry in found
    ]
    if damaged:
        lines.append(say(message("line-audit-damaged", lines=damaged)))
    answer = [{"time": entry.time, "by": entry.by, "what": entry.what, **entry.facts} for entry in found]
    print_answer(arguments, {"entries": answer, "damaged": damaged}, lines or [label("line-audit-empty")])


def _verify(arguments: argparse.Namespace) -> int:
    from recsys_core.care import verification
    from recsys_core.objects.verification_object import verification_lines, verification_object

    space = open_workspace(arguments)
    if arguments.record:
        verification.record(space, arguments.ids)
    found = verification.verify(space, arguments.ids)
    print_answer(arguments, verification_object(found), verification_lines(found))
    return int(any(finding.state == "damaged" for finding in found))


def _backup(arguments: argparse.Namespace) -> None:
    from recsys_core.care.backup import back_up

    written = back_up(open_workspace(arguments), Path(arguments.file))
    line = message("line-backup", files=written.files, bytes=written.size, file=str(written.path))
    print_answer(arguments, {"file": str(written.path), "files": written.files, "bytes": written.size}, [say(line)])


def _restore(arguments: argparse.Namespace) -> None:
    from recsys_core.care.restore import restore

    home = arguments.workspace or os.environ.get("STAYING_POWER_HOME") or "workspace"
    space = restore(Path(arguments.file), Path(home), "command line")
    datasets = space.dataset_ids()
    line = message("line-restored", datasets=len(datasets), folder=str(space.home))
    print_answer(arguments, {"workspace": str(space.home), "datasets": datasets}, [say(line)])

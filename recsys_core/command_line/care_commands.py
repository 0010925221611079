"""The command delete: what would go, and with --yes its end."""

import argparse

from recsys_core.answers import message
from recsys_core.command_line.options import Commands, add_command, open_workspace
from recsys_core.command_line.printing import print_answer
from recsys_core.objects.holdings_object import holdings_lines, holdings_object
from recsys_core.wording.sentences import label, say
from recsys_core.workspace import Workspace

_KINDS = ("dataset", "study", "report")


def add_commands(commands: Commands) -> None:
    """Declare the commands."""
    delete = add_command(
        commands, "delete", _delete, "Delete a data set with all that is held of it, a study, a report."
    )
    delete.add_argument("kind", choices=_KINDS, help="study: the settings kept beside a data set")
    delete.add_argument("what", metavar="ID", help="id of the data set; report: its file in the workspace's reports/")
    delete.add_argument("--yes", action="store_true", help="delete; without it, only say what would go")
    delete.add_argument("--pinned", action="store_true", help="dataset: delete its pinned runs as well")


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

"""The command import."""

import argparse
import sys
from pathlib import Path

from recsys_core.answers import message
from recsys_core.command_line.options import (
    Commands,
    add_assignments,
    add_command,
    assigned,
    given,
    open_workspace,
    refuse_devices,
)
from recsys_core.command_line.printing import print_answer, print_progress
from recsys_core.data.dataset import Dataset
from recsys_core.errors import WorkspaceError
from recsys_core.imports import import_client, import_jobs
from recsys_core.settings import DataSettings
from recsys_core.wording.objects import worded
from recsys_core.wording.sentences import issue_action, issue_detail, say, step_name
from recsys_core.workspace import Workspace

_ROLES = ("user", "item", "time", "event", "value", "recommender", "propensity")
_LOOK_SECONDS = 0.5
_CANCEL_SECONDS = 15.0


def add_commands(commands: Commands) -> None:
    """Declare the command."""
    command = add_command(commands, "import", _import, "Bring a log into the workspace.")
    command.add_argument("log", help="CSV or Parquet, one row per event")
    command.add_argument("--items", metavar="FILE", help="table with one row per item")
    command.add_argument("--users", metavar="FILE", help="table with one row per user")
    for role in _ROLES:
        command.add_argument(f"--{role}", metavar="COLUMN", help=f"column of the {role}; guessed if not given")
    command.add_argument("--text", metavar="COLUMNS", help="columns of the items table that describe the item")
    command.add_argument(
        "--keep-personal", metavar="COLUMNS", help="store these columns although they look like personal data"
    )
    command.add_argument("--separator", help="what parts fields; found out if not given")
    command.add_argument("--columns", metavar="A,B,C", help="names for a log without a header")
    command.add_argument(
        "--new-key", action="store_true", help="make another key of the pseudonyms, where it is lost or damaged"
    )
    command.add_argument("--title", default="", help="name of the data set")
    add_assignments(command, DataSettings)


def _imported(space: Workspace, settings: DataSettings, title: str) -> str:
    """Import in a process of its own, saying on a terminal how far it is; an interrupt cancels it."""
    job_id, told = import_client.begin(space, settings, folder=Path.cwd(), title=title), None
    try:
        while (job := import_client.wait(space, job_id, _LOOK_SECONDS)) and job.active:
            if sys.stderr.isatty() and told != (told := job.doing):
                print_progress(import_jobs.standing(job))
    except KeyboardInterrupt:
        import_jobs.ask_cancel(space, job_id)
        job = import_client.wait(space, job_id, _CANCEL_SECONDS)
        if job and job.state != "done":
            raise
    if job is None or job.state == "cancelled":
        raise WorkspaceError("import-cancelled-elsewhere")
    import_jobs.dismiss(space, job_id)
    if job.error:
        raise job.error
    return job.dataset_id


def _import(arguments: argparse.Namespace) -> None:
    options = given(arguments, [*_ROLES, "items", "users", "text", "keep_personal", "separator", "columns"])
    settings = DataSettings(log=arguments.log).changed(options | assigned(arguments, DataSettings)["data"])
    refuse_devices(settings.log, settings.items, settings.users)
    space = open_workspace(arguments)
    if arguments.new_key:
        space.new_key()
    dataset = Dataset.open(space, _imported(space, settings, arguments.title))
    card = worded(dataset.card())
    steps = card.pop("steps")
    card["rows"] = {"in": card.pop("rows_in"), "out": card.pop("rows"), "steps": steps}
    first = message(
        "line-imported", data_set=dataset.title, rows=dataset.rows, rows_in=dataset.rows_in, users=dataset.users
    )
    print_answer(arguments, card, [
        say(first),
        *(f"{step.rows_in:>12,} -> {step.rows_out:>12,}  {step_name(step)}" for step in dataset.steps),
        *(f"{issue.level}: {issue_detail(issue)} {issue_action(issue)}" for issue in dataset.issues),
        say(message("line-data-set", dataset_id=dataset.dataset_id)),
    ])  # fmt: skip

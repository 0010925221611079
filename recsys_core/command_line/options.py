"""How commands are declared, and how their options become settings."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from recsys_core.answers import message
from recsys_core.care.settling import settled
from recsys_core.command_line.printing import print_progress
from recsys_core.errors import SettingsError
from recsys_core.named_files import check_regular
from recsys_core.settings import Stage
from recsys_core.settings.assignments import by_stage
from recsys_core.workspace import Workspace

if TYPE_CHECKING:
    from recsys_core.data.dataset import Dataset

DATASET = "id that import printed"


class Commands(Protocol):
    """Where commands are declared: what `argparse` returns for subcommands."""

    def add_parser(self, name: str, *, help: str, description: str, allow_abbrev: bool) -> argparse.ArgumentParser:  # noqa: A002
        """Add a command."""


def add_command(
    commands: Commands, name: str, run: Callable[[argparse.Namespace], int | None], text: str
) -> argparse.ArgumentParser:
    """Declare a command with what all of them take; `text` says what it does."""
    command = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
    command.add_argument("--json", action="store_true", help="print one JSON object on standard output")
    command.add_argument("--workspace", metavar="FOLDER", help="default: STAYING_POWER_HOME, else ./workspace")
    command.set_defaults(run=run)
    return command


def open_workspace(arguments: argparse.Namespace) -> Workspace:
    """Open the workspace that a command names, and say on standard error what in it belongs to others."""
    space = settled(Workspace.open(arguments.workspace, "command line"))
    if space.of_others:
        print_progress(message("note-of-others", files=space.of_others, folder=str(space.home)))
    return space


def add_assignments(command: argparse.ArgumentParser, *stages: type[Stage], text: str = "") -> None:
    """Let a command take --set for the fields of some stages; `text` says which, where these are not all."""
    names = ", ".join(field.name for stage in stages for field in fields(stage))
    command.add_argument(
        "--set", metavar="FIELD=VALUE", action="append", default=[], dest="assignments", help=text or f"fields: {names}"
    )


def given(arguments: argparse.Namespace, names: Sequence[str]) -> dict[str, Any]:
    """Take the options that were given, by name."""
    return {name: value for name in names if (value := getattr(arguments, name)) is not None}


def assigned(arguments: argparse.Namespace, *stages: type[Stage]) -> dict[str, dict[str, str]]:
    """Read --set, by stage; a field goes to every stage that has it."""
    return by_stage(arguments.assignments, {kind.stage: [f.name for f in fields(kind)] for kind in stages})


def with_files(dataset: "Dataset", assignments: Sequence[str]) -> list[str]:
    """Take the file in that --set names, from wherever it lies: whoever types a command may read it."""
    from recsys_core.data.splitting import take_in

    pairs = [assignment.partition("=") for assignment in assignments]
    return [
        f"{name}={take_in(dataset, Path(value).expanduser())}"
        if name == "test_file" and value
        else f"{name}{equals}{value}"
        for name, equals, value in pairs
    ]


def refuse_devices(*places: str) -> None:
    """Refuse what is neither a file nor a folder of parts; SettingsError. What is missing is said where it is read."""
    for place in places:
        path = Path(place).expanduser()
        if place and "://" not in place and path.exists() and not path.is_dir():
            check_regular(path)


def numbers(text: str, option: str) -> tuple[float, ...]:
    """Read numbers parted by commas.

    Raises
    ------
    SettingsError
        If there is anything else among them.
    """
    try:
        return tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise SettingsError("option-not-numbers", option=option, text=text) from None

"""All commands, and what becomes of what they raise."""

import argparse
from collections.abc import Sequence

from recsys_core.command_line import (
    care_commands,
    data_commands,
    key_commands,
    report_commands,
    retention_commands,
    train_commands,
)
from recsys_core.command_line.printing import print_error
from recsys_core.errors import StayingPowerError, WorkspaceError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parsed = make_parser().parse_args(arguments)
    try:
        parsed.run(parsed)
    except StayingPowerError as err:
        print_error(parsed, err)
        return 1
    except OSError as err:
        print_error(parsed, _as_ours(err))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def make_parser() -> argparse.ArgumentParser:
    """Declare every command."""
    parser = argparse.ArgumentParser(prog="python -m recsys_core", description="Which recommender keeps your users?")
    commands = parser.add_subparsers(dest="command", required=True)
    for room in (data_commands, train_commands, retention_commands, report_commands, care_commands, key_commands):
        room.add_commands(commands)
    return parser


def _as_ours(err: OSError) -> WorkspaceError:
    reason = err.strerror or str(err)
    if err.filename:
        return WorkspaceError("file-not-usable", reason=reason, file=str(err.filename))
    return WorkspaceError("disk-not-usable", reason=reason)

"""All commands, and what becomes of what they raise."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

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
from recsys_core.runs.watch.failures import is_full
from recsys_core.unforeseen import as_unforeseen
from recsys_core.workspace import default_home

_UNFORESEEN, _INTERRUPTED, _BROKEN_PIPE = 70, 130, 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parsed = make_parser().parse_args(arguments)
    try:
        return _run(parsed)
    except BrokenPipeError:  # whoever read the answer has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter writes out what is left
        return _BROKEN_PIPE
    except KeyboardInterrupt:
        return _INTERRUPTED


def _run(parsed: argparse.Namespace) -> int:
    try:
        code: int | None = parsed.run(parsed)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except StayingPowerError as err:
        print_error(parsed, err)
        return 1
    except OSError as err:
        print_error(parsed, _as_ours(err))
        return 1
    except Exception as err:  # noqa: BLE001 - this is the boundary
        if is_full(err):
            print_error(parsed, WorkspaceError("disk-full"))
            return 1
        home = Path(parsed.workspace).expanduser().resolve() if parsed.workspace else default_home()
        print_error(parsed, as_unforeseen(err, home))
        return _UNFORESEEN
    return code or 0


def make_parser() -> argparse.ArgumentParser:
    """Declare every command."""
    parser = argparse.ArgumentParser(prog="python -m recsys_core", description="Which recommender keeps your users?")
    commands = parser.add_subparsers(dest="command", required=True)
    for room in (data_commands, train_commands, retention_commands, report_commands, care_commands, key_commands):
        room.add_commands(commands)
    return parser


def _as_ours(err: OSError) -> WorkspaceError:
    if is_full(err):
        return WorkspaceError("disk-full")
    reason = err.strerror or str(err)
    if err.filename:
        return WorkspaceError("file-not-usable", reason=reason, file=str(err.filename))
    return WorkspaceError("disk-not-usable", reason=reason)

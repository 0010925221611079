"""What was done with the data of a workspace: imports, deletions, forgetting, exports and changed settings.

Lines are only ever added, each in one write, so that many processes may. They name data sets, runs and files by their
ids and paths, and never a user.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from recsys_core.workspace import Workspace

_FILE = "audit.jsonl"
_FIELDS = ("time", "by", "what")


@dataclass(frozen=True)
class Entry:
    """Something that was done.

    Attributes
    ----------
    time
        UTC, ISO 8601.
    by
        Interface: command line, dashboard or library.
    what
        import, import-run, save-study, change-periods, rotate-keys, identify, take-in-test-files, delete-dataset,
        delete-study, delete-id-table, delete-report, delete-run, delete-embeddings, forget-user, export-report,
        export-run, export-risks, export-table, backup or restore.
    facts
        Ids, paths and counts.
    """

    time: str
    by: str
    what: str
    facts: Mapping[str, Any]


def note(workspace: Workspace, what: str, **facts: str | int) -> None:
    """Add a line; OSError where it cannot be written."""
    time = datetime.now(UTC).isoformat(timespec="seconds")
    line = json.dumps({"time": time, "by": workspace.interface, "what": what, **facts}, ensure_ascii=False) + "\n"
    place = os.open(workspace.home / _FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(place, line.encode())
    finally:
        os.close(place)


def entries(workspace: Workspace) -> tuple[tuple[Entry, ...], int]:
    """Read all lines, the earliest first; the number is how many could not be read."""
    path, found, damaged = workspace.home / _FILE, list[Entry](), 0
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    for line in text.splitlines():
        try:
            values = json.loads(line)
            time, by, what = (str(values.pop(name)) for name in _FIELDS)
            found.append(Entry(time, by, what, values))
        except (ValueError, KeyError, TypeError, AttributeError):
            damaged += 1
    return tuple(found), damaged

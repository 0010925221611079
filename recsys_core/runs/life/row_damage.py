"""Whether a row of the registry holds what it can hold: SQLite takes any value in any column."""

import json
import sqlite3
from collections.abc import Mapping
from typing import Any, Final

from recsys_core.stored import fits, parse_json

_STATES: Final = ("queued", "running", "finished", "failed", "cancelled", "lost")
_LAST: Final = 253_402_300_799  # second of the year 9999, the last that a date can hold
_TIMES: Final = ("created", "queued", "started", "finished", "heartbeat")
_OBJECTS: Final = {"split": dict[str, Any], "metrics": dict[str, float], "kills": dict[str, int]}
_TYPES: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("run_id", "dataset_id", "model", "state", "message", "error", "kind", "device"), str),
    **dict.fromkeys(("host", "pid_start", "boot", "retry_boot", "split", "metrics", "kills", "history"), str),
    **dict.fromkeys(("heavy", "test_from", "attempt", "cancel", "pid", "priority", "place", "worker", "retries"), int),
    **dict.fromkeys(("work", "created", "queued", "seconds", "share", "heartbeat", "cpu"), float),
    **dict.fromkeys(("started", "finished", "first_share", "first_time", "last_time", "clock"), float | None),
    **dict.fromkeys(("started_clock", "cancel_clock", "retry_clock"), float | None),
}


def damage_of(row: Mapping[str, Any] | sqlite3.Row) -> str:
    """Name the first column of a row that holds what it cannot hold; "" for a sound row."""
    for name, kind in _TYPES.items():
        if not fits(row[name], kind):
            return name
    if row["state"] not in _STATES:
        return "state"
    if late := next((name for name in _TIMES if not 0 <= (row[name] or 0) <= _LAST), ""):
        return late
    return next((name for name in (*_OBJECTS, "message", "error", "history") if not _is_read(name, row[name])), "")


def _is_read(name: str, text: str) -> bool:
    """Tell whether a column that holds JSON can be read: an object, a message or none, or how attempts ended."""
    try:
        if name == "history":
            entries = json.loads(text)
            return fits(entries, list[dict[str, Any]]) and all(map(_is_attempt, entries))
        return (not text and name not in _OBJECTS) or _fits(name, parse_json(text))
    except (ValueError, RecursionError):
        return False


def _fits(name: str, content: dict[str, Any]) -> bool:
    if name in _OBJECTS:
        return fits(content, _OBJECTS[name])
    return fits(content.get("code"), str) and fits(content.get("values"), dict[str, Any])


def _is_attempt(entry: dict[str, Any]) -> bool:
    kinds = {"attempt": int, "started": float | None, "finished": float, "state": str, "kind": str}
    reason = entry.get("reason")
    told = reason is None or (isinstance(reason, dict) and _fits("message", reason))
    return entry.keys() == {*kinds, "reason"} and told and all(fits(entry[name], kind) for name, kind in kinds.items())

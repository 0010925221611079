"""Results as JSON (dataclasses become objects, tuples arrays, what is no number null) and tables as CSV."""

import csv
import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def plain(value: Any, leave_out: frozenset[str] = frozenset(), turn: Callable[[Any], Any] = lambda _: None) -> Any:
    """Turn a result into what `json.dumps` takes.

    Parameters
    ----------
    value
        Settings, dataclasses, mappings, sequences, numbers (numpy's too), text and None, nested in any way.
    leave_out
        Names of dataclass fields to skip.
    turn
        Asked first about every part: what it returns stands for the part; None leaves it as it is.
    """
    if (turned := turn(value)) is not None:
        return turned
    if hasattr(value, "to_dict"):  # settings
        return value.to_dict()
    if is_dataclass(value) and not isinstance(value, type):
        return {
            f.name: plain(getattr(value, f.name), leave_out, turn) for f in fields(value) if f.name not in leave_out
        }
    if isinstance(value, dict):
        return {str(key): plain(item, leave_out, turn) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, leave_out, turn) for item in value]
    return _number(value)


def _number(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    number = value.item() if hasattr(value, "item") else value
    return None if isinstance(number, float) and not math.isfinite(number) else number


def to_csv(rows: Sequence[Mapping[str, object]]) -> str:
    """Write rows as CSV; text that a spreadsheet would take for a formula gets an apostrophe in front."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]) if rows else [])
    writer.writeheader()
    writer.writerows({name: _safe(value) for name, value in row.items()} for row in rows)
    return out.getvalue()


def _safe(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value

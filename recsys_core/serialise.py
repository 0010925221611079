"""Results as JSON (dataclasses become objects, tuples arrays, what is no number null) and tables as CSV."""

import csv
import io
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from numbers import Number
from typing import Any, Final

# A sign that begins a formula, also in its wide and small forms, behind a run of what cannot be seen (spaces, controls,
# a byte-order mark) or of semicolons. A run is tried from its beginning alone, so that long ones take no longer.
_RUN: Final = r"[\s;\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
_FORMULA: Final = re.compile(rf"(?<!{_RUN})({_RUN}*+)(?=[=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b])")
_SEPARATORS: Final = ("\t", "\r", "\n", ";")  # spreadsheets of some countries split cells at semicolons


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
    """Write rows as CSV, the names of the columns first; every file of figures is written here.

    Text that a spreadsheet would take for a formula gets an apostrophe in front, names of columns too. Numbers stay
    numbers, None is empty.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    if rows:
        writer.writerow(_safe(name) for name in rows[0])
    writer.writerows([_safe(row.get(name)) for name in rows[0]] for row in rows)
    return out.getvalue()


def _safe(value: object) -> object:
    if value is None or isinstance(value, Number):
        return value
    text = _FORMULA.sub(_marked, str(value))
    return f"'{text}" if text.startswith(_SEPARATORS) else text


def _marked(found: re.Match[str]) -> str:
    """Put an apostrophe before a cell that begins a formula, and before a formula that begins within one."""
    if found.start() == 0:
        return f"'{found[1]}"
    return f"{found[1]}'" if any(sign in found[1] for sign in _SEPARATORS) else found[1]

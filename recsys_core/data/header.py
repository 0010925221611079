"""Whether the first record of a text file holds names: told by what was asked for, by types, and by known names."""

import re
from collections.abc import Collection, Sequence

from recsys_core.data.role_names import ROLE_NAMES, named_like

_MONTH = "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")
_TIME = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(\D.*)?|\d{8}[T ]\d{4,6}.*|\d{1,2}:\d{2}(:.*)?"
    rf"|([A-Z][a-z]+,? )?(\d{{1,2}}[ /-])?{_MONTH}[ ./,-]+\d.*"
)
_MISSING = frozenset({"", "null", "nan", "none", "\\n", "na", "n/a"})
_EPOCH = re.compile(r"\d{9,19}(\.\d*)?")
_MOST = 0.9  # of a column's cells make its type
_NAMES_KNOWN = 2  # roles that the first record names; one word alone may be a value


def is_header(records: Sequence[Sequence[str]], asked: Collection[str]) -> bool:
    """Tell names from values; the first that decides counts.

    A header is a record that holds a name asked for. None is one with a time where times follow, written out or as
    epoch seconds or finer. A header is a record with a cell of another type than the column below it, or with the
    known names of two roles. None is one with a number where numbers follow, or a code where codes like it follow.
    Where all is words, or nothing follows, a number or a date makes a record one of values.
    """
    first = [cell.strip() for cell in records[0]]
    if any(cell in asked for cell in first if cell):
        return True
    below = [[record[place].strip() for record in records[1:] if place < len(record)] for place in range(len(first))]
    pairs = [
        (cell, [value for value in column if not _missing(value)]) for cell, column in zip(first, below, strict=True)
    ]
    pairs = [(cell, column) for cell, column in pairs if column and not _missing(cell)]
    if any(_are_times(cell, column) for cell, column in pairs):
        return False
    if any(_differs(cell, column) for cell, column in pairs) or _roles(first) >= _NAMES_KNOWN:
        return True
    return not any(_alike(cell, column) for cell, column in pairs) and not any(map(_is_value, first))


def _missing(cell: str) -> bool:
    return cell.lower() in _MISSING


def _type(cell: str) -> str:
    """Number, time, code (no blanks, some digit), word (no blanks, no digit) or prose."""
    if _NUMBER.fullmatch(cell):
        return "number"
    if _TIME.fullmatch(cell):
        return "time"
    if any(sign.isspace() for sign in cell):
        return "prose"
    return "code" if any(sign.isdigit() for sign in cell) else "word"


def _type_of(column: Sequence[str]) -> str:
    """Type of nearly all cells; empty where they mix."""
    types = [_type(cell) for cell in column]
    most = max(set(types), key=types.count)
    return most if types.count(most) >= _MOST * len(types) else ""


def _start(cell: str) -> str:
    """Form in which a cell begins: digits are 9, letters a, runs count once; two signs of it tell u12 from item_1."""
    form = re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", cell))
    return form[:2]


def _are_times(cell: str, column: Sequence[str]) -> bool:
    epochs = _EPOCH.fullmatch(cell) and all(_EPOCH.fullmatch(value) for value in column)
    return bool(epochs) or (_type(cell) == "time" and _type_of(column) == "time")


def _differs(cell: str, column: Sequence[str]) -> bool:
    """Tell a cell that cannot be one of the column's values.

    Numbers among codes can: some shops have both as ids. So can anything among prose.
    """
    mine, theirs = _type(cell), _type_of(column)
    if theirs == "code" == mine:
        starts = {_start(value) for value in column}
        return len(starts) == 1 and _start(cell) not in starts
    if theirs == "code":
        return mine in ("word", "time")
    if theirs == "word":
        return mine in ("code", "number", "time")
    return theirs in ("number", "time") and mine != theirs


def _alike(cell: str, column: Sequence[str]) -> bool:
    mine = _type(cell)
    if mine != _type_of(column):
        return False
    return mine == "number" or (mine == "code" and _start(cell) in {_start(value) for value in column})


def _roles(first: Sequence[str]) -> int:
    """How many roles have their known name here; user7 is a user and no name."""
    names = [cell for cell in first if not any(sign.isdigit() for sign in cell)]
    return len({found[0] for role in ROLE_NAMES if (found := named_like(role, names))})


def _is_value(cell: str) -> bool:
    """A number, a date, or what is half digits, and four of them."""
    digits = sum(sign.isdigit() for sign in cell)
    return bool(cell) and (digits == len(cell) or (digits >= 4 and digits >= len(cell) / 2))

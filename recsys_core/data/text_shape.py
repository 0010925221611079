"""Find how a text file is written from its first megabyte: encoding, separator, header."""

import csv
import io
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice

from recsys_core.answers import Message, message
from recsys_core.columns import ROLE_NAMES, named_like
from recsys_core.data.bounds import check_columns
from recsys_core.data.raw_table import Reading
from recsys_core.errors import DataError

SAMPLE_BYTES = 1 << 20
SEPARATORS = ("\t", "::", ";", "|", ",")
_SAMPLE_RECORDS = 200
_NAMES = {"\t": "tab", " ": "space"}
_SPELT = {"\\t": "\t", "tab": "\t", "space": " "}
_LONGEST_SEPARATOR = 4  # bytes, the engine's limit
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


@dataclass(frozen=True)
class TextShape:
    """How a text file is written.

    Attributes
    ----------
    separator, header, columns
        What parts the fields, whether the first record holds names, and the names.
    encoding
        Encoding of the sample.
    fallback
        Encoding to take if the rest of the file is not UTF-8 after all.
    blank_lines
        Empty lines before the first record.
    notes
        What was assumed.
    """

    separator: str
    header: bool
    columns: tuple[str, ...]
    encoding: str
    fallback: str
    blank_lines: int
    notes: tuple[Message, ...]


def find_shape(name: str, sample: bytes, reading: Reading) -> TextShape:
    """Find the shape of a file from its first bytes; what the user names is taken as it is.

    Raises
    ------
    DataError
        If the named separator cannot be one, the named columns are not as many as the fields, or the fields are more
        than the limits allow.
    """
    columns = reading.columns
    text, encoding, fallback = _decode(sample)
    whole = len(sample) < SAMPLE_BYTES
    separator = _checked(_SPELT.get(reading.separator, reading.separator)) or _guess_separator(text, whole)
    records = _records(text, separator, whole)
    first = records[0] if records else [""]
    check_columns(name, len(first), reading.limits)  # before any of them is looked at
    if columns and len(columns) != len(first):
        raise DataError(
            "column-names-miscounted",
            file=name,
            fields=len(first),
            separator=separator_name(separator),
            names=len(columns),
        )
    header = not columns and _is_header(records or [first], reading.asked)
    names = _unique(columns or tuple(first)) if columns or header else numbered(len(first))
    notes = () if columns or header else (message("note-columns-numbered", file=name),)
    body = text.lstrip("\r\n")
    blank = len(text[: len(text) - len(body)].splitlines())
    return TextShape(separator, header, names, encoding, fallback, blank, notes)


def numbered(width: int) -> tuple[str, ...]:
    """Names of the columns of a file that has none."""
    return tuple(f"column {place}" for place in range(1, width + 1))


def separator_name(separator: str) -> str:
    """Name a separator in a message: tab, space, or the mark itself."""
    return _NAMES.get(separator, separator)


def _decode(sample: bytes) -> tuple[str, str, str]:
    """Text of the sample, its encoding, and the one to fall back on; a cut-off last character does not count.

    Broken bytes among much good UTF-8 are damage; where there is hardly any good UTF-8, the file is Western European.
    """
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return sample.decode("utf-16", errors="ignore"), "utf-16", "utf-16"
    text = sample.decode("utf-8-sig", errors="replace")
    if len(sample) == SAMPLE_BYTES:
        text = text.rstrip("\ufffd")
    broken = text.count("\ufffd")
    wide = len(text) - sum(text.count(chr(code)) for code in range(128)) - broken
    fallback = "utf-8-sig" if wide > 10 * broken else "cp1252"
    if broken == 0:
        return text, "utf-8", fallback
    return (text if fallback == "utf-8-sig" else sample.decode("cp1252", errors="replace")), fallback, fallback


def _checked(separator: str) -> str:
    if len(separator.encode()) > _LONGEST_SEPARATOR or any(mark in separator for mark in '"\r\n'):
        raise DataError("separator-not-allowed", separator=repr(separator))
    return separator


def _records(text: str, separator: str, whole: bool) -> list[list[str]]:
    """First records, without empty ones; quotes hold separators and line breaks together."""
    lines = io.StringIO(text, newline="" if len(separator) == 1 else None)
    if len(separator) == 1:
        try:
            records = list(islice(csv.reader(lines, delimiter=separator), _SAMPLE_RECORDS))
        except csv.Error:  # an unclosed quote swallows more than a field may hold
            records = [line.split(separator) for line in text.splitlines()[:_SAMPLE_RECORDS]]
    else:
        records = [line.rstrip("\n").split(separator) for line in islice(lines, _SAMPLE_RECORDS)]
    if not whole and 1 < len(records) < _SAMPLE_RECORDS:
        records = records[:-1]
    return [record for record in records if record not in ([], [""])]


def _guess_separator(text: str, whole: bool) -> str:
    """Take the separator that parts most records into the same number (over one) of fields; more fields win ties."""

    def score(separator: str) -> tuple[float, int]:
        counts = [len(record) for record in _records(text, separator, whole)]
        width = max(set(counts), key=counts.count, default=1)
        return (0.0, 0) if width == 1 else (round(counts.count(width) / len(counts), 1), width)

    return max(SEPARATORS[::-1], key=score)


def _is_header(records: Sequence[Sequence[str]], asked: Collection[str]) -> bool:
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


def _unique(names: tuple[str, ...]) -> tuple[str, ...]:
    """Make names differ; the engine does not tell upper from lower case."""
    taken: set[str] = set()
    again: dict[str, int] = {}  # the number that an equal name gets next, so that no number is tried twice
    out: list[str] = []
    for place, name in enumerate(names, 1):
        fresh = base = name.strip() or f"column {place}"
        while fresh.casefold() in taken:
            again[base.casefold()] = number = again.get(base.casefold(), 1) + 1
            fresh = f"{base} {number}"
        taken.add(fresh.casefold())
        out.append(fresh)
    return tuple(out)

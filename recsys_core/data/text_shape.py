"""Find how a text file is written from its first megabyte: encoding, separator, header."""

import csv
import io
from dataclasses import dataclass
from itertools import islice

from recsys_core.answers import Message, message
from recsys_core.data.bounds import check_columns
from recsys_core.data.header import is_header
from recsys_core.data.raw_table import Reading
from recsys_core.errors import DataError

SAMPLE_BYTES = 1 << 20
SEPARATORS = ("\t", "::", ";", "|", ",")
_SAMPLE_RECORDS = 200
_NAMES = {"\t": "tab", " ": "space"}
_SPELT = {"\\t": "\t", "tab": "\t", "space": " "}
_LONGEST_SEPARATOR = 4  # bytes, the engine's limit


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
    header = not columns and is_header(records or [first], reading.asked)
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

"""Open a table as the user has it: CSV in any shape, or Parquet. Nothing is interpreted here but the outer form."""

import csv
import gzip
import io
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from recsys_core import engine
from recsys_core.engine import literal, quote
from recsys_core.errors import DataError

SEPARATORS = ("\t", "::", ";", "|", ",")
_SAMPLE_BYTES = 1 << 20
_PARQUET = (".parquet", ".pq")
_MAX_UNREADABLE = 0.1
_WORDS = {"\t": "tab", " ": "space"}


@dataclass(frozen=True)
class RawTable:
    """A table in the engine, as found.

    Attributes
    ----------
    name
        Name of the table or view in this thread's connection.
    columns, types
        Column names in file order, and the engine's type of each (text for every column of a CSV).
    rows
        Rows that could be read.
    unreadable
        Lines of a text file that have too few or too many fields.
    notes
        What the reader had to assume, in words.
    """

    path: Path
    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: int
    unreadable: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Shape:
    separator: str
    header: bool
    columns: tuple[str, ...]
    encoding: str
    quoted: bool


def read_table(path: Path, separator: str = "", columns: Sequence[str] = ()) -> RawTable:
    r"""Open a CSV or Parquet file in the engine.

    Parameters
    ----------
    path
        `.parquet`, `.pq`, a folder of Parquet files, or a text file, plain or `.gz`.
    separator
        What parts the fields; empty: found out from the first lines among tab, `::`, `;`, `|` and `,`.
    columns
        Names for a file without a header row; empty: the first row is looked at.

    Raises
    ------
    DataError
        If the file is missing, empty, binary, has only a header, or cannot be parsed; the message says what was found
        and what to do.
    """
    if not path.exists():
        raise DataError(f"There is no file {path}. Check the path, or upload the file on the data page.")
    if path.is_dir() or path.suffix.lower() in _PARQUET:
        return _read_parquet(path)
    return _read_text(path, separator, tuple(columns))


def _read_parquet(path: Path) -> RawTable:
    import duckdb

    if path.is_file() and path.stat().st_size == 0:
        raise DataError(f"{path.name} is empty (0 bytes). Export the table again and import that file.")
    source = str(path / "*.parquet") if path.is_dir() else str(path)
    name = f"raw_{uuid4().hex}"
    try:
        engine.cursor().execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM read_parquet({literal(source)})")
        found = engine.cursor().execute(f"DESCRIBE {name}").fetchall()
        rows = _count(name)
    except duckdb.Error as err:
        raise DataError(
            f"{path.name} is no readable Parquet file ({_first_line(err)}). Export it again, or bring the table as CSV."
        ) from None
    if rows == 0:
        raise DataError(f"{path.name} has columns but no rows. Bring a table with at least one event.")
    return RawTable(path, name, tuple(r[0] for r in found), tuple(r[1] for r in found), rows)


def _read_text(path: Path, separator: str, columns: tuple[str, ...]) -> RawTable:
    sample = _sample(path)
    shape, notes = _shape(path, sample, separator, columns)
    with _as_utf8(path, shape.encoding) as readable:
        name, unreadable = _load_csv(path, readable, shape)
    rows = _count(name)
    if rows == 0:
        raise DataError(f"{path.name} holds a header and no rows. Bring a file with at least one event.")
    if unreadable > _MAX_UNREADABLE * (rows + unreadable):
        raise DataError(
            f"{path.name}: {unreadable:,} of {rows + unreadable:,} lines do not have {len(shape.columns)} fields "
            f"parted by {_show(shape.separator)}. Name the right separator, or mend the file."
        )
    return RawTable(path, name, shape.columns, ("VARCHAR",) * len(shape.columns), rows, unreadable, notes)


def _sample(path: Path) -> bytes:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as source:
            sample = source.read(_SAMPLE_BYTES)
    except (OSError, EOFError) as err:
        raise DataError(f"{path.name} cannot be read: {err}. Copy the file again, or unpack it first.") from None
    if not sample.strip():
        raise DataError(f"{path.name} is empty. Bring a CSV or Parquet file with at least one event.")
    if sample.startswith(b"PAR1"):
        raise DataError(f"{path.name} is a Parquet file under another name. Rename it to end in .parquet.")
    control = sum(sample.count(bytes([code])) for code in (*range(9), *range(14, 27), *range(28, 32)))
    if control > len(sample) / 1000 and not sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(
            f"{path.name} is a binary file, not text (it holds control characters). Export the table as CSV or Parquet."
        )
    return sample


def _decode(sample: bytes) -> tuple[str, str]:
    """Text of the sample and the name of its encoding; a cut-off last character does not count."""
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return sample.decode("utf-16", errors="ignore"), "utf-16"
    try:
        return sample.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError as err:
        if err.start >= len(sample) - 4 and len(sample) == _SAMPLE_BYTES:
            return sample[: err.start].decode("utf-8-sig"), "utf-8"
    return sample.decode("cp1252", errors="replace"), "cp1252"


def _shape(path: Path, sample: bytes, separator: str, columns: tuple[str, ...]) -> tuple[_Shape, tuple[str, ...]]:
    text, encoding = _decode(sample)
    lines = text.splitlines()[:200]
    if len(sample) == _SAMPLE_BYTES and len(lines) > 1 and len(text.splitlines()) <= 200:
        lines = lines[:-1]
    separator = {"\\t": "\t", "tab": "\t"}.get(separator, separator) or _guess_separator(lines)
    quoted = len(separator) == 1 and '"' in text
    first = _fields(lines[0], separator, quoted)
    notes = [f"{path.name} is not UTF-8; it was read as {encoding}."] if encoding != "utf-8" else []
    if columns and len(columns) != len(first):
        raise DataError(
            f"{path.name} has {len(first)} fields parted by {_show(separator)}, but {len(columns)} column names were "
            f"given. Name all {len(first)}."
        )
    header = not columns and _is_header(first)
    if columns:
        names = columns
    elif header:
        names = _unique(first)
    else:
        names = numbered(len(first))
        notes.append(f"The first row of {path.name} holds values, not names; columns are numbered.")
    if header and len([line for line in lines if line.strip()]) == 1 and len(sample) < _SAMPLE_BYTES:
        raise DataError(f"{path.name} holds a header and no rows. Bring a file with at least one event.")
    return _Shape(separator, header, names, encoding, quoted), tuple(notes)


def numbered(width: int) -> tuple[str, ...]:
    """Names of the columns of a file that has none."""
    return tuple(f"column {place}" for place in range(1, width + 1))


def _fields(line: str, separator: str, quoted: bool) -> list[str]:
    if len(separator) > 1 or not quoted:
        return line.split(separator)
    return next(csv.reader(io.StringIO(line), delimiter=separator), [""])


def _guess_separator(lines: list[str]) -> str:
    """Take the separator that parts most lines into the same number (over one) of fields; more fields win ties."""

    def score(separator: str) -> tuple[float, int]:
        counts = [len(_fields(line, separator, True)) for line in lines if line.strip()]
        width = max(set(counts), key=counts.count)
        return (0.0, 0) if width == 1 else (round(counts.count(width) / len(counts), 1), width)

    return max(SEPARATORS[::-1], key=score)


def _is_header(first: list[str]) -> bool:
    """Tell names from values: a header holds no number, no date and nothing empty twice."""

    def is_value(cell: str) -> bool:
        cell = cell.strip()
        digits = sum(ch.isdigit() for ch in cell)
        return bool(cell) and (digits == len(cell) or (digits >= 4 and digits >= len(cell) / 2))

    return not any(is_value(cell) for cell in first)


def _unique(names: list[str]) -> tuple[str, ...]:
    out: list[str] = []
    for place, name in enumerate(names, 1):
        base = name.strip() or f"column {place}"
        fresh, again = base, 2
        while fresh in out:
            fresh, again = f"{base} {again}", again + 1
        out.append(fresh)
    return tuple(out)


@contextmanager
def _as_utf8(path: Path, encoding: str) -> Iterator[Path]:
    """The file itself, or a temporary copy of it in UTF-8: the engine reads few encodings."""
    if encoding == "utf-8":
        yield path
        return
    unpack = gzip.open if path.suffix == ".gz" else open
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "utf8.csv"
        with unpack(path, "rt", encoding=encoding, errors="replace") as source, copy.open("w", encoding="utf-8") as out:
            shutil.copyfileobj(source, out, 1 << 20)
        yield copy


def _load_csv(path: Path, readable: Path, shape: _Shape) -> tuple[str, int]:
    """Read the file into a table of text columns; lines of the wrong width are left out and counted."""
    import duckdb

    name, rejects = f"raw_{uuid4().hex}", uuid4().hex
    mark = literal('"' if shape.quoted else "")
    typed = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in shape.columns)
    call = (
        f"read_csv({literal(str(readable))}, auto_detect=false, columns={{{typed}}}, delim={literal(shape.separator)}, "
        f"header={str(shape.header).lower()}, quote={mark}, escape={mark}, "
        f"store_rejects=true, rejects_table='rejects_{rejects}', rejects_scan='scans_{rejects}', rejects_limit=0)"
    )
    try:
        engine.cursor().execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM {call}")
        rejected = engine.cursor().execute(
            f"SELECT error_type::VARCHAR, count(DISTINCT line), min(line) FROM rejects_{rejects} GROUP BY 1"
        )
        kinds = {kind: (lines, first) for kind, lines, first in rejected.fetchall()}
        engine.cursor().execute(f"DROP TABLE rejects_{rejects}; DROP TABLE scans_{rejects}")
    except duckdb.Error as err:
        raise _parse_error(path, err) from None
    for kind, (_, line) in kinds.items():
        if "QUOTE" in kind:
            raise _quote_error(path, line)
    return name, sum(lines for lines, _ in kinds.values())


def _parse_error(path: Path, err: Exception) -> DataError:
    text = str(err)
    if "quote" in text.lower() and "unterminated" in text.lower():
        digits = [word.strip(":") for word in text.split() if word.strip(":").isdigit()]
        return _quote_error(path, int(digits[0]) if digits else None)
    return DataError(f"{path.name} cannot be parsed: {_first_line(err)}. Mend the file, or export it again as Parquet.")


def _quote_error(path: Path, line: int | None) -> DataError:
    where = f" on line {line:,}" if line else ""
    return DataError(
        f'{path.name} has a quotation mark{where} that is opened and never closed. Close it, or write it twice ("") '
        "where it belongs to the text."
    )


def _count(name: str) -> int:
    row = engine.cursor().execute(f"SELECT count(*) FROM {quote(name)}").fetchone()
    return int(row[0]) if row else 0


def _show(separator: str) -> str:
    return _WORDS.get(separator, f"“{separator}”")


def _first_line(err: Exception) -> str:
    return str(err).strip().split("\n")[0][:160].rstrip(".")

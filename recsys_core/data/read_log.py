"""Open a table as the user has it: CSV in any shape, or Parquet. Nothing is interpreted here but the outer form."""

import gzip
import io
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pandas as pd

from recsys_core import engine
from recsys_core.data.text_shape import SAMPLE_BYTES, TextShape, find_shape, show
from recsys_core.engine import literal, quote
from recsys_core.errors import DataError

_PARQUET = (".parquet", ".pq")
_MAX_UNREADABLE = 0.1
_MISSING = ("", "NULL", "null", "NaN", "nan", "None", "\\N")
_REWRITE = "state machine"  # the engine's words for line ends of two kinds in one file


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


def read_table(path: Path, separator: str = "", columns: Sequence[str] = ()) -> RawTable:
    r"""Open a CSV or Parquet file in the engine.

    A text file is read through once to count its lines and find what is wrong with it; its content stays on disk.
    Empty cells and the words NULL, null, NaN, nan, None and \N count as missing.

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
        and what to do. Nothing is left in the engine then.
    """
    if not path.exists():
        raise DataError(f"There is no file {path}. Check the path, or upload the file on the data page.")
    with engine.scratch() as kept:
        if path.is_dir() or path.suffix.lower() in _PARQUET:
            table = _read_parquet(path)
        else:
            table = _read_text(path, separator, tuple(columns))
        kept.add(table.name)
    return table


def read_frame(path: Path) -> pd.DataFrame:
    """Read a table that is small enough for memory; columns that hold only numbers become numbers.

    Raises
    ------
    DataError
        As `read_table`.
    """
    with engine.scratch():
        table = read_table(path)
        frame = engine.cursor().execute(f"SELECT * FROM {table.name}").df()
    frame.columns = pd.Index(table.columns)
    for name in frame.columns:
        numbers = pd.to_numeric(frame[name], errors="coerce")
        if numbers.notna().sum() == frame[name].notna().sum():
            frame[name] = numbers
    return frame


def _read_parquet(path: Path) -> RawTable:
    import duckdb

    if path.is_file() and path.stat().st_size == 0:
        raise DataError(f"{path.name} is empty (0 bytes). Export the table again and import that file.")
    if path.is_dir() and not any(path.glob("*.parquet")):
        raise DataError(f"The folder {path.name} holds no .parquet file. Give a CSV or Parquet file, or such a folder.")
    source = engine.one_path(path) + ("/*.parquet" if path.is_dir() else "")
    name = f"raw_{uuid4().hex}"
    call = f"read_parquet({literal(source)}, union_by_name=true)"
    try:
        engine.cursor().execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM {call}")
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
    import duckdb

    shape = find_shape(path, _sample(path), separator, columns)
    notes = shape.notes
    try:
        name, rows, rejects = _open_text(path, path, shape)
    except _NeedsCopyError as reason:
        with _plain_copy(path, reason.encoding) as copy:
            name, rows, rejects = _open_text(path, copy, shape)
        notes += (f"{path.name} {reason}",)
    except duckdb.Error as err:
        raise DataError(
            f"{path.name} cannot be parsed: {_first_line(err)}. Mend the file, or export it again as Parquet."
        ) from None
    if rows == 0 and any("\n" in name for name in shape.columns):
        raise _quote_error(path, 1)
    if rows == 0 and not rejects:
        raise DataError(f"{path.name} holds a header and no rows. Bring a file with at least one event.")
    if rejects > _MAX_UNREADABLE * (rows + rejects):
        raise DataError(
            f"{path.name}: {rejects:,} of {rows + rejects:,} lines do not have {len(shape.columns)} fields "
            f"parted by {show(shape.separator)}. Name the right separator, or mend the file."
        )
    return RawTable(path, name, shape.columns, ("VARCHAR",) * len(shape.columns), rows, rejects, notes)


class _NeedsCopyError(Exception):
    """The engine cannot read the file as it lies on disk; the message is the note for the user."""

    def __init__(self, note: str, encoding: str) -> None:
        super().__init__(note)
        self.encoding = encoding


def _sample(path: Path) -> bytes:
    try:
        with _opened(path) as source:
            sample = source.read(SAMPLE_BYTES)
    except (OSError, EOFError, zlib.error) as err:
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


def _zipped(path: Path) -> bool:
    return path.suffix.lower() == ".gz"


def _opened(path: Path) -> gzip.GzipFile | io.BufferedReader:
    return gzip.open(path) if _zipped(path) else path.open("rb")


@contextmanager
def _plain_copy(path: Path, encoding: str) -> Iterator[Path]:
    """Write a temporary copy in UTF-8 with one kind of line end."""
    unpack = gzip.open if _zipped(path) else open
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "plain.csv"
        with (
            unpack(path, "rt", encoding=encoding, errors="replace") as source,
            copy.open("w", encoding="utf-8") as out,
        ):
            shutil.copyfileobj(source, out, 1 << 20)
        yield copy


def _open_text(path: Path, readable: Path, shape: TextShape) -> tuple[str, int, int]:
    """Count rows and lines of the wrong width, then open the file as a view; a copy is short-lived and is loaded."""
    import duckdb

    if readable is path and shape.encoding != "utf-8":
        raise _NeedsCopyError(_encoding_note(shape.encoding), shape.encoding)
    call = _csv_call(readable, shape)
    mark = uuid4().hex
    keep = f"store_rejects=true, rejects_table='rejects_{mark}', rejects_scan='scans_{mark}', rejects_limit=0"
    # Counting every column makes the engine look at each, so that what is wrong with any of them shows here.
    counts = ", ".join(f"count({quote(column)})" for column in shape.columns)
    try:
        found = engine.cursor().execute(f"SELECT count(*), {counts} FROM {call} {keep})").fetchall()
    except duckdb.InvalidInputException as err:
        if readable is path and _REWRITE in str(err):
            raise _NeedsCopyError("mixes two kinds of line ends; both were taken.", shape.encoding) from None
        raise
    kinds = _rejected(mark)
    if readable is path and "INVALID ENCODING" in kinds:
        raise _NeedsCopyError(_encoding_note(shape.fallback), shape.fallback)
    if "UNQUOTED VALUE" in kinds:
        raise _quote_error(path, kinds["UNQUOTED VALUE"][1])
    kind, name = "VIEW" if readable is path else "TABLE", f"raw_{uuid4().hex}"
    engine.cursor().execute(f"CREATE TEMP {kind} {name} AS SELECT * FROM {call} ignore_errors=true)")
    return name, int(found[0][0]), sum(lines for lines, _ in kinds.values())


def _encoding_note(encoding: str) -> str:
    if encoding.startswith("utf-8"):
        return "holds some characters that are not UTF-8; they were replaced by “\ufffd”."
    return f"is not UTF-8; it was read as {encoding}."


def _csv_call(readable: Path, shape: TextShape) -> str:
    """SQL of the reader, open at its end for one more option."""
    typed = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in shape.columns)
    mark = literal("" if len(shape.separator) > 1 else '"')
    packed = "gzip" if _zipped(readable) else "none"
    missing = ", ".join(literal(word) for word in _MISSING)
    return (
        f"read_csv({literal(engine.one_path(readable))}, auto_detect=false, columns={{{typed}}}, "
        f"delim={literal(shape.separator)}, header={str(shape.header).lower()}, skip={shape.blank_lines}, "
        f"quote={mark}, escape={mark}, compression='{packed}', nullstr=[{missing}],"
    )


def _rejected(mark: str) -> dict[str, tuple[int, int]]:
    """Lines that were left out, and the first of them, by kind of error."""
    rows = engine.cursor().execute(
        f"SELECT error_type::VARCHAR, count(DISTINCT line), min(line) FROM rejects_{mark} GROUP BY 1"
    )
    return {kind: (lines, first) for kind, lines, first in rows.fetchall()}


def _quote_error(path: Path, line: int) -> DataError:
    return DataError(
        f"{path.name} has a quotation mark on line {line:,} that is opened and never closed, or closed before its "
        'field ends. Close it at the end of the field, or write it twice ("") where it belongs to the text.'
    )


def _count(name: str) -> int:
    row = engine.cursor().execute(f"SELECT count(*) FROM {quote(name)}").fetchone()
    return int(row[0]) if row else 0


def _first_line(err: Exception) -> str:
    return str(err).strip().split("\n")[0][:160].rstrip(".")

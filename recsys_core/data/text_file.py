r"""Open a text file of fields as the user has it: any separator and encoding, with or without a header, plain or gzip.

A file is read through once to count its lines and find what is wrong with it; its content stays on disk. Empty cells
and the words NULL, null, NaN, nan, None and \N count as missing.
"""

import gzip
import io
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recsys_core.answers import Message, message
from recsys_core.data.raw_table import RawTable
from recsys_core.data.text_shape import SAMPLE_BYTES, TextShape, find_shape, separator_name
from recsys_core.engine.protocol import Engine, TextLayout, TextRead, UnreadableError
from recsys_core.errors import DataError
from recsys_core.private import temporary, work_folder

_MOST_UNREADABLE = 0.1
_MISSING = ("", "NULL", "null", "NaN", "nan", "None", "\\N")


def open_text_file(engine: Engine, path: Path, separator: str, columns: tuple[str, ...]) -> RawTable:
    """Open a text file in an engine; `separator` and `columns` as of `TextFile`.

    Raises
    ------
    DataError
        If the file is empty, binary, has only a header, or cannot be parsed.
    """
    shape = find_shape(path, _sample(path), separator, columns)
    text, notes = _read(engine, path, shape)
    if text.rows == 0 and any("\n" in name for name in shape.columns):
        raise DataError("quote-astray", file=path.name, line=1)
    if text.rows == 0 and not text.unreadable:
        raise DataError("text-header-alone", file=path.name)
    lines = text.rows + text.unreadable
    if text.unreadable > _MOST_UNREADABLE * lines:
        raise DataError(
            "fields-differ",
            file=path.name,
            lines=text.unreadable,
            of=lines,
            fields=len(shape.columns),
            separator=separator_name(shape.separator),
        )
    return RawTable(path.name, text.table, text.rows, text.unreadable, (*shape.notes, *notes))


def _read(engine: Engine, path: Path, shape: TextShape) -> tuple[TextRead, tuple[Message, ...]]:
    """Read the file where it lies, or else a copy in UTF-8 with one kind of line end; notes say why a copy."""
    fault, encoding = ("encoding", shape.encoding) if shape.encoding != "utf-8" else ("", "")
    try:
        if not fault:
            try:
                return engine.read_text(path, _layout(shape, packed=_zipped(path))), ()
            except UnreadableError as err:
                if err.fault not in ("encoding", "line-ends"):
                    raise
                fault, encoding = err.fault, shape.fallback if err.fault == "encoding" else shape.encoding
        with _plain_copy(path, encoding) as copy:
            text = engine.read_text(copy, _layout(shape, packed=False), load=True)
    except UnreadableError as err:
        if err.fault == "quote":
            raise DataError("quote-astray", file=path.name, line=err.line) from None
        raise DataError("text-unparsable", file=path.name, reason=err.reason) from None
    return text, (_note(path.name, fault, encoding),)


def _note(file: str, fault: str, encoding: str) -> Message:
    if fault == "line-ends":
        return message("note-mixed-line-ends", file=file)
    if encoding.startswith("utf-8"):
        return message("note-broken-characters", file=file)
    return message("note-other-encoding", file=file, encoding=encoding)


def _layout(shape: TextShape, *, packed: bool) -> TextLayout:
    return TextLayout(shape.separator, shape.columns, shape.header, packed, shape.blank_lines, _MISSING)


def _sample(path: Path) -> bytes:
    try:
        with _opened(path) as content:
            sample = content.read(SAMPLE_BYTES)
    except (OSError, EOFError, zlib.error) as err:
        raise DataError("file-unreadable", file=path.name, reason=str(err)) from None
    if not sample.strip():
        raise DataError("file-empty", file=path.name)
    if sample.startswith(b"PAR1"):
        raise DataError("parquet-misnamed", file=path.name)
    control = sum(sample.count(bytes([code])) for code in (*range(9), *range(14, 27), *range(28, 32)))
    if control > len(sample) / 1000 and not sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError("file-binary", file=path.name)
    return sample


def _zipped(path: Path) -> bool:
    return path.suffix.lower() == ".gz"


def _opened(path: Path) -> gzip.GzipFile | io.BufferedReader:
    return gzip.open(path) if _zipped(path) else path.open("rb")


@contextmanager
def _plain_copy(path: Path, encoding: str) -> Iterator[Path]:
    """Write a temporary copy in UTF-8 with one kind of line end."""
    unpack = gzip.open if _zipped(path) else open
    with work_folder(temporary(), "text") as folder:
        copy = folder / "plain.csv"
        with (
            unpack(path, "rt", encoding=encoding, errors="replace") as source,
            copy.open("w", encoding="utf-8") as out,
        ):
            shutil.copyfileobj(source, out, 1 << 20)
        yield copy

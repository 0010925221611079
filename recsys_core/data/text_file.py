r"""Open a text file of fields as the user has it: any separator and encoding, with or without a header, packed or not.

A file is read through once to measure it and find what is wrong with it; its content stays on disk. Empty cells and the
words NULL, null, NaN, nan, None and \N count as missing.
"""

import shutil
from pathlib import Path

from recsys_core.answers import Message, message
from recsys_core.data.bounds import check_measured, check_quoted
from recsys_core.data.raw_table import RawTable, Reading
from recsys_core.data.text_shape import SAMPLE_BYTES, TextShape, find_shape, separator_name
from recsys_core.data.unpack import PACKED, unpack
from recsys_core.engine.protocol import Engine, TextLayout, TextRead, UnreadableError
from recsys_core.errors import DataError

_MOST_UNREADABLE = 0.1
_MISSING = ("", "NULL", "null", "NaN", "nan", "None", "\\N")


def open_text_file(engine: Engine, path: Path, reading: Reading) -> RawTable:
    """Open a text file in an engine.

    Raises
    ------
    DataError
        If the file is damaged, empty, binary, too large, has only a header, or cannot be parsed.
    """
    plain = path
    notes: tuple[Message, ...] = ()
    if path.suffix.lower() in PACKED:
        plain, notes = unpack(path, engine.new_folder(), reading.limits)
    shape = find_shape(path.name, _sample(plain, path.name), reading)
    text, more = _read(engine, plain, path.name, shape, reading)
    measured = text.measured
    if measured.rows == 0 and any("\n" in name for name in shape.columns):
        raise DataError("quote-astray", file=path.name, line=1)
    if measured.rows == 0 and not text.unreadable:
        raise DataError("text-header-alone", file=path.name)
    lines = measured.rows + text.unreadable
    if text.unreadable > _MOST_UNREADABLE * lines or not text.every:
        raise DataError(
            "fields-differ",
            file=path.name,
            lines=text.unreadable,
            of=lines,
            every=text.every,
            fields=len(shape.columns),
            separator=separator_name(shape.separator),
        )
    check_measured(path.name, measured, reading.limits)
    return RawTable(path.name, text.table, measured.rows, text.unreadable, (*notes, *shape.notes, *more))


def _read(
    engine: Engine, path: Path, name: str, shape: TextShape, reading: Reading
) -> tuple[TextRead, tuple[Message, ...]]:
    """Read the file where it lies, or else a copy in UTF-8 with one kind of line end; notes say why a copy."""
    fault, encoding = ("encoding", shape.encoding) if shape.encoding != "utf-8" else ("", "")
    layout = TextLayout(shape.separator, shape.columns, shape.header, shape.blank_lines, _MISSING)
    try:
        if not fault:
            check_quoted(name, path, shape.separator, reading.limits)
            try:
                return engine.read_text(path, layout), ()
            except UnreadableError as err:
                if err.fault not in ("encoding", "line-ends"):
                    raise
                fault, encoding = err.fault, shape.fallback if err.fault == "encoding" else shape.encoding
        copy = _plain_copy(path, encoding, engine.new_folder())
        check_quoted(name, copy, shape.separator, reading.limits)
        return engine.read_text(copy, layout), (_note(name, fault, encoding),)
    except UnreadableError as err:
        if err.fault == "quote":
            raise DataError("quote-astray", file=name, line=err.line) from None
        raise DataError("text-unparsable", file=name, reason=err.reason) from None


def _note(file: str, fault: str, encoding: str) -> Message:
    if fault == "line-ends":
        return message("note-mixed-line-ends", file=file)
    if encoding.startswith("utf-8"):
        return message("note-broken-characters", file=file)
    return message("note-other-encoding", file=file, encoding=encoding)


def _sample(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as content:
            sample = content.read(SAMPLE_BYTES)
    except OSError as err:
        raise DataError("file-unreadable", file=name, reason=str(err.strerror)) from None
    if not sample.strip():
        raise DataError("file-empty", file=name)
    if sample.startswith(b"PAR1"):
        raise DataError("parquet-misnamed", file=name)
    control = sum(sample.count(bytes([code])) for code in (*range(9), *range(14, 27), *range(28, 32)))
    if control > len(sample) / 1000 and not sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError("file-binary", file=name)
    return sample


def _plain_copy(path: Path, encoding: str, folder: Path) -> Path:
    """Write a copy in UTF-8 with one kind of line end, which stays as long as its folder."""
    copy = folder / "plain.csv"
    with (
        path.open("rt", encoding=encoding, errors="replace") as source,
        copy.open("w", encoding="utf-8") as out,
    ):
        shutil.copyfileobj(source, out, 1 << 20)
    return copy

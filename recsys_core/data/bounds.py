"""Limits of an import, held against what a file is found to be; each refusal names the setting that it rests on."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from recsys_core import columns as col
from recsys_core.engine.protocol import Measured
from recsys_core.errors import DataError, SettingsError
from recsys_core.settings import ImportLimits

GB = 10**9
_KB = 1024
_FREE_OF_RATIO = 1 << 26  # bytes; what is small may be as regular as it likes
_STEP = 1 << 19
_QUOTE = b'"'
_MADE = datetime(2026, 12, 1, tzinfo=UTC)


def believable_times(limits: ImportLimits) -> tuple[int, int]:
    """Return the first and the last believable time, UTC epoch seconds: the latter lies some days ahead of now.

    A clock that stands before this version was made is wrong; now is then that day.

    Raises
    ------
    SettingsError
        If the earliest time is no date.
    """
    try:
        first = datetime.fromisoformat(limits.earliest_time)
    except ValueError:
        raise SettingsError("earliest-time-no-date", value=limits.earliest_time) from None
    now = max(datetime.now(UTC), _MADE)
    zoned = first if first.tzinfo else first.replace(tzinfo=UTC)
    return int(zoned.timestamp()), int(now.timestamp()) + limits.days_ahead * col.DAY_SECONDS


def check_size(name: str, files: Sequence[Path], limits: ImportLimits) -> int:
    """Return the bytes of all files together; DataError where they are too many."""
    size = sum(file.stat().st_size for file in files)
    if size > limits.most_file_gb * GB:
        raise DataError("file-too-large", file=name, size=size / GB, gigabytes=limits.most_file_gb)
    return size


def check_swollen(name: str, content: int, size: int, limits: ImportLimits) -> None:
    """Raise DataError where a file holds so many times its size that it is made to fill a disk."""
    if content > max(_FREE_OF_RATIO, limits.most_ratio * size):
        raise DataError("content-swollen", file=name, size=size, ratio=limits.most_ratio)


def check_columns(name: str, columns: int, limits: ImportLimits) -> None:
    """Raise DataError where a table has too many columns."""
    if columns > limits.most_columns:
        raise DataError("columns-too-many", file=name, columns=columns, most=limits.most_columns)


def check_measured(name: str, measured: Measured, limits: ImportLimits) -> None:
    """Raise DataError where a table has too many rows or too long a cell."""
    if measured.rows > limits.most_rows:
        raise DataError("rows-too-many", file=name, rows=measured.rows, most=limits.most_rows)
    if measured.longest > limits.most_cell_kb * _KB:
        raise DataError(
            "cell-too-long",
            file=name,
            column=measured.column,
            kilobytes=measured.longest / _KB,
            most=limits.most_cell_kb,
        )


def check_quoted(name: str, path: Path, separator: str, limits: ImportLimits) -> None:
    """Raise DataError where a quotation mark opens a cell that goes on beyond what a cell may hold.

    A reader that starts amid such a cell takes each of its lines for a broken one. Only a stretch without any mark can
    be one, so files are passed over in steps of half the limit or less, and quotation marks are looked for in each.
    """
    if len(separator) > 1:  # quotation marks are nothing special there
        return
    most = limits.most_cell_kb * _KB
    step = min(_STEP, most // 2)
    place, at, opens = 0, -1, False
    with path.open("rb") as source:
        while block := source.read(step):
            if (mark := block.rfind(_QUOTE)) >= 0:
                at, opens = place + mark, False
            elif at >= 0:
                opens = opens or (place - at <= step and _opens(path, at, separator.encode()))
            place += len(block)
            if opens and place - at > most:
                line = 1 + sum(block.count(b"\n") for block in _before(path, at))
                raise DataError("cell-not-closed", file=name, line=line, byte=at, most=limits.most_cell_kb)


def _opens(path: Path, at: int, separator: bytes) -> bool:
    """Tell a mark after which a cell goes on from one that closes it, or means nothing; where in doubt, by counting."""
    ends = (separator, b"\n", b"\r", b"")
    with path.open("rb") as source:
        source.seek(max(at - 1, 0))
        around = source.read(3) if at else b"\n" + source.read(2)
    before, after = around[:1], around[2:]
    if before != _QUOTE and (before not in ends or after not in ends):
        return before in ends
    return sum(block.count(_QUOTE) for block in _before(path, at)) % 2 == 0


def _before(path: Path, at: int) -> Iterator[bytes]:
    with path.open("rb") as source:
        while at > 0 and (block := source.read(min(at, 1 << 22))):
            at -= len(block)
            yield block

"""Packed files: read whole and checked before a row of them counts.

The content goes to a file in a private folder; lengths, check sums, what is cut off and what stands behind the end are
looked at on the way, and the limits keep a small file from filling the disk.
"""

import zlib
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final, Literal

from recsys_core.answers import Message, message
from recsys_core.data.bounds import GB, check_swollen
from recsys_core.errors import DataError
from recsys_core.settings import ImportLimits

_BLOCK = 1 << 18
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_GZIP_OWN_HEADER = 31  # zlib's word for: expect the header and the check sum of gzip
_CHECKED_FRAME = 0b100  # in the fifth byte of a zstd frame: a check sum stands at its end


class _DamageError(Exception):
    """What is wrong with a packed file, and at which of its bytes that shows."""

    def __init__(self, fault: Literal["cut", "broken", "trailing", "other"], at: int, reason: str = "") -> None:
        super().__init__(fault)
        self.fault, self.at, self.reason = fault, at, reason


def unpack(path: Path, folder: Path, limits: ImportLimits) -> tuple[Path, tuple[Message, ...]]:
    """Write the content of a packed file to a new file in `folder`; return it, and what is to be noted.

    Raises
    ------
    DataError
        If the file is damaged, cut off or goes on behind its end, if its content is beyond the limits, or if there is
        no room for it.
    """
    target, size, written = folder / "content", path.stat().st_size, 0
    try:
        with path.open("rb") as source, target.open("xb") as out:
            for block in PACKED[path.suffix.lower()](source):
                written += len(block)
                if written > limits.most_unpacked_gb * GB:
                    raise DataError("unpacked-too-large", file=path.name, gigabytes=limits.most_unpacked_gb)
                check_swollen(path.name, written, size, limits)
                out.write(block)
    except _DamageError as err:
        raise DataError(
            "packed-damaged", file=path.name, fault=err.fault, at=err.at, size=size, reason=err.reason
        ) from None
    except OSError as err:
        raise DataError("file-unreadable", file=path.name, reason=err.strerror or str(err)) from None
    return target, _unchecked(path)


def _unchecked(path: Path) -> tuple[Message, ...]:
    with path.open("rb") as source:
        start = source.read(len(_ZSTD) + 1)
    if start.startswith(_ZSTD) and not start[-1] & _CHECKED_FRAME:
        return (message("note-no-check-sum", file=path.name),)
    return ()


def _gunzipped(source: BinaryIO) -> Iterator[bytes]:
    """Content of all members, one after the other; zeros between and behind them are padding."""
    members = 0
    block = source.read(_BLOCK)
    while block := (block if members == 0 else block.lstrip(b"\0")) or source.read(_BLOCK):
        if len(block) < len(_GZIP):
            block += source.read(_BLOCK)
        if not block.startswith(_GZIP):
            raise _DamageError("trailing" if members else "other", source.tell() - len(block))
        block = yield from _member(source, block)
        members += 1


def _member(source: BinaryIO, block: bytes) -> Generator[bytes, None, bytes]:
    """Content of one member; returns what was read beyond its end."""
    stream = zlib.decompressobj(wbits=_GZIP_OWN_HEADER)
    while not stream.eof:
        before = stream.copy()
        try:
            content = stream.decompress(block, _BLOCK)
        except zlib.error as err:
            at = source.tell() - len(block) + _sound(before, block)
            raise _DamageError("broken", at, str(err).rpartition(": ")[2]) from None
        yield content
        block = stream.unconsumed_tail
        if not block and len(content) < _BLOCK and not stream.eof:
            block = source.read(_BLOCK)
            if not block:
                raise _DamageError("cut", source.tell())
    return stream.unused_data


def _sound(stream: "zlib._Decompress", block: bytes) -> int:
    """Bytes of a block that pass before the one at which the damage shows."""
    for place in range(len(block)):
        try:
            stream.decompress(block[place : place + 1])
        except zlib.error:
            return place
    return len(block)


def _unzstandard(source: BinaryIO) -> Iterator[bytes]:
    """Content of all frames, as Arrow reads them."""
    import pyarrow as pa

    if source.read(len(_ZSTD)) not in (_ZSTD, b""):
        raise _DamageError("other", 0)
    source.seek(0)
    with pa.CompressedInputStream(pa.PythonFile(source, mode="r"), "zstd") as stream:
        while True:
            try:
                content = stream.read(_BLOCK)
            except OSError as err:
                raise _zstd_damage(str(err), source.tell()) from None
            if not content:
                return
            yield content


def _zstd_damage(reason: str, at: int) -> _DamageError:
    if "Truncated" in reason:
        return _DamageError("cut", at)
    return _DamageError("trailing" if "Unknown frame" in reason else "broken", at, reason.rpartition(": ")[2])


PACKED: Final[Mapping[str, Callable[[BinaryIO], Iterator[bytes]]]] = {".gz": _gunzipped, ".zst": _unzstandard}

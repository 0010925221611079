"""Where a table comes from: a file, a folder of parts, a query behind a URL. A new kind is a file and a line here.

A source is named by a path, or by a URL whose scheme says which kind it is.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from recsys_core.data.file_sources import ParquetFiles, TextFile, TextParts
from recsys_core.data.query_source import QuerySource
from recsys_core.data.raw_table import AS_IT_COMES, RawTable, Reading
from recsys_core.engine.protocol import Engine
from recsys_core.errors import DataError

_PARQUET = (".parquet", ".pq")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")


class Source(Protocol):
    """A table as the user has it."""

    @property
    def name(self) -> str:
        """What it is called on pages, in messages and in cards; never with a password."""
        ...

    def scan(self, engine: Engine) -> RawTable:
        """Open it in an engine; its columns are those of the table, which lives until the engine's scratch ends.

        Raises
        ------
        DataError
            If it cannot be read.
        """
        ...

    def fingerprint(self) -> str:
        """Hash its content: equal for equal content, whatever it is called."""
        ...


Opener = Callable[[str, Reading], Source]
_openers: dict[str, Opener] = {}


def register_source(scheme: str, opener: Opener) -> None:
    """Open URLs of a scheme, such as "postgresql", by a function of the URL and the reading."""
    _openers[scheme.lower()] = opener


def open_source(place: str, role: str, folder: Path = Path(), reading: Reading = AS_IT_COMES) -> Source:
    """Find the source that a setting names; nothing is read yet.

    Parameters
    ----------
    place
        A path, or a URL.
    role
        What it is for: log, items or users.
    folder
        Folder against which paths are read.

    Raises
    ------
    DataError
        If nothing is named, or there is no such file.
    """
    if not place:
        raise DataError("source-not-named", role=role)
    if url := _URL.match(place):
        return _openers.get(url[1].lower(), _query)(place, reading)
    path = folder / Path(place).expanduser()
    if not path.exists():
        raise DataError("source-not-found", role=role, path=place)
    return file_source(path, reading)


def file_source(path: Path, reading: Reading = AS_IT_COMES) -> Source:
    """Make the source of a file, or of a folder of Parquet or text files.

    Raises
    ------
    DataError
        For a folder that holds neither.
    """
    if path.is_dir():
        parquet = tuple(sorted(path.glob("*.parquet")))
        if parquet:
            return ParquetFiles(path, parquet, reading)
        return TextParts(path, reading)
    if path.suffix.lower() in _PARQUET:
        return ParquetFiles(path, (path,), reading)
    return TextFile(path, reading)


def _query(url: str, reading: Reading) -> Source:  # noqa: ARG001
    return QuerySource.at(url)

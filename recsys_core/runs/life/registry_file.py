"""The file of the registry: how it is made, opened, brought up to date, and written to on a full disk."""

import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

from recsys_core.errors import WorkspaceError
from recsys_core.runs.life.registry_schema import bring_up, is_behind, make_tables, version_of

_Method = TypeVar("_Method", bound=Callable[..., Any])
_BUSY_MS = 30_000
_RESERVE_BYTES = 1 << 18
_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
_PRIMARY = 0xFF  # of SQLite's error codes: the rest says more than is needed


def _as_text(content: bytes) -> str:
    """Read text that may be damaged; the row is looked at, and not the whole file refused."""
    return content.decode(errors="replace")


class DiskFullError(WorkspaceError):
    """The file could not grow."""


def with_reserve(method: _Method) -> _Method:
    """Carry a method out on a full disk too: the room kept for that is given up, and it is tried once more."""

    @wraps(method)
    def call(self: "RegistryFile", *arguments: Any, **options: Any) -> Any:
        try:
            return method(self, *arguments, **options)
        except DiskFullError:
            if not self.reserve.exists():
                raise
            self.reserve.unlink(missing_ok=True)
            return method(self, *arguments, **options)

    return call  # type: ignore[return-value]


class RegistryFile:
    """One SQLite file in `folder`; every call opens it and closes it again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "registry.sqlite"
        self.reserve = folder / ".reserve"  # room for saying on a full disk that it is full
        if not self.path.exists():
            self._create()
        with self._reading() as db:
            if is_behind(db):
                self._bring_up(db)

    def _bring_up(self, db: sqlite3.Connection) -> None:
        """Copy the file of an earlier version before it is changed; what fails leaves it as it was."""
        copy = self._copy(db)
        try:
            bring_up(db)
        except BaseException:
            if copy is not None:
                _put_back(db, copy)
            raise

    def _copy(self, db: sqlite3.Connection) -> Path | None:
        """Keep a copy beside the file, one for each version; None where another process brought it up meanwhile."""
        draft = self.folder / f".{self.path.name}.{secrets.token_hex(6)}"
        try:
            with closing(sqlite3.connect(draft, isolation_level=None)) as copy:
                db.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
                if not is_behind(copy):
                    return None
                kept = self.folder / f"{self.path.name}.of-version-{version_of(copy)}"
            draft.replace(kept)
        finally:
            draft.unlink(missing_ok=True)
        return kept

    def remove_copies(self) -> None:
        """Remove the copies: they hold what the file held then, also of data sets that are to go."""
        for copy in self.folder.glob(f"{self.path.name}.of-version-*"):
            copy.unlink(missing_ok=True)

    def _create(self) -> None:
        """Make the file under another name first: whoever finds it finds its tables too."""
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.folder / f".registry-{secrets.token_hex(6)}"
        try:
            with closing(sqlite3.connect(draft, isolation_level=None)) as db:
                make_tables(db)
            with suppress(FileExistsError):  # another process was first
                os.link(draft, self.path)
        finally:
            draft.unlink(missing_ok=True)

    def _keep_reserve(self) -> None:
        if not self.reserve.exists():
            with suppress(OSError):  # as little room as that is said where it matters
                self.reserve.write_bytes(secrets.token_bytes(_RESERVE_BYTES))  # zeros, some file systems do not keep

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            db = sqlite3.connect(self.path, timeout=_BUSY_MS / 1000, isolation_level=None)
            db.row_factory = sqlite3.Row
            db.text_factory = _as_text
            try:
                db.execute("PRAGMA synchronous = NORMAL")
                yield db
            finally:
                db.close()
        except sqlite3.Error as err:
            if (getattr(err, "sqlite_errorcode", 0) or 0) & _PRIMARY in _FULL:
                raise DiskFullError("registry-full", path=str(self.path), reason=str(err)) from None
            raise WorkspaceError("registry-not-usable", path=str(self.path), reason=str(err)) from None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                with suppress(sqlite3.Error):  # a full disk has rolled it back already
                    db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")


def _put_back(db: sqlite3.Connection, copy: Path) -> None:
    """Write a copy back where the file is not any more as it was; one that another process brought up stays."""
    if db.in_transaction:
        db.execute("ROLLBACK")
    with closing(sqlite3.connect(copy)) as before:
        if version_of(db) == version_of(before) and (_schema(db) != _schema(before) or not _is_sound(db)):
            before.backup(db)


def _schema(db: sqlite3.Connection) -> list[tuple[str]]:
    return [tuple(row) for row in db.execute("SELECT sql FROM sqlite_master ORDER BY name")]


def _is_sound(db: sqlite3.Connection) -> bool:
    try:
        return str(db.execute("PRAGMA quick_check").fetchone()[0]) == "ok"
    except sqlite3.DatabaseError:
        return False

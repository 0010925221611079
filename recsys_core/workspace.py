"""The folder on disk that holds what is true beyond a session, and writing into it without ever leaving half a file.

HOME/
  key                      secret of the pseudonyms, readable by its owner only
  old_keys/                those from before it was rotated, of data sets that are still there
  id_key                   secret of the tables of pseudonyms and ids, unless STAYING_POWER_ID_KEY names another place
  datasets/ID/             interactions.parquet, items.parquet, users.parquet, sums.json, dataset.json,
                           tests/, ids/
  reports/                 exported reports
  results/                 what steps found, so that it need not be computed again (`result_files`)
  uploads/                 files taken in by the dashboard, until they are imported
  imports/                 imports under way (`imports/import_jobs.py`)
  tmp/                     work in progress, and the only place for temporary files

All of it is for its owner only. What killed processes left in uploads/ and tmp/ goes when a workspace is opened.
"""

import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from recsys_core import private
from recsys_core.errors import SettingsError, WorkspaceError
from recsys_core.key_files import fingerprint, make_key, read_key
from recsys_core.stored import read_json

_ID = re.compile(r"[0-9a-f]{16}")
_MADE = ("datasets", "reports", "results", "uploads", "tmp")
_PARTS = (
    *_MADE, "files", "key", "key.damaged", "old_keys", "id_key", "periods.json", "runs", "embeddings", "measured",
    "measuring", "imports", "deleting", "forgotten", "audit.jsonl", "errors.log", "errors.log.1",
)  # fmt: skip
_NAMED = 5  # data sets, where one is asked for that is not there


@dataclass(frozen=True)
class Workspace:
    """A workspace at `home`; use `open` to make the folders and sweep what killed processes left.

    Attributes
    ----------
    of_others
        Files and folders in it that belong to another user, who may read them; they are left as they are.
    interface
        Who opened it, for the log of what was done: library, command line or dashboard.
    """

    home: Path
    of_others: int = field(default=0, compare=False)
    interface: str = field(default="library", compare=False)

    @classmethod
    def open(cls, home: str | Path | None = None, interface: str = "library") -> Self:
        """Open (or make) a workspace.

        Parameters
        ----------
        home
            Folder; default: the environment's STAYING_POWER_HOME, else `workspace` under the current folder.
        interface
            As of `Workspace`.

        Raises
        ------
        WorkspaceError
            If the folder cannot be made or written.
        """
        folder = Path(home).expanduser().resolve() if home else default_home()
        private.write_privately()
        try:
            for name in _MADE:
                (folder / name).mkdir(parents=True, exist_ok=True)
            space = cls(folder, private.take_from_others(folder, _PARTS), interface)
        except OSError as err:
            raise WorkspaceError("workspace-not-usable", folder=str(folder), reason=err.strerror) from None
        space.sweep()
        private.use(space.tmp)
        return space

    @property
    def tmp(self) -> Path:
        """Folder for work in progress."""
        return self.home / "tmp"

    def sweep(self) -> None:
        """Remove what processes that are gone left of uploads and of work in progress."""
        for name in ("uploads", "tmp"):
            private.sweep(self.home / name)

    def dataset_folder(self, dataset_id: str) -> Path:
        """Folder of a finished data set.

        Raises
        ------
        WorkspaceError
            If the id is malformed, or no finished data set has it; the message names the ids there are.
        """
        folder = self.home / "datasets" / dataset_id
        if not _ID.fullmatch(dataset_id) or not (folder / "dataset.json").is_file():
            known = tuple(self.dataset_ids())
            raise WorkspaceError("no-such-dataset", dataset_id=dataset_id, known=known[:_NAMED], datasets=len(known))
        return folder

    def dataset_ids(self) -> list[str]:
        """Ids of the finished data sets, the newest first; half-written folders do not count."""
        marks = (self.home / "datasets").glob("*/dataset.json")
        dated = [(mark.stat().st_mtime, mark.parent.name) for mark in marks if _ID.fullmatch(mark.parent.name)]
        return [name for _, name in sorted(dated, reverse=True)]

    def secret(self) -> bytes:
        """Key of the pseudonyms: made once, never leaves the workspace.

        Raises
        ------
        WorkspaceError
            If it is damaged, or lost while data sets stand under its pseudonyms: another one would give their users
            other names without a word.
        """
        path = self.home / "key"
        if not path.is_file() and (under := self._pseudonymous()):
            raise WorkspaceError("pseudonym-key-lost", path=str(path), datasets=under[:_NAMED])
        return self._key(path)

    def check_key(self) -> None:
        """See that the key is there, where data sets need it, and whole; errors as `secret`, and none is made."""
        if (self.home / "key").is_file() or self._pseudonymous():
            self.secret()

    def new_key(self) -> None:
        """Make another key in place of one that is lost or damaged, which is kept as key.damaged.

        Raises
        ------
        SettingsError
            If the key is whole: nothing is changed then.
        """
        path = self.home / "key"
        if path.is_file():
            with suppress(WorkspaceError):
                self._key(path)
                raise SettingsError("pseudonym-key-whole", path=str(path))
            path.rename(self.home / "key.damaged")
        self._key(path)

    def _pseudonymous(self) -> tuple[str, ...]:
        """Ids of the data sets whose users stand under pseudonyms; one whose card cannot be read may be one."""
        found = []
        for dataset_id in self.dataset_ids():
            damage = WorkspaceError("card-damaged", dataset=dataset_id, file="dataset.json")
            try:
                settings = read_json(self.home / "datasets" / dataset_id / "dataset.json", damage).get("settings", {})
            except WorkspaceError:
                settings = {}
            if not isinstance(settings, dict) or settings.get("pseudonymise", True):
                found.append(dataset_id)
        return tuple(found)

    def _key(self, path: Path) -> bytes:
        if not path.is_file():
            make_key(path)
        key = read_key(path)
        if key is None:
            raise WorkspaceError("pseudonym-key-damaged", path=str(path))
        return key

    def secret_of(self, mark: str) -> bytes:
        """Key of the pseudonyms of a data set, by its fingerprint; where that is empty, the first that there was.

        Raises
        ------
        WorkspaceError
            If it is damaged, or not there any more.
        """
        place = self.home / "old_keys"
        path = place / (mark or "first")
        if path.is_file():
            key = read_key(path)
            if key is None:
                raise WorkspaceError("pseudonym-key-damaged", path=str(path))
            return key
        key = self.secret()
        if mark and fingerprint(key) != mark:
            raise WorkspaceError("pseudonym-key-gone", path=str(path))
        return key

    @property
    def forgotten(self) -> int:
        """How often users were forgotten: what was computed before is not to be said any more."""
        try:
            return int((self.home / "forgotten").read_text())
        except (OSError, ValueError):
            return 0

    def count_forgotten(self) -> None:
        """Note that users were forgotten."""
        write_atomic(self.home / "forgotten", str(self.forgotten + 1))

    @contextmanager
    def new_folder(self, target: Path) -> Iterator[Path]:
        """A folder to fill; on success it takes `target`'s place in one rename, on failure it is removed.

        If `target` came to exist meanwhile (two imports of the same log), the one that stands is kept.
        """
        with private.work_folder(self.tmp, target.name) as draft:
            yield draft
            with suppress(FileExistsError):
                _rename_new(draft, target)

    def remove_half_written(self, target: Path) -> None:
        """Clear a data set folder that a killed process left without its last file."""
        if target.exists() and not (target / "dataset.json").is_file():
            shutil.rmtree(target)


def default_home() -> Path:
    """Folder of the workspace where none is named: the environment's, else `workspace` under the current folder."""
    return Path(os.environ.get("STAYING_POWER_HOME") or "workspace").expanduser().resolve()


def _rename_new(draft: Path, target: Path) -> None:
    """Rename a folder; FileExistsError where the target has content, whatever the system calls that."""
    try:
        draft.rename(target)
    except OSError:
        if target.exists():
            raise FileExistsError(target) from None
        raise


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A name beside `path` to write a file under; it takes that place when it is whole, and goes on failure.

    Readers see the old file or the new one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        yield draft
        with draft.open("rb+") as written:
            os.fsync(written.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A new folder beside `path` to fill; it takes that place when it is whole, and what stood there goes.

    One writes at a time: what a killed process left is removed by the next.
    """
    draft = path.with_name(f".{path.name}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    yield draft
    shutil.rmtree(path, ignore_errors=True)
    draft.rename(path)


def write_atomic(path: Path, content: str | bytes) -> None:
    """Write a file so that readers see the old one or the new one."""
    with whole_file(path) as draft:
        draft.write_bytes(content.encode() if isinstance(content, str) else content)


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically; NaN is refused, since JSON has none."""
    write_atomic(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False))

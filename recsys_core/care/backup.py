"""A workspace as one zip file, whole while it is in use.

The registry of runs is copied by SQLite's own backup; runs that are under way are lost in it, since nobody who restores
it has their processes. Every other file is copied with its SHA-256; what changes meanwhile, but for logs and
checkpoints, makes the whole be copied again. Uploads and temporary files stay where they are. The key of the pseudonyms
goes along.
"""

import json
import os
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Final

from recsys_core import audit
from recsys_core.errors import WorkspaceError
from recsys_core.private import work_folder
from recsys_core.runs.life.run import registry
from recsys_core.sums import disagreeing
from recsys_core.workspace import Workspace, whole_file

FORMAT: Final = 1  # raise it when an older program could not read what is written now
MANIFEST: Final = "manifest.json"
KEPT: Final = (
    "datasets", "runs", "embeddings", "measured", "reports", "key", "old_keys", "id_key", "periods.json", "forgotten",
    "audit.jsonl",
)  # fmt: skip
_REGISTRY = "runs/registry.sqlite"
_GROWING = ("log.txt", "progress.jsonl", "audit.jsonl")
_TRIES, _BLOCK = 3, 1 << 20
_Seen = dict[Path, tuple[int, int, int]]


class _ChangedError(Exception):
    """A file is not any more as it was copied."""


@dataclass(frozen=True)
class Backup:
    """A file that was written: how many files are in it, and its bytes."""

    path: Path
    files: int
    size: int


def back_up(workspace: Workspace, path: Path) -> Backup:
    """Write a workspace as one file.

    Parameters
    ----------
    path
        Where the file comes to lie; one that lies there is replaced when the new one is written to its end.

    Raises
    ------
    WorkspaceError
        If the file would lie in the workspace, files of it change all the time, or a data set is damaged: an earlier
        backup, which may hold it whole, then stays as it is.
    OSError
        If a file cannot be read or written.
    """
    if path.resolve().is_relative_to(workspace.home):
        raise WorkspaceError("backup-inside", file=str(path))
    changed = ""
    for _ in range(_TRIES):
        try:
            with whole_file(path.resolve()) as draft:
                files = _write(workspace, draft)
        except _ChangedError as err:
            changed = str(err)
        else:
            audit.note(workspace, "backup", file=str(path.resolve()))
            return Backup(path, files, path.stat().st_size)
    raise WorkspaceError("backup-restless", file=changed)


def _write(workspace: Workspace, draft: Path) -> int:
    """Write all files and say how many they are; _ChangedError where one changed meanwhile."""
    listed, seen = list[dict[str, Any]](), _Seen()
    with zipfile.ZipFile(draft, "x") as archive:
        with work_folder(workspace.tmp, "backup") as folder:
            if (workspace.home / _REGISTRY).is_file():
                _copy_registry(registry(workspace).path, folder / "registry.sqlite")
                with (folder / "registry.sqlite").open("rb") as source:
                    listed.append(_add(archive, source, _REGISTRY))
        for path in _files(workspace.home):
            name = path.relative_to(workspace.home).as_posix()
            with suppress(FileNotFoundError), path.open("rb") as source:
                if path.name not in _GROWING and "checkpoints" not in path.parts:
                    seen[path] = _state(os.fstat(source.fileno()))
                listed.append(_add(archive, source, name))
        card = {"format": FORMAT, "created": datetime.now(UTC).isoformat(timespec="seconds"), "files": listed}
        archive.writestr(MANIFEST, json.dumps(card))
    for path, state in seen.items():
        if _changed(path, state):
            raise _ChangedError(path)
    if damaged := disagreeing(workspace.home, {file["name"]: file["sha256"] for file in listed}):
        raise WorkspaceError("backup-of-damaged", files=damaged)
    return len(listed)


def _files(home: Path) -> Iterator[Path]:
    """Every file that goes along: no links, no drafts, nothing of the registry."""
    for part in KEPT:
        place = home / part
        for path in sorted(place.rglob("*")) if place.is_dir() else (place,):
            own = path.name.startswith(".") or path.relative_to(home).as_posix().startswith(_REGISTRY)
            if path.is_file() and not path.is_symlink() and not own:
                yield path


def _copy_registry(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source, timeout=30)) as db, closing(sqlite3.connect(target)) as copy:
        db.backup(copy)
        copy.execute(
            "UPDATE runs SET state = 'lost', retry_clock = NULL, host = 'another computer', pid = 0, pid_start = '', "
            "worker = 0, device = '' WHERE state IN ('queued', 'running')"
        )
        copy.commit()
        copy.execute("PRAGMA journal_mode = DELETE")


def _add(archive: zipfile.ZipFile, source: IO[bytes], name: str) -> dict[str, Any]:
    digest, size = sha256(), 0
    with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as target:
        while block := source.read(_BLOCK):
            target.write(block)
            digest.update(block)
            size += len(block)
    return {"name": name, "bytes": size, "sha256": digest.hexdigest()}


def _state(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns


def _changed(path: Path, state: tuple[int, int, int]) -> bool:
    try:
        return _state(path.stat()) != state
    except FileNotFoundError:
        return True

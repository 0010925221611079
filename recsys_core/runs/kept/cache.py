"""What the workspace keeps of training: runs, and what was computed of texts; pinning, deleting, making room."""

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from recsys_core import audit
from recsys_core.data.dataset import Dataset
from recsys_core.errors import WorkspaceError
from recsys_core.machine import folder_size, free_disk
from recsys_core.result_files import forget_results
from recsys_core.runs.cost.measurements import path_of
from recsys_core.runs.life.keys import check_run_id, is_run_id
from recsys_core.runs.life.run import DAMAGED, plan_of, registry, run_folder
from recsys_core.runs.life.run_registry import ACTIVE, Row
from recsys_core.workspace import Workspace

UNLISTED = "unlisted"  # a folder that the registry does not know of: it was moved away, or lost
_PIN, _USED = "pinned", "used"


@dataclass(frozen=True)
class KeptRun:
    """A run as it lies on disk.

    Attributes
    ----------
    title
        Of the data set; empty where it is gone.
    state
        As of `Run`, or "unlisted": there is a folder, but the registry does not know of it.
    size
        Bytes of its files.
    created, last_used
        Epoch seconds; `last_used` is when it was last the answer to a training or read for a comparison.
    pinned
        Never deleted until it is unpinned.
    """

    run_id: str
    dataset_id: str
    title: str
    model: str
    state: str
    size: int
    created: float
    last_used: float
    pinned: bool

    @property
    def deletable(self) -> bool:
        """True where it is neither under way nor pinned."""
        return self.state not in ACTIVE and not self.pinned


@dataclass(frozen=True)
class KeptEmbeddings:
    """Embeddings or tokens of texts, shared by all runs with the same encoder: file name, bytes, epoch seconds."""

    name: str
    size: int
    created: float

    @property
    def kind(self) -> str:
        """What it holds: "embeddings" or "tokens"."""
        return self.name.partition("-")[0]


@dataclass(frozen=True)
class Kept:
    """All that is kept, the latest used first, and the free bytes of the disk."""

    runs: tuple[KeptRun, ...]
    embeddings: tuple[KeptEmbeddings, ...]
    free: int

    @property
    def runs_size(self) -> int:
        """Bytes of all runs."""
        return sum(run.size for run in self.runs)

    @property
    def embeddings_size(self) -> int:
        """Bytes of all embeddings."""
        return sum(file.size for file in self.embeddings)


@dataclass(frozen=True)
class Room:
    """What has to go so that `wanted` bytes are free: runs in the order in which they go, and what is then free."""

    wanted: int
    free: int
    runs: tuple[KeptRun, ...]

    @property
    def free_then(self) -> int:
        """Free bytes when these runs are gone."""
        return self.free + sum(run.size for run in self.runs)

    @property
    def enough(self) -> bool:
        """True where that is as much as was wanted."""
        return self.free_then >= self.wanted


def list_kept(workspace: Workspace) -> Kept:
    """List what is kept."""
    rows = {row["run_id"]: row for row in registry(workspace).rows()}
    titles = {dataset_id: _title(workspace, dataset_id) for dataset_id in workspace.dataset_ids()}
    damaged = {str(row["run_id"]) for row in registry(workspace).damaged() if is_run_id(str(row["run_id"]))}
    runs = [_listed(workspace, row, titles) for row in rows.values()]
    runs += [_unlisted(workspace, name, titles, DAMAGED) for name in sorted(damaged)]
    others = (name for name in _folders(workspace) if name not in rows and name not in damaged)
    runs += [_unlisted(workspace, name, titles, UNLISTED) for name in others]
    runs.sort(key=lambda run: (-run.last_used, run.run_id))
    return Kept(tuple(runs), _embeddings(workspace), free_disk(workspace.home))


def find_kept(workspace: Workspace, run_id: str) -> KeptRun:
    """Find one run; WorkspaceError where the workspace keeps none of this id."""
    for run in list_kept(workspace).runs:
        if run.run_id == check_run_id(run_id):
            return run
    raise WorkspaceError("run-not-kept", run_id=run_id)


def touch_used(workspace: Workspace, run_id: str) -> None:
    """Note that a run was the answer to something; a workspace that may not be written to is left as it is."""
    with suppress(OSError):
        (run_folder(workspace, run_id) / _USED).touch()


def pin(workspace: Workspace, run_id: str, *, on: bool = True) -> KeptRun:
    """Pin a run, or unpin it; WorkspaceError where there is no such run."""
    find_kept(workspace, run_id)
    mark = run_folder(workspace, run_id) / _PIN
    if on:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    else:
        mark.unlink(missing_ok=True)
    return find_kept(workspace, run_id)


def delete(workspace: Workspace, run_id: str, *, pinned: bool = False) -> KeptRun:
    """Delete a run for good, with `pinned` a pinned one too; asked for again, the model is trained again.

    The folder leaves its place in one rename, together with the registry's row: a delete that is killed leaves no half
    run. What it left in the workspace's tmp/ is swept when the workspace is opened next.

    Raises
    ------
    WorkspaceError
        If there is no such run, it is under way, or it is pinned.
    """
    run, gone = find_kept(workspace, run_id), list[Path]()

    def put_away() -> None:
        if not pinned and (run_folder(workspace, run_id) / _PIN).exists():
            raise WorkspaceError("run-is-pinned", run_id=run_id)
        gone.extend(put_folder_away(workspace, run_id))

    if not registry(workspace).remove(run_id, put_away):
        raise WorkspaceError("run-is-under-way", run_id=run_id)
    for folder in gone:
        shutil.rmtree(folder, ignore_errors=True)
    path_of(workspace, run_id).unlink(missing_ok=True)
    forget_results(workspace)  # a comparison names users and their lists
    audit.note(workspace, "delete-run", run_id=run_id, dataset_id=run.dataset_id)
    return run


def put_folder_away(workspace: Workspace, run_id: str) -> list[Path]:
    """Take a run's folder out of its place in one rename; returns where it is now, to be removed. Empty: none there."""
    away = workspace.home / "tmp" / f"deleted-{run_id}-{token_hex(6)}"
    try:
        run_folder(workspace, run_id).rename(away)
    except FileNotFoundError:
        return []
    os.utime(away, (0, 0))  # old enough to be swept at once
    return [away]


def make_room(workspace: Workspace, wanted: int, *, dry_run: bool = True) -> Room:
    """Delete finished runs until so many bytes are free: the least recently used first, never a pinned one.

    Parameters
    ----------
    wanted
        Bytes that are to be free on the workspace's disk.
    dry_run
        Only say what would go.
    """
    kept = list_kept(workspace)
    room, going = Room(wanted, kept.free, ()), list[KeptRun]()
    for run in reversed(kept.runs):
        if room.enough:
            break
        if run.state == "finished" and not run.pinned:
            going.append(run)
            room = Room(wanted, kept.free, tuple(going))
    if not dry_run:
        gone = tuple(run for run in going if _deleted(workspace, run))
        return Room(wanted, kept.free, gone)
    return room


def _deleted(workspace: Workspace, run: KeptRun) -> bool:
    """Delete a run; False where it was pinned, or asked for again, since it was looked at."""
    try:
        delete(workspace, run.run_id)
    except WorkspaceError:
        return False
    return True


def delete_embeddings(workspace: Workspace) -> int:
    """Delete what was computed of texts; the next model that reads texts computes it again. Returns its bytes."""
    files = _embeddings(workspace)
    for file in files:
        (workspace.home / "embeddings" / file.name).unlink(missing_ok=True)
    audit.note(workspace, "delete-embeddings", files=len(files))
    return sum(file.size for file in files)


def _folders(workspace: Workspace) -> list[str]:
    """Names of the folders that are named like a run."""
    names = []
    for folder in sorted((workspace.home / "runs").iterdir()):
        with suppress(WorkspaceError):
            if folder.is_dir():
                names.append(check_run_id(folder.name))
    return names


def _listed(workspace: Workspace, row: Row, titles: Mapping[str, str]) -> KeptRun:
    folder = run_folder(workspace, row["run_id"])
    ended = row["finished"] or row["created"]
    return KeptRun(
        row["run_id"], row["dataset_id"], titles.get(row["dataset_id"], ""), row["model"], row["state"],
        folder_size(folder), row["created"], max(ended, _time(folder / _USED)), (folder / _PIN).exists(),
    )  # fmt: skip


def _unlisted(workspace: Workspace, run_id: str, titles: Mapping[str, str], state: str) -> KeptRun:
    folder, dataset_id = run_folder(workspace, run_id), ""
    with suppress(WorkspaceError):
        dataset_id = plan_of(workspace, run_id).dataset_id
    created = _time(folder)
    return KeptRun(
        run_id, dataset_id, titles.get(dataset_id, ""), run_id.rpartition("-")[0], state,
        folder_size(folder), created, max(created, _time(folder / _USED)), (folder / _PIN).exists(),
    )  # fmt: skip


def _title(workspace: Workspace, dataset_id: str) -> str:
    with suppress(WorkspaceError):
        return Dataset.open(workspace, dataset_id).title
    return ""


def _embeddings(workspace: Workspace) -> tuple[KeptEmbeddings, ...]:
    files = []
    folder = workspace.home / "embeddings"
    for path in (*folder.glob("embeddings-*.safetensors"), *folder.glob("tokens-*.npy")):
        with suppress(OSError):  # removed meanwhile
            stat = path.stat()
            files.append(KeptEmbeddings(path.name, stat.st_size, stat.st_mtime))
    return tuple(sorted(files, key=lambda file: -file.created))


def _time(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0

"""SHA-256 sums of files that are written once: what is not as it was written is damage, and is never computed with.

A folder's sums lie in it, in sums.json: of every table and card that was there when they were recorded. A process
hashes a file when it first reads it, and again when its size, time or place on the disk has changed since; else it
looks at these alone. A folder of an earlier version has no sums, and nothing is known of it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from recsys_core.errors import WorkspaceError
from recsys_core.machine import sha256_of
from recsys_core.stored import fits, read_json
from recsys_core.workspace import write_json

SUMS: Final = "sums.json"
_SUMMED: Final = (".parquet", ".json")
State = Literal["ok", "damaged", "not recorded"]
_Stat = tuple[int, int, int]
_seen: dict[Path, tuple[_Stat, _Stat, State]] = {}


def record(folder: Path) -> None:
    """Write the sums of the tables and cards in a folder, in place of those that were there; OSError where it fails."""
    files = [path for path in sorted(folder.iterdir()) if path.suffix in _SUMMED and path.name != SUMS]
    write_json(folder / SUMS, {"sha256": {path.name: sha256_of(path) for path in files}})


def recorded(folder: Path) -> Mapping[str, str]:
    """Read the sums of a folder by file name; empty where none were recorded.

    Raises
    ------
    WorkspaceError
        If they are damaged.
    """
    path = folder / SUMS
    if not path.exists():
        return {}
    damage = WorkspaceError("sums-damaged", file=str(path))
    known: Mapping[str, str] = read_json(path, damage).get("sha256", ())
    if not fits(known, Mapping[str, str]):
        raise damage
    return known


def state_of(path: Path, *, anew: bool = False) -> State:
    """Say whether a file is as it was when its folder's sums were recorded.

    Parameters
    ----------
    anew
        Hash it whatever this process knows of it.

    Raises
    ------
    WorkspaceError
        If the sums are damaged.
    """
    try:
        stats = _stat(path), _stat(path.parent / SUMS)
    except OSError:
        stats = None
    if stats and not anew and (known := _seen.get(path)) and known[:2] == stats:
        return known[2]
    state = _hashed(path)
    if stats:
        _seen[path] = (*stats, state)
    return state


def check(path: Path, damage: WorkspaceError) -> None:
    """See that a file is as it was when its sum was recorded, as far as one was; `damage` is raised where it is not."""
    if state_of(path) == "damaged":
        raise damage


def disagreeing(home: Path, sha256: Mapping[str, str]) -> tuple[str, ...]:
    """Name the files of data sets whose hashes, by their path below a workspace, are not those that were recorded."""
    found = []
    for mark in sorted((home / "datasets").glob(f"*/{SUMS}")):
        place = mark.parent.relative_to(home).as_posix()
        sums = {f"{place}/{name}": known for name, known in recorded(mark.parent).items()}
        found += [name for name, known in sums.items() if sha256.get(name) != known]
    return tuple(found)


def _hashed(path: Path) -> State:
    known = recorded(path.parent)
    if not known:
        return "not recorded"
    try:
        return "ok" if sha256_of(path) == known.get(path.name) else "damaged"
    except OSError:
        return "damaged"


def _stat(path: Path) -> _Stat:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns

"""What this computer has left, what files take, and what a process is started with: each asked in one place."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from stat import S_ISREG

import psutil

ROOT = Path(__file__).parents[1]  # the folder that the package is imported from
_CGROUPS = Path("/sys/fs/cgroup")
_OWN_GROUPS = Path("/proc/self/cgroup")
_LIMITS = (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes"))
_BLOCK = 1 << 22
_PROC = Path("/proc")
_START = 22 - 3  # of the fields of /proc/PID/stat, counted from the state on, which comes after the name
_GONE = (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)


def free_memory() -> int:
    """Bytes of memory that programs can still have: what the system has free, or less where a container is limited."""
    left = [limit - used for limit, used in _limits()]
    return max(0, min([psutil.virtual_memory().available, *left]))


def total_memory() -> int:
    """Bytes of memory in all: the system's, or less where a container is limited."""
    return min([psutil.virtual_memory().total, *(limit for limit, _ in _limits())])


def _limits() -> Iterator[tuple[int, int]]:
    for group in memory_groups():
        for limit, used in _LIMITS:
            with suppress(OSError, ValueError):  # of the other version, or "max": nothing limits
                yield int((group / limit).read_text()), int((group / used).read_text())


def memory_groups() -> list[Path]:
    """Folders of the control groups that account for this process's memory, as seen from a container or outside.

    Of version 2, then 1; each its own group, and the topmost one that is in sight.
    """
    try:
        lines = _OWN_GROUPS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    groups: dict[Path, None] = {}
    for line in lines:
        _, kinds, group = line.split(":", 2)
        top = _CGROUPS if kinds == "" else _CGROUPS / "memory" if "memory" in kinds.split(",") else None
        if top is not None:
            groups |= {top / group.lstrip("/"): None, top: None}
    return list(groups)


def free_disk(folder: Path) -> int:
    """Free bytes of the disk that a folder lies on."""
    return shutil.disk_usage(folder).free


def folder_size(folder: Path) -> int:
    """Bytes of the files in a folder, links left out; somebody may remove some while they are counted."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            stat = path.lstat()
            total += stat.st_size if S_ISREG(stat.st_mode) else 0
    return total


def sha256_of(*paths: Path) -> str:
    """Hash the content of a file, or of several one after another; 64 hexadecimal digits.

    Raises
    ------
    OSError
        If one cannot be read.
    """
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as content:
            while block := content.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()


def child_environment() -> dict[str, str]:
    """Copy this process's environment; in it the package is found from any folder."""
    path = os.pathsep.join(part for part in (str(ROOT), os.environ.get("PYTHONPATH", "")) if part)
    return {**os.environ, "PYTHONPATH": path}


def process_start(pid: int) -> str:
    """Start of a process; empty where there is none, or only what is left of one.

    On Linux in ticks since the computer was started, which psutil keeps to itself: its `create_time` adds the time of
    day at which that was, so that a clock that is set would make every process another one.
    """
    with suppress(psutil.Error, OSError):
        process = psutil.Process(pid)
        if process.status() in _GONE:
            return ""
        if not (_PROC / "self" / "stat").exists():
            return f"{process.create_time():.2f}"
        stat = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
        return stat.rpartition(")")[2].split()[_START]  # the name before it may hold spaces and brackets
    return ""

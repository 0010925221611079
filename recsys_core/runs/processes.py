"""Who a process is, so that a later process with the same number is not taken for it, and whether it still runs."""

import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_PROC = Path("/proc")
_START = 22 - 3  # field of /proc/PID/stat, counted from the state that follows the name


@dataclass(frozen=True)
class ProcessId:
    """A process of one computer.

    Attributes
    ----------
    host
        Name of the computer.
    pid
        Its number there.
    start
        When it started, in the system's own terms: numbers are given again, a number with its start is not.
    """

    host: str
    pid: int
    start: str

    @classmethod
    def of(cls, pid: int) -> Self:
        """Identify a process of this computer; `start` is empty where it is gone."""
        return cls(platform.node(), pid, _started(pid))

    @classmethod
    def own(cls) -> Self:
        """Identify this process."""
        return cls.of(os.getpid())

    @property
    def here(self) -> bool:
        """True for a process of this computer: only of those can be told whether they run."""
        return self.host == platform.node()

    def runs(self) -> bool:
        """Tell whether this process of this computer still runs; one that ended and was not reaped does not."""
        return bool(self.start) and _started(self.pid) == self.start


def _started(pid: int) -> str:
    """Start of a process; empty where there is none, or only what is left of one."""
    if not (_PROC / "self" / "stat").exists():
        return _started_by_ps(pid)
    try:
        stat = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    state, *rest = stat.rpartition(")")[2].split()  # the name before it may hold spaces and brackets
    return "" if state in "ZX" else rest[_START - 1]


def _started_by_ps(pid: int) -> str:
    """Ask ps, where there is no /proc."""
    command = ["ps", "-o", "state=,lstart=", "-p", str(pid)]
    found = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603
    state, _, start = found.partition(" ")
    return "" if not state or state.startswith("Z") else start.strip()

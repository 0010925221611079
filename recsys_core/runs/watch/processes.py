"""Who a process is, so that a later one with its number is not taken for it; whether it runs; and how it is ended."""

import os
import platform
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

import psutil

from recsys_core.machine import process_start

MARK = "STAYING_POWER_RUN"  # in the environment of a run's process and of all that it starts, whatever their group
_PROC = Path("/proc")
_STOPPED = (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP)
_KEPT_EXITS = 100
_children: list[tuple["ProcessId", subprocess.Popen[bytes]]] = []
_exits: dict["ProcessId", int] = {}
_reaping = threading.Lock()


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
    boot
        What the computer calls the time since it was last started; empty where that is not known.
    """

    host: str
    pid: int
    start: str
    boot: str = ""

    @classmethod
    def of(cls, pid: int) -> Self:
        """Identify a process of this computer; `start` is empty where it is gone."""
        return cls(platform.node(), pid, process_start(pid), boot_id())

    @classmethod
    def own(cls) -> Self:
        """Identify this process."""
        return cls.of(os.getpid())

    @property
    def here(self) -> bool:
        """True for a process of this computer: only of those can be told whether they run."""
        return self.host == platform.node()

    @property
    def restarted(self) -> bool:
        """True where the computer was started again since."""
        return bool(self.boot and boot_id()) and self.boot != boot_id()

    def runs(self) -> bool:
        """Tell whether this process of this computer still runs; one that ended and was not reaped does not."""
        return bool(self.start) and not self.restarted and process_start(self.pid) == self.start

    def is_stopped(self) -> bool:
        """Tell whether somebody stopped it (SIGSTOP); False where that cannot be told."""
        with suppress(psutil.Error):
            return psutil.Process(self.pid).status() in _STOPPED
        return False

    def cpu_seconds(self) -> float:
        """Processor time it has used, seconds; 0 where that cannot be told."""
        with suppress(psutil.Error):
            times = psutil.Process(self.pid).cpu_times()
            return times.user + times.system
        return 0.0


@cache
def boot_id() -> str:
    """What this computer calls the time since it was last started; empty where it does not say."""
    with suppress(OSError):
        return (_PROC / "sys" / "kernel" / "random" / "boot_id").read_text().strip()
    with suppress(OSError):
        command = ["sysctl", "-n", "kern.bootsessionuuid"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603
    return ""


# ---- this process's children -----------------------------------------------------------------------------------------


def adopt(child: subprocess.Popen[bytes]) -> ProcessId:
    """Keep a process that this one started, so that its end can be told."""
    process = ProcessId.of(child.pid)
    with _reaping:
        _children.append((process, child))
    return process


def reap() -> None:
    """Let go of the processes of this one's runs that have ended."""
    with _reaping:
        for process, child in _children:
            if child.poll() is not None:
                _exits[process] = child.returncode
        _children[:] = [(process, child) for process, child in _children if child.returncode is None]
        for process in list(_exits)[:-_KEPT_EXITS]:
            del _exits[process]


def exit_code(process: ProcessId) -> int | None:
    """Return how a child of this process ended, as `subprocess` says it; None for others, who cannot be asked."""
    reap()
    return _exits.get(process)


# ---- ending others ---------------------------------------------------------------------------------------------------


def end_run(process: ProcessId, mark: str, number: signal.Signals) -> None:
    """Send a signal to a run's process, its group, and all that it started.

    A process is known by its start, or by the run's mark in its environment, never by its number alone; this one and
    its group are never meant.
    """
    marked = list(_marked(mark))
    if process.here and process.runs():
        with suppress(OSError):  # it ended meanwhile
            if os.getpgid(process.pid) == process.pid != os.getpgrp():
                os.killpg(process.pid, number)
    for target in marked:
        with suppress(OSError):
            if os.getpgid(target) != os.getpgrp():
                os.kill(target, number)


def end_children(mark: str) -> None:
    """Kill all that a run's process, which this is, has started and not ended."""
    for target in list(_marked(mark)):
        with suppress(OSError):
            os.kill(target, signal.SIGKILL)


def _marked(mark: str) -> Iterator[int]:
    """Find the other processes that carry a mark; of those that may not be read, the group has to do."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):  # not ours, or gone
            if process.pid != os.getpid() and process.environ().get(MARK) == mark:
                yield process.pid

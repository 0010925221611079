"""How it is found that a run's process is gone or stuck, and why, as a code; and which of those are started again.

Nothing here trusts the time of day where it can do without: processes of one computer are told by their start, and
silence is counted on the clock that runs since the computer was started.
"""

import json
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recsys_core.answers import Message, message
from recsys_core.machine import memory_groups
from recsys_core.runs.watch.processes import ProcessId, boot_id, exit_code

BEAT_SECONDS = 2.0  # between two signs of life
STALE_SECONDS = 20.0  # without one
BUSY_SECONDS = 600.0  # without one, of a process that computes: a long step may hold up its signs of life
DOUBT_SECONDS = BEAT_SECONDS + 0.5  # for a last sign: the whole computer may have been paused, and only now goes on
RETRY_SECONDS = (5.0, 30.0, 120.0)  # before the first, second and third time that a run is started again by itself
GRACE_SECONDS = 15.0  # for stopping when asked to, before its processes are told to end
KILL_SECONDS = 5.0  # for ending when told to, before they are killed
_BUSY_CPU = 0.5  # seconds of processor time since the last sign of life: more is computing

KILLED = message("error-run-killed")
MEMORY = message("error-run-killed-for-memory")
RESTARTED = message("error-run-computer-restarted")
REMOVED = message("error-run-folder-gone")


@dataclass(frozen=True)
class Death:
    """Why a run that should be under way is not.

    Attributes
    ----------
    reason
        What happened to it.
    again
        Whether starting it again may help.
    doubtful
        Whether its process may be there all the same.
    """

    reason: Message
    again: bool = True
    doubtful: bool = False


def process_of(row: Mapping[str, Any]) -> ProcessId:
    """Process that a row of the registry names."""
    return ProcessId(row["host"], row["pid"], row["pid_start"], row["boot"])


def death_of(row: Mapping[str, Any]) -> Death | None:
    """Tell why a run that should be under way is not; None where it is."""
    process, silence = process_of(row), silence_of(row)
    if not process.here:
        out_of_reach = message("error-run-out-of-reach", seconds=silence)
        return Death(out_of_reach, doubtful=True) if silence > STALE_SECONDS else None
    if process.restarted:
        return Death(RESTARTED)
    if not process.runs():
        return _end_of(process, json.loads(row["kills"]))
    return _stuck(row, process, silence) if silence > STALE_SECONDS else None


def _stuck(row: Mapping[str, Any], process: ProcessId, silence: float) -> Death | None:
    """Tell why a process that is there says nothing; None where it may go on."""
    if not row["worker"]:
        return Death(message("error-run-never-started")) if row["state"] == "queued" else None
    if process.is_stopped():
        return Death(message("error-run-process-stopped", seconds=silence), doubtful=True)
    if silence <= BUSY_SECONDS and process.cpu_seconds() - row["cpu"] > _BUSY_CPU:
        return None
    return Death(message("error-run-process-stuck", seconds=silence), doubtful=True)


def overdue_signal(row: Mapping[str, Any]) -> signal.Signals | None:
    """Signal for a run that was asked to stop and did not: SIGTERM after a grace, SIGKILL after another; else None."""
    if not row["cancel"] or not row["worker"] or row["boot"] != boot_id() or row["cancel_clock"] is None:
        return None
    late = time.monotonic() - row["cancel_clock"] - GRACE_SECONDS
    return None if late < 0 else signal.SIGTERM if late < KILL_SECONDS else signal.SIGKILL


def silence_of(row: Mapping[str, Any]) -> float:
    """Seconds since the last sign of life.

    Of another computer only the time of day is known. One that seems to lie ahead says as little as one long past: a
    clock was set. A run that is marked lost for it and lives takes that back with its next sign of life.
    """
    if row["boot"] and row["boot"] == boot_id() and row["clock"] is not None:
        return max(0.0, time.monotonic() - row["clock"])
    if process_of(row).here:
        return 0.0  # entered by an earlier version: whether its process runs has to do
    return abs(time.time() - row["heartbeat"])


def _end_of(process: ProcessId, kills: Mapping[str, int]) -> Death:
    code = exit_code(process)
    if code in (None, -signal.SIGKILL) and any(count > kills.get(path, count) for path, count in oom_kills().items()):
        return Death(MEMORY, again=False)
    if code is None or code == -signal.SIGKILL:
        return Death(KILLED)
    if code < 0:
        name = next((known.name for known in signal.Signals if known == -code), f"signal {-code}")
        return Death(message("error-run-ended-by-signal", signal=name))
    return Death(message("error-run-ended-with-code", exit_code=code))


def oom_kills() -> dict[str, int]:
    """Count the processes killed for want of memory, by where the kernel says so.

    Asked of the groups that this process belongs to, at most that of a container; where none says it, of the computer.
    """
    counters = [group / name for group in memory_groups() for name in ("memory.events", "memory.oom_control")]
    counts = {str(path): count for path in counters if (count := _count(path)) is not None}
    if counts:
        return counts
    whole = Path("/proc/vmstat")
    count = _count(whole)
    return {} if count is None else {str(whole): count}


def _count(path: Path) -> int | None:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), None)


def signs_of_life() -> tuple[float, float, float]:
    """Return what is entered with a sign of life: time of day, clock since the start of the computer, CPU seconds."""
    return time.time(), time.monotonic(), sum(os.times()[:2])

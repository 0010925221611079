"""The processes that measure runs before they start, without torch in this one.

One measurement runs at a time, since two would slow each other down; the others wait for it.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from recsys_core.runs.cost.measurements import Measured, keep, measured, path_of
from recsys_core.runs.life.keys import RunPlan
from recsys_core.workspace import Workspace

_ROOT = Path(__file__).parents[3]
_KILLED = "Its process was killed, often for want of memory: choose smaller settings, or close other programs."


@dataclass
class _Job:
    workspace: Workspace
    plan: RunPlan
    process: subprocess.Popen[bytes] | None = None
    begun: float = 0.0


_jobs: list[_Job] = []  # the first one runs
_lock = threading.Lock()


def begin(workspace: Workspace, plan: RunPlan) -> None:
    """Ask for a measurement, forgetting an earlier one; it starts when those asked for before have ended."""
    with _lock:
        if any(job.plan.run_id == plan.run_id for job in _jobs):
            return
        path_of(workspace, plan.run_id).unlink(missing_ok=True)
        _jobs.append(_Job(workspace, plan))
    advance()


def advance() -> tuple[tuple[str, float], ...]:
    """Start what waits where there is room; the ids under way or waiting, with the seconds since they started."""
    with _lock:
        while _jobs and _jobs[0].process is not None and _jobs[0].process.poll() is not None:
            _close(_jobs.pop(0))
        if _jobs and _jobs[0].process is None:
            _start(_jobs[0])
        now = time.monotonic()
        return tuple((job.plan.run_id, now - job.begun if job.process else 0.0) for job in _jobs)


def stop() -> None:
    """Stop what is under way and forget what waits."""
    with _lock:
        running = [job.process for job in _jobs if job.process]
        _jobs.clear()
    for process in running:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def environment() -> Mapping[str, str]:
    """Take this process's, in which the package is found from any folder."""
    known = os.environ.get("PYTHONPATH", "")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(part for part in (str(_ROOT), known) if part)}


def _start(job: _Job) -> None:
    command = [sys.executable, "-P", "-m", "recsys_core.runs.cost.measure_run", str(job.workspace.home)]
    try:
        job.process = subprocess.Popen(  # noqa: S603 - this program
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=environment(), start_new_session=True,
        )  # fmt: skip
        job.begun = time.monotonic()
        assert job.process.stdin  # noqa: S101 - a pipe was asked for
        with job.process.stdin as out:
            out.write(json.dumps(job.plan.to_dict()).encode())
    except OSError as err:
        keep(job.workspace, job.plan.run_id, Measured(error=f"Its process could not be started: {err.strerror}."))
        _jobs.remove(job)


def _close(job: _Job) -> None:
    if measured(job.workspace, job.plan.run_id) is None:
        with suppress(OSError):
            keep(job.workspace, job.plan.run_id, Measured(error=_KILLED))

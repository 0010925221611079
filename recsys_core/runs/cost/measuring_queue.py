"""The measurements that are asked for in a workspace: they belong to it, and not to whoever asked.

One runs at a time, since two would slow each other down. What waits stands in a file, and the process that measures
holds a lock for as long as it lives: every server and shell that looks at the workspace sees the same queue, and a
server that is started again goes on with it. Who asked is kept, so that only what nobody wants any more is stopped.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from recsys_core.answers import message
from recsys_core.machine import child_environment
from recsys_core.runs.cost.measurements import Measured, keep, measured, path_of
from recsys_core.runs.life.keys import RunPlan
from recsys_core.runs.watch.processes import ProcessId, adopt, reap
from recsys_core.workspace import Workspace, write_json

_END_SECONDS = 5.0  # in which a process that was killed is gone


@dataclass(frozen=True)
class Job:
    """A measurement that waits or runs.

    Attributes
    ----------
    seconds
        Since it started; None while it waits.
    askers
        Who wants it, each by a name of their own.
    """

    run_id: str
    dataset_id: str
    seconds: float | None
    askers: tuple[str, ...]


def begin(workspace: Workspace, plan: RunPlan, asker: str) -> None:
    """Ask for a measurement, forgetting an earlier one; it starts when those asked for before have ended."""
    with _queue(workspace) as jobs:
        known = next((job for job in jobs if job["run_id"] == plan.run_id), None)
        if known is None:
            path_of(workspace, plan.run_id).unlink(missing_ok=True)
            jobs.append({"run_id": plan.run_id, "plan": plan.to_dict(), "askers": [asker], "process": None, "begun": 0})
        elif asker not in known["askers"]:
            known["askers"].append(asker)
    advance(workspace)


def advance(workspace: Workspace) -> tuple[Job, ...]:
    """Start what waits where nothing runs; what runs or waits, in its order. Whoever looks calls this."""
    if not _file(workspace).is_file():
        return ()
    reap()
    with _queue(workspace) as jobs:
        _start_next(workspace, jobs)
        return tuple(_seen(job) for job in jobs)


def stop(workspace: Workspace, asker: str) -> None:
    """Withdraw what somebody asked for; what another one wants as well goes on."""
    if not _file(workspace).is_file():
        return
    with _queue(workspace) as jobs:
        for job in list(jobs):
            if asker not in job["askers"]:
                continue
            job["askers"].remove(asker)
            if not job["askers"]:
                jobs.remove(job)
                _end(workspace, job)
    advance(workspace)


def withdraw(workspace: Workspace, dataset_id: str) -> None:
    """Withdraw all that was asked for of a data set, whoever asked."""
    if not _file(workspace).is_file():
        return
    with _queue(workspace) as jobs:
        for job in [job for job in jobs if job["plan"]["dataset_id"] == dataset_id]:
            jobs.remove(job)
            _end(workspace, job)
    advance(workspace)


def finish(workspace: Workspace, run_id: str, lock: int | None) -> None:
    """Take out a measurement that has ended, and start the next one; `lock` is the descriptor that its process held."""
    with _queue(workspace) as jobs:
        jobs[:] = [job for job in jobs if job["run_id"] != run_id]
    if lock is not None:
        os.close(lock)
    advance(workspace)


def _file(workspace: Workspace) -> Path:
    return workspace.home / "measuring" / "queue.json"


@contextmanager
def _queue(workspace: Workspace) -> Iterator[list[dict[str, Any]]]:
    """Give the jobs to look at and to change, with nobody else at them."""
    path = _file(workspace)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name("queue.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        jobs = _read(path)
        before = json.dumps(jobs)
        yield jobs
        if json.dumps(jobs) != before:
            write_json(path, jobs)


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        return list(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return []  # there is none yet, or it is damaged: what waited may be asked for again


def _seen(job: Mapping[str, Any]) -> Job:
    seconds = max(0.0, time.time() - job["begun"]) if job["process"] else None
    return Job(job["run_id"], job["plan"]["dataset_id"], seconds, tuple(job["askers"]))


def _start_next(workspace: Workspace, jobs: list[dict[str, Any]]) -> None:
    """Start the first job, unless one runs: its process inherits the lock, which goes when the process does."""
    with _file(workspace).with_name("running.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        while jobs:
            if jobs[0]["process"]:
                _close(workspace, jobs.pop(0))
                continue
            try:
                _start(workspace, jobs[0], lock.fileno())
            except OSError as err:
                error = message("measurement-not-started", reason=err.strerror)
                keep(workspace, jobs.pop(0)["run_id"], Measured(error=error))
            else:
                return


def _start(workspace: Workspace, job: dict[str, Any], lock: int) -> None:
    command = [sys.executable, "-P", "-m", "recsys_core.runs.cost.measure_run", str(workspace.home), str(lock)]
    child = subprocess.Popen(  # noqa: S603 - this program
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=child_environment(), start_new_session=True, pass_fds=(lock,),
    )  # fmt: skip
    job |= {"process": asdict(adopt(child)), "begun": time.time()}
    assert child.stdin  # noqa: S101 - a pipe was asked for
    with suppress(BrokenPipeError), child.stdin as out:  # it died at once: the next look says so
        out.write(json.dumps(job["plan"]).encode())


def _close(workspace: Workspace, job: Mapping[str, Any]) -> None:
    """See to a job whose process is gone without having taken it out."""
    workspace.sweep()
    if measured(workspace, job["run_id"]) is None:
        with suppress(OSError):
            keep(workspace, job["run_id"], Measured(error=message("measurement-killed")))


def _end(workspace: Workspace, job: Mapping[str, Any]) -> None:
    if not job["process"]:
        return
    process, deadline = ProcessId(**job["process"]), time.monotonic() + _END_SECONDS
    if process.here and process.runs():
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        while process.runs() and time.monotonic() < deadline:
            time.sleep(0.01)
    workspace.sweep()

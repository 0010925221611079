"""Asking for imports and previews: the process that sees to them is started where there is none, and kept for a while.

`import_log` does the same work in the process that calls it.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recsys_core import private
from recsys_core.errors import WorkspaceError
from recsys_core.imports import import_jobs
from recsys_core.imports.import_jobs import ImportJob
from recsys_core.machine import child_environment
from recsys_core.runs.watch.processes import MARK, ProcessId, adopt
from recsys_core.settings import DataSettings
from recsys_core.workspace import Workspace, write_json

if TYPE_CHECKING:
    from recsys_core.data.import_log import LogPreview

_IDLE_SECONDS = 600.0  # after which the process is let go of: it holds some 200 MB
_LOOK_SECONDS = 0.01
_LOST_SECONDS = 0.3  # between two looks at whether anything works at it any more


@dataclass
class _Host:
    """The process that this one asks."""

    child: "subprocess.Popen[bytes]"
    process: ProcessId
    mark: str


_kept: list[_Host] = []
_lock = threading.RLock()
_timers: list[threading.Timer] = []


def begin(
    workspace: Workspace, settings: DataSettings, *, folder: Path = Path(), title: str = "",
    uploads: Mapping[str, Path] | None = None,
) -> str:  # fmt: skip
    """Ask for an import and return its id; it goes on whatever becomes of this process.

    Parameters
    ----------
    folder, title
        As of `import_log`.
    uploads
        By role (log, items, users), the files that are uploads of the workspace: they go when the data set is there.

    Raises
    ------
    WorkspaceError
        If its process cannot be started, or the workspace cannot be written to.
    """
    try:
        place = import_jobs.enter(workspace, settings, folder, title, uploads or {})
    except OSError as err:
        raise WorkspaceError("import-not-started", reason=err.strerror or str(err)) from None
    try:
        _hand_over(workspace, place)
    except WorkspaceError:
        private.remove(place)
        raise
    return place.name


def wait(workspace: Workspace, job_id: str, seconds: float) -> ImportJob | None:
    """Wait for the end of an import, so long at most; return how it stands, None where it is gone."""
    deadline, outcome = time.monotonic() + seconds, import_jobs.jobs_folder(workspace) / job_id / "outcome.json"
    while (job := import_jobs.look(workspace, job_id)) and job.active and time.monotonic() < deadline:
        soon = min(deadline, time.monotonic() + _LOST_SECONDS)
        while time.monotonic() < soon and not outcome.exists():
            time.sleep(_LOOK_SECONDS)
    return job


def preview(workspace: Workspace, settings: DataSettings, *, folder: Path = Path()) -> "LogPreview":
    """Do as `preview_log`, in a process of its own and within `most_preview_seconds`.

    Raises
    ------
    DataError
        As `preview_log`; or if it takes too long, or too much memory.
    WorkspaceError
        If its process is killed, or cannot be started.
    """
    from recsys_core.imports.import_work import read_preview

    place = workspace.tmp / private.marked("preview")
    place.mkdir()
    kept = False
    try:
        request = {"what": "preview", "settings": settings.to_dict(), "folder": str(folder.resolve())}
        write_json(place / "request.json", request)
        process = _hand_over(workspace, place)
        while (outcome := import_jobs.read(place / "outcome.json")) is None and process.runs():
            time.sleep(_LOOK_SECONDS)
        outcome = outcome or import_jobs.read(place / "outcome.json") or {}
        if outcome.get("state") == "previewed":
            return read_preview(outcome["preview"])
        error = import_jobs.ended_of(outcome)["error"]
        kept = "log" in error.values
        raise error
    finally:
        if not kept:  # else its log stays until this process ends
            private.remove(place)


def release() -> None:
    """Let go of the process that sees to imports: it ends with the last of them."""
    with _lock:
        while _kept:
            host = _kept.pop()
            assert host.child.stdin  # noqa: S101 - a pipe was asked for
            with suppress(OSError):
                host.child.stdin.close()
        while _timers:
            _timers.pop().cancel()


def _hand_over(workspace: Workspace, folder: Path) -> ProcessId:
    line = json.dumps([str(workspace.home), workspace.interface, str(folder)]).encode() + b"\n"
    with _lock:
        for _ in range(2):
            host = _host(folder)
            import_jobs.hand_to(folder, host.process, host.mark)
            assert host.child.stdin  # noqa: S101 - a pipe was asked for
            try:
                os.write(host.child.stdin.fileno(), line)
            except OSError:  # it died since
                release()
                continue
            _let_go_later()
            return host.process
    raise WorkspaceError("import-not-started", reason="its process ended at once")


def _host(folder: Path) -> _Host:
    if _kept and not _kept[0].process.runs():
        release()
    if not _kept:
        _kept.append(_start(folder))
    return _kept[0]


def _start(folder: Path) -> _Host:
    command = [sys.executable, "-P", "-m", "recsys_core.imports.import_host"]
    mark = private.marked("import")
    environment = child_environment() | {MARK: mark, "OPENBLAS_NUM_THREADS": "1"}  # no threads before a fork
    try:
        with (folder / "log.txt").open("ab") as log:
            child = subprocess.Popen(  # noqa: S603 - this program
                command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment, start_new_session=True
            )
    except OSError as err:
        raise WorkspaceError("import-not-started", reason=err.strerror or str(err)) from None
    return _Host(child, adopt(child), mark)


def _let_go_later() -> None:
    while _timers:
        _timers.pop().cancel()
    timer = threading.Timer(_IDLE_SECONDS, release)
    timer.daemon = True
    timer.start()
    _timers.append(timer)

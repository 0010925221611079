"""The process that sees to imports: python -m recsys_core.imports.import_host. `import_client` starts it.

It loads what imports need once, and then forks a process for each that is asked for on its standard input (home of the
workspace, interface and folder, a line of JSON each), so that none waits for the libraries. It keeps them within their
limits, stops those that are to be cancelled, and writes how they ended where they could not. When its standard input
ends it takes no more, and goes with the last of them: whoever asked need not live.
"""

import gc
import json
import os
import select
import signal
import sys
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil

from recsys_core import private
from recsys_core.engine.duck import LIBRARIES
from recsys_core.errors import DataError, StayingPowerError, WorkspaceError
from recsys_core.imports import import_jobs, import_work
from recsys_core.runs.watch.deaths import oom_kills
from recsys_core.settings import DataSettings
from recsys_core.workspace import Workspace

_LOOK_SECONDS = 0.1
_KILL_SECONDS = 5.0  # for ending when told to
_AT_ONCE = 2  # imports; each computes on all cores
_BLOCK = 1 << 16
_CANCELLED: Mapping[str, Any] = {"state": "cancelled"}


@dataclass
class _Going:
    """A process that works, and why it was told to end."""

    workspace: Workspace
    folder: Path
    settings: DataSettings
    is_preview: bool
    begun: float = field(default_factory=time.monotonic)
    kills: Mapping[str, int] = field(default_factory=oom_kills)
    outcome: Mapping[str, Any] | None = None
    told: float = 0.0


class Host:
    """Takes what is asked for, starts it in its turn, and watches it."""

    def __init__(self) -> None:
        self.waiting: deque[tuple[Workspace, Path]] = deque()
        self.going: dict[int, _Going] = {}
        self.unwritten: list[tuple[Workspace, Path, Mapping[str, Any]]] = []

    def serve(self, source: int) -> None:
        """See to all that is asked for on a descriptor, until it ends and all is done."""
        asked, open_ = b"", True
        while open_ or self.waiting or self.going:
            every = _LOOK_SECONDS if self.going or self.unwritten else None
            if open_ and select.select([source], [], [], every)[0]:
                block = os.read(source, _BLOCK)
                open_ = bool(block)
                *lines, asked = (asked + block).split(b"\n")
                self.waiting.extend(map(_asked, lines))
            elif not open_:
                time.sleep(_LOOK_SECONDS)
            for process in list(self.going):
                self._look(process)
            self._start_next()
            self._write_ends()

    def _start_next(self) -> None:
        """Start what waits, imports no more than a few at once; whoever waits for a preview looks at the page."""
        for workspace, folder in list(self.waiting):
            going, imports = _wanted(workspace, folder), sum(not going.is_preview for going in self.going.values())
            if going and not going.is_preview and imports >= _AT_ONCE and not _cancelled(folder):
                continue
            self.waiting.remove((workspace, folder))
            if going is None or _cancelled(folder):
                damaged = import_jobs.refused(WorkspaceError("import-killed"))
                self.unwritten.append((workspace, folder, _CANCELLED if going else damaged))
            else:
                self._start(going)

    def _write_ends(self) -> None:
        """Write how they ended, as soon as there is room on the disk for it."""
        for end in list(self.unwritten):
            with suppress(OSError):
                import_jobs.end(*end)
                self.unwritten.remove(end)

    def _start(self, going: _Going) -> None:
        process = os.fork()
        if process == 0:
            _become(going.workspace, going.folder)
        self.going[process] = going

    def _look(self, process: int) -> None:
        going = self.going[process]
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            del self.going[process]
            code = os.waitstatus_to_exitcode(status)
            if code == 0:  # it wrote itself how it ended
                going.workspace.sweep()
            else:
                outcome = going.outcome or import_jobs.refused(_death(going, code))
                self.unwritten.append((going.workspace, going.folder, outcome))
        elif going.outcome is None:
            going.outcome = _why_to_end(process, going)
            going.told = time.monotonic()
            if going.outcome:
                _send(process, signal.SIGTERM)
        elif time.monotonic() - going.told > _KILL_SECONDS:
            _send(process, signal.SIGKILL)


def _wanted(workspace: Workspace, folder: Path) -> _Going | None:
    """Read what is asked for; None where that is damaged or gone."""
    request = import_jobs.read(folder / "request.json") or {}
    with suppress(StayingPowerError, KeyError, TypeError):
        settings = DataSettings.from_dict(request["settings"])
        return _Going(workspace, folder, settings, request["what"] == "preview")
    return None


def _asked(line: bytes) -> tuple[Workspace, Path]:
    home, interface, folder = json.loads(line)
    return Workspace(Path(home), interface=interface), Path(folder)


def _why_to_end(process: int, going: _Going) -> Mapping[str, Any] | None:
    """Outcome of a process that has to end now; None where it may go on."""
    if _cancelled(going.folder) or not going.folder.is_dir():
        return _CANCELLED
    settings = going.settings
    file = Path(settings.log).name
    seconds = time.monotonic() - going.begun
    if going.is_preview and seconds > settings.most_preview_seconds:
        return import_jobs.refused(DataError("preview-too-long", file=file, most=settings.most_preview_seconds))
    if seconds > settings.most_seconds:
        return import_jobs.refused(DataError("import-too-long", file=file, most=settings.most_seconds))
    with suppress(psutil.Error):
        if psutil.Process(process).memory_info().rss > settings.most_process_gb * 2**30:
            return import_jobs.refused(
                DataError("import-process-memory", file=file, gigabytes=settings.most_process_gb)
            )
    return None


def _cancelled(folder: Path) -> bool:
    return (folder / "cancel").exists()


def _death(going: _Going, code: int) -> StayingPowerError:
    """Say why a process ended without a word."""
    if code == -signal.SIGKILL and any(count > going.kills.get(name, count) for name, count in oom_kills().items()):
        return WorkspaceError("import-killed-for-memory")
    if code == -signal.SIGKILL:
        return WorkspaceError("import-killed")
    how = next((known.name for known in signal.Signals if known == -code), f"exit code {code}")
    return WorkspaceError("import-crashed", how=how, log=str(going.folder / "log.txt"))


def _send(process: int, number: signal.Signals) -> None:
    with suppress(OSError):  # it ended meanwhile
        os.kill(process, number)


def _become(workspace: Workspace, folder: Path) -> None:
    """Be the process that works, from the fork to its end."""
    code = 1
    try:
        private.use(workspace.tmp)
        log = os.open(folder / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for descriptor, stands_for in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(descriptor, stands_for)
        import_work.work(workspace, folder)
        code = 0
    finally:
        os._exit(code)  # nothing of the host is to be tidied up here


def _load() -> None:
    """Load what every import needs, before anything is forked; what was loaded is not looked at again."""
    for name in LIBRARIES:
        import_module(name)
    gc.collect()
    gc.freeze()


def main() -> None:
    """See to the imports that are asked for on standard input."""
    private.write_privately()
    _load()
    Host().serve(sys.stdin.fileno())


if __name__ == "__main__":
    main()

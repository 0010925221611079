"""Imports that wait, run or have ended: each is a folder of the workspace, so that no page and no server has to live.

imports/ID/
  request.json    what is asked for
  files/ROLE/     what was uploaded for it, until it has ended
  host.json       the process that sees to it (`import_host`), written by whoever asked
  status.json     since when, what it does, and how far that is
  cancel          somebody wants it stopped
  outcome.json    how it ended, written once
  log.txt         what nobody foresaw
"""

import json
import os
import re
import secrets
import shutil
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from recsys_core import errors, private
from recsys_core.answers import Message, message
from recsys_core.errors import StayingPowerError, WorkspaceError
from recsys_core.runs.watch.processes import ProcessId, end_run, reap
from recsys_core.settings import DataSettings
from recsys_core.stored import read_json
from recsys_core.workspace import Workspace, write_json

State: TypeAlias = Literal["waiting", "running", "done", "refused", "cancelled"]
_ID = re.compile(r"[0-9a-f]{11}-[0-9a-f]{16}")
_KEPT_SECONDS: Final[Mapping[str, float]] = {"refused": 86_400, "done": 3_600, "cancelled": 3_600}
_HANDED_OVER_SECONDS = 30.0  # in which whoever asks has started a process
_SILENT_SECONDS = 60.0  # after which one of another computer is taken for gone
_DIES_SECONDS = 2.0


@dataclass(frozen=True)
class ImportJob:
    """An import as it stands.

    Attributes
    ----------
    name
        The log's file name.
    doing, share
        What it does, and how much of that is done, 0 to 1; None where that is not known.
    seconds
        Since it started, or since it was asked for while it waits.
    dataset_id
        Of the data set that it made or found, once it is done.
    error
        Why it was refused.
    """

    job_id: str
    name: str
    state: State
    seconds: float
    doing: Message | None = None
    share: float | None = None
    dataset_id: str = ""
    error: StayingPowerError | None = None

    @property
    def active(self) -> bool:
        """True while it waits or runs."""
        return self.state in ("waiting", "running")


def jobs_folder(workspace: Workspace) -> Path:
    """Folder of all imports of a workspace."""
    return workspace.home / "imports"


def enter(workspace: Workspace, settings: DataSettings, folder: Path, title: str, uploads: Mapping[str, Path]) -> Path:
    """Make the folder of an import, with the uploads in it; OSError where that cannot be.

    Parameters
    ----------
    folder
        Against which the paths in the settings are read.
    uploads
        By role (log, items, users), files of the workspace's uploads. They are linked, not copied, and go when the
        data set is there.
    """
    job_id = f"{int(time.time() * 1000):011x}-{secrets.token_hex(8)}"
    place = jobs_folder(workspace) / job_id
    draft = place.with_name(f".{job_id}")
    draft.mkdir(parents=True)
    links = {role: str(place / "files" / role / path.name) for role, path in uploads.items()}
    request = {
        "what": "import", "settings": settings.changed(links).to_dict(), "folder": str(folder.resolve()),
        "title": title, "name": Path(settings.log).name, "asked": time.time(),
        "uploads": [str(path) for path in uploads.values()],
    }  # fmt: skip
    try:
        for role, path in uploads.items():
            (draft / "files" / role).mkdir(parents=True)
            os.link(path, draft / "files" / role / path.name)
        write_json(draft / "request.json", request)
        draft.rename(place)
    except OSError:
        private.remove(draft)
        raise
    return place


def hand_to(folder: Path, process: ProcessId, mark: str) -> None:
    """Enter which process sees to an import."""
    write_json(folder / "host.json", {"process": asdict(process), "mark": mark})


def look(workspace: Workspace, job_id: str) -> ImportJob | None:
    """Look at an import; None where it is gone. One whose process is gone is ended by whoever looks."""
    folder = jobs_folder(workspace) / job_id
    request = read(folder / "request.json") if _ID.fullmatch(job_id) else None
    if request is None:
        return None
    lost = read(folder / "outcome.json") is None and _is_lost(folder, request)
    if lost:
        with suppress(OSError):  # a full disk may be freed: whoever looks next tries again
            _bury(workspace, folder)
    outcome, status = read(folder / "outcome.json"), read(folder / "status.json") or {}
    outcome = outcome or ({} if lost else None)
    since = float(status.get("since", request.get("asked", 0.0)))
    seen = ImportJob(job_id, str(request.get("name", "")), "waiting", max(0.0, time.time() - since))
    if outcome is None:
        doing = message_of(status.get("doing"))
        return replace(seen, state="running" if status else "waiting", doing=doing, share=status.get("share"))
    return replace(seen, **ended_of(outcome))


def tend(workspace: Workspace) -> tuple[ImportJob, ...]:
    """Look at all imports, the latest first; what ended long ago, or made what is deleted by now, is removed."""
    place = jobs_folder(workspace)
    if not place.is_dir():
        return ()
    reap()
    found = []
    for folder in sorted(place.iterdir(), reverse=True):
        job = look(workspace, folder.name)
        if job is None and _age(folder) < _HANDED_OVER_SECONDS:
            continue  # it is being made
        if job is None or (not job.active and _is_over(workspace, folder, job)):
            private.remove(folder)
        elif not (folder / "dismissed").exists():
            found.append(job)
    return tuple(found)


def standing(job: ImportJob) -> Message:
    """Say what an import does, and how far it is."""
    doing = job.doing or message("progress-import-waits")
    known = "no" if job.share is None else "yes"
    return message(
        "progress-import", file=job.name, doing=doing, known=known, share=job.share or 0.0, seconds=job.seconds
    )


def ask_cancel(workspace: Workspace, job_id: str) -> None:
    """Ask for an import to be stopped: it is at once, unless its data set is just being put in its place."""
    folder = jobs_folder(workspace) / job_id
    if _ID.fullmatch(job_id) and folder.is_dir():
        (folder / "cancel").touch()


def dismiss(workspace: Workspace, job_id: str) -> None:
    """Remove what is left of an import that has ended; a log that an error points to stays for a day."""
    job, folder = look(workspace, job_id), jobs_folder(workspace) / job_id
    if job is None or job.active:
        return
    if job.error and "log" in job.error.values:
        (folder / "dismissed").touch()
    else:
        private.remove(folder)


# ---- how it ended ----------------------------------------------------------------------------------------------------


def refused(err: StayingPowerError) -> dict[str, Any]:
    """Write a refusal as an outcome."""
    return {"state": "refused", "error": errors.to_text(err)}


def ended_of(outcome: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of an import that has ended; an outcome that is damaged is that of one that was lost."""
    with suppress(KeyError, TypeError, ValueError):
        if outcome["state"] == "done":
            return {"state": "done", "dataset_id": str(outcome["dataset_id"])}
        if outcome["state"] == "cancelled":
            return {"state": "cancelled"}
        return {"state": "refused", "error": errors.from_text(outcome["error"])}
    return {"state": "refused", "error": WorkspaceError("import-killed")}


def end(workspace: Workspace, folder: Path, outcome: Mapping[str, Any]) -> None:
    """Write how an import ended, unless that is known, and remove what it worked on."""
    workspace.sweep()
    if folder.is_dir():
        clear(folder)
        if not (folder / "outcome.json").exists():
            write_json(folder / "outcome.json", outcome)


def clear(folder: Path, *, uploads: bool = False) -> None:
    """Remove the uploads of an import; `uploads` those of the form as well, since nobody has to mend anything."""
    if uploads:
        for path in map(Path, (read(folder / "request.json") or {}).get("uploads", ())):
            if path.parents[1] == folder.parents[1] / "uploads":
                private.remove(path.parent)
    shutil.rmtree(folder / "files", ignore_errors=True)


def _is_over(workspace: Workspace, folder: Path, job: ImportJob) -> bool:
    deleted = job.state == "done" and job.dataset_id not in workspace.dataset_ids()
    return deleted or _age(folder / "outcome.json") > _KEPT_SECONDS[job.state]


def _age(path: Path) -> float:
    with suppress(OSError):
        return time.time() - path.stat().st_mtime
    return 0.0


# ---- whose process is gone -------------------------------------------------------------------------------------------


def _is_lost(folder: Path, request: Mapping[str, Any]) -> bool:
    process, _ = _host_of(folder)
    if process is None:
        return abs(time.time() - float(request.get("asked", 0.0))) > _HANDED_OVER_SECONDS
    return not process.runs() if process.here else abs(_age(folder / "status.json")) > _SILENT_SECONDS


def _bury(workspace: Workspace, folder: Path) -> None:
    """End what is left of an import without its host; what it had done before stands."""
    process, mark = _host_of(folder)
    worker = read(folder / "status.json") or {}
    if process and process.here:
        end_run(process, mark, signal.SIGKILL)
        with suppress(KeyError, TypeError):
            child, deadline = ProcessId(**worker["process"]), time.monotonic() + _DIES_SECONDS
            while child.runs() and time.monotonic() < deadline:
                time.sleep(0.01)
    end(workspace, folder, refused(WorkspaceError("import-killed")))


def _host_of(folder: Path) -> tuple[ProcessId | None, str]:
    host = read(folder / "host.json") or {}
    with suppress(KeyError, TypeError):
        return ProcessId(**host["process"]), str(host["mark"])
    return None, ""


def read(path: Path) -> dict[str, Any] | None:
    """Read a file of an import; None where there is none, or it is damaged."""
    with suppress(WorkspaceError):
        return read_json(path, WorkspaceError("import-killed"))
    return None


def message_of(stored: Any) -> Message | None:
    """Read a message that stands in JSON; None where it is none."""
    with suppress(ValueError, TypeError, KeyError, AttributeError):
        return Message.from_json(json.dumps(stored))
    return None

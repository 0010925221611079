"""What the process of one import, or of one preview, does: `import_host` forks it and watches it."""

import json
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from recsys_core import engine
from recsys_core.answers import Message, message
from recsys_core.data.import_log import LogPreview, import_log, preview_log
from recsys_core.data.mapping import ColumnMapping
from recsys_core.data.personal import PersonalColumn
from recsys_core.errors import StayingPowerError, WorkspaceError
from recsys_core.imports.import_jobs import clear, message_of, read, refused
from recsys_core.runs.watch.failures import is_full
from recsys_core.runs.watch.processes import ProcessId
from recsys_core.settings import DataSettings
from recsys_core.workspace import Workspace, write_json

_TELL_SECONDS = 0.3
_SETTLED = "progress-import-settles"


def work(workspace: Workspace, folder: Path) -> None:
    """Do what stands in request.json, and write how it ended to outcome.json."""
    request = read(folder / "request.json") or {}
    teller = _Teller(folder, silent=request.get("what") == "preview")
    teller.start()
    try:
        outcome = _done(workspace, request, teller)
    except StayingPowerError as err:
        outcome = refused(err)
    except Exception as err:  # noqa: BLE001 - the last boundary of this process
        traceback.print_exc()  # to log.txt
        outcome = refused(_unforeseen(err, folder))
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it has ended: what is told now is how
    clear(folder, uploads=outcome["state"] == "done")
    if folder.is_dir():
        write_json(folder / "outcome.json", outcome)


def _done(workspace: Workspace, request: dict[str, Any], teller: "_Teller") -> dict[str, Any]:
    settings, folder = DataSettings.from_dict(request["settings"]), Path(request["folder"])
    if request["what"] == "preview":
        return {"state": "previewed", "preview": stored_preview(preview_log(workspace, settings, folder=folder))}
    data = import_log(workspace, settings, folder=folder, title=request["title"], progress=teller.tell)
    return {"state": "done", "dataset_id": data.dataset_id}


def _unforeseen(err: Exception, folder: Path) -> StayingPowerError:
    if is_full(err):
        return WorkspaceError("import-disk-full")
    if isinstance(err, MemoryError):
        return WorkspaceError("import-killed-for-memory")
    return WorkspaceError("import-unforeseen", exception=type(err).__name__, log=str(folder / "log.txt"))


class _Teller(threading.Thread):
    """Writes down what is done and how far it is; ends this process where nobody watches it any more."""

    def __init__(self, folder: Path, *, silent: bool) -> None:
        super().__init__(daemon=True)
        self.silent = silent
        self.path, self.watcher, self.since = folder / "status.json", os.getppid(), time.time()
        self.doing = message("progress-import-starts")
        self.gauge: Callable[[], float | None] = lambda: None
        self.settles = False

    def tell(self, doing: Message) -> None:
        """Take what is done from now on."""
        if doing.code == _SETTLED:  # a moment that is not to be cut short: a data set stands, and is told of, or not
            self.settles = True
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self.doing, self.gauge = doing, engine.current().gauge()
        self.write()

    def write(self) -> None:
        """Write it, without waiting for the disk: nobody needs it after a crash."""
        doing = json.loads(self.doing.to_json())
        told = {"since": self.since, "process": asdict(ProcessId.own()), "doing": doing, "share": self.gauge()}
        draft = self.path.with_name(f".{self.path.name}.{threading.get_ident()}")
        with suppress(OSError):  # a full disk hides how far it is, no more
            draft.write_text(json.dumps(told), encoding="utf-8")
            draft.replace(self.path)

    def run(self) -> None:
        """Write it every now and then."""
        while True:
            if os.getppid() != self.watcher and not self.settles:
                os._exit(1)
            if not self.silent:
                self.write()
            time.sleep(_TELL_SECONDS)


# ---- a preview, as it goes from one process to the other -------------------------------------------------------------


def stored_preview(preview: LogPreview) -> dict[str, Any]:
    """Write a preview as what JSON holds."""
    return {
        "columns": preview.columns,
        "rows": preview.rows,
        "head": preview.head,
        "mapping": preview.mapping.to_dict(),
        "notes": [json.loads(note.to_json()) for note in preview.notes],
        "personal": [asdict(column) for column in preview.personal],
    }


def read_preview(stored: dict[str, Any]) -> LogPreview:
    """Read what `stored_preview` wrote."""
    return LogPreview(
        columns=tuple(stored["columns"]),
        rows=int(stored["rows"]),
        head=tuple(tuple(row) for row in stored["head"]),
        mapping=ColumnMapping(**stored["mapping"]),
        notes=tuple(message_of(note) or message("verbatim", text="") for note in stored["notes"]),
        personal=tuple(PersonalColumn(**column) for column in stored["personal"]),
    )

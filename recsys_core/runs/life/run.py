"""Runs as pages and the command line see them: state, progress, log and curves."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

from recsys_core.answers import Message, message
from recsys_core.errors import SettingsError, WorkspaceError
from recsys_core.runs.life.attempts import as_message
from recsys_core.runs.life.keys import RunPlan, check_run_id
from recsys_core.runs.life.run_registry import ACTIVE, Registry, Row
from recsys_core.runs.watch.processes import boot_id
from recsys_core.stored import fits, parse_json, read_json
from recsys_core.workspace import Workspace

DAMAGED: Final = "damaged"  # state of a run whose row cannot be read
_TAIL_BYTES = 65_536
_TOLD_ENOUGH = 0.01  # of the share: less says nothing about the pace


@dataclass(frozen=True)
class Attempted:
    """How an attempt ended.

    Attributes
    ----------
    started, finished
        Epoch seconds; `started` is None where it never ran.
    reason, kind
        As `Run.error` and `Run.kind`.
    """

    attempt: int
    started: float | None
    finished: float
    state: str
    kind: str
    reason: Message | None


@dataclass(frozen=True)
class Run:
    """One model trained (or being trained) on one data set and split.

    Attributes
    ----------
    run_id
        Name of the model and a hash of all that the model depends on.
    split
        What the run was trained and tested on; equal for runs that can be compared.
    test_from
        UTC epoch seconds of the split by time.
    state
        queued, running, finished, failed, cancelled, or lost: its process is gone. One that is started again by itself
        is queued; its message says when, and after what. Or damaged: its row cannot be read.
    share, message
        How far it is, 0 to 1, and what it does; None where nothing is to be said.
    eta_seconds
        Seconds left at the pace since this start; None where that is not known yet.
    created, started, finished
        Epoch seconds; `started` is that of the latest start.
    seconds
        Time spent, over all starts.
    error, kind
        Why it failed or was lost, and the kind of that, by which code decides; None and "" where it did not.
    metrics
        Ranking quality of a finished run, in lists of 10.
    attempts
        How many times it was started.
    priority
        Higher ones leave the queue first.
    device
        The GPU that is leased to it while it runs, as CUDA_VISIBLE_DEVICES names it; empty: none.
    history
        How its attempts ended.
    cached, resumed
        Of an answer to `train`: it was finished already; it was started again.
    """

    run_id: str
    dataset_id: str
    model: str
    split: Mapping[str, Any]
    test_from: int
    state: str
    share: float
    message: Message | None
    eta_seconds: float | None
    created: float
    started: float | None
    finished: float | None
    seconds: float
    error: Message | None
    metrics: Mapping[str, float]
    attempts: int
    priority: int = 0
    device: str = ""
    kind: str = ""
    history: tuple[Attempted, ...] = ()
    cached: bool = False
    resumed: bool = False

    @property
    def active(self) -> bool:
        """True while it waits or runs."""
        return self.state in ACTIVE

    @property
    def stopping(self) -> bool:
        """True where it was asked to stop and has not yet."""
        return self.message is not None and self.message.code == "progress-run-stops"

    @property
    def retrying(self) -> bool:
        """True where its process died and it waits to be started again by itself."""
        return self.message is not None and self.message.code == "progress-run-retries"

    @property
    def resumable(self) -> bool:
        """True where training again goes on from its checkpoints, or starts anew where it left none."""
        return self.state in {"failed", "cancelled", "lost"}

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Read a row of the registry."""
        return cls(
            **{name: row[name] for name in _PLAIN}, split=json.loads(row["split"]), metrics=json.loads(row["metrics"]),
            eta_seconds=_time_left(row), seconds=row["seconds"] + _spent(row), attempts=row["attempt"],
            message=_message(row), error=as_message(row["error"]),
            history=tuple(_attempted(entry) for entry in json.loads(row["history"])),
        )  # fmt: skip


_PLAIN = (
    "run_id", "dataset_id", "model", "test_from", "state", "share", "created", "started", "finished", "kind",
    "priority", "device",
)  # fmt: skip


def _message(row: Row) -> Message | None:
    if row["retry_clock"] is None:
        return as_message(row["message"])
    left = row["retry_clock"] - time.monotonic() if row["retry_boot"] == boot_id() else 0.0
    return message("progress-run-retries", seconds=max(0.0, left), reason=as_message(row["error"]))


def _attempted(entry: Mapping[str, Any]) -> Attempted:
    reason = as_message(json.dumps(entry["reason"])) if entry["reason"] else None
    return Attempted(**{**entry, "reason": reason})


def _spent(row: Row) -> float:
    """Seconds since a running attempt started; up to its last sign of life, where its computer is another one."""
    if row["state"] != "running" or row["started_clock"] is None:
        return 0.0
    return max(0.0, _now(row) - row["started_clock"])


def _now(row: Row) -> float:
    """What the clock of the run's computer shows, as far as that is known here."""
    return time.monotonic() if row["boot"] == boot_id() else row["clock"]


def _time_left(row: Row) -> float | None:
    if row["state"] != "running" or row["first_time"] is None or row["share"] - row["first_share"] < _TOLD_ENOUGH:
        return None
    pace = (row["last_time"] - row["first_time"]) / (row["share"] - row["first_share"])
    return max(0.0, (1 - row["share"]) * pace - (_now(row) - row["last_time"]))


def registry(workspace: Workspace) -> Registry:
    """Open the workspace's registry of runs."""
    return Registry(workspace.home / "runs")


def run_folder(workspace: Workspace, run_id: str) -> Path:
    """Folder of a run, there or not; WorkspaceError where the id is malformed."""
    return workspace.home / "runs" / check_run_id(run_id)


def find_run(workspace: Workspace, run_id: str) -> Run:
    """Look at one run.

    Raises
    ------
    WorkspaceError
        If the id is malformed or no run has it.
    """
    row = registry(workspace).row(check_run_id(run_id))
    if row is None:
        raise WorkspaceError("no-such-run", run_id=run_id)
    return Run.from_row(row)


def list_runs(workspace: Workspace, dataset_id: str) -> tuple[Run, ...]:
    """Look at the runs of a data set, in the order in which they were asked for; those with a damaged row come last."""
    book = registry(workspace)
    sound = tuple(Run.from_row(row) for row in book.rows(dataset_id))
    return sound + tuple(_damaged(str(row["run_id"]), dataset_id, book) for row in book.damaged(dataset_id))


def _damaged(run_id: str, dataset_id: str, book: Registry) -> Run:
    """What can be said of a run whose row is damaged: that it is, and what to do."""
    told = WorkspaceError("run-row-damaged", run_id=run_id, path=str(book.path)).message
    model = run_id.rpartition("-")[0]
    return Run(run_id, dataset_id, model, {}, 0, DAMAGED, 0.0, None, None, 0.0, None, None, 0.0, told, {}, 0)


def finished_runs(
    workspace: Workspace, dataset_id: str, *, test_from: int | None = None, split: Mapping[str, Any] | None = None
) -> tuple[Run, ...]:
    """List the finished runs of a data set whose model and evaluation are there.

    Parameters
    ----------
    test_from
        Only those that were cut at this moment, UTC epoch seconds.
    split
        Only those of this split, as in `Run.split`.
    """
    runs = (run for run in list_runs(workspace, dataset_id) if run.state == "finished")
    return tuple(
        run
        for run in runs
        if test_from in (None, run.test_from)
        and split in (None, run.split)
        and is_complete(run_folder(workspace, run.run_id))
    )


def is_complete(folder: Path) -> bool:
    """Tell whether a run's folder holds its model and its evaluation; half-written ones have other names."""
    return (folder / "model" / "model.json").is_file() and (folder / "evaluation").is_dir()


def has_checkpoint(workspace: Workspace, run_id: str) -> bool:
    """Tell whether a run left something to go on from."""
    folder = run_folder(workspace, run_id) / "checkpoints"
    return folder.is_dir() and any(path.is_file() for path in folder.rglob("*"))


def plan_of(workspace: Workspace, run_id: str) -> RunPlan:
    """Read what a run was started with; WorkspaceError where its folder does not say."""
    path = run_folder(workspace, run_id) / "settings.json"
    damage = WorkspaceError("run-settings-damaged", path=str(path), run_id=run_id)
    try:
        plan = RunPlan.from_dict(read_json(path, damage))
        sound = fits(plan, RunPlan) and plan.run_id == run_id
    except (SettingsError, ValueError, KeyError, TypeError, AttributeError):
        raise damage from None
    if not sound:
        raise damage
    return plan


def log_tail(workspace: Workspace, run_id: str, lines: int = 20) -> tuple[str, ...]:
    """Read the last lines that a run's process wrote; empty where it wrote none."""
    path = run_folder(workspace, run_id) / "log.txt"
    if not path.is_file():
        return ()
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        text = log.read().decode("utf-8", errors="replace")
    return tuple(text.splitlines()[-lines:])


def figures(workspace: Workspace, run_id: str) -> tuple[dict[str, Any], ...]:
    """Read the figures that a model told while it trained, for curves.

    Returns
    -------
    tuple
        One dict per report with figures: `attempt`, `seconds` since its start, `share`, and the model's own figures.
        What a resumed run told twice is there once, as it was told last.
    """
    path = run_folder(workspace, run_id) / "progress.jsonl"
    if not path.is_file():
        return ()
    points: list[dict[str, Any]] = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            entry = parse_json(line)
        except (ValueError, RecursionError):
            continue  # the process was killed while it wrote this line, or it is damaged
        if not _is_told(entry) or not entry["figures"]:
            continue
        while points and points[-1]["attempt"] < entry["attempt"] and points[-1]["share"] >= entry["share"]:
            points.pop()  # told before the resume, from behind the checkpoint
        points.append({name: entry[name] for name in ("attempt", "seconds", "share")} | entry["figures"])
    return tuple(points)


def _is_told(entry: Mapping[str, Any]) -> bool:
    """Tell whether a line of progress.jsonl holds what is drawn of it."""
    kinds = {"attempt": int, "seconds": float, "share": float, "figures": dict[str, float] | None}
    return all(name in entry and fits(entry[name], kind) for name, kind in kinds.items())


def why_not_finished(run: Run) -> Message:
    """Say why a run that has ended did not finish: its error, else its state."""
    return run.error or message("run-was", run_state=run.state)


def as_answer(run: Run, *, cached: bool = False, resumed: bool = False) -> Run:
    """Mark a run as the answer to `train`."""
    return replace(run, cached=cached, resumed=resumed)

"""Starting, resuming and cancelling runs. A run is one process of its own: it outlives whoever started it."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from recsys_core.answers import Message, message
from recsys_core.data.dataset import Dataset
from recsys_core.errors import DataError, WorkspaceError
from recsys_core.machine import child_environment
from recsys_core.models.cards import card_of
from recsys_core.runs.cost.estimate import work_of
from recsys_core.runs.kept.cache import touch_used
from recsys_core.runs.life import queueing
from recsys_core.runs.life.disk_room import check_space, needed_bytes
from recsys_core.runs.life.input_runs import check_inputs
from recsys_core.runs.life.keys import RunPlan, plan_run
from recsys_core.runs.life.registry_schema import Entry
from recsys_core.runs.life.run import (
    Run,
    as_answer,
    find_run,
    is_complete,
    plan_of,
    registry,
    run_folder,
    why_not_finished,
)
from recsys_core.runs.life.run_registry import ACTIVE, Registry
from recsys_core.runs.watch.failures import failure_of
from recsys_core.runs.watch.processes import MARK, ProcessId, adopt, reap
from recsys_core.settings import ModelSettings, RetentionSettings, SplitSettings, StudySettings
from recsys_core.workspace import Workspace, write_json

_POLL_SECONDS = 0.3
_SPLIT_RULE = 1  # raise it when retention.landmark chooses another moment for the same settings
Say: TypeAlias = Callable[[Message], None]  # told how far something is


class Launcher(Protocol):
    """Starts the process of a run. Another one (of a cluster's queue, say) has to do this and no more."""

    def start(self, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> ProcessId:
        """Start a command so that it outlives this process; what it prints goes to log.txt in the folder.

        Raises
        ------
        OSError
            If it cannot be started.
        """


class LocalLauncher:
    """Starts processes on this computer, each in a session and a group of its own."""

    def start(self, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> ProcessId:
        """Start a command; see `Launcher`."""
        with (folder / "log.txt").open("ab") as log:
            child = subprocess.Popen(  # noqa: S603 - this program, with checked ids
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
            )
        return adopt(child)


LAUNCHER: Launcher = LocalLauncher()


def silent(_progress: Message) -> None:
    """Say nothing."""


def train(
    workspace: Workspace,
    dataset: Dataset,
    model: ModelSettings,
    split: SplitSettings,
    retention: RetentionSettings,
    *,
    wait: bool = False,
    priority: int = 0,
    others: Mapping[str, ModelSettings] | None = None,
    say: Say = silent,
) -> Run:
    """Train a model in a process of its own, or find the run that did so already.

    The same data, split, settings and versions give the same run: finished, it is the answer at once; under way, it is
    joined; failed, cancelled or lost, it is started again from its checkpoints. Many equal calls start one process.

    Parameters
    ----------
    retention
        Decides where the log is split if `split` does not: affinity cohorts must be followed after it.
    wait
        Return when the run has ended. Interrupting the wait leaves the run running.
    priority
        Runs with a higher one go first, then those queued first.
    others
        Settings of the models that this one may name as its inputs; default: those of each model.
    say
        Called with progress while waiting.

    Raises
    ------
    DataError, SettingsError
        If this model cannot be trained on these data; what shows only later makes the run fail.
    WorkspaceError
        If the disk has no room for it, or its process cannot be started.
    """
    plan = plan_run(dataset, model, split, resolved_split_time(workspace, dataset, split, retention), others)
    run = start(workspace, dataset, plan, priority)
    return follow(workspace, run, say) if wait and run.active else run


def resume(workspace: Workspace, run_id: str) -> Run:
    """Start a failed, cancelled or lost run again, from its checkpoints; WorkspaceError where there is no such run.

    Where versions of the code or files changed meanwhile, the same settings make another run: that one is started.
    """
    run, plan = find_run(workspace, run_id), plan_of(workspace, run_id)
    dataset = Dataset.open(workspace, run.dataset_id)
    return start(workspace, dataset, plan_run(dataset, plan.model, plan.split, plan.test_from))


def cancel(workspace: Workspace, run_id: str) -> Run:
    """Ask a run to stop; it does within seconds and keeps its checkpoints.

    One that does not is told to end after a grace, and killed after another, with all that it started, by whoever looks
    at its state (`deaths.GRACE_SECONDS`, `KILL_SECONDS`).

    Raises
    ------
    WorkspaceError
        If there is no such run, or it is not under way.
    """
    run = find_run(workspace, run_id)
    if not registry(workspace).ask_cancel(run_id):
        raise WorkspaceError("run-not-under-way", run_id=run_id, run_state=run.state)
    return find_run(workspace, run_id)


def start(workspace: Workspace, dataset: Dataset, plan: RunPlan, priority: int = 0) -> Run:
    """Start what is planned, unless it is finished or under way."""
    attempt = enter(workspace, dataset, plan, priority)
    if attempt is not None:
        _start_process(registry(workspace), run_folder(workspace, plan.run_id), plan, attempt)
    run = find_run(workspace, plan.run_id)
    return as_answer(run, cached=run.state == "finished" and attempt is None, resumed=(attempt or 1) > 1)


def enter(workspace: Workspace, dataset: Dataset, plan: RunPlan, priority: int = 0) -> int | None:
    """Enter what is planned in the registry.

    Returns
    -------
    int or None
        Number of the attempt that the caller has to see carried out; None: it is finished or under way.
    """
    queueing.heavy_at_once()  # told before anything is entered, where it is wrong
    book, folder = registry(workspace), run_folder(workspace, plan.run_id)
    row = book.row(plan.run_id)
    if row and row["state"] == "finished":
        if is_complete(folder):
            touch_used(workspace, plan.run_id)
            return None
        book.reopen(plan.run_id)
    if not row or row["state"] not in ACTIVE:
        check_inputs(workspace, plan)
        check_space(workspace.home, needed_bytes(dataset, plan.model))
    if not (folder / "settings.json").is_file():
        write_json(folder / "settings.json", plan.to_dict())
    entry = Entry(
        plan.run_id, plan.dataset_id, plan.model.stage, card_of(plan.model.stage).heavy,
        json.dumps(plan.key["split"], sort_keys=True), plan.test_from, work_of(dataset, plan.model), priority,
    )  # fmt: skip
    return book.claim(entry)


def follow(workspace: Workspace, run: Run, say: Say = silent) -> Run:
    """Wait for the end of a run, saying what it says."""
    cached, resumed, last = run.cached, run.resumed, None
    while run.active:
        progress = message("progress-run", model=run.model, share=round(run.share, 2), doing=run.message or "")
        if progress != last:
            say(progress)
        last = progress
        time.sleep(_POLL_SECONDS)
        tend(workspace)
        run = find_run(workspace, run.run_id)
    return as_answer(run, cached=cached, resumed=resumed)


def tend(workspace: Workspace) -> None:
    """Look after the runs: let go of processes that ended, and start again what died and is due (`deaths`).

    Whoever looks at runs calls this; of many at once, one starts the process.
    """
    reap()
    book = registry(workspace)
    for run_id in book.due():
        attempt = book.claim_again(run_id)
        if attempt is None:
            continue
        try:
            _start_process(book, run_folder(workspace, run_id), plan_of(workspace, run_id), attempt)
        except WorkspaceError as err:
            book.end(run_id, attempt, "failed", error=failure_of(err))


def train_unless_finished(
    workspace: Workspace, dataset: Dataset, study: StudySettings, model: str, say: Say = silent, *,
    place: Literal["split", "landmark"] = "split",
) -> Run:  # fmt: skip
    """Return the finished run of one of a study's models, training it if it has none.

    Parameters
    ----------
    place
        What it has none on, as it is said: the study's split, or one that leaves room for the landmark.

    Raises
    ------
    DataError
        If it cannot be trained; the message holds the reason.
    SettingsError
        As `train`.
    """
    run = train(
        workspace, dataset, study.models[model], study.split, study.retention, priority=study.train.priority,
        others=study.models,
    )  # fmt: skip
    if not run.cached:
        say(message("progress-run-needed-first", model=model, place=place))
    if run.active:
        run = follow(workspace, run, say)
    if run.state != "finished":
        raise DataError(
            "needed-run-not-finished", run_id=run.run_id, run_state=run.state, reason=why_not_finished(run),
            dataset_id=dataset.dataset_id,
        )  # fmt: skip
    return run


def resolved_split_time(
    workspace: Workspace, dataset: Dataset, split: SplitSettings, retention: RetentionSettings
) -> int:
    """Find where the log is split, UTC epoch seconds; what was found is kept, since finding it reads the log."""
    question = json.dumps([_SPLIT_RULE, dataset.dataset_id, split.test_from, retention.to_dict()], sort_keys=True)
    book = registry(workspace)
    known = book.split_time(question)
    if known is not None:
        return known
    from recsys_core.retention.population.landmark import split_time

    test_from = split_time(dataset, split, retention)
    book.keep_split_time(question, test_from)
    return test_from


def _start_process(book: Registry, folder: Path, plan: RunPlan, attempt: int) -> None:
    home = folder.parents[1]
    command = [sys.executable, "-P", "-m", "recsys_core.runs.start.worker", str(home), plan.run_id, str(attempt)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        process = LAUNCHER.start(command, _environment(book.mark(plan.run_id, attempt)), folder)
    except OSError as err:
        reason = err.strerror or str(err)
        book.end(plan.run_id, attempt, "failed", error=message("error-run-process-not-started", reason=reason))
        raise WorkspaceError("run-not-started", run_id=plan.run_id, reason=reason) from None
    book.hand_over(plan.run_id, attempt, process)


def _environment(mark: str) -> Mapping[str, str]:
    """Take this process's, with a run's share of the cores as threads.

    Threads that wait sleep: spinning beside another run costs both of them most of their speed.
    """
    threads = {"OMP_NUM_THREADS": str(queueing.threads()), "OMP_WAIT_POLICY": "PASSIVE"}
    return threads | child_environment() | {"PYTHONUNBUFFERED": "1", MARK: mark}

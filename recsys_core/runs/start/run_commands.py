"""The bodies of the commands train, runs and cancel."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from recsys_core.data.dataset import Dataset
from recsys_core.errors import DataError, SettingsError
from recsys_core.models.distributed import processes
from recsys_core.runs.kept.differences import nearest
from recsys_core.runs.life.run import Run, find_run, list_runs, log_tail, plan_of
from recsys_core.runs.start import launch, torchrun
from recsys_core.settings import MODELS, ModelSettings, RetentionSettings, SplitSettings, StudySettings
from recsys_core.settings.assignments import by_stage
from recsys_core.workspace import Workspace

OF_RETENTION = ("inactivity_days", "landmark_days")


@dataclass(frozen=True)
class TrainRequest:
    """The settings of one training, as the command line put them together."""

    model: ModelSettings
    split: SplitSettings
    retention: RetentionSettings
    priority: int = 0


def train_request(
    study: StudySettings, model: str, assignments: Sequence[str], priority: int | None = None
) -> TrainRequest:
    """Change a study's settings by `field=value`; a field goes to every stage that has it.

    Parameters
    ----------
    priority
        In the queue; None: what the study says.

    Raises
    ------
    SettingsError
        For a model or a field that there is not, and for a value that is not allowed.
    """
    if model not in MODELS:
        raise SettingsError(f"There is no model {model!r}. The models are: {', '.join(MODELS)}.")
    asked = TrainRequest(study.models[model], study.split, study.retention)
    values = by_stage(
        assignments,
        {
            "model": [field.name for field in fields(asked.model)],
            "split": [field.name for field in fields(asked.split)],
            "retention": OF_RETENTION,
        },
    )
    return TrainRequest(
        asked.model.changed(values["model"]),
        asked.split.changed(values["split"]),
        asked.retention.changed(values["retention"]),
        study.train.changed({} if priority is None else {"priority": priority}).priority,
    )


def train(
    workspace: Workspace, dataset: Dataset, asked: TrainRequest, *, wait: bool, say: Callable[[str], None]
) -> Run:
    """Train, and wait for the end if asked to; an interrupted wait leaves the run running and says so.

    Raises
    ------
    DataError
        If the awaited run did not finish; the message holds the reason and the end of the log.
    """
    given = (workspace, dataset, asked.model, asked.split, asked.retention)
    if processes() > 1:
        run = torchrun.train_together(*given, priority=asked.priority, say=say)
    else:
        run = launch.train(*given, priority=asked.priority)
    if not run.cached and not run.resumed and (near := nearest(workspace, plan_of(workspace, run.run_id))):
        say(near.sentence)
    if run.resumed:
        say(f"{run.run_id} is started again; it goes on from its last checkpoint, if it had reached one.")
    if processes() == 1 and (not wait or not run.active):
        return run
    try:
        run = launch.follow(workspace, run, say)
    except KeyboardInterrupt:
        say(f"{run.run_id} goes on without this command. `cancel {run.run_id}` stops it.")
        raise
    if run.state != "finished":
        tail = "\n".join(log_tail(workspace, run.run_id))
        reason = run.error or f"It was {run.state}."
        raise DataError(f"{run.run_id} {run.state}. {reason}\nThe end of its log:\n{tail}")
    return run


def run_object(run: Run) -> dict[str, Any]:
    """Return what the commands print of a run as JSON."""
    return {
        "run_id": run.run_id,
        "dataset_id": run.dataset_id,
        "model": run.model,
        "cached": run.cached,
        "resumed": run.resumed,
        "state": run.state,
        "share": run.share,
        "message": run.message,
        "eta_seconds": run.eta_seconds,
        "seconds": run.seconds,
        "test_from": run.test_from,
        "split": dict(run.split),
        "metrics": dict(run.metrics),
        "error": run.error,
        "priority": run.priority,
        "device": run.device,
        "history": [dict(attempt) for attempt in run.history],
    }


def run_line(run: Run) -> str:
    """Say in one line how a run stands."""
    if run.state == "finished":
        state = f"{'finished earlier' if run.cached else 'finished'}, {run.seconds:.0f} s"
        figure = f"NDCG@10 {run.metrics['ndcg']:.4f}" if "ndcg" in run.metrics else ""
    else:
        state, figure = run.state, f"{run.share:.0%} {run.message}" if run.active else run.error
    return "  ".join(part for part in (run.run_id, state, figure) if part)


def runs_of(workspace: Workspace, dataset_id: str) -> tuple[Run, ...]:
    """List the runs of a data set that there is."""
    launch.tend(workspace)
    return list_runs(workspace, Dataset.open(workspace, dataset_id).dataset_id)


def cancel(workspace: Workspace, run_id: str) -> Run:
    """Ask a run to stop and wait for it a little."""
    run = launch.cancel(workspace, run_id)
    return launch.follow(workspace, run) if run.active else find_run(workspace, run_id)

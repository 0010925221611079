"""The bodies of the commands train, runs and cancel."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

from recsys_core.answers import Message, message
from recsys_core.data.dataset import Dataset
from recsys_core.errors import SettingsError
from recsys_core.models.distributed import processes
from recsys_core.runs.kept.differences import nearest
from recsys_core.runs.life.run import Run, find_run, list_runs, plan_of
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
        raise SettingsError("model-unknown", model=model, models=tuple(MODELS))
    default = TrainRequest(study.models[model], study.split, study.retention)
    values = by_stage(
        assignments,
        {
            "model": [field.name for field in fields(default.model)],
            "split": [field.name for field in fields(default.split)],
            "retention": OF_RETENTION,
        },
    )
    return TrainRequest(
        default.model.changed(values["model"]),
        default.split.changed(values["split"]),
        default.retention.changed(values["retention"]),
        study.train.changed({} if priority is None else {"priority": priority}).priority,
    )


def train(
    workspace: Workspace, dataset: Dataset, request: TrainRequest, *, wait: bool, say: Callable[[Message], None]
) -> Run:
    """Train, and wait for the end if asked to; an interrupted wait leaves the run running and says so."""
    what = (workspace, dataset, request.model, request.split, request.retention)
    if processes() > 1:
        run = torchrun.train_under_torchrun(*what, priority=request.priority, say=say)
    else:
        run = launch.train(*what, priority=request.priority)
    if not run.cached and not run.resumed and (near := nearest(workspace, plan_of(workspace, run.run_id))):
        say(near.message)
    if run.resumed:
        say(message("progress-run-resumed", run_id=run.run_id))
    if processes() == 1 and (not wait or not run.active):
        return run
    try:
        return launch.follow(workspace, run, say)
    except KeyboardInterrupt:
        say(message("progress-run-goes-on", run_id=run.run_id))
        raise


def runs_of(workspace: Workspace, dataset_id: str) -> tuple[Run, ...]:
    """List the runs of a data set that there is."""
    launch.tend(workspace)
    return list_runs(workspace, Dataset.open(workspace, dataset_id).dataset_id)


def cancel(workspace: Workspace, run_id: str) -> Run:
    """Ask a run to stop and wait for it a little."""
    run = launch.cancel(workspace, run_id)
    return launch.follow(workspace, run) if run.active else find_run(workspace, run_id)

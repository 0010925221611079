"""Which runs a study compares, and comparing them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from recsys_core.data.dataset import Dataset
from recsys_core.errors import SettingsError
from recsys_core.models.cards import yardstick
from recsys_core.runs.life.keys import split_key
from recsys_core.runs.life.run import Run, finished_runs, list_runs
from recsys_core.runs.start import launch
from recsys_core.runs.start.run_commands import OF_RETENTION
from recsys_core.settings import CompareSettings, SplitSettings, StudySettings
from recsys_core.settings.assignments import by_stage
from recsys_core.workspace import Workspace


def compare_request(study: StudySettings, options: Mapping[str, Any], assignments: Sequence[str]) -> StudySettings:
    """Change a study's settings by options and by `field=value`; a field goes to every stage that has it.

    Raises
    ------
    SettingsError
        For a field that there is not, and for a value that is not allowed.
    """
    known = {
        "compare": [field.name for field in fields(CompareSettings)],
        "split": [field.name for field in fields(SplitSettings)],
        "retention": OF_RETENTION,
    }
    for stage, values in by_stage(assignments, known).items():
        study = study.changed(stage, {name: value for name, value in options.items() if name in known[stage]} | values)
    return study


def comparable_runs(workspace: Workspace, dataset: Dataset, study: StudySettings) -> tuple[Run, ...]:
    """List the finished runs on the study's split, in the order of their models' names.

    Of several runs of one model, trained with different settings, the one that finished last is taken. Where
    `compare.models` names models, only those and recent-popular are listed.

    Raises
    ------
    DataError, SettingsError
        If the study's split is not possible.
    """
    latest = {run.model: run for run in sorted(_on_split(workspace, dataset, study, finished_runs), key=_ended)}
    wanted = {*study.compare.models, yardstick()} if study.compare.models else set(latest)
    return tuple(latest[name] for name in sorted(latest) if name in wanted)


def active_runs(workspace: Workspace, dataset: Dataset, study: StudySettings) -> tuple[Run, ...]:
    """List the runs on the study's split that wait or run."""
    return tuple(run for run in _on_split(workspace, dataset, study, list_runs) if run.active)


def start_baseline(workspace: Workspace, dataset: Dataset, study: StudySettings) -> Run | None:
    """Start training recent-popular where no run of it was ever asked for on this split; None where one was."""
    if any(run.model == yardstick() for run in _on_split(workspace, dataset, study, list_runs)):
        return None
    return launch.train(workspace, dataset, study.models[yardstick()], study.split, study.retention)


def train_missing(
    workspace: Workspace, dataset: Dataset, study: StudySettings, say: launch.Say = launch.silent
) -> tuple[Run, ...]:
    """Train recent-popular and the models that `compare.models` names, where they are not; return the runs to compare.

    Raises
    ------
    SettingsError
        If nothing is trained and no model is named.
    DataError
        If a model cannot be trained; the message holds the reason.
    """
    runs = comparable_runs(workspace, dataset, study)
    if not runs and not study.compare.models:
        raise SettingsError("nothing-to-compare", dataset_id=dataset.dataset_id)
    missing = sorted({yardstick(), *study.compare.models} - {run.model for run in runs})
    for name in missing:
        launch.train_unless_finished(workspace, dataset, study, name, say)
    return comparable_runs(workspace, dataset, study) if missing else runs


def _on_split(
    workspace: Workspace,
    dataset: Dataset,
    study: StudySettings,
    runs: Callable[[Workspace, str], tuple[Run, ...]],
) -> list[Run]:
    test_from = launch.resolved_split_time(workspace, dataset, study.split, study.retention)
    split = split_key(dataset, study.split, test_from)
    return [run for run in runs(workspace, dataset.dataset_id) if run.split == split]


def _ended(run: Run) -> float:
    return run.finished or 0.0

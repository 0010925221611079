"""The two models of affinity cohorts: finished runs on one split that leaves room for the landmark, or trained now."""

from collections.abc import Collection

from recsys_core import columns as col
from recsys_core.data.dataset import Dataset
from recsys_core.errors import SettingsError
from recsys_core.models.cards import all_cards
from recsys_core.retention.population.affinity_cohorts import affinity_models
from recsys_core.retention.population.landmark import FOLLOWED_DAYS, AffinityWindow, affinity_window, window_at
from recsys_core.retention.population.lifetimes import resolve_log_end
from recsys_core.runs.life.keys import split_key
from recsys_core.runs.life.run import Run, finished_runs
from recsys_core.runs.start import launch
from recsys_core.settings import RetentionSettings, StudySettings
from recsys_core.workspace import Workspace


def trained_runs(
    workspace: Workspace, dataset: Dataset, study: StudySettings, say: launch.Say = launch.silent
) -> tuple[Run, ...]:
    """Find the runs as `affinity_runs` does, training the two models where they are not.

    Parameters
    ----------
    study
        `retention` names the two models and the landmark window, `split` how the log is cut, `models` how they learn.
    say
        Told what is trained, and how far it is.

    Raises
    ------
    SettingsError
        For other than two models, a split that is not by time, or one that leaves too little of the log.
    DataError
        If a model cannot be trained; the message holds the reason.
    """
    return affinity_runs(workspace, dataset, study) or _trained(workspace, dataset, study, say)


def affinity_runs(workspace: Workspace, dataset: Dataset, study: StudySettings) -> tuple[Run, ...]:
    """Find finished runs of the two models on one split that leaves room for the landmark; empty where there are none.

    Where `split.test_from` is given, only that split will do. Else the split that would be chosen now comes first,
    and then the latest one before which at least 40 % of the log lies, and after it the window, the gap and 30 days.

    Raises
    ------
    SettingsError
        As `trained_runs`.
    """
    models = affinity_models(study.retention)
    window = _window(dataset, study)
    by_split: dict[int, dict[str, Run]] = {}
    wanted = _split_key(dataset, study, window.test_from)
    for run in sorted(finished_runs(workspace, dataset.dataset_id), key=lambda run: run.finished or 0.0):
        if run.model in models and dict(run.split) == wanted | {"test_from": run.test_from}:
            by_split.setdefault(run.test_from, {})[run.model] = run
    fitting = [
        test_from
        for test_from, runs in by_split.items()
        if len(runs) == len(models) and _leaves_room(dataset, study, window, test_from)
    ]
    if not fitting:
        return ()
    best = window.test_from if window.test_from in fitting else max(fitting)
    return tuple(by_split[best][name] for name in models)


def require_runs(workspace: Workspace, dataset: Dataset, study: StudySettings) -> tuple[Run, ...]:
    """Find the runs as `affinity_runs` does, without training any.

    Raises
    ------
    SettingsError
        As `trained_runs`, and where a model has to be trained first.
    """
    runs = affinity_runs(workspace, dataset, study)
    if runs:
        return runs
    window = _window(dataset, study)
    window.require()
    first, second = affinity_models(study.retention)
    raise SettingsError(
        "affinity-without-runs", first=first, second=second, landmark=study.retention.landmark_days,
        gap=window.gap_days, followed=FOLLOWED_DAYS, test_from=window.test_from,
    )  # fmt: skip


def default_pair(models: Collection[str]) -> tuple[str, str] | None:
    """Choose two models for affinity cohorts by a fixed order, never by how they rank: text against collaborative.

    Of those that are more than collaborative filters the last registered comes first, so the bi-encoder before text
    similarity; of the filters the first, item-knn, and baselines after them. None for fewer than two models.
    """
    cards = [card for card in all_cards() if card.name in models]
    elaborate = [card.name for card in reversed(cards) if card.elaborate]
    filters = [card.name for card in cards if card.family == "collaborative"]
    plain = [*filters, *(card.name for card in reversed(cards) if card.family == "baseline")]
    pair = [*elaborate[:1], *plain[: 1 if elaborate else 2]]
    pair += [name for name in elaborate[1:] if len(pair) < 2]
    return (pair[0], pair[1]) if len(pair) > 1 else None


def affinity_settings(settings: RetentionSettings, models: Collection[str]) -> RetentionSettings | None:
    """Return the settings of affinity cohorts: the models named, else the default pair; None for fewer than two."""
    pair = settings.models or default_pair(models)
    return settings.changed({"cohort": "affinity", "models": pair, "covariates": ()}) if pair else None


def _window(dataset: Dataset, study: StudySettings) -> AffinityWindow:
    if study.split.method != "global-time":
        raise SettingsError("affinity-split-not-by-time", method=study.split.method)
    return affinity_window(dataset, study.split, study.retention)


def _split_key(dataset: Dataset, study: StudySettings, test_from: int) -> dict[str, object]:
    return split_key(dataset, study.split, test_from)


def _leaves_room(dataset: Dataset, study: StudySettings, window: AffinityWindow, test_from: int) -> bool:
    if study.split.test_from:
        return test_from == window.test_from and not window.refusal
    left = resolve_log_end(dataset, study.retention.log_end) - test_from
    needed = (study.retention.landmark_days + window.gap_days + FOLLOWED_DAYS) * col.DAY_SECONDS
    return left >= needed and not window_at(dataset, test_from, study.retention, window.gap_days).refusal


def _trained(workspace: Workspace, dataset: Dataset, study: StudySettings, say: launch.Say) -> tuple[Run, ...]:
    window = _window(dataset, study)
    window.require()
    names = affinity_models(study.retention)
    return tuple(launch.train_unless_finished(workspace, dataset, study, name, say, place="landmark") for name in names)

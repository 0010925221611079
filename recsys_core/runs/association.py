"""What finished runs say of staying: lapses by ranking quality, and affinity cohorts where a log names no arms."""

from collections.abc import Collection, Sequence

from recsys_core.data.dataset import Dataset
from recsys_core.retention.ranking_hazard import RankingHazards, ranking_hazards
from recsys_core.runs.affinity import input_of
from recsys_core.runs.run import Run
from recsys_core.settings import MODELS, RetentionSettings, StudySettings
from recsys_core.workspace import Workspace

_COLLABORATIVE = ("item-knn", "ease", "ials", "bpr", "recent-popular", "popular")


def default_pair(models: Collection[str]) -> tuple[str, str] | None:
    """Choose two models for affinity cohorts by a fixed order, never by how they rank: text against collaborative.

    The bi-encoder comes before text similarity and item-knn before the factor models; None for fewer than two models.
    """
    text = [name for name in reversed(list(MODELS)) if name in models and MODELS[name].needs_text]
    others = [name for name in _COLLABORATIVE if name in models]
    pair = [*text[:1], *others[: 1 if text else 2]]
    pair += [name for name in text[1:] if len(pair) < 2]
    return (pair[0], pair[1]) if len(pair) > 1 else None


def lapses_by_quality(
    workspace: Workspace, dataset: Dataset, study: StudySettings, runs: Sequence[Run]
) -> RankingHazards:
    """Relate lapsing to per-user ranking quality for finished runs on one split.

    Raises
    ------
    SettingsError, DataError
        As `retention.ranking_hazard`.
    """
    return ranking_hazards(dataset, study.retention, input_of(workspace, tuple(runs)), study.compare.k)


def affinity_settings(settings: RetentionSettings, runs: Sequence[Run]) -> RetentionSettings | None:
    """Return the settings of affinity cohorts: the models named, else the default pair; None for fewer than two."""
    pair = settings.models or default_pair({run.model for run in runs})
    return settings.changed({"cohort": "affinity", "models": pair, "covariates": ()}) if pair else None

"""Affinity cohorts of a simulated log: two models that learn before one moment, as a study would train them."""

from recsys_core.data.dataset import Dataset
from recsys_core.data.splitting import split_dataset
from recsys_core.evaluation.evaluate import evaluate
from recsys_core.models.registry import make_model
from recsys_core.retention.population.affinity_cohorts import AffinityInput
from recsys_core.retention.population.landmark import affinity_window
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.settings import StudySettings
from validation.studies import SETTINGS, Figures, analysed, figures

PAIR = ("popular", "item-knn")
CHANGES = {"cohort": "affinity", "models": PAIR, "landmark_days": 14, "horizon_days": 30, "report_day": 15}


def affinity_figures(dataset: Dataset) -> Figures:
    """Take the figures of `affinity_result`; item-knn minus popular."""
    return figures(affinity_result(dataset), PAIR)


def affinity_result(dataset: Dataset) -> RetentionResult:
    """Train both models on the events before the split and compare the cohorts."""
    study = StudySettings()
    window = affinity_window(dataset, study.split, SETTINGS.changed(CHANGES))
    split = split_dataset(dataset, study.split, window.test_from)
    judged = {name: evaluate(make_model(study.models[name]).fit(split.train), split) for name in PAIR}
    return analysed(dataset, CHANGES, AffinityInput.of(judged))

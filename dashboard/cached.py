"""Every cached computation: keyed by data set id and settings, never by a frame (streamlit samples large ones)."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.studies import OpenStudy, workspace
from recsys_core.data.dataset import Dataset
from recsys_core.errors import StayingPowerError
from recsys_core.evaluation.comparison import Comparison
from recsys_core.retention.population.plans import plan_of
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.settings import (
    CompareSettings,
    RetentionSettings,
    RiskSettings,
    ScenarioSettings,
    Stage,
    StudySettings,
)
from recsys_core.whatif.rollout_result import RolloutResult

if TYPE_CHECKING:
    from recsys_core.evaluation.evaluate import Evaluation
    from recsys_core.evaluation.examples import Example
    from recsys_core.evaluation.history_groups import Segment
    from recsys_core.retention.study.ranking_hazard import RankingHazards
    from recsys_core.risk.risk_result import RiskResult


def key_of(settings: Stage) -> str:
    """Write settings as a cache key."""
    return json.dumps(settings.to_dict(), sort_keys=True)


def retention(study: OpenStudy) -> RetentionResult:
    """Analyse retention, once per data set, settings and, for affinity cohorts, the runs that they rest on."""
    runs = _affinity_runs(study.dataset, study.settings)
    return _retention(study.dataset.dataset_id, key_of(study.settings.retention), runs)


def _affinity_runs(dataset: Dataset, study: StudySettings) -> tuple[str, ...]:
    if not plan_of(study.retention.cohort).at_landmark:
        return ()
    from recsys_core.runs.start.affinity_runs import require_runs

    return tuple(run.run_id for run in require_runs(workspace(), dataset, study))


@st.cache_data(show_spinner=False, max_entries=64)
def _retention(dataset_id: str, settings: str, runs: tuple[str, ...]) -> RetentionResult:
    from recsys_core.retention.study.analyse import analyse_retention

    given = None
    if runs:
        from recsys_core.retention.population.affinity_cohorts import AffinityInput

        given = AffinityInput.of(evaluations(runs))
    asked = RetentionSettings.from_dict(json.loads(settings))
    return analyse_retention(Dataset.open(workspace(), dataset_id), asked, given)


def risk(study: OpenStudy) -> "RiskResult":
    """Foretell who will lapse, once per data set and settings."""
    settings = study.settings
    return _risk(study.dataset.dataset_id, key_of(settings.retention), key_of(settings.risk))


@st.cache_data(show_spinner=False, max_entries=16)
def _risk(dataset_id: str, retention: str, settings: str) -> "RiskResult":
    from recsys_core.risk.foretell import foretell

    asked = RetentionSettings.from_dict(json.loads(retention))
    return foretell(Dataset.open(workspace(), dataset_id), asked, RiskSettings.from_dict(json.loads(settings)))


def rollout(dataset: Dataset, settings: RetentionSettings, scenario: ScenarioSettings) -> RolloutResult:
    """Estimate a rollout, once per data set and settings."""
    from recsys_core.whatif.rollout import refuse_affinity

    refuse_affinity(settings)
    return _rollout(dataset.dataset_id, key_of(settings), key_of(scenario))


@st.cache_data(show_spinner=False, max_entries=256)
def _rollout(dataset_id: str, settings: str, scenario: str) -> RolloutResult:
    from recsys_core.whatif.rollout import rollout as estimate

    return estimate(_retention(dataset_id, settings, ()), ScenarioSettings.from_dict(json.loads(scenario)))


def comparison(run_ids: tuple[str, ...], settings: CompareSettings) -> Comparison:
    """Compare finished runs, once per runs and settings."""
    return _comparison(run_ids, key_of(settings))


@st.cache_data(show_spinner=False, max_entries=64)
def _comparison(run_ids: tuple[str, ...], settings: str) -> Comparison:
    from recsys_core.evaluation.compare import compare

    return compare(evaluations(run_ids), CompareSettings.from_dict(json.loads(settings)))


def evaluations(run_ids: tuple[str, ...]) -> "dict[str, Evaluation]":
    """Read what finished runs noted of their test users, by model; read-only."""
    found = [_evaluation(run_id) for run_id in run_ids]
    return {one.model: one for one in found}


@st.cache_resource(show_spinner=False, max_entries=24)
def _evaluation(run_id: str) -> "Evaluation":
    from recsys_core.evaluation.evaluate import Evaluation
    from recsys_core.runs.life.run import run_folder

    return Evaluation.load(run_folder(workspace(), run_id) / "evaluation")


@st.cache_data(show_spinner=False, max_entries=32)
def examples(dataset_id: str, run_ids: tuple[str, ...]) -> "tuple[Example, ...]":
    """Draw example users, once per runs."""
    from recsys_core.evaluation.examples import examples as draw

    return draw(evaluations(run_ids), Dataset.open(workspace(), dataset_id))


@st.cache_data(show_spinner=False, max_entries=64)
def segments(run_ids: tuple[str, ...], k: int) -> "tuple[Segment, ...]":
    """Part users by their history, once per runs and list length."""
    from recsys_core.evaluation.history_groups import by_history

    return by_history(evaluations(run_ids), k)


def hazards(study: OpenStudy, run_ids: tuple[str, ...]) -> "RankingHazards":
    """Relate lapsing to ranking quality, once per runs and settings."""
    settings = study.settings
    return _hazards(study.dataset.dataset_id, run_ids, key_of(settings.retention), settings.compare.k)


@st.cache_data(show_spinner=False, max_entries=32)
def _hazards(dataset_id: str, run_ids: tuple[str, ...], settings: str, k: int) -> "RankingHazards":
    from recsys_core.retention.population.affinity_cohorts import AffinityInput
    from recsys_core.retention.study.ranking_hazard import ranking_hazards

    asked = RetentionSettings.from_dict(json.loads(settings))
    return ranking_hazards(Dataset.open(workspace(), dataset_id), asked, AffinityInput.of(evaluations(run_ids)), k)


def report(dataset: Dataset, study: StudySettings) -> str:
    """Build the report, once per data set, settings and finished runs."""
    from recsys_core.runs.start.run_comparison import comparable_runs

    try:
        runs = tuple(run.run_id for run in comparable_runs(workspace(), dataset, study))
    except StayingPowerError:  # the report says why
        runs = ()
    return _report(dataset.dataset_id, study.to_toml(), _affinity_runs(dataset, study), runs)


@st.cache_data(show_spinner=False, max_entries=8)
def _report(dataset_id: str, study: str, affinity: tuple[str, ...], compared: tuple[str, ...]) -> str:
    del compared  # part of the key: another finished run makes another report
    import tomllib

    from recsys_core.report.build import build_report
    from recsys_core.study import StudyResult, with_ranking
    from recsys_core.whatif.rollout import can_be_moved

    settings = StudySettings.from_dict(tomllib.loads(study))
    dataset = Dataset.open(workspace(), dataset_id)
    found = _retention(dataset_id, key_of(settings.retention), affinity)
    scenario = rollout(dataset, settings.retention, settings.scenario) if can_be_moved(found) else None
    notes: list[str] = []
    result = with_ranking(workspace(), StudyResult(settings, dataset, found, scenario), notes.append)
    return build_report(replace(result, notes=tuple(notes)))

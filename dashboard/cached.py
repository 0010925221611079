"""Every cached computation: keyed by data set id and settings, never by a frame (streamlit samples large ones)."""

import json
from dataclasses import replace

import streamlit as st

from dashboard.studies import workspace
from recsys_core.data.dataset import Dataset
from recsys_core.retention.cohorts import AFFINITY
from recsys_core.retention.results import RetentionResult
from recsys_core.settings import RetentionSettings, ScenarioSettings, Stage, StudySettings
from recsys_core.whatif.results import RolloutResult


def key_of(settings: Stage) -> str:
    """Write settings as a cache key."""
    return json.dumps(settings.to_dict(), sort_keys=True)


def retention(dataset: Dataset, settings: RetentionSettings) -> RetentionResult:
    """Analyse retention, once per data set, settings and, for affinity cohorts, the runs that they rest on."""
    return _retention(dataset.dataset_id, key_of(settings), _affinity_runs(dataset, settings))


def _affinity_runs(dataset: Dataset, settings: RetentionSettings) -> tuple[str, ...]:
    if settings.cohort != AFFINITY:
        return ()
    from recsys_core.runs.affinity import require_runs
    from recsys_core.study import load_study

    study = replace(load_study(dataset), retention=settings)
    return tuple(run.run_id for run in require_runs(workspace(), dataset, study))


@st.cache_data(show_spinner=False, max_entries=64)
def _retention(dataset_id: str, settings: str, runs: tuple[str, ...]) -> RetentionResult:
    from recsys_core.retention.analyse import analyse_retention

    given = None
    if runs:
        from recsys_core.runs.affinity import input_of
        from recsys_core.runs.run import find_run

        given = input_of(workspace(), tuple(find_run(workspace(), run) for run in runs))
    asked = RetentionSettings.from_dict(json.loads(settings))
    return analyse_retention(Dataset.open(workspace(), dataset_id), asked, given)


def rollout(dataset: Dataset, settings: RetentionSettings, scenario: ScenarioSettings) -> RolloutResult:
    """Estimate a rollout, once per data set and settings."""
    from recsys_core.whatif.rollout import refuse_affinity

    refuse_affinity(settings)
    return _rollout(dataset.dataset_id, key_of(settings), key_of(scenario))


@st.cache_data(show_spinner=False, max_entries=256)
def _rollout(dataset_id: str, settings: str, scenario: str) -> RolloutResult:
    from recsys_core.whatif.rollout import rollout as estimate

    return estimate(_retention(dataset_id, settings, ()), ScenarioSettings.from_dict(json.loads(scenario)))


def report(dataset: Dataset, study: StudySettings) -> str:
    """Build the report, once per data set and settings."""
    return _report(dataset.dataset_id, study.to_toml(), _affinity_runs(dataset, study.retention))


@st.cache_data(show_spinner=False, max_entries=8)
def _report(dataset_id: str, study: str, runs: tuple[str, ...]) -> str:
    import tomllib

    from recsys_core.report.build import build_report
    from recsys_core.study import StudyResult
    from recsys_core.whatif.rollout import can_be_moved

    settings = StudySettings.from_dict(tomllib.loads(study))
    dataset = Dataset.open(workspace(), dataset_id)
    found = _retention(dataset_id, key_of(settings.retention), runs)
    scenario = rollout(dataset, settings.retention, settings.scenario) if can_be_moved(found) else None
    return build_report(StudyResult(settings, dataset, found, scenario))

"""The server's memory of steps: what was found once for a workspace, a data set and settings is not computed again.

Keys are texts, never frames: streamlit hashes only a sample of a large one.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

from dashboard.studies import OpenStudy, workspace
from recsys_core import audit
from recsys_core.data.dataset import Dataset
from recsys_core.evaluation.comparison import Comparison
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.settings import CompareSettings
from recsys_core.steps import Steps
from recsys_core.whatif.rollout_result import RolloutResult

if TYPE_CHECKING:
    from recsys_core.evaluation.examples import Example
    from recsys_core.evaluation.history_groups import Segment
    from recsys_core.retention.study.ranking_hazard import RankingHazards
    from recsys_core.risk.risk_result import RiskResult

Found = TypeVar("Found")
Lookup = Callable[[tuple[str, ...], Callable[[], Any]], Any]


def _kept(step: str, entries: int, cache: Callable[..., Any] = st.cache_data) -> Lookup:
    def look_up(key: tuple[str, ...], _compute: Callable[[], Any]) -> Any:  # noqa: ARG001
        return _compute()

    look_up.__qualname__ = step  # streamlit keeps apart what has another name
    kept: Lookup = cache(show_spinner=False, max_entries=entries)(look_up)
    return kept


STEPS: Mapping[str, Lookup] = {
    "figures": _kept("figures", 64),
    "retention": _kept("retention", 64),
    "rollout": _kept("rollout", 256),
    "risk": _kept("risk", 16),
    "evaluation": _kept("evaluation", 24, st.cache_resource),  # large, and only read
    "comparison": _kept("comparison", 64),
    "hazards": _kept("hazards", 32),
    "examples": _kept("examples", 32),
    "segments": _kept("segments", 64),
    "report": _kept("report", 8),
}


def remember(step: str, key: tuple[str, ...], compute: Callable[[], Found]) -> Found:
    """Return what the server keeps of a step; else compute and keep it. This is a `recsys_core.steps.Memory`."""
    result: Found = STEPS[step](key, compute)
    return result


def steps() -> Steps:
    """Return the steps in the server's workspace. Pages train nothing by themselves."""
    return Steps(workspace(), remember, trains=False)


def retention(study: OpenStudy) -> RetentionResult:
    """Analyse retention."""
    return steps().retention(study.dataset, study.settings)


def retention_figures(study: OpenStudy) -> RetentionResult:
    """Analyse retention but for the verdict, which takes longer."""
    return steps().figures(study.dataset, study.settings)


def rollout(study: OpenStudy) -> RolloutResult:
    """Estimate a rollout."""
    return steps().rollout(study.dataset, study.settings)


def risk(study: OpenStudy) -> "RiskResult":
    """Foretell who will lapse."""
    return steps().risk(study.dataset, study.settings)


def comparison(run_ids: Sequence[str], settings: CompareSettings) -> Comparison:
    """Compare finished runs."""
    return steps().comparison(run_ids, settings)


def hazards(study: OpenStudy, run_ids: Sequence[str]) -> "RankingHazards":
    """Relate lapsing to ranking quality."""
    return steps().hazards(study.dataset, study.settings, run_ids)


def examples(dataset_id: str, run_ids: Sequence[str]) -> "tuple[Example, ...]":
    """Draw example users of a comparison."""
    return steps().examples(Dataset.open(workspace(), dataset_id), run_ids)


def segments(run_ids: Sequence[str], k: int) -> "tuple[Segment, ...]":
    """Part the users of a comparison by their history."""
    return steps().segments(run_ids, k)


def report(study: OpenStudy) -> str:
    """Write the report."""
    from recsys_core.study import report as write

    return write(steps(), study.dataset, study.settings)


def report_taken(study: OpenStudy, html: str) -> str:
    """Note that a report leaves the server, and return it; called when somebody downloads it."""
    audit.note(workspace(), "export-report", dataset_id=study.dataset.dataset_id, file="a download")
    return html

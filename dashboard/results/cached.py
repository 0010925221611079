"""What pages ask for: from the server's memory, else from the workspace's files, else computed, once for all who ask.

Results are frozen objects that every session shares; keys are texts, never frames.
"""

import json
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

from dashboard.drawing import figure_memory
from dashboard.results.computing import computing
from dashboard.results.result_memory import ResultMemory
from dashboard.studies import OpenStudy, workspace
from recsys_core import audit
from recsys_core.answers import message
from recsys_core.asked import STEPS, Asked
from recsys_core.evaluation.comparison import Comparison
from recsys_core.result_files import NOTHING, ResultFiles
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.settings import CompareSettings
from recsys_core.steps import Steps
from recsys_core.whatif.rollout_result import RolloutResult
from recsys_core.wording.sentences import say

if TYPE_CHECKING:
    from recsys_core.evaluation.examples import Example
    from recsys_core.evaluation.history_groups import Segment
    from recsys_core.retention.study.ranking_hazard import RankingHazards
    from recsys_core.risk.risk_result import RiskResult

Found = TypeVar("Found")


@st.cache_resource(show_spinner=False)
def _memory() -> ResultMemory:
    return ResultMemory()


def forget() -> None:
    """Take everything out of the server's memory: something that it rests on was deleted."""
    _memory.clear()
    figure_memory.forget()


def _ask(asked: Asked) -> Any:
    """Take a step. Pages train nothing by themselves."""
    return STEPS[asked.step](Steps(workspace(), partial(_remember, asked), trains=False), asked)


def _remember(asked: Asked, step: str, key: tuple[str, ...], compute: Callable[[], Found]) -> Found:
    """Return what is kept of a step; else have it computed. With `asked`, this is a `recsys_core.steps.Memory`."""
    memory, files, name = _memory(), ResultFiles(workspace()), (step, *key)
    found: Any = memory.get(name)
    if found is NOTHING:
        forgotten = workspace().forgotten
        found, size = files.read_sized(step, key)
        if found is NOTHING:
            processes = computing()
            if processes is None:
                found = compute()
                size = files.write(step, key, found, forgotten)
            else:
                found = processes.ask(str(workspace().home), asked, _session(), _tell())
                size = files.size_of(step, key)
        memory.put(name, found, size or _size(found))
    kept: Found = found
    return kept


def _session() -> str:
    """Name of the session."""
    return str(st.session_state.setdefault("_session", uuid.uuid4().hex))


def _tell() -> Callable[[int], None]:
    """Say on the page how many come before. What is said already is not sent again: the browser would draw anew."""
    place: list[Any] = []
    told = 0

    def tell(before: int) -> None:
        nonlocal told
        _session()  # whoever looks into the session's state leaves here, if the page is to be run anew
        if before == told:
            return
        told = before
        if not place:
            place.append(st.empty())
        if before:
            place[0].caption(say(message("progress-before-you", before=before)))
        else:
            place[0].empty()

    return tell


def _size(found: Any) -> int:
    """Bytes of the tables of something that no file keeps."""
    parts = vars(found).values() if hasattr(found, "__dict__") else ()
    return sum(int(part.memory_usage().sum()) for part in parts if hasattr(part, "memory_usage"))


def _of_study(step: str, study: OpenStudy, run_ids: Sequence[str] = ()) -> Asked:
    return Asked(step, study.dataset.dataset_id, study.settings.to_toml(), tuple(run_ids))


def retention(study: OpenStudy) -> RetentionResult:
    """Analyse retention."""
    found: RetentionResult = _ask(_of_study("retention", study))
    return found


def retention_figures(study: OpenStudy) -> RetentionResult:
    """Analyse retention but for the verdict, which takes longer."""
    found: RetentionResult = _ask(_of_study("figures", study))
    return found


def warm() -> None:
    """Start the processes that compute, once a page is whole: the next setting is answered sooner."""
    if processes := computing():
        processes.warm()


def rollout(study: OpenStudy) -> RolloutResult:
    """Estimate a rollout."""
    found: RolloutResult = _ask(_of_study("rollout", study))
    return found


def risk(study: OpenStudy) -> "RiskResult":
    """Foretell who will lapse."""
    found: RiskResult = _ask(_of_study("risk", study))
    return found


def comparison(run_ids: Sequence[str], settings: CompareSettings) -> Comparison:
    """Compare finished runs."""
    detail = json.dumps(settings.to_dict(), sort_keys=True)
    found: Comparison = _ask(Asked("comparison", run_ids=tuple(run_ids), detail=detail))
    return found


def hazards(study: OpenStudy, run_ids: Sequence[str]) -> "RankingHazards":
    """Relate lapsing to ranking quality."""
    found: RankingHazards = _ask(_of_study("hazards", study, run_ids))
    return found


def examples(dataset_id: str, run_ids: Sequence[str]) -> "tuple[Example, ...]":
    """Draw example users of a comparison."""
    found: tuple[Example, ...] = _ask(Asked("examples", dataset_id, run_ids=tuple(run_ids)))
    return found


def segments(run_ids: Sequence[str], k: int) -> "tuple[Segment, ...]":
    """Part the users of a comparison by their history."""
    found: tuple[Segment, ...] = _ask(Asked("segments", run_ids=tuple(run_ids), detail=str(k)))
    return found


def report(study: OpenStudy) -> str:
    """Write the report."""
    found: str = _ask(_of_study("report", study))
    return found


def report_taken(study: OpenStudy, html: str) -> str:
    """Note that a report leaves the server, and return it; called when somebody downloads it."""
    audit.note(workspace(), "export-report", dataset_id=study.dataset.dataset_id, file="a download")
    return html

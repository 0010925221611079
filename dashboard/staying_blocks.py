"""Whether better ranking goes with staying: the same answer on the compare and the retention page."""

from collections.abc import Sequence

from dashboard.drawing.downloads import csv_button
from dashboard.drawing.layer_foot import LayerFoot
from dashboard.drawing.layers import fold
from dashboard.drawing.tables_and_charts import evidence_table
from dashboard.drawing.text_blocks import show_note, show_section
from dashboard.look import chart_mode
from dashboard.results import cached
from dashboard.studies import OpenStudy, workspace
from recsys_core.answers import Message, message
from recsys_core.charts.ranking import ranking_and_staying
from recsys_core.charts.theme import arm_styles
from recsys_core.errors import StayingPowerError
from recsys_core.retention.study.ranking_hazard import RankingHazards
from recsys_core.wording.sentences import say


def quality_and_lapses(study: OpenStudy, run_ids: Sequence[str] = (), best: str = "") -> None:
    """Tell whether users for whom a model ranks better lapse more slowly; nothing where no model is trained.

    Parameters
    ----------
    run_ids
        Finished runs on one split. Default: those that the compare page compares.
    best
        Model whose finding is read first; default: the first one.
    """
    run_ids = tuple(run_ids) or _finished(study)
    if not run_ids:
        return
    show_section(ranking_and_staying.QUESTION, rule=True)
    found = _found(study, run_ids)
    if isinstance(found, Message):
        show_note(say(found))
        return
    show_note(f"**{say(ranking_and_staying.hazard_finding(found, best))}**")
    _evidence(found)
    csv_button("Ranking and lapses as CSV", "ranking_and_lapses.csv", lambda: ranking_and_staying.hazard_rows(found))


def folded_quality_and_lapses(study: OpenStudy, foot: LayerFoot) -> None:
    """Tell the same folded to its finding, with the figures in the layer's foot."""
    run_ids = _finished(study)
    if not run_ids:
        return
    found = _found(study, run_ids)
    if isinstance(found, Message):
        with fold(message("fold-ranking-not-said")):
            show_note(say(found))
        return
    with fold(message("fold-ranking", found=ranking_and_staying.hazard_finding(found, ""))):
        _evidence(found)
    foot.add("Ranking and lapses", lambda: ranking_and_staying.hazard_rows(found))


def _found(study: OpenStudy, run_ids: Sequence[str]) -> RankingHazards | Message:
    """Relate lapsing to ranking quality; a message says why that cannot be done."""
    try:
        return cached.hazards(study, run_ids)
    except StayingPowerError as err:
        return message("note-ranking-hazard-not-said", reason=err.message)


def _evidence(hazards: RankingHazards) -> None:
    styles = arm_styles(sorted(model.model for model in hazards.models), chart_mode())
    evidence_table(*ranking_and_staying.hazard_table(hazards, styles))
    show_note(say(ranking_and_staying.hazard_note(hazards)))


def _finished(study: OpenStudy) -> tuple[str, ...]:
    from recsys_core.runs.start.run_comparison import comparable_runs

    try:
        return tuple(run.run_id for run in comparable_runs(workspace(), study.dataset, study.settings))
    except StayingPowerError:  # a log that cannot be split has no models either
        return ()

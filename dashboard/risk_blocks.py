"""The sections of the page about who will lapse."""

from dataclasses import asdict

import streamlit as st

from dashboard.drawing.block_foot import show_foot
from dashboard.drawing.figure_memory import figures as drawn
from dashboard.drawing.tables_and_charts import evidence_table, show_chart
from dashboard.drawing.text_blocks import show_definitions, show_note, show_section
from dashboard.inputs import draw_options
from dashboard.look import chart_mode
from dashboard.studies import OpenStudy, reset_options
from recsys_core.answers import Message, message
from recsys_core.charts.retention import risk_chart
from recsys_core.risk.risk_answer import definitions_of, first_score
from recsys_core.risk.risk_result import RiskResult
from recsys_core.wording.sentences import label, pairs, say

_SIMPLE, _ADVANCED = ("days",), ("history_days", "snapshots", "seed")
_STATED = {  # of the definitions, under a block
    "definition-risk-population", "definition-risk-learning", "definition-risk-test", "definition-risk-clock",
}  # fmt: skip


def settings_row(study: OpenStudy, result: RiskResult | None) -> None:
    """Say in a line what is in force, with the settings behind a button."""
    base, current = study.base.risk, study.settings.risk
    in_force = message("note-change-then-read")
    if result:
        ahead = tuple(f"**{days}**" for days in result.horizons)
        in_force = message("note-risk-in-force", gap=result.gap_days, ahead=ahead)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(say(in_force), width="content")
        with st.popover("Change settings"):
            draw_options(base, current, _SIMPLE)
            with st.expander("More settings"):
                draw_options(base, current, _ADVANCED)
            if current != base and st.button("Reset settings", key="reset_risk"):
                reset_options("risk")
                st.rerun()


def people(result: RiskResult) -> None:
    """List the users with the highest risks, and offer them all."""
    show_section("Likeliest to lapse", label("note-risk-people"))
    evidence_table(*risk_chart.people_table(result), left=2)
    show_foot("Risks", lambda: risk_chart.risk_rows(result), _how_computed(result, message("computed-risks")))


def quality(result: RiskResult) -> None:
    """Show how good the risks were on time that no model had seen."""
    one = first_score(result)
    picture, figures = st.columns([1, 1.9], gap="large")
    with picture:
        show_section(
            "Does a risk of 70 % mean 70 %?",
            say(message("note-risk-calibration", days=one.days)),
            rule=True,
        )
        bins = [b for b in result.calibration if b.model == one.model and b.days == one.days]
        wide, narrow = drawn(
            result, "calibration", lambda n: risk_chart.calibration_figure(bins, chart_mode(), narrow=n)
        )
        picture_words = message("picture-risk-calibration", predicted=one.predicted, observed=one.observed)
        show_chart(wide, "calibration", say(picture_words), phone=narrow)
        computed = _how_computed(result, message("computed-risk-calibration"))
        show_foot("Calibration", lambda: [asdict(b) for b in result.calibration], computed, "calibration")
    with figures:
        show_section(
            "How good is it?",
            say(message("note-risk-scores", days=one.days)),
            rule=True,
        )
        evidence_table(*risk_chart.score_table(result), compact=True)
        if result.warnings:
            show_note(say(message("note-risk-not-used", warnings=result.warnings)))
        rows = [
            {"model": s.model, "days": s.days, "brier": s.brier.estimate, "skill": s.skill, "auc": s.auc.estimate,
             "auc_lower": s.auc.lower, "auc_upper": s.auc.upper, "concordance": s.concordance.estimate,
             "slope": s.slope.estimate, "intercept": s.intercept.estimate, "predicted": s.predicted,
             "observed": s.observed}
            for s in result.scores
        ]  # fmt: skip
        show_foot(
            "Scores",
            lambda: rows,
            _how_computed(result, message("computed-risk-scores")),
            "time-dependent-auc",
            "concordance",
            "brier-score",
            "calibration",
        )


def counted(result: RiskResult) -> None:
    """Say how the figures were counted."""
    show_section("How this was counted", say(message("note-risk-data-set", dataset_id=result.dataset_id)), rule=True)
    show_definitions(pairs(definitions_of(result)))


def _how_computed(result: RiskResult, figure: Message) -> str:
    """State in a line how a figure came about."""
    return say([figure, *(one for one in definitions_of(result) if one.code in _STATED)])

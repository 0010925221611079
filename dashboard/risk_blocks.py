"""The sections of the page about who will lapse."""

from dataclasses import asdict

import streamlit as st

from dashboard.drawing.block_foot import show_foot
from dashboard.drawing.tables_and_charts import evidence_table, show_chart
from dashboard.drawing.text_blocks import show_definitions, show_note, show_section
from dashboard.inputs import draw_options
from dashboard.look import chart_mode
from dashboard.studies import OpenStudy, reset_options
from recsys_core import words
from recsys_core.charts.retention import risk_chart
from recsys_core.risk.risk_answer import definitions_of, first_score, how_risk_was_computed, risk_rows
from recsys_core.risk.risk_result import RiskResult

_SIMPLE, _ADVANCED = ("days",), ("history_days", "snapshots", "seed")


def settings_row(study: OpenStudy, found: RiskResult | None) -> None:
    """Say in a line what is in force, with the settings behind a button."""
    base, current = study.base.risk, study.settings.risk
    said = "Change a setting, then read the answer here."
    if found:
        ahead = words.listed([f"**{days}**" for days in found.horizons])
        said = f"Lapsed after **{found.gap_days} days** without activity. Risks over the next {ahead} days."
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(said, width="content")
        with st.popover("Change settings"):
            draw_options(base, current, _SIMPLE)
            with st.expander("More settings"):
                draw_options(base, current, _ADVANCED)
            if current != base and st.button("Reset settings", key="reset_risk"):
                reset_options("risk")
                st.rerun()


def people(found: RiskResult) -> None:
    """List the users with the highest risks, and offer them all."""
    show_section(
        "Likeliest to lapse",
        "The ten highest risks by Cox, with what moved each most; user ids are the pseudonyms of the data set.",
    )
    evidence_table(*risk_chart.people_table(found), left=2)
    text = (
        "Cox model of the time to lapse; a reason is what a covariate adds to the log hazard against the average user. "
        "The file holds every user with the risks of all three models."
    )
    show_foot("Risks", risk_rows(found), how_risk_was_computed(found, text))


def quality(found: RiskResult) -> None:
    """Show how good the risks were on time that no model had seen."""
    one = first_score(found)
    picture, figures = st.columns([1, 1.9], gap="large")
    with picture:
        show_section(
            "Does a risk of 70 % mean 70 %?",
            f"Tenths of the users by risk over {one.days} days: foretold, and what came true.",
            rule=True,
        )
        bins = [b for b in found.calibration if b.model == one.model and b.days == one.days]
        wide, narrow = (risk_chart.calibration_figure(bins, chart_mode(), narrow=n) for n in (False, True))
        said = f"{words.percent(one.predicted)} foretold, {words.percent(one.observed)} lapsed"
        show_chart(wide, "calibration", f"Calibration of the Cox model: {said} on average", phone=narrow)
        text = "Mean risk and share that lapsed by tenths of the risk, Wilson 95 % limits."
        show_foot(
            "Calibration", [asdict(b) for b in found.calibration], how_risk_was_computed(found, text), "calibration"
        )
    with figures:
        show_section(
            "How good is it?",
            f"Over {one.days} days, on users and time that no model had seen; 95 % intervals. AUC and concordance: .50 "
            "is a toss of a coin. Brier score: mean squared error, lower is better. Skill: "
            "what it saves over one risk for everybody.",
            rule=True,
        )
        evidence_table(*risk_chart.score_table(found), compact=True)
        if found.warnings:
            show_note(f"Not used: {' '.join(found.warnings)}")
        text = (
            "Brier score; AUC at the horizon, bootstrap over users; Harrell's concordance with its jackknife error; "
            "calibration slope by logistic regression. Everybody is followed to the horizon, so nothing is weighted "
            "for censoring."
        )
        rows = [
            {"model": s.model, "days": s.days, "brier": s.brier.estimate, "skill": s.skill, "auc": s.auc.estimate,
             "auc_lower": s.auc.lower, "auc_upper": s.auc.upper, "concordance": s.concordance.estimate,
             "slope": s.slope.estimate, "intercept": s.intercept.estimate, "predicted": s.predicted,
             "observed": s.observed}
            for s in found.scores
        ]  # fmt: skip
        show_foot(
            "Scores",
            rows,
            how_risk_was_computed(found, text),
            "time-dependent-auc",
            "concordance",
            "brier-score",
            "calibration",
        )


def counted(found: RiskResult) -> None:
    """Say how the figures were counted."""
    show_section("How this was counted", f"Data set {found.dataset_id}.", rule=True)
    show_definitions(definitions_of(found))

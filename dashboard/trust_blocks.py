"""Whether the answer is real: every check, pace told apart from leaving, the differences, and for whom they hold."""

import streamlit as st

from dashboard.drawing.answer_blocks import show_check_details
from dashboard.drawing.figure_memory import figures as drawn
from dashboard.drawing.layer_foot import LayerFoot
from dashboard.drawing.tables_and_charts import evidence_table, show_chart
from dashboard.drawing.text_blocks import show_note, show_section
from dashboard.look import chart_mode
from dashboard.retention_blocks import styles_of
from recsys_core.answers import Message, message
from recsys_core.charts import tables
from recsys_core.charts.retention import csv_rows, pace_rows, segment_forest
from recsys_core.charts.retention.contrast_forest import crowded, forest_figure, forest_rows
from recsys_core.retention.estimators.e_value import e_value_note
from recsys_core.retention.study.decision import Decision
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.wording.sentences import check_detail, label, say


def trust(result: RetentionResult) -> None:
    """List every check with its sentence."""
    show_section("How far to trust this")
    show_check_details(result.checks)
    ratio = result.contrasts[0].hazard_ratio if result.contrasts else None
    if result.details and result.details.e_value and ratio:
        show_note(f"**Unmeasured causes.** {say(e_value_note(result.details.e_value, ratio))}")


def pace(result: RetentionResult, decision: Decision, foot: LayerFoot) -> None:
    """Tell leaving from coming less often, by both methods."""
    show_section(
        label("pace-title"), say(message("pace-note", horizon=decision.horizon)), rule=True, everyday=("pace",)
    )
    picture, figures = st.columns(2, gap="large")
    with picture:
        rows, styles = pace_rows.decision_rows(decision, result.contrasts), styles_of(result)
        wide, narrow = drawn(
            result, "pace", lambda n: forest_figure(rows, chart_mode(), narrow=n, styles=styles), (crowded(rows), True)
        )
        show_chart(wide, "pace", label("alt-pace"), phone=narrow)
        if said := pace_rows.pace_sentence(decision):
            show_note(say(said))
        evidence_table(*pace_rows.pace_ratio_table(decision))
    with figures:
        evidence_table(*pace_rows.pace_table(decision, styles), compact=True)
        if decision.best:
            evidence_table(*pace_rows.best_table(decision, styles), left=1)
        for why in pace_rows.not_applied(decision):
            show_note(say(why))
        if decision.weighted:
            show_note(say(message("pace-weighted", by=decision.weighted)))
    text = message("computed-pace", gap=decision.matched_gap, days=decision.matched_horizon)
    foot.add("Pace", lambda: pace_rows.pace_csv(decision), text)
    foot.add("Decision", lambda: pace_rows.pair_csv(decision))


def contrasts(result: RetentionResult, foot: LayerFoot) -> None:
    """Draw the differences: raw, adjusted, under other gaps, and as points and ratios."""
    if not result.contrasts:
        return
    horizon = result.resolved.horizon
    show_section(
        "Is the difference real, and does it survive adjustment?" if result.contrasts[0].adjusted else
        "Is the difference real?",
        say(message("note-differences", horizon=horizon)),
        rule=True,
    )  # fmt: skip
    picture, figures = st.columns(2, gap="large")
    with picture:
        rows, styles = forest_rows(result), styles_of(result)
        wide, narrow = drawn(
            result,
            "forest",
            lambda n: forest_figure(rows, chart_mode(), narrow=n, styles=styles),
            (crowded(rows), True),
        )
        show_chart(wide, "forest", "Differences in days kept between arms, with intervals", phone=narrow)
    with figures:
        evidence_table(*tables.contrast_table(result), compact=True)
        hazards = next((check_detail(check) for check in result.checks if check.code == "hazards"), "")
        choice = next((check_detail(check) for check in result.checks if check.code == "choice-of-gap"), "")
        tested = f"{say(message('note-logrank-page', p=result.logrank.p))} " if result.logrank else ""
        kept = "" if result.plan.descriptive else say(tables.per_thousand(result.contrasts[0]))
        show_note(f"**{kept}** {tested}{hazards} {choice}" if kept else f"{tested}{hazards} {choice}")
    foot.add("Contrasts", lambda: csv_rows.contrast_rows(result), _contrast_methods(result))


def _contrast_methods(result: RetentionResult) -> Message:
    covariates = result.resolved.covariates
    return message(
        "computed-contrasts", descriptive=result.plan.descriptive, covariates=covariates,
        adjusted=bool(result.contrasts[0].adjusted_methods and covariates),
    )  # fmt: skip


def for_whom(result: RetentionResult, foot: LayerFoot) -> None:
    """Draw the first contrast within segments of users."""
    found = result.details.segments if result.details else None
    if found is None or not found.rows:
        return
    show_section(segment_forest.TITLE, say(segment_forest.segments_note(found)), rule=True)
    picture, note = st.columns([1.5, 1], gap="large")
    with picture:
        rows = segment_forest.segment_rows(found)
        styles = styles_of(result)
        wide, narrow = drawn(result, "segments", lambda n: forest_figure(rows, chart_mode(), narrow=n, styles=styles))
        show_chart(wide, "segments", "Difference in days kept within segments of users", phone=narrow)
    with note:
        show_note(say(segment_forest.segments_sentence(found)))
        if found.heterogeneity:
            evidence_table(*segment_forest.heterogeneity_table(found))
    foot.add("Segments", lambda: segment_forest.segment_csv(found), message("computed-segments"))

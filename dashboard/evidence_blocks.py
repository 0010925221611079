"""Closer looks at the first contrast on the retention page: day by day, over time, and within segments."""

import math

import streamlit as st

from dashboard.drawing.block_foot import show_foot
from dashboard.drawing.tables_and_charts import evidence_table, show_chart
from dashboard.drawing.text_blocks import show_note, show_section
from dashboard.look import chart_mode
from dashboard.retention_blocks import styles_of
from recsys_core import words
from recsys_core.charts.retention import returns, segment_forest
from recsys_core.charts.retention.contrast_forest import forest_figure
from recsys_core.charts.retention.difference_chart import difference_figure
from recsys_core.charts.retention.hazard_over_time import hazard_figure
from recsys_core.retention.cox.schoenfeld import HazardOverTime
from recsys_core.retention.study.details import Details
from recsys_core.retention.study.difference_curve import DifferenceCurve
from recsys_core.retention.study.retention_definitions import clock_start, how_computed
from recsys_core.retention.study.retention_result import RetentionResult

_SAME_RATIO = "Is it the same ratio on all days?"


def day_by_day(result: RetentionResult) -> None:
    """Draw the first difference on every day, and its hazard ratio over time."""
    found = result.details
    if found is None or found.difference is None:
        return
    left, right = st.columns(2, gap="large")
    with left:
        _difference(result, found.difference)
    with right:
        if found.hazard:
            _hazard(result, found.hazard)
        else:
            show_section(
                "Is it the same ratio on all days?", "There is no Cox model; the notes above say why.", rule=True
            )


def _difference(result: RetentionResult, curve: DifferenceCurve) -> None:
    show_section(
        "When does the difference open?",
        f"{curve.arm} {words.MINUS} {curve.reference}, points of users still active. Dark: 95 % for a day; light: for "
        "all days together.",
        rule=True,
    )
    wide, narrow = (
        difference_figure(
            curve, styles_of(result)[curve.arm], chart_mode(), report_day=result.settings.report_day, narrow=n,
            since=clock_start(result.settings),
        )
        for n in (False, True)
    )  # fmt: skip
    day = curve.points[min(int(result.settings.report_day or 0), len(curve.points) - 1)]
    said = f"{words.points(day.estimate, sign=True)} points on day {day.day}"
    show_chart(
        wide, "difference", f"Difference of the curves of {curve.arm} and {curve.reference}: {said}", phone=narrow
    )
    text = (
        f"Difference of two Kaplan-Meier curves; {curve.resamples} resamples of users within each arm, studentised; "
        "the band takes the largest deviation over all days."
    )
    show_foot(
        "Difference by day",
        [vars(point) for point in curve.points],
        how_computed(result, text),
        "points",
        "kaplan-meier",
        "bootstrap",
    )


def _hazard(result: RetentionResult, found: HazardOverTime) -> None:
    contrast = result.contrasts[0]
    verdict = "changes with time" if found.p < 0.05 else "may be the same on all days"
    show_section(
        _SAME_RATIO,
        f"Hazard ratio of {contrast.arm} to {contrast.reference} over time: it {verdict} ({words.p_value(found.p)}). "
        f"Dotted: the one ratio for all days, {words.number(math.exp(found.coef), 2)}.",
        rule=True,
    )
    wide, narrow = (
        hazard_figure(
            found, styles_of(result)[contrast.arm], chart_mode(), narrow=n, since=clock_start(result.settings)
        )
        for n in (False, True)
    )
    show_chart(wide, "hazard", f"Hazard ratio over time; it {verdict}, {words.p_value(found.p)}", phone=narrow)
    rows = [{"day": p.time, "log_hazard_ratio": p.estimate, "lower": p.lower, "upper": p.upper} for p in found.smooth]
    text = (
        "Scaled Schoenfeld residuals of a Cox model of the two arms (dots, larger for more lapses), smoothed by a "
        "natural spline with 4 degrees of freedom; time scaled by the Kaplan-Meier curve; score test as R's cox.zph."
    )
    show_foot(
        "Hazard ratio by day",
        rows,
        how_computed(result, text),
        "hazard-ratio",
        "proportional-hazards",
        "schoenfeld-residuals",
    )


def for_whom(result: RetentionResult) -> None:
    """Draw the first contrast within segments of users."""
    found = result.details.segments if result.details else None
    if found is None or not found.rows:
        return
    show_section(segment_forest.TITLE, segment_forest.segments_note(found), rule=True)
    picture, said = st.columns([1.5, 1], gap="large")
    with picture:
        rows = segment_forest.segment_rows(found)
        wide, narrow = (forest_figure(rows, chart_mode(), narrow=n, styles=styles_of(result)) for n in (False, True))
        show_chart(wide, "segments", "Difference in days kept within segments of users", phone=narrow)
    with said:
        show_note(segment_forest.segments_sentence(found))
        if found.heterogeneity:
            evidence_table(*segment_forest.heterogeneity_table(found))
    text = (
        "Difference of restricted means within each segment, numbers cut into thirds; Benjamini-Hochberg over all "
        "segments; heterogeneity by Cochran's chi-square."
    )
    show_foot(
        "Segments",
        segment_forest.segment_csv(found),
        how_computed(result, text),
        "benjamini-hochberg",
        "restricted-mean",
    )


def returned(result: RetentionResult) -> None:
    """Show who comes back after a lapse, and whether lapses come faster in one arm than in another."""
    details: Details | None = result.details
    if details is None:
        return
    found = details.resurrection
    show_section(returns.TITLE, returns.NOTE, rule=True)
    evidence_table(*returns.returns_table(found, styles_of(result)))
    show_note(returns.returns_note(found))
    text = (
        "A lapse is declared when the gap is over, and a spell of absence runs from there to the next activity or the "
        "log's end; who is gone cannot lapse again before returning."
    )
    show_foot(
        "Returns",
        returns.return_rows(found),
        how_computed(result, text),
        "resurrection",
        "andersen-gill",
        "kaplan-meier",
    )

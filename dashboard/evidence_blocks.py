"""Closer looks at the first contrast on the retention page: day by day, over time, and within segments."""

import math

import streamlit as st

from dashboard.drawing.block_foot import show_foot
from dashboard.drawing.tables_and_charts import evidence_table, show_chart
from dashboard.drawing.text_blocks import show_note, show_section
from dashboard.look import chart_mode
from dashboard.retention_blocks import styles_of
from recsys_core.answers import message
from recsys_core.charts.retention import returns, segment_forest
from recsys_core.charts.retention.contrast_forest import forest_figure
from recsys_core.charts.retention.difference_chart import difference_figure
from recsys_core.charts.retention.hazard_over_time import hazard_figure
from recsys_core.retention.cox.schoenfeld import HazardOverTime
from recsys_core.retention.study.details import Details
from recsys_core.retention.study.difference_curve import DifferenceCurve
from recsys_core.retention.study.retention_definitions import clock_start, how_computed
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.wording.sentences import say

_SAME_RATIO = "Is it the same ratio on all days?"


def day_by_day(result: RetentionResult) -> None:
    """Draw the first difference on every day, and its hazard ratio over time."""
    details = result.details
    if details is None or details.difference is None:
        return
    left, right = st.columns(2, gap="large")
    with left:
        _difference(result, details.difference)
    with right:
        if details.hazard:
            _hazard(result, details.hazard)
        else:
            show_section(_SAME_RATIO, say(message("note-hazard-missing")), rule=True)


def _difference(result: RetentionResult, curve: DifferenceCurve) -> None:
    show_section(
        "When does the difference open?",
        say(message("note-difference", arm=curve.arm, reference=curve.reference)),
        rule=True,
    )
    wide, narrow = (
        difference_figure(
            curve, styles_of(result)[curve.arm], chart_mode(), report_day=result.resolved.report_day, narrow=n,
            since=say(clock_start(result.plan)),
        )
        for n in (False, True)
    )  # fmt: skip
    day = curve.points[min(result.resolved.report_day, len(curve.points) - 1)]
    alt = message("alt-difference", arm=curve.arm, reference=curve.reference, points=day.estimate, day=day.day)
    show_chart(wide, "difference", say(alt), phone=narrow)
    text = message("computed-difference", resamples=curve.resamples)
    show_foot(
        "Difference by day",
        [vars(point) for point in curve.points],
        say(how_computed(result, text)),
        "points",
        "kaplan-meier",
        "bootstrap",
    )


def _hazard(result: RetentionResult, found: HazardOverTime) -> None:
    contrast = result.contrasts[0]
    note = message(
        "note-hazard", arm=contrast.arm, reference=contrast.reference, changes=found.p < 0.05, p=found.p,
        ratio=math.exp(found.coef),
    )  # fmt: skip
    show_section(_SAME_RATIO, say(note), rule=True)
    wide, narrow = (
        hazard_figure(
            found, styles_of(result)[contrast.arm], chart_mode(), narrow=n, since=say(clock_start(result.plan))
        )
        for n in (False, True)
    )
    show_chart(wide, "hazard", say(message("alt-hazard", changes=found.p < 0.05, p=found.p)), phone=narrow)
    rows = [{"day": p.time, "log_hazard_ratio": p.estimate, "lower": p.lower, "upper": p.upper} for p in found.smooth]
    text = message("computed-hazard")
    show_foot(
        "Hazard ratio by day",
        rows,
        say(how_computed(result, text)),
        "hazard-ratio",
        "proportional-hazards",
        "schoenfeld-residuals",
    )


def for_whom(result: RetentionResult) -> None:
    """Draw the first contrast within segments of users."""
    found = result.details.segments if result.details else None
    if found is None or not found.rows:
        return
    show_section(segment_forest.TITLE, say(segment_forest.segments_note(found)), rule=True)
    picture, note = st.columns([1.5, 1], gap="large")
    with picture:
        rows = segment_forest.segment_rows(found)
        wide, narrow = (forest_figure(rows, chart_mode(), narrow=n, styles=styles_of(result)) for n in (False, True))
        show_chart(wide, "segments", "Difference in days kept within segments of users", phone=narrow)
    with note:
        show_note(say(segment_forest.segments_sentence(found)))
        if found.heterogeneity:
            evidence_table(*segment_forest.heterogeneity_table(found))
    text = message("computed-segments")
    show_foot(
        "Segments",
        segment_forest.segment_csv(found),
        say(how_computed(result, text)),
        "benjamini-hochberg",
        "restricted-mean",
    )


def returned(result: RetentionResult) -> None:
    """Show who comes back after a lapse, and whether lapses come faster in one arm than in another."""
    details: Details | None = result.details
    if details is None:
        return
    resurrection = details.resurrection
    show_section(returns.TITLE, say(returns.NOTE), rule=True)
    evidence_table(*returns.returns_table(resurrection, styles_of(result)))
    show_note(say(returns.returns_note(resurrection)))
    text = message("computed-returns")
    show_foot(
        "Returns",
        returns.return_rows(resurrection),
        say(how_computed(result, text)),
        "resurrection",
        "andersen-gill",
        "kaplan-meier",
    )

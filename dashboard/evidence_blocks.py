"""Closer looks, folded: day by day, over time, what it takes to see less, after a lapse, and how it was counted."""

import math

import streamlit as st

from dashboard.drawing.figure_memory import figures as drawn
from dashboard.drawing.layer_foot import LayerFoot
from dashboard.drawing.layers import fold
from dashboard.drawing.tables_and_charts import evidence_table, show_chart
from dashboard.drawing.text_blocks import show_definitions, show_note
from dashboard.look import chart_mode
from dashboard.retention_blocks import styles_of
from recsys_core.answers import message
from recsys_core.charts import tables
from recsys_core.charts.retention import findings, returns
from recsys_core.charts.retention.difference_chart import difference_figure
from recsys_core.charts.retention.hazard_over_time import hazard_figure
from recsys_core.data.dataset import Dataset
from recsys_core.retention.cox.schoenfeld import HazardOverTime
from recsys_core.retention.study.difference_curve import DifferenceCurve
from recsys_core.retention.study.planning import plan
from recsys_core.retention.study.retention_definitions import clock_start
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.wording.sentences import pairs, say


def day_by_day(result: RetentionResult, foot: LayerFoot) -> None:
    """Draw the first difference on every day, and its hazard ratio over time."""
    details = result.details
    if details is None or details.difference is None:
        return
    if found := findings.difference_finding(details):
        with fold(found):
            _difference(result, details.difference, foot)
    if found := findings.hazard_finding_line(details):
        with fold(found):
            if details.hazard:
                _hazard(result, details.hazard, foot)
            else:
                show_note(say(message("note-hazard-missing")))


def _difference(result: RetentionResult, curve: DifferenceCurve, foot: LayerFoot) -> None:
    show_note(say(message("note-difference", arm=curve.arm, reference=curve.reference)))
    wide, narrow = drawn(
        result,
        "difference",
        lambda n: difference_figure(
            curve, styles_of(result)[curve.arm], chart_mode(), report_day=result.resolved.report_day, narrow=n,
            since=say(clock_start(result.plan)),
        ),
    )  # fmt: skip
    day = curve.points[min(result.resolved.report_day, len(curve.points) - 1)]
    alt = message("alt-difference", arm=curve.arm, reference=curve.reference, points=day.estimate, day=day.day)
    show_chart(wide, "difference", say(alt), phone=narrow)
    text = message("computed-difference", resamples=curve.resamples)
    foot.add("Difference by day", lambda: [vars(point) for point in curve.points], text)


def _hazard(result: RetentionResult, found: HazardOverTime, foot: LayerFoot) -> None:
    contrast = result.contrasts[0]
    note = message(
        "note-hazard", arm=contrast.arm, reference=contrast.reference, changes=found.p < 0.05, p=found.p,
        ratio=math.exp(found.coef),
    )  # fmt: skip
    show_note(say(note))
    wide, narrow = drawn(
        result,
        "hazard",
        lambda n: hazard_figure(
            found, styles_of(result)[contrast.arm], chart_mode(), narrow=n, since=say(clock_start(result.plan))
        ),
    )
    show_chart(wide, "hazard", say(message("alt-hazard", changes=found.p < 0.05, p=found.p)), phone=narrow)
    rows = [{"day": p.time, "log_hazard_ratio": p.estimate, "lower": p.lower, "upper": p.upper} for p in found.smooth]
    foot.add("Hazard ratio by day", lambda: rows, message("computed-hazard"))


def planning(result: RetentionResult, foot: LayerFoot) -> None:
    """Say what it would take to see a smaller difference."""
    plans = plan(result)
    if not plans:
        return
    with fold(findings.plan_finding(plans)):
        show_note(say(message("note-plan")))
        evidence_table(*tables.plan_table(plans))
        foot.add("Plan", lambda: [vars(one) for one in plans], message("computed-plan"))


def returned(result: RetentionResult, foot: LayerFoot) -> None:
    """Show who comes back after a lapse, and whether lapses come faster in one arm than in another."""
    if result.details is None:
        return
    resurrection = result.details.resurrection
    with fold(findings.returns_finding(resurrection)):
        show_note(say(returns.NOTE))
        evidence_table(*returns.returns_table(resurrection, styles_of(result)))
        show_note(say(returns.returns_note(resurrection)))
        foot.add("Returns", lambda: returns.return_rows(resurrection), message("computed-returns"))


def counted(dataset: Dataset, result: RetentionResult) -> None:
    """Say how the figures were counted."""
    used = result.resolved
    with fold(message("fold-counted", users=result.population.users, gap=used.gap, horizon=used.horizon)):
        st.caption(f"Data set {dataset.dataset_id}.")
        show_definitions(pairs(result.definitions))

"""Retention by days and weeks, folded: day N, start weeks, active users, lifecycle, time to return."""

import streamlit as st

from dashboard.drawing.figure_memory import figures as drawn
from dashboard.drawing.layer_foot import LayerFoot
from dashboard.drawing.layers import fold
from dashboard.drawing.tables_and_charts import evidence_table, show_chart, show_triangle
from dashboard.drawing.text_blocks import show_note
from dashboard.look import chart_mode
from dashboard.retention_blocks import styles_of
from recsys_core.answers import Message, message
from recsys_core.charts.calendar import calendar_tables, lifecycle_chart
from recsys_core.charts.calendar.active_users import active_users_figure, stickiness_figure
from recsys_core.charts.retention import findings
from recsys_core.retention.calendar.calendar_results import CalendarResult
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.wording.sentences import label, pairs, say

_LATE = message("note-counted-late")


def calendar(result: RetentionResult, foot: LayerFoot) -> None:
    """Show retention by single days and weeks; affinity cohorts have none."""
    counted = result.calendar
    if counted is None:
        return
    _day_n(result, counted, foot)
    _start_weeks(counted, foot)
    _return_time(result, counted, foot)
    _active_users(result, counted, foot)
    _lifecycle(result, counted, foot)


def _day_n(result: RetentionResult, counted: CalendarResult, foot: LayerFoot) -> None:
    styles, arms = styles_of(result), [arm.name for arm in result.arms]
    with fold(findings.day_n_finding(counted, arms)):
        show_note(label("note-day-n"))
        for form, definition in calendar_tables.FORMS.items():
            show_note(_defined(definition))
            evidence_table(*calendar_tables.day_n_forms_table(counted, form, styles, arms), compact=True)
        foot.add("Day N", lambda: calendar_tables.day_n_rows(counted), message("note-day-n-computed"), _LATE)


def _defined(*definitions: Message) -> str:
    return " ".join(f"**{term}.** {sentence}" for term, sentence in pairs(definitions))


def _start_weeks(counted: CalendarResult, foot: LayerFoot) -> None:
    with fold(findings.start_weeks_finding(counted.triangle)):
        if not counted.triangle.weeks:
            show_note(label("note-no-start-week"))
            return
        show_note(label("note-start-weeks"))
        choices = (counted.triangle, *counted.arm_triangles)
        chosen = 0
        if counted.arm_triangles:
            names = [label("label-all-arms"), *(triangle.arm for triangle in counted.arm_triangles)]
            chosen = st.selectbox(
                "Starters of", range(len(names)), format_func=names.__getitem__, key="starters", width=260
            )
        show_triangle(choices[chosen])
        if scale := findings.triangle_scale(choices[chosen]):
            show_note(say(scale))
        rows = calendar_tables.triangle_rows(choices)
        foot.add("Start weeks", lambda: rows, message("note-start-weeks-computed"), _LATE)


def _return_time(result: RetentionResult, counted: CalendarResult, foot: LayerFoot) -> None:
    if not any(arm.gaps for arm in counted.return_time):
        return
    with fold(findings.return_time_finding(counted.return_time)):
        show_note(label("note-return-time"))
        evidence_table(*calendar_tables.return_time_table(counted.return_time, styles_of(result)))
        zone, form = result.settings.time_zone, result.settings.confidence_form
        text = (message("note-return-time-computed", zone=zone, confidence_form=form), _LATE)
        foot.add("Time to return", lambda: calendar_tables.return_time_rows(counted.return_time), *text)


def _active_users(result: RetentionResult, counted: CalendarResult, foot: LayerFoot) -> None:
    days = counted.active_users
    if len(days) < 2:
        return
    with fold(findings.active_users_finding(counted)):
        left, right = st.columns(2, gap="large")
        with left:
            show_note(label("note-active-users"))
            wide, narrow = drawn(result, "active_users", lambda n: active_users_figure(days, chart_mode(), narrow=n))
            show_chart(wide, "active_users", say(message("label-active-users", days=len(days))), phone=narrow)
        with right:
            show_note(label("note-stickiness"))
            known = [day.stickiness for day in days if day.stickiness is not None]
            if len(known) > 1:
                wide, narrow = drawn(result, "stickiness", lambda n: stickiness_figure(days, chart_mode(), narrow=n))
                described = say(message("label-stickiness", first=known[0], last=known[-1]))
                show_chart(wide, "stickiness", described, phone=narrow)
            else:
                show_note(label("note-no-whole-month"))
        text = message("note-active-users-computed", zone=result.settings.time_zone)
        foot.add("Active users", lambda: [vars(day) for day in days], text)


def _lifecycle(result: RetentionResult, counted: CalendarResult, foot: LayerFoot) -> None:
    weeks = counted.lifecycle
    if not weeks:
        return
    with fold(findings.lifecycle_finding(counted)):
        picture, beside = st.columns([1.5, 1], gap="large")
        with picture:
            show_note(label("note-lifecycle"))
            wide, narrow = drawn(
                result, "lifecycle", lambda n: lifecycle_chart.lifecycle_figure(weeks, chart_mode(), narrow=n)
            )
            show_chart(wide, "lifecycle", say(message("label-lifecycle", weeks=len(weeks))), phone=narrow)
        with beside:
            evidence_table(*lifecycle_chart.lifecycle_table(weeks))
            show_note(_defined(*lifecycle_chart.STATES))
        text = message("note-lifecycle-computed", zone=result.settings.time_zone)
        foot.add("Lifecycle", lambda: [vars(week) for week in weeks], text)

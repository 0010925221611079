"""Retention by days and weeks on the retention page: day N, start weeks, active users, lifecycle, time to return."""

import streamlit as st

from dashboard.drawing.block_foot import show_foot
from dashboard.drawing.tables_and_charts import evidence_table, show_chart, show_triangle
from dashboard.drawing.text_blocks import show_note, show_section
from dashboard.look import chart_mode
from dashboard.retention_blocks import styles_of
from recsys_core.answers import Message, message
from recsys_core.charts.calendar import calendar_tables, lifecycle_chart
from recsys_core.charts.calendar.active_users import active_users_figure, stickiness_figure
from recsys_core.retention.calendar.calendar_results import CalendarResult
from recsys_core.retention.study.retention_definitions import how_computed
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.wording.sentences import label, pairs, say

_LATE = message("note-counted-late")


def calendar(result: RetentionResult) -> None:
    """Show retention by single days and weeks; affinity cohorts have none."""
    counted = result.calendar
    if counted is None:
        return
    _day_n(result, counted)
    _start_weeks(result, counted)
    _return_time(result, counted)
    _active_users(result, counted)
    _lifecycle(result, counted)


def _day_n(result: RetentionResult, counted: CalendarResult) -> None:
    show_section(
        "Back on day N",
        "Per cent of users active again, by days since the start, with 95 % interval and the users it is a share of. "
        "A dash: not followed long enough, which is not zero.",
        rule=True,
    )
    styles, arms = styles_of(result), [arm.name for arm in result.arms]
    for form, definition in calendar_tables.FORMS.items():
        show_note(_defined(definition))
        evidence_table(*calendar_tables.day_n_forms_table(counted, form, styles, arms))
    text = (message("note-day-n-computed"), _LATE)
    show_foot("Day N", calendar_tables.day_n_rows(counted), say(how_computed(result, *text)), "day-n", "wilson")


def _defined(*definitions: Message) -> str:
    return " ".join(f"**{term}.** {sentence}" for term, sentence in pairs(definitions))


def _start_weeks(result: RetentionResult, counted: CalendarResult) -> None:
    show_section(
        "Week by week, by start week",
        "Per cent of each week's starters active again. Grey: not followed long enough, which is not zero.",
        rule=True,
    )
    if not counted.triangle.weeks:
        st.caption(label("note-no-start-week"))
        return
    choices = (counted.triangle, *counted.arm_triangles)
    chosen = 0
    if counted.arm_triangles:
        names = [label("label-all-arms"), *(triangle.arm for triangle in counted.arm_triangles)]
        chosen = st.selectbox(
            "Starters of", range(len(names)), format_func=names.__getitem__, key="starters", width=260
        )
    show_triangle(choices[chosen])
    text = (message("note-start-weeks-computed"), _LATE)
    rows = calendar_tables.triangle_rows(choices)
    show_foot("Start weeks", rows, say(how_computed(result, *text)), "start-week")


def _return_time(result: RetentionResult, counted: CalendarResult) -> None:
    if not any(arm.gaps for arm in counted.return_time):
        return
    show_section(
        "How soon do they come back?",
        "Days from an active day to the next, and per cent of active days followed by another within so many days.",
        rule=True,
    )
    evidence_table(*calendar_tables.return_time_table(counted.return_time, styles_of(result)))
    zone, form = result.settings.time_zone, result.settings.confidence_form
    text = (message("note-return-time-computed", zone=zone, confidence_form=form), _LATE)
    show_foot(
        "Time to return",
        calendar_tables.return_time_rows(counted.return_time),
        say(how_computed(result, *text)),
        "return-time",
        "kaplan-meier",
    )


def _active_users(result: RetentionResult, counted: CalendarResult) -> None:
    days = counted.active_users
    if len(days) < 2:
        return
    left, right = st.columns(2, gap="large")
    with left:
        show_section("Active users", "In a day, in 7 days, and in 30 days up to it.", rule=True)
        wide, narrow = (active_users_figure(days, chart_mode(), narrow=n) for n in (False, True))
        show_chart(wide, "active_users", say(message("label-active-users", days=len(days))), phone=narrow)
    with right:
        show_section("Stickiness", "Users of a day, per cent of users in the 30 days up to it (DAU / MAU).", rule=True)
        known = [day.stickiness for day in days if day.stickiness is not None]
        if len(known) > 1:
            wide, narrow = (stickiness_figure(days, chart_mode(), narrow=n) for n in (False, True))
            described = say(message("label-stickiness", first=known[0], last=known[-1]))
            show_chart(wide, "stickiness", described, phone=narrow)
        else:
            st.caption(label("note-no-whole-month"))
    text = (message("note-active-users-computed", zone=result.settings.time_zone),)
    show_foot("Active users", [vars(day) for day in days], say(how_computed(result, *text)), "stickiness")


def _lifecycle(result: RetentionResult, counted: CalendarResult) -> None:
    weeks = counted.lifecycle
    if not weeks:
        return
    show_section("Who is active, week by week", "Users by state. Below the line: those who went quiet.", rule=True)
    picture, beside = st.columns([1.5, 1], gap="large")
    with picture:
        wide, narrow = (lifecycle_chart.lifecycle_figure(weeks, chart_mode(), narrow=n) for n in (False, True))
        show_chart(wide, "lifecycle", say(message("label-lifecycle", weeks=len(weeks))), phone=narrow)
    with beside:
        evidence_table(*lifecycle_chart.lifecycle_table(weeks))
        show_note(_defined(*lifecycle_chart.STATES))
    text = (message("note-lifecycle-computed", zone=result.settings.time_zone),)
    show_foot(
        "Lifecycle", [vars(week) for week in weeks], say(how_computed(result, *text)), "lifecycle", "resurrection"
    )

"""Retention by days and weeks on the retention page: day N, start weeks, active users, lifecycle, time to return."""

import streamlit as st

from dashboard.drawing.block_foot import show_foot
from dashboard.drawing.tables_and_charts import evidence_table, show_chart, show_triangle
from dashboard.drawing.text_blocks import show_note, show_section
from dashboard.look import chart_mode
from dashboard.retention_blocks import styles_of
from recsys_core import words
from recsys_core.charts.calendar import calendar_tables, lifecycle_chart
from recsys_core.charts.calendar.active_users import active_users_figure, stickiness_figure
from recsys_core.retention.calendar.calendar_results import CalendarResult
from recsys_core.retention.study.retention_definitions import how_computed
from recsys_core.retention.study.retention_result import RetentionResult

_LATE = "Users who came too late for a lapse to be judged count here too, as soon as the days in question are over."
_NOT_WHOLE = "The log holds no window of 30 whole days yet, so there is no month to compare a day with."


def calendar(result: RetentionResult) -> None:
    """Show retention by single days and weeks; affinity cohorts have none."""
    found = result.calendar
    if found is None:
        return
    _day_n(result, found)
    _start_weeks(result, found)
    _return_time(result, found)
    _active_users(result, found)
    _lifecycle(result, found)


def _zone(result: RetentionResult) -> str:
    return f"calendar days in {result.settings.time_zone}"


def _day_n(result: RetentionResult, found: CalendarResult) -> None:
    show_section(
        "Back on day N",
        "Per cent of users active again, by days since the start, with 95 % interval and the users it is a share of. "
        "A dash: not followed long enough, which is not zero.",
        rule=True,
    )
    styles, arms = styles_of(result), [arm.name for arm in result.arms]
    for form, (title, sentence) in calendar_tables.FORMS.items():
        show_note(f"**{title}.** {sentence}")
        evidence_table(*calendar_tables.day_n_forms_table(found, form, styles, arms))
    text = f"Shares with Wilson's limits; differences with Newcombe's, not corrected for the number of days. {_LATE}"
    show_foot("Day N", calendar_tables.day_n_rows(found), how_computed(result, text), "day-n", "wilson")


def _start_weeks(result: RetentionResult, found: CalendarResult) -> None:
    show_section(
        "Week by week, by start week",
        "Per cent of each week's starters active again. Grey: not followed long enough, which is not zero.",
        rule=True,
    )
    if not found.triangle.weeks:
        st.caption("No start week is followed for a full week after it yet.")
        return
    choices = (found.triangle, *found.arm_triangles)
    chosen = 0
    if found.arm_triangles:
        names = ["all arms", *(triangle.arm for triangle in found.arm_triangles)]
        chosen = st.selectbox(
            "Starters of", range(len(names)), format_func=names.__getitem__, key="starters", width=260
        )
    show_triangle(choices[chosen])
    text = f"Week k is days 7k {words.MINUS} 6 to 7k since the start; start weeks begin on Monday. {_LATE}"
    rows = calendar_tables.triangle_rows(choices)
    show_foot("Start weeks", rows, how_computed(result, text), "start-week")


def _return_time(result: RetentionResult, found: CalendarResult) -> None:
    if not any(arm.gaps for arm in found.return_time):
        return
    show_section(
        "How soon do they come back?",
        "Days from an active day to the next, and per cent of active days followed by another within so many days.",
        rule=True,
    )
    evidence_table(*calendar_tables.return_time_table(found.return_time, styles_of(result)))
    text = (
        f"Kaplan-Meier on the gaps between active days, the last gap of each user open; {_zone(result)}; "
        f"{result.settings.confidence_form} intervals from a variance that adds up users, since the gaps of one user "
        f"are alike. {_LATE}"
    )
    show_foot(
        "Time to return",
        calendar_tables.return_time_rows(found.return_time),
        how_computed(result, text),
        "return-time",
        "kaplan-meier",
    )


def _active_users(result: RetentionResult, found: CalendarResult) -> None:
    days = found.active_users
    if len(days) < 2:
        return
    left, right = st.columns(2, gap="large")
    with left:
        show_section("Active users", "In a day, in 7 days, and in 30 days up to it.", rule=True)
        wide, narrow = (active_users_figure(days, chart_mode(), narrow=n) for n in (False, True))
        show_chart(wide, "active_users", f"Users active per day, week and month, {len(days)} days", phone=narrow)
    with right:
        show_section("Stickiness", "Users of a day, per cent of users in the 30 days up to it (DAU / MAU).", rule=True)
        known = [day.stickiness for day in days if day.stickiness is not None]
        if len(known) > 1:
            wide, narrow = (stickiness_figure(days, chart_mode(), narrow=n) for n in (False, True))
            said = f"from {words.percent(known[0])} to {words.percent(known[-1])}"
            show_chart(wide, "stickiness", f"Daily users as a share of monthly users, {said}", phone=narrow)
        else:
            st.caption(_NOT_WHOLE)
    text = (
        f"All users with activity in the log, whatever their arm or start, by {_zone(result)}; rolling windows of 7 "
        "and 30 days, only such as lie whole within the log."
    )
    show_foot("Active users", [vars(day) for day in days], how_computed(result, text), "stickiness")


def _lifecycle(result: RetentionResult, found: CalendarResult) -> None:
    weeks = found.lifecycle
    if not weeks:
        return
    show_section("Who is active, week by week", "Users by state. Below the line: those who went quiet.", rule=True)
    picture, said = st.columns([1.5, 1], gap="large")
    with picture:
        wide, narrow = (lifecycle_chart.lifecycle_figure(weeks, chart_mode(), narrow=n) for n in (False, True))
        show_chart(
            wide, "lifecycle", f"New, returning, resurrecting and dormant users in {len(weeks)} weeks", phone=narrow
        )
    with said:
        evidence_table(*lifecycle_chart.lifecycle_table(weeks))
        show_note(" ".join(f"**{state}.** {sentence}" for state, sentence in lifecycle_chart.SENTENCES))
    text = (
        f"All users with activity in the log, whatever their arm or start; weeks of {_zone(result)}, Monday to Sunday, "
        "that lie whole within the log after another such week."
    )
    show_foot("Lifecycle", [vars(week) for week in weeks], how_computed(result, text), "lifecycle", "resurrection")

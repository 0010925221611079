"""Pictures and tables of the calendar figures."""

import pytest

from recsys_core.answers import message
from recsys_core.charts.calendar import calendar_tables as tables
from recsys_core.charts.calendar.active_users import active_users_figure, date_places, stickiness_figure
from recsys_core.charts.calendar.lifecycle_chart import lifecycle_figure, lifecycle_table
from recsys_core.charts.theme import arm_styles
from recsys_core.retention.calendar.calendar_results import (
    ActiveUsers,
    CalendarResult,
    DayN,
    DayNDifference,
    LifecycleWeek,
    ReturnTime,
    ReturnWithin,
    WeekTriangle,
)

STYLES = arm_styles(["bert", "cf"])
SECOND_OF_MARCH = message("label-start-week", monday=1_772_409_600)
TRIANGLE = WeekTriangle((SECOND_OF_MARCH,), (1200,), ((0.5, None),))
FOUND = CalendarResult(
    (DayN("bert", 1, 1200, 300, 0.25, 0.23, 0.27), DayN("cf", 1, 0, 0, None, None, None)),
    TRIANGLE,
    brackets=(DayN("bert", 2, 1100, 550, 0.5, 0.47, 0.53, "bracket", 7),),
    differences=(
        DayNDifference("bert", "cf", "exact", 1, None, None, None),
        DayNDifference("bert", "cf", "bracket", 2, -0.02, -0.05, 0.01),
    ),
)


def texts(rows):
    return [[cell if isinstance(cell, str) else f"{cell.text} {cell.note}".strip() for cell in row] for row in rows]


def test_day_n_shows_limits_and_users_and_a_dash_where_nobody_was_followed():
    heads, rows = tables.day_n_forms_table(FOUND, "exact", STYLES, list(STYLES))
    assert heads == ["", "D1"]
    assert texts(rows) == [
        ["bert", "25.0 % (23.0 to 27.0) of 1,200"], ["cf", "– not followed"], ["bert − cf, points", "– not followed"],
    ]  # fmt: skip
    heads, rows = tables.day_n_forms_table(FOUND, "bracket", STYLES, list(STYLES))
    assert heads == ["", "days 2 to 7"]
    assert texts(rows)[1] == ["bert − cf, points", "−2.0 (−5.0 to 1.0)"]


def test_files_hold_every_cell():
    rows = tables.day_n_rows(FOUND)
    assert [(row["arm"], row["reference"], row["form"], row["share"]) for row in rows] == [
        ("bert", None, "exact", 0.25), ("cf", None, "exact", None), ("bert", None, "bracket", 0.5),
        ("bert", "cf", "exact", None), ("bert", "cf", "bracket", -0.02),
    ]  # fmt: skip
    assert len({tuple(row) for row in rows}) == 1  # one header
    assert tables.triangle_rows((TRIANGLE, WeekTriangle((SECOND_OF_MARCH,), (7,), ((0.1,),), "cf")))[2] == {
        "arm": "cf", "start_week": "2 Mar", "users": 7, "week": 1, "share": 0.1,
    }  # fmt: skip


def test_return_times_say_what_is_not_reached_or_not_followed():
    within = (ReturnWithin(1, 0.2, 0.1, 0.3, 50), ReturnWithin(14, None, None, None, 0))
    known = ReturnTime("bert", 40, 90, 70, 3.0, 2.0, None, within)
    unknown = ReturnTime("cf", 1, 2, 0, None, None, None, (ReturnWithin(1, 0.0, None, None, 2), within[1]))
    heads, rows = tables.return_time_table([known, unknown], STYLES)
    assert heads[3:] == ["median days", "within 1 day", "within 14 days"]
    assert texts(rows) == [
        ["bert", "40", "90", "3 (2 to –)", "20.0 % (10.0 to 30.0)", "– not followed"],
        ["cf", "1", "2", "– not reached", "0.0 %", "– not followed"],
    ]
    assert [row["days"] for row in tables.return_time_rows([known])] == [1, 14]


DAYS = [
    ActiveUsers(
        f"2026-03-{d:02}", 10 + d, 40 + d if d > 6 else None, *((90, (10 + d) / 90) if d > 29 else (None, None))
    )
    for d in range(1, 32)
]  # fmt: skip


@pytest.mark.parametrize("mode", ["light", "dark", "print"])
def test_lines_begin_where_their_window_is_whole(mode):
    lines = {line.meta: line for line in active_users_figure(DAYS, mode).data}
    assert {name: (len(line.x), line.x[0]) for name, line in lines.items()} == {
        "daily": (31, "2026-03-01"), "weekly": (25, "2026-03-07"), "monthly": (2, "2026-03-30"),
    }  # fmt: skip
    (sticky,) = stickiness_figure(DAYS, mode, narrow=True).data
    assert list(sticky.y) == pytest.approx([100 * 40 / 90, 100 * 41 / 90])


def test_axes_end_near_the_data_and_lines_are_named_at_their_ends():
    figure = active_users_figure(DAYS)
    assert list(figure.layout.yaxis.ticktext) == ["0", "25", "50", "75", "100"]
    assert [note.text for note in figure.layout.annotations] == ["month", "week", "day"]
    assert [active.text for active in active_users_figure(DAYS[:3]).layout.annotations] == ["day"]
    assert date_places(31, 5) == [0, 8, 15, 22, 30]
    assert date_places(1, 5) == [0]


WEEKS = [LifecycleWeek(f"2026-03-{2 + 7 * k:02}", 10 + k, 50, 5, 20) for k in range(4)]


@pytest.mark.parametrize("mode", ["light", "dark", "print"])
def test_dormant_users_hang_below_zero(mode):
    figure = lifecycle_figure(WEEKS, mode)
    bars = {bar.meta: bar for bar in figure.data}
    assert list(bars["dormant"].y) == [-20] * 4
    assert list(bars["new"].y) == [10, 11, 12, 13]
    assert figure.layout.barmode == "relative"
    assert len({bar.marker.color for bar in figure.data}) == 4
    assert [note.text for note in figure.layout.annotations] == ["returning", "resurrecting", "new", "dormant"]
    assert bars["dormant"].hovertext[0] == "week of 2 Mar: 20 dormant"
    assert "−" not in "".join(figure.layout.yaxis.ticktext)


def test_weeks_without_users_can_be_drawn():
    assert list(lifecycle_figure([LifecycleWeek("2026-03-02", 0, 0, 0, 0)], narrow=True).data[0].y) == [0]


def test_the_newest_week_is_listed_first():
    _, rows = lifecycle_table(WEEKS, shown=2)
    assert rows == [["23 Mar", "13", "50", "5", "20"], ["16 Mar", "12", "50", "5", "20"]]

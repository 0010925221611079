"""Day-N retention and the triangle of start weeks, counted by hand."""

import pytest

from recsys_core.retention.calendar.calendar_results import DayN
from recsys_core.retention.calendar.calendar_retention import calendar
from recsys_core.retention.calendar.day_n import differences, wilson
from recsys_core.retention.population.cohorts import assign_cohorts
from recsys_core.retention.study.analyse import analyse_retention, prepare
from recsys_core.settings import RetentionSettings
from recsys_core.wording.sentences import say

SECOND = 1 / 86_400


def cells(found):
    return {(cell.arm, cell.day): (cell.active, cell.users, cell.share) for cell in found.day_n}


def written(triangle):
    """The start weeks as a page writes them."""
    return [say(week) for week in triangle.weeks]


def test_day_n_counts_those_followed_through_day_n(make_log, calendar_of):
    rows = [
        ("a", 0.0, "x"), ("a", 1.5, "x"), ("a", 7.2, "x"),
        ("b", 0.0, "x"), ("b", 0.9, "x"),
        ("c", 0.0, "x"), ("c", 1.0, "x"), ("c", 8.0, "x"), ("c", 20.0, "x"),
        ("d", 18.5, "x"), ("d", 19.6, "x"),
        ("e", 0.0, "y"), ("e", 3.0, "y"), ("e", 7.0, "y"),
    ]  # fmt: skip
    found = calendar_of(make_log(rows))
    assert cells(found) == {
        ("x", 1): (2, 3, pytest.approx(2 / 3)),  # d is followed for a day and a half: day 1 is not seen to its end
        ("x", 7): (1, 3, pytest.approx(1 / 3)),  # day 8 does not count as day 7
        ("x", 14): (0, 3, 0.0),
        ("x", 30): (0, 0, None),
        ("y", 1): (0, 1, 0.0),
        ("y", 7): (1, 1, 1.0),
        ("y", 14): (0, 1, 0.0),
        ("y", 30): (0, 0, None),
    }
    immature = next(cell for cell in found.day_n if cell.day == 30)
    assert (immature.lower, immature.upper) == (None, None)


def test_day_n_is_mature_when_its_last_second_is_in_the_log(make_log, calendar_of):
    on_time = [("a", 0.0, "x"), ("a", 3.0, "x"), ("a", 20.0, "x"), ("b", 18.0 + SECOND, "x"), ("b", 19.5, "x")]
    assert cells(calendar_of(make_log(on_time)))[("x", 1)] == (1, 2, 0.5)
    too_late = [*on_time[:3], ("b", 18.0 + 2 * SECOND, "x"), ("b", 19.5, "x")]
    assert cells(calendar_of(make_log(too_late)))[("x", 1)] == (0, 1, 0.0)


def test_calendar_days_and_impressions(make_log, calendar_of):
    rows = [
        ("a", "2026-03-10T22:45:00Z", "x", "click"), ("a", "2026-03-10T23:01:00Z", "x", "click"),
        ("b", "2026-03-10T22:45:00Z", "x", "click"), ("b", "2026-03-11T20:00:00Z", "x", "impression"),
        ("c", "2026-03-28T22:45:00Z", "x", "click"), ("c", "2026-03-29T22:01:00Z", "x", "click"),
        ("a", "2026-04-20T12:00:00Z", "x", "impression"), ("c", "2026-03-29T21:59:00Z", "x", "impression"),
    ]  # fmt: skip
    data = make_log(rows)
    paris = {"day_rule": "calendar", "time_zone": "Europe/Paris"}
    assert cells(calendar_of(data, **paris))[("x", 1)] == (1, 3, pytest.approx(1 / 3))  # a; c came two dates later
    seen = calendar_of(data, **paris, activity_events="click,impression")
    assert cells(seen)[("x", 1)] == (3, 3, 1.0)  # b and c looked on the next date
    assert cells(calendar_of(data))[("x", 1)] == (0, 3, 0.0)  # nobody came back 24 to 48 hours later


MONDAYS = [
    ("p", "2026-03-02T00:00:00Z", "x"), ("p", "2026-03-05T01:00:00Z", "x"), ("p", "2026-03-12T01:00:00Z", "x"),
    ("q", "2026-03-08T12:00:00Z", "x"), ("q", "2026-03-09T01:00:00Z", "x"), ("q", "2026-03-20T01:00:00Z", "x"),
    ("r", "2026-03-10T00:00:00Z", "x"), ("r", "2026-03-13T01:00:00Z", "x"), ("r", "2026-03-24T00:00:00Z", "x"),
    ("s", "2026-03-17T00:00:00Z", "x"), ("s", "2026-03-18T01:00:00Z", "x"),
]  # fmt: skip


def test_the_triangle_by_hand(make_log, calendar_of):
    found = calendar_of(make_log(MONDAYS)).triangle
    assert written(found) == ["2 Mar", "9 Mar"]  # the week of 16 March is not followed for a week: no row
    assert found.users == (2, 1)
    assert found.shares == ((0.5, 1.0, *[None] * 6), (1.0, *[None] * 7))


def test_the_triangle_on_calendar_days(make_log, calendar_of):
    found = calendar_of(make_log(MONDAYS), day_rule="calendar").triangle
    assert found.shares == ((1.0, 1.0, *[None] * 6), (1.0, *[None] * 7))  # q came back on the next date


def test_start_weeks_begin_on_monday_in_the_named_zone(make_log, calendar_of):
    rows = [("p", "2026-03-08T15:30:00Z", "x"), ("p", "2026-03-09T15:30:00Z", "x"), ("q", "2026-04-01T00:00:00Z", "x"),
            ("q", "2026-04-20T00:00:00Z", "x")]  # fmt: skip
    data = make_log(rows)
    assert written(calendar_of(data).triangle)[0] == "2 Mar"
    assert written(calendar_of(data, time_zone="Asia/Tokyo").triangle)[0] == "9 Mar"  # 00:30 on Monday there


def test_users_of_the_burn_in_are_not_counted(make_log, calendar_of):
    data = make_log([("old", 0.0), ("old", 1.2), ("new", 6.0), ("new", 9.0), ("new", 30.0)])
    assert cells(calendar_of(data, burn_in_days=5))[("all users", 1)] == (0, 1, 0.0)
    assert cells(calendar_of(data))[("all users", 1)] == (1, 2, 0.5)


def test_wilson_limits():
    assert wilson(8, 10) == pytest.approx((0.4901625, 0.9433178), abs=1e-6)
    assert wilson(0, 10) == pytest.approx((0.0, 3.8414588 / 13.8414588), abs=1e-6)  # z^2 / (n + z^2)
    assert wilson(10, 10)[1] == pytest.approx(1.0)
    assert wilson(0, 0) == (None, None)


THREE = [
    ("a", 0.0, "x"), ("a", 1.5, "x"), ("a", 9.0, "x"),
    ("b", 0.0, "x"), ("b", 7.5, "x"), ("b", 40.0, "x"),
    ("c", 0.0, "x"), ("c", 0.5, "x"),
    ("d", 31.0, "x"), ("d", 32.5, "x"),  # followed through day 8: no 14, no 30, no bracket 8-14
    ("e", 0.0, "y"), ("e", 3.0, "y"),
    ("f", 0.0, "y"), ("f", 20.0, "y"),
]  # fmt: skip


def test_on_or_after_and_brackets_by_hand(make_log, calendar_of):
    found = calendar_of(make_log(THREE))
    after = {(c.arm, c.day): (c.active, c.users) for c in found.on_or_after}
    assert [after["x", day] for day in (1, 7, 14, 30)] == [(3, 4), (2, 4), (1, 3), (1, 3)]
    assert [after["y", day] for day in (1, 7, 14, 30)] == [(2, 2), (1, 2), (1, 2), (0, 2)]
    brackets = {(c.arm, c.day, c.last): (c.active, c.users) for c in found.brackets}
    assert [brackets["x", *b] for b in ((1, 1), (2, 7), (8, 14), (15, 30))] == [(2, 4), (1, 4), (1, 3), (0, 3)]
    assert [brackets["y", *b] for b in ((1, 1), (2, 7), (8, 14), (15, 30))] == [(0, 2), (1, 2), (0, 2), (1, 2)]
    assert {c.form for c in found.day_n} == {"exact"}
    assert {c.last for c in found.day_n} == {None}


def test_a_bracket_counts_users_followed_to_its_last_day(make_log, calendar_of):
    rows = [("a", 0.0, "x"), ("a", 3.0, "x"), ("b", 23.0 + SECOND, "x"), ("b", 24.5, "x"), ("a", 31.0, "x")]
    found = {c.day: (c.active, c.users) for c in calendar_of(make_log(rows)).brackets}
    assert found == {1: (1, 2), 2: (1, 2), 8: (0, 1), 15: (0, 1)}  # b: day 7 ends with the log's last second
    late = [*rows[:2], ("b", 23.0 + 2 * SECOND, "x"), *rows[3:]]
    found = {c.day: (c.active, c.users) for c in calendar_of(make_log(late)).brackets}
    assert found == {1: (1, 2), 2: (1, 1), 8: (0, 1), 15: (0, 1)}


def test_difference_of_the_first_two_arms(make_log, calendar_of):
    found = calendar_of(make_log(THREE))
    (first,) = [d for d in found.differences if (d.form, d.day) == ("exact", 1)]
    assert (first.arm, first.reference, first.estimate) == ("x", "y", 0.5)  # 2 of 4 less 0 of 2
    assert len(found.differences) == 12


def test_newcombe_limits_of_his_paper():
    """Newcombe 1998, table II, method 10: 56/70 - 48/80, and 0/10 - 0/20."""

    def cell(arm, hits, of):
        return DayN(arm, 1, of, hits, hits / of, *wilson(hits, of))

    (found,) = differences([cell("a", 56, 70), cell("b", 48, 80)], "a", "b")
    assert (found.estimate, found.lower, found.upper) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    (none,) = differences([cell("a", 0, 10), cell("b", 0, 20)], "a", "b")
    assert (none.lower, none.upper) == pytest.approx((-0.1611, 0.2775), abs=5e-5)


def test_an_immature_arm_has_no_difference(make_log, calendar_of):
    rows = [("a", 0.0, "x"), ("a", 20.0, "x"), ("b", 10.0, "y"), ("b", 19.0, "y")]
    found = {(d.form, d.day): d.estimate for d in calendar_of(make_log(rows)).differences}
    assert found["exact", 7] == 0.0
    assert found["exact", 14] is None
    assert found["bracket", 8] is None


def test_arms_are_counted_in_the_order_asked_for(make_log):
    data = make_log(THREE)
    with prepare(data, RetentionSettings(inactivity_days=5, burn_in_days=0)) as ready:
        window = data.first_time, ready.log_end
        found = calendar(ready.cohorts, ready.settings, *window, arms=["y", "x"])
        alone = calendar(ready.cohorts, ready.settings, *window, arms=["y"])
    assert list(dict.fromkeys(c.arm for c in found.day_n)) == ["y", "x"]
    assert {(d.arm, d.reference) for d in found.differences} == {("y", "x")}
    assert [t.arm for t in found.arm_triangles] == ["y", "x"]
    assert (alone.differences, alone.arm_triangles) == ((), ())
    assert alone.triangle.users == (2,)


def test_a_triangle_per_arm_adds_up_to_that_of_all(make_log, calendar_of):
    rows = [(user, when, "x" if user in "pr" else "y") for user, when, _ in MONDAYS]
    found = calendar_of(make_log(rows))
    x, y = found.arm_triangles
    assert (written(x), x.users) == (["2 Mar", "9 Mar"], (1, 1))
    assert x.shares == ((1.0, 1.0, *[None] * 6), (1.0, *[None] * 7))
    assert (y.users, y.shares) == ((1, 0), ((0.0, 1.0, *[None] * 6), (None,) * 8))  # nobody of y began on 9 March
    assert found.triangle.users == (2, 1)


def test_switchers_are_left_out_where_the_settings_say_so(make_log, calendar_of):
    rows = [("a", 0.0, "x"), ("a", 1.5, "y"), ("b", 0.0, "x"), ("c", 0.0, "y"), ("c", 20.0, "y")]
    assert cells(calendar_of(make_log(rows)))["x", 1] == (1, 2, 0.5)
    assert cells(calendar_of(make_log(rows), without_switchers=True))["x", 1] == (0, 1, 0.0)


def test_a_log_of_one_row_has_nothing_to_count(make_log):
    data = make_log([("a", 0.0)])
    everyone = RetentionSettings(cohort="all", inactivity_days=1, burn_in_days=0)
    cohorts = assign_cohorts(data, everyone, data.log_end)
    found = calendar(cohorts, everyone, data.first_time, data.log_end)
    assert {(c.users, c.share) for c in (*found.day_n, *found.on_or_after, *found.brackets)} == {(0, None)}
    assert (found.active_users, found.lifecycle, found.triangle.weeks) == ((), (), ())
    (gaps,) = found.return_time
    assert (gaps.users, gaps.gaps, gaps.median) == (0, 0, None)
    assert {(w.share, w.lower, w.at_risk) for w in gaps.within} == {(None, None, 0)}


def test_dates_without_hours_are_days_whole(make_log, calendar_of):
    rows = [("a", "2026-03-02"), ("a", "2026-03-03"), ("b", "2026-03-02"), ("b", "2026-03-09"), ("c", "2026-03-10")]
    found = calendar_of(make_log(rows), cohort="all")
    assert cells(found)["all users", 1] == (1, 2, 0.5)
    assert cells(found)["all users", 7] == (1, 2, 0.5)
    assert [day.daily for day in found.active_users] == [2, 1, 0, 0, 0, 0, 0, 1, 1]
    assert (found.active_users[0].date, found.active_users[-1].date) == ("2026-03-02", "2026-03-10")


def test_no_time_zone_moves_dates_without_hours(make_log):
    data = make_log([("a", "2026-03-02"), ("a", "2026-03-03"), ("a", "2026-03-10")])
    chosen = RetentionSettings(cohort="all", inactivity_days=5, burn_in_days=0, time_zone="America/New_York")
    result = analyse_retention(data, chosen).calendar
    assert result.active_users[0].date == "2026-03-02"

"""Day-N retention and the triangle of start weeks, counted by hand."""

import pytest

from recsys_core.retention.analyse import prepare
from recsys_core.retention.calendar import calendar
from recsys_core.retention.day_n import wilson
from recsys_core.settings import RetentionSettings

SECOND = 1 / 86_400


@pytest.fixture
def calendar_of():
    def found(data, **settings):
        chosen = RetentionSettings.from_dict({"inactivity_days": 5, "burn_in_days": 0} | settings)
        with prepare(data, chosen) as ready:
            return calendar(ready.cohorts, ready.settings, data.first_time, ready.log_end)

    return found


def cells(found):
    return {(cell.arm, cell.day): (cell.active, cell.users, cell.share) for cell in found.day_n}


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
    assert found.weeks == ("2 Mar", "9 Mar")  # the week of 16 March is not followed for a week: no row
    assert found.users == (2, 1)
    assert found.shares == ((0.5, 1.0, *[None] * 6), (1.0, *[None] * 7))


def test_the_triangle_on_calendar_days(make_log, calendar_of):
    found = calendar_of(make_log(MONDAYS), day_rule="calendar").triangle
    assert found.shares == ((1.0, 1.0, *[None] * 6), (1.0, *[None] * 7))  # q came back on the next date


def test_start_weeks_begin_on_monday_in_the_named_zone(make_log, calendar_of):
    rows = [("p", "2026-03-08T15:30:00Z", "x"), ("p", "2026-03-09T15:30:00Z", "x"), ("q", "2026-04-01T00:00:00Z", "x"),
            ("q", "2026-04-20T00:00:00Z", "x")]  # fmt: skip
    data = make_log(rows)
    assert calendar_of(data).triangle.weeks[0] == "2 Mar"
    assert calendar_of(data, time_zone="Asia/Tokyo").triangle.weeks[0] == "9 Mar"  # 00:30 on Monday there


def test_users_of_the_burn_in_are_not_counted(make_log, calendar_of):
    data = make_log([("old", 0.0), ("old", 1.2), ("new", 6.0), ("new", 9.0), ("new", 30.0)])
    assert cells(calendar_of(data, burn_in_days=5))[("all users", 1)] == (0, 1, 0.0)
    assert cells(calendar_of(data))[("all users", 1)] == (1, 2, 0.5)


def test_wilson_limits():
    assert wilson(8, 10) == pytest.approx((0.4901625, 0.9433178), abs=1e-6)
    assert wilson(0, 10) == pytest.approx((0.0, 3.8414588 / 13.8414588), abs=1e-6)  # z^2 / (n + z^2)
    assert wilson(10, 10)[1] == pytest.approx(1.0)
    assert wilson(0, 0) == (None, None)

"""Active users and lifecycle states, counted by hand."""

import pytest

from recsys_core.columns import DAY_SECONDS
from recsys_core.retention.calendar.calendar_days import Window, active_days, iso
from recsys_core.retention.calendar.lifecycle import active_users, lifecycle
from recsys_core.retention.population.cohorts import assign_cohorts
from recsys_core.settings import RetentionSettings

EVERYONE = RetentionSettings(cohort="all", inactivity_days=5, burn_in_days=0)


@pytest.fixture
def count(make_log):
    """Apply a count to the active days of a log, by its dates in a zone."""

    def counted(what, rows, time_zone="UTC"):
        data = make_log(rows)
        window = Window(data.first_time, data.log_end, time_zone)
        return what(active_days(assign_cohorts(data, EVERYONE, data.log_end), window), window)

    return counted


def test_only_days_that_the_log_holds_whole_are_counted(count):
    rows = [
        ("a", "2026-03-02T10:00:00Z"), ("a", "2026-03-03T00:00:00Z"), ("b", "2026-03-03T23:59:59Z"),
        ("b", "2026-03-04T05:00:00Z"), ("a", "2026-03-05T12:00:00Z"),
    ]  # fmt: skip
    found = count(active_users, rows)
    assert [(d.date, d.daily) for d in found] == [("2026-03-03", 2), ("2026-03-04", 1)]
    assert {(d.weekly, d.monthly, d.stickiness) for d in found} == {(None, None, None)}


def test_rolling_windows_count_each_user_once(count):
    rows = [(user, f"2026-03-{day:02}") for user, days in (
        ("a", range(1, 32)), ("b", (1, 2, 8)), ("c", (20,)), ("d", (31,)),
    ) for day in days]  # fmt: skip
    found = {d.date: d for d in count(active_users, rows)}
    assert len(found) == 31
    assert found["2026-03-06"].weekly is None  # its window would begin before the log
    assert found["2026-03-07"].weekly == 2  # a and b
    assert found["2026-03-14"].weekly == 2  # b on the 8th
    assert found["2026-03-15"].weekly == 1
    assert (found["2026-03-26"].weekly, found["2026-03-27"].weekly) == (2, 1)  # c, on the 20th, to the 26th
    assert found["2026-03-29"].monthly is None
    assert [found[f"2026-03-{day}"].monthly for day in (30, 31)] == [3, 4]
    assert found["2026-03-30"].stickiness == pytest.approx(1 / 3)
    assert found["2026-03-31"].stickiness == pytest.approx(2 / 4)


def test_a_quarter_of_an_hour_over_midnight_makes_two_days(count):
    rows = [("a", "2026-03-10T22:45:00Z"), ("a", "2026-03-10T23:01:00Z"), ("b", "2026-03-08T12:00:00Z"),
            ("b", "2026-03-13T12:00:00Z")]  # fmt: skip
    assert [d.daily for d in count(active_users, rows)] == [0, 1, 0, 0]  # 9 to 12 March, UTC
    assert [d.daily for d in count(active_users, rows, "Europe/Paris")] == [0, 1, 1, 0]  # 23:45 and 00:01


@pytest.mark.parametrize(
    ("moment", "date"),
    [
        ("2026-03-28T22:59:59Z", "2026-03-28"), ("2026-03-28T23:00:00Z", "2026-03-29"),  # UTC + 1
        ("2026-03-29T21:59:59Z", "2026-03-29"), ("2026-03-29T22:00:00Z", "2026-03-30"),  # a day of 23 hours, UTC + 2
    ],
)  # fmt: skip
def test_days_across_a_change_of_clocks(count, moment, date):
    rows = [("a", moment), ("b", "2026-03-25T12:00:00Z"), ("b", "2026-04-02T12:00:00Z")]
    found = count(active_users, rows, "Europe/Paris")
    assert [d.date for d in found if d.daily] == [date]


def test_days_east_of_utc(count):
    rows = [("a", "2026-03-08T15:30:00Z"), ("b", "2026-03-06T12:00:00Z"), ("b", "2026-03-12T12:00:00Z")]
    assert [d.date for d in count(active_users, rows, "Asia/Tokyo") if d.daily] == ["2026-03-09"]
    assert [d.date for d in count(active_users, rows) if d.daily] == ["2026-03-08"]


def test_the_window_is_whole_days_of_its_zone():
    midnight = 20_000 * DAY_SECONDS
    assert (Window(midnight, midnight + DAY_SECONDS - 1, "UTC").first_day, 20_000) == (20_000, 20_000)
    assert Window(midnight, midnight + DAY_SECONDS - 1, "UTC").last_day == 20_000
    assert Window(midnight + 1, midnight + DAY_SECONDS - 2, "UTC").first_day == 20_001
    assert Window(midnight + 1, midnight + DAY_SECONDS - 2, "UTC").last_day == 19_999
    assert iso(20_000) == "2024-10-04"


def weekly(*weeks):
    """Active on the Wednesday of these weeks; week 0 begins on Monday 2 March 2026."""
    return [f"2026-{3 + (4 + 7 * week) // 32:02}-{(4 + 7 * week - 1) % 31 + 1:02}" for week in weeks]


def test_lifecycle_states_by_hand(count):
    paths = {
        "always": (0, 1, 2, 3, 4),
        "once": (0,),
        "pauses": (0, 2, 3),
        "late": (1, 4),
        "newest": (3,),
    }
    rows = [(user, date) for user, weeks in paths.items() for date in weekly(*weeks)]
    rows += [("edge", "2026-03-02"), ("edge", "2026-04-05")]  # the log: Monday 2 March to Sunday 5 April
    found = count(lifecycle, rows)
    assert [(w.date, w.new, w.returning, w.resurrecting, w.dormant) for w in found] == [
        ("2026-03-09", 1, 1, 0, 3),  # late; always; once, pauses and edge stay away
        ("2026-03-16", 0, 1, 1, 1),  # always; pauses is back; late stays away
        ("2026-03-23", 1, 2, 0, 0),  # newest; always and pauses
        ("2026-03-30", 0, 1, 2, 2),  # always; late and edge are back; pauses and newest stay away
    ]


def test_lifecycle_weeks_lie_whole_within_the_log(count):
    rows = [("a", "2026-03-03"), ("a", "2026-03-11"), ("b", "2026-03-18"), ("a", "2026-03-28"), ("b", "2026-03-28")]
    found = count(lifecycle, rows)  # Tuesday 3 March to Saturday 28 March: whole weeks begin on the 9th and the 16th
    assert [(w.date, w.new, w.returning, w.resurrecting, w.dormant) for w in found] == [("2026-03-16", 1, 0, 0, 1)]


def test_weeks_without_anybody_are_zero_and_leave_nobody_dormant(count):
    rows = [("a", "2026-03-02"), ("a", "2026-03-23"), ("a", "2026-03-29")]
    found = count(lifecycle, rows)
    assert [(w.new, w.returning, w.resurrecting, w.dormant) for w in found] == [
        (0, 0, 0, 1),
        (0, 0, 0, 0),
        (0, 0, 1, 0),
    ]


def test_lifecycle_weeks_begin_on_monday_in_the_named_zone(count):
    rows = [("a", "2026-03-01T20:00:00Z"), ("b", "2026-03-08T15:30:00Z"), ("a", "2026-03-22T20:00:00Z")]
    (utc, *_) = count(lifecycle, [("a", "2026-02-22T20:00:00Z"), *rows])
    assert (utc.date, utc.new) == ("2026-03-02", 1)  # b, on Sunday 8 March
    found = count(lifecycle, [("a", "2026-02-22T10:00:00Z"), *rows], "Asia/Tokyo")
    assert [(w.date, w.new) for w in found if w.new] == [("2026-03-09", 1)]  # 00:30 on Monday there

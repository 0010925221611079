"""Lapse and censoring, worked out by hand on a few users."""

import numpy as np
import pytest

from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.population.lifetimes import resolve_log_end
from recsys_core.retention.population.local_time import local_days
from recsys_core.retention.study.analyse import analyse_retention
from recsys_core.settings import RetentionSettings
from recsys_core.wording.sentences import say

SECOND = 1 / 86_400
CLICKS = tuple(("stays", float(day), "a", "click") for day in range(0, 41, 5))
END = ("end", 0.0, "a"), ("end", 40.0, "a")  # the log runs from day 0 to day 40; with G = 7, c = 33 days - start


def served(user, *days):
    return [(user, day, "a") for day in days]


def lapsed_as(excluded):
    return {say(e.reason): e.users for e in excluded}


def test_the_first_gap_longer_than_g_ends_a_lifetime(make_log, lifetimes_of):
    rows = [
        *END,
        *served("exact", 0, 7, 14, 21 + SECOND, 35),  # 7 days are no gap, 7 days and a second are
        *served("open", 0, 3),
        *served("once", 0),
        *served("active", *range(0, 41, 5)),
    ]
    found = lifetimes_of(make_log(rows), inactivity_days=7)
    assert found["exact"] == (14, True)
    assert found["open"] == (3, True)
    assert found["once"] == (0, True)
    assert found["active"] == (33, False)
    assert found["end"] == (0, True)  # its only gap is longer than 7 days


def test_the_share_of_one_time_users_is_the_drop_at_day_0(make_log):
    data = make_log([*END, *served("once", 0), *served("open", 0, 3), *served("on", *range(0, 41, 5))])
    arm = analyse_retention(data, RetentionSettings(inactivity_days=7)).arms[0]
    assert [point.estimate for point in arm.survival[:4]] == [0.5, 0.5, 0.5, 0.25]


def test_a_lapse_counts_up_to_c_and_not_a_second_longer(make_log, lifetimes_of):
    rows = [
        *END,
        *served("at_c", *range(0, 33, 6), 33),  # the open gap is 7 days, T = c
        *served("past_c", *range(0, 33, 6), 33 + SECOND),
        *served("late_start", 33),  # c = 0
        *served("too_late", 33 + SECOND),  # c = -1 s
    ]
    data = make_log(rows)
    found = lifetimes_of(data, inactivity_days=7)
    assert found["at_c"] == (33, True)
    assert found["past_c"] == (33, False)
    assert found["late_start"] == (0, True)
    assert "too_late" not in found


def test_those_who_came_too_late_are_counted(make_log, table_of):
    table = table_of(make_log([*END, *served("a", 34), *served("b", 39), *served("c", 1, 2)]), inactivity_days=7)
    assert set(table.users["user_id"]) == {"c", "end"}
    assert lapsed_as(table.excluded) == {"came too late to be judged": 2}


def test_lapse_days_are_rounded_up_and_followed_days_down(make_log, lifetimes_of):
    rows = [
        *END,
        *served("second", 0, SECOND),
        *served("day", 0, 1),
        *served("day_and_second", 0, 1 + SECOND),
        *served("half", 0.5, *range(5, 37, 4), 32.7),  # T = 36 - .5 > c = 32.5, followed for 32 whole days
        *served("within_the_last_day", 0.5, 6, 12, 18, 24, 30, 32.9),  # T = 32.4 <= c, but day 33 is not seen whole
    ]
    found = lifetimes_of(make_log(rows), inactivity_days=7)
    assert found["second"] == (1, True)
    assert found["day"] == (1, True)
    assert found["day_and_second"] == (2, True)
    assert found["half"] == (32, False)
    assert found["within_the_last_day"] == (32, False)


def test_an_exposure_that_nothing_follows_lapses_at_0(make_log, lifetimes_of):
    rows = [
        ("never", 0.0, "a", "impression"),
        ("late_click", 0.0, "a", "impression"), ("late_click", 7 + SECOND, "a", "click"),
        ("click", 0.0, "a", "impression"), ("click", 7.0, "a", "click"),
        ("looks", 0.0, "a", "click"), ("looks", 6.0, "a", "impression"), ("looks", 12.0, "a", "impression"),
        ("end", 40.0, "a", "impression"), ("end", 0.0, "a", "click"),
    ]  # fmt: skip
    found = lifetimes_of(make_log(rows), inactivity_days=7)
    assert found == dict.fromkeys(("never", "late_click", "looks", "end"), (0, True)) | {"click": (7, True)}


def test_every_event_counts_where_it_is_asked_for(make_log, lifetimes_of):
    rows = [("looks", 0.0, "a", "click"), ("looks", 6.0, "a", "view"), *CLICKS]
    data = make_log(rows)
    assert lifetimes_of(data, inactivity_days=7, activity_events="click,view")["looks"] == (6, True)
    assert lifetimes_of(data, inactivity_days=7, activity_events="click")["looks"] == (0, True)


def test_impressions_are_told_by_their_name(make_log, lifetimes_of):
    rows = [("looks", 0.0, "a", "click"), ("looks", 6.0, "a", "Impression"), *CLICKS]
    assert lifetimes_of(make_log(rows), inactivity_days=7)["looks"] == (0, True)


def test_the_clock_starts_at_the_first_exposure(make_log, table_of):
    rows = [*END, ("old", 1.0, ""), *served("old", 5, 8), ("never", 2.0, ""), ("same", 4.0, "a"), ("same", 9.0, "")]
    table = table_of(make_log(rows), inactivity_days=7)
    users = table.users.set_index("user_id")
    assert users.loc["old", ["duration", "existing"]].tolist() == [3, True]
    assert users.loc["same", ["duration", "existing"]].tolist() == [5, False]
    assert lapsed_as(table.excluded) == {"never met a recommender that the log names": 1}


def test_logs_without_arms_lose_those_seen_in_the_burn_in(make_log, table_of, lifetimes_of):
    data = make_log(
        [("old", 0.0), ("old", 1.0), ("seven", 7.0), ("new", 8.0), ("new", 9.5), ("end", 6.99), ("end", 40)]
    )
    table = table_of(data, inactivity_days=7)
    assert set(table.users["user_id"]) == {"seven", "new"}
    assert lapsed_as(table.excluded) == {"first seen during the burn-in, so perhaps old users": 2}
    assert lifetimes_of(data, inactivity_days=7, burn_in_days=0)["old"] == (1, True)
    assert lifetimes_of(data, inactivity_days=7, burn_in_days=8) == {"new": (2, True)}


def test_the_end_of_the_log_can_be_moved(make_log, lifetimes_of, table_of):
    data = make_log([*served("stays", *range(0, 41, 5)), *served("new", 20), *served("gone", 0, 3)])
    early = {"inactivity_days": 7, "log_end": "2026-03-20"}  # day 19, to its last second
    table = table_of(data, **early)
    assert table.log_end == 1_774_051_199  # 2026-03-20 23:59:59
    assert lifetimes_of(data, **early) == {"stays": (12, False), "gone": (3, True)}  # c = 12.5 days less a second
    for end, days in (("20T12:00:00Z", 12), ("20T14:00:00+02:00", 12), ("20T11:59:59Z", 11)):
        assert lifetimes_of(data, inactivity_days=7, log_end=f"2026-03-{end}")["stays"] == (days, False)
    assert lifetimes_of(data, inactivity_days=7, log_end="2026-06-01")["stays"] == (40, True)


def test_an_end_that_is_no_date_or_before_the_log_is_refused(make_log):
    data = make_log([*END])
    with pytest.raises(
        SettingsError, match="log_end is 'soon'; write it as 2026-08-27 or 2026-08-27T18:00:00Z, in UTC"
    ):
        resolve_log_end(data, "soon")
    with pytest.raises(SettingsError, match="log_end is '2026-02-27', before the log's first event on 2026-03-01"):
        resolve_log_end(data, "2026-02-27")
    assert resolve_log_end(data, "") == data.last_time


def test_dates_without_hours_end_with_their_last_day(make_log, lifetimes_of):
    data = make_log([(user, f"2026-03-{day:02d}", "x") for user, day in (("a", 1), ("a", 4), ("b", 7), ("b", 15))])
    assert data.date_only
    assert data.log_end == 1_773_619_199  # 2026-03-15 23:59:59
    assert lifetimes_of(data, inactivity_days=7) == {"a": (3, True), "b": (0, True)}  # c = 7.99 and 1.99 days


CALENDAR = {"inactivity_days": 7, "day_rule": "calendar"}
FAR = tuple(("end", f"2026-0{month}-{day}T12:00:00Z", "a") for month in (3, 4, 5) for day in (11, 17, 23, 29))


@pytest.mark.parametrize(
    ("zone", "times", "days"),
    [
        ("Europe/Paris", ("2026-03-10T22:45:00Z", "2026-03-10T23:01:00Z"), 1),  # 23:45 -> 00:01
        ("Europe/Paris", ("2026-03-10T23:01:00Z", "2026-03-11T22:45:00Z"), 0),  # 00:01 -> 23:45
        ("Europe/Paris", ("2026-03-28T22:45:00Z", "2026-03-29T22:01:00Z"), 2),  # the night of 29 March has 23 hours
        ("UTC", ("2026-03-28T22:45:00Z", "2026-03-29T22:01:00Z"), 1),
        ("Asia/Tokyo", ("2026-03-10T14:50:00Z", "2026-03-10T15:10:00Z"), 1),  # one date in UTC, two in Tokyo
        ("Pacific/Kiritimati", ("2026-03-10T09:50:00Z", "2026-03-10T10:10:00Z"), 1),
        ("America/New_York", ("2026-03-10T23:45:00Z", "2026-03-11T00:01:00Z"), 0),
    ],
)
def test_calendar_days_are_those_of_the_named_zone(make_log, lifetimes_of, zone, times, days):
    data = make_log([("u", time, "a") for time in times] + [*FAR])
    assert lifetimes_of(data, **CALENDAR, time_zone=zone)["u"] == (days, True)
    assert lifetimes_of(data, inactivity_days=7, time_zone=zone)["u"] == (1, True)  # 24-hour periods know no midnight


def test_calendar_days_are_followed_to_the_last_whole_date(make_log, lifetimes_of):
    rows = [("u", f"2026-03-{day:02d}T12:00:00Z", "a") for day in range(1, 31)]
    data = make_log(rows)
    paris = {"day_rule": "calendar", "time_zone": "Europe/Paris", "inactivity_days": 7}
    assert lifetimes_of(data, **paris, log_end="2026-03-20T23:00:00Z") == {
        "u": (12, False)
    }  # judged to 14 March, 00:00
    assert lifetimes_of(data, **paris, log_end="2026-03-20T22:59:58Z") == {"u": (11, False)}
    assert lifetimes_of(data, **paris, log_end="2026-03-20T22:59:59Z") == {"u": (12, False)}


def test_an_unknown_time_zone_is_refused(make_log, lifetimes_of):
    data = make_log([*END])
    for zone in ("Paris", "/etc/passwd"):
        with pytest.raises(SettingsError, match=f"time_zone is '{zone}', which is no IANA name. Write it like Europe/"):
            lifetimes_of(data, **CALENDAR, time_zone=zone)
    assert local_days(np.array([86_399, 86_400]), "UTC").tolist() == [0, 1]


def test_one_stray_event_in_the_future_does_not_make_everyone_lapse(make_log, lifetimes_of):
    rows = [(f"u{n % 25}", 40 * n / 1999, "a") for n in range(2000)]
    plain = lifetimes_of(make_log(rows), inactivity_days=7)
    data = make_log([*rows, ("u1", "2031-01-01T00:00:00Z", "a")], days_ahead=3650)
    assert {step.code: step.rows_in - step.rows_out for step in data.steps}["no-stray-times"] == 1
    assert lifetimes_of(data, inactivity_days=7) == plain
    assert not any(lapsed for _, lapsed in plain.values())
    kept = make_log([*rows, ("u1", "2031-01-01T00:00:00Z", "a")], days_ahead=3650, drop_isolated_times=False)
    assert all(lapsed for _, lapsed in lifetimes_of(kept, inactivity_days=7).values())


def test_a_log_too_short_for_its_gap_is_refused_with_the_numbers(make_log):
    data = make_log(served("u", 0.0, 5.0))
    with pytest.raises(
        DataError,
        match="No user can be judged: 1 came too late to be judged. The log spans 5.0 days, and a lapse shows only "
        "after a gap of more than 7 days. Bring a log of 8 days or more, or choose a shorter gap.",
    ):
        analyse_retention(data, RetentionSettings(inactivity_days=7))

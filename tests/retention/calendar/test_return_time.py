"""Days to the next active day, by hand, and limits that allow for users with many gaps."""

import numpy as np
import pytest

from recsys_core.retention.cox.recurrent import clustered_table
from recsys_core.retention.estimators.event_table import event_table
from recsys_core.retention.estimators.kaplan_meier import kaplan_meier


@pytest.fixture
def returns_of(make_log, calendar_of):
    def found(rows, **settings):
        return {arm.arm: arm for arm in calendar_of(make_log(rows), **settings).return_time}

    return found


def dated(user, *days, arm="x"):
    return [(user, f"2026-03-{day:02}", arm) for day in days]


def test_gaps_by_hand(returns_of):
    rows = [*dated("a", 1, 2, 5), *dated("b", 1, 8), *dated("c", 15), *dated("d", 1, 2, 3, arm="y")]
    found = returns_of(rows)  # the log ends with 15 March
    x, y = found["x"], found["y"]
    # a: 1, 3, open after 10; b: 7, open after 7; c's day is the log's last: its gap is not followed at all
    assert (x.users, x.gaps, x.closed) == (2, 5, 3)
    # S: 4/5 at 1; 3/5 at 3; 2/5 at 7 (three at risk, one open gap of 7 among them)
    shares = {w.days: (w.share, w.at_risk) for w in x.within}
    assert shares[1] == (pytest.approx(1 / 5), 5)
    assert shares[3] == (pytest.approx(2 / 5), 4)
    assert shares[7] == (pytest.approx(3 / 5), 3)
    assert shares[14] == (None, 0)  # no gap of x is followed for more than 10 days
    assert x.median == 7
    assert (y.users, y.gaps, y.closed, y.median) == (1, 3, 2, 1)
    assert {(w.lower, w.upper) for w in y.within} == {(None, None)}  # one user tells nothing about users


def test_only_days_from_the_start_on_are_used(returns_of):
    rows = [("a", "2026-03-01", None), ("a", "2026-03-04", "x"), ("a", "2026-03-06", "x"), ("b", "2026-03-10", "x"),
            ("b", "2026-03-20", "x")]  # fmt: skip
    found = returns_of(rows)["x"]  # a first meets x on the 4th: gaps 2, 14 open; b: 10, and nothing after the 20th
    assert (found.gaps, found.closed) == (3, 2)


def test_days_are_dates_of_the_named_zone(returns_of):
    night = [("a", "2026-03-10T22:45:00Z", "x"), ("a", "2026-03-10T23:01:00Z", "x"), ("b", "2026-03-10T12:00:00Z", "x"),
             ("b", "2026-03-20T12:00:00Z", "x")]  # fmt: skip
    assert returns_of(night)["x"].within[0].share == 0.0
    assert returns_of(night, time_zone="Europe/Paris")["x"].within[0].share == pytest.approx(1 / 3)


def test_a_day_that_the_log_cuts_short_does_not_count(returns_of):
    rows = [("a", "2026-03-10T01:00:00Z", "x"), ("a", "2026-03-19T01:00:00Z", "x"), ("b", "2026-03-12T01:00:00Z", "x")]
    found = returns_of(rows)["x"]  # 19 March ends at 01:00: the gaps of both are open to the 18th
    assert (found.gaps, found.closed, found.median) == (2, 0, None)
    assert {(w.share, w.lower) for w in found.within} == {(0.0, None), (None, None)}


def test_repeated_rows_may_be_given_as_weights():
    rng = np.random.default_rng(0)
    user, gap, closed = rng.integers(0, 6, 60), rng.integers(1, 5, 60), rng.integers(0, 2, 60)
    every = clustered_table(gap, closed, user)
    rows, counts = np.unique(np.c_[gap, closed, user], axis=0, return_counts=True)
    assert len(rows) < 60
    folded = clustered_table(*rows.T, counts)
    for name in ("times", "at_risk", "events", "censored", "log_variance"):
        np.testing.assert_allclose(getattr(folded, name), getattr(every, name), atol=1e-12)


def test_limits_are_those_of_clustered_gaps(returns_of):
    rng = np.random.default_rng(1)
    rows, gaps = [], []
    for user in range(30):  # every user has a rhythm: gaps of one user are alike
        rhythm, day = 1 + user % 5, int(rng.integers(1, 5))
        while day <= 31:
            rows.append((f"u{user}", f"2026-03-{day:02}", "x"))
            following = day + rhythm
            gaps.append((min(following, 31) - day, following <= 31, user))
            day = following
    rows.append(("end", "2026-03-31", "x"))
    kept = np.array([gap for gap in gaps if gap[0] > 0])
    found = returns_of(rows)["x"].within[1]
    curve = kaplan_meier(clustered_table(*kept.T))
    plain = kaplan_meier(event_table(kept[:, 0], kept[:, 1]))
    (mine,), (naive,) = curve.points([3]), plain.points([3])
    assert (found.share, found.lower, found.upper) == pytest.approx((1 - mine.estimate, 1 - mine.upper, 1 - mine.lower))
    assert found.upper - found.lower > 1.5 * (naive.upper - naive.lower)

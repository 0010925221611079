"""Visits: when one begins, on which day it lies, what is dropped; the same from a table and from an import."""

import numpy as np
import pandas as pd
import pytest

from recsys_core.retention.pace.visits import Visits, find_visits, share_of_days
from recsys_core.retention.study.analyse import prepare
from recsys_core.settings import RetentionSettings
from tests.retention.conftest import LOG_START

MINUTE = 1 / (24 * 60)


def visits(*paths, end=10.0, arm=None, names=("a", "b")):
    """Visits of users given by the moments of their events."""
    user = [place for place, path in enumerate(paths) for _ in path]
    arm = arm or [0] * len(paths)
    return Visits.of_times(arm, user, [time for path in paths for time in path], end, names)


def days(found, user=0):
    mine = found.user == user
    return dict(zip(found.day[mine].tolist(), found.sessions[mine].tolist(), strict=True))


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ([0.0], {}),
        ([0.0, 29 * MINUTE], {}),  # no more than half an hour of silence: still the opening session
        ([0.0, 31 * MINUTE], {1: 1}),
        ([0.0, 20 * MINUTE, 40 * MINUTE, 60 * MINUTE], {}),  # an hour in all, never half an hour of silence
        ([0.0, 0.2, 0.2 + 29 * MINUTE, 0.3], {1: 2}),
        ([0.0, 1.0], {1: 1}),  # day k: more than k - 1 days after the start and at most k
        ([0.0, 1.0 + MINUTE], {2: 1}),
        ([2.5, 3.6, 7.4], {2: 1, 5: 1}),
        ([0.0, 4.4, 4.4 + 20 * MINUTE, 5.2], {5: 1, 6: 1}),
        ([0.0, 0.99, 1.0 + 10 * MINUTE], {1: 1}),  # a session belongs to the day that it begins on
    ],
)
def test_a_visit_is_the_start_of_a_session(path, found):
    assert days(visits(path)) == found


def test_the_last_incomplete_day_is_dropped():
    found = visits([0.5, 8.0, 9.6], [0.0, 9.6])
    assert found.followed.tolist() == [9, 10]
    assert days(found, 0) == {8: 1}  # 9.6 lies on day 10 of a user who is followed for 9
    assert days(found, 1) == {10: 1}


def test_order_of_events_does_not_matter():
    one = visits([0.0, 1.5, 4.0, 4.6])
    other = visits([4.0, 0.0, 4.6, 1.5])
    assert days(one) == days(other) == {2: 1, 4: 1, 5: 1}


def test_dates_without_hours_fall_on_whole_days():
    found = visits([3.0, 3.0, 4.0, 4.0, 9.0], end=10.0)
    assert days(found) == {1: 1, 6: 1}
    assert found.followed.tolist() == [7]


def test_figures_of_a_user():
    found = visits([0.0, 2.5, 4.5, 4.9, 9.5], [1.0], [0.0, 0.5])
    assert found.active_days.tolist() == [3, 0, 1]
    assert found.last_day.tolist() == [10, 0, 1]
    assert share_of_days(found)[0] == pytest.approx(2 / 9)


def test_following_shorter_drops_days_and_keeps_users():
    found = visits([0.0, 2.5, 4.5], [5.0, 9.5]).until(4)
    assert found.followed.tolist() == [4, 4]
    assert (days(found, 0), days(found, 1)) == ({3: 1}, {})
    assert found.size == 2


def test_some_users_keep_their_order_and_a_pair_its_direction():
    found = visits([0.0, 1.5], [0.0, 2.5], [0.0, 3.5], arm=[0, 1, 2], names=("a", "b", "c"))
    some = found.of_users(np.array([True, False, True]))
    assert (days(some, 0), days(some, 1)) == ({2: 1}, {4: 1})
    pair = found.pair("a", "c")
    assert pair.names == ("c", "a")
    assert pair.arm.tolist() == [1, 0]
    assert days(pair, 1) == {4: 1}


# ---- From an import --------------------------------------------------------------------------------------


def paths_of(users, seed=3):
    """User and moment, in days to the second, of users who come at their own pace until they leave."""
    rng = np.random.default_rng(seed)
    rows = []
    for user in range(users):
        start, life = rng.uniform(0, 50), rng.exponential(30)
        gaps = rng.exponential(rng.gamma(2, 1.5), 60) * rng.choice([0.01, 1.0], 60, p=[0.3, 0.7])
        moments = start + np.r_[0.0, np.cumsum(gaps)]
        rows += [(f"u{user:03}", round(at * 86_400) / 86_400) for at in moments if at < min(start + life, 60)]
    return rows


def same(found, frame, rows, end, arm_of, names):
    """Hold what an import found against the events at hand."""
    place = {user: at for at, user in enumerate(frame["user_id"])}
    arm = [names.index(arm_of(user)) for user in frame["user_id"]]
    known = Visits.of_times(arm, [place[user] for user, _ in rows], [at for _, at in rows], end, names)
    for name in ("arm", "followed", "user", "day", "sessions"):
        np.testing.assert_array_equal(getattr(found, name), getattr(known, name), err_msg=name)
    assert found.names == known.names
    assert found.active_days.sum() > 200


def found_in(data, names, **settings):
    chosen = {"inactivity_days": 7, "horizon_days": 20, "report_day": 10, "burn_in_days": 0} | settings
    with prepare(data, RetentionSettings.from_dict(chosen)) as ready:
        found, frame = find_visits(ready.dataset, ready.cohorts, ready.counting, ready.log_end, names)
        return found, frame, (ready.log_end - LOG_START) / 86_400


def arm_of(user):
    return "ab"[int(user[1:]) % 2]


def test_an_import_finds_the_same_visits_of_logged_arms(make_log):
    rows = paths_of(120)
    data = make_log([(user, at, arm_of(user)) for user, at in rows])
    found, frame, end = found_in(data, ["a", "b"], cohort="recommender")
    same(found, frame, rows, end, arm_of, ["a", "b"])
    assert not frame["existing"].any()


def test_an_import_finds_the_same_visits_of_an_attribute(make_log):
    rows = paths_of(120, seed=4)
    users = "\n".join(["user_id,plan", *(f"{user},{arm_of(user)}" for user in sorted({user for user, _ in rows}))])
    data = make_log(rows, users=users)
    found, frame, end = found_in(data, ["a", "b"], cohort="plan")
    same(found, frame, rows, end, arm_of, ["a", "b"])


def test_an_import_finds_the_same_visits_of_a_log_of_dates(make_log):
    rows = [(user, float(np.floor(at))) for user, at in paths_of(120, seed=5)]
    dates = [
        (user, f"{pd.Timestamp('2026-03-01') + pd.Timedelta(days=at):%Y-%m-%d}", arm_of(user)) for user, at in rows
    ]
    found, frame, end = found_in(make_log(dates), ["a", "b"], cohort="recommender")
    same(found, frame, rows, np.floor(end + 0.5), arm_of, ["a", "b"])


def test_events_before_the_first_exposure_are_no_visits_and_mark_the_user(make_log):
    others = [(f"v{user}", float(at), "ab"[user % 2]) for user in range(8) for at in range(user, 12 + user % 2)]
    rows = [("u1", 0.0, None), ("u1", 2.0, "a"), ("u1", 4.5, None), ("u3", 12.0, "a"), *others]
    found, frame, _ = found_in(make_log(rows), ["a", "b"], cohort="recommender", horizon_days=2, report_day=1,
                               inactivity_days=3)  # fmt: skip
    place = {user: at for at, user in enumerate(frame["user_id"])}
    assert frame.loc[frame["existing"], "user_id"].tolist() == ["u1"]
    assert days(found, place["u1"]) == {3: 1}
    assert found.followed[place["u3"]] == 0  # too late for the gap, and yet among them

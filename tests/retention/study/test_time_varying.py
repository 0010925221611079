"""The arm in force at each moment, lagged by the gap."""

import numpy as np
import pandas as pd
import pytest

from recsys_core.columns import DAY_SECONDS
from recsys_core.errors import SettingsError
from recsys_core.retention.population.cohorts import assign_cohorts
from recsys_core.retention.study.analyse import analyse_retention
from recsys_core.retention.study.time_varying import arm_rows, exposure_path
from recsys_core.settings import RetentionSettings
from recsys_core.wording.sentences import check_detail, pairs

SETTINGS = RetentionSettings(cohort="recommender", inactivity_days=7, time_varying_arm=True)


def rows_of(path, last_active, log_end=100, gap=7, start=0):
    """Rows of one user, in days."""
    frame = pd.DataFrame(path, columns=["timestamp", "arm"]).assign(user_id="u")
    frame["timestamp"] *= DAY_SECONDS
    users = pd.DataFrame({"user_id": ["u"], "start": [start], "last_active": [last_active * DAY_SECONDS]})
    found = arm_rows(users, frame, gap * DAY_SECONDS, log_end * DAY_SECONDS)
    return [(row.arm, row.entry, row.stop, row.event) for row in found.itertuples()]


def test_a_switch_counts_from_a_gap_after_it():
    assert rows_of([(0, "a"), (5, "b")], last_active=20) == [("a", 0, 12, False), ("b", 12, 27, True)]


def test_the_last_activity_is_not_credited_to_the_arm_that_served_it():
    # the switch to b is seen in the last activity itself: the lapse counts for a, the arm in force before it
    assert rows_of([(0, "a"), (20, "b")], last_active=20) == [("a", 0, 27, True)]


def test_who_comes_once_lapses_under_the_first_arm():
    assert rows_of([(0, "a")], last_active=0) == [("a", 0, 7, True)]


def test_who_is_followed_to_the_end_of_the_log_is_censored_there():
    assert rows_of([(0, "a"), (60, "b")], last_active=94) == [("a", 0, 67, False), ("b", 67, 100, False)]
    assert rows_of([(0, "a"), (60, "b")], last_active=93)[-1] == ("b", 67, 100, True)


def test_switches_after_the_lapse_do_not_exist():
    assert rows_of([(0, "a"), (40, "b")], last_active=3) == [("a", 0, 10, True)]


def test_users_do_not_share_their_paths():
    path = pd.DataFrame({"user_id": ["u", "v", "v"], "timestamp": [0, 0, 5], "arm": ["a", "b", "a"]})
    path["timestamp"] *= DAY_SECONDS
    users = pd.DataFrame({"user_id": ["v", "u"], "start": [0, 0], "last_active": [20 * DAY_SECONDS, 10 * DAY_SECONDS]})
    found = arm_rows(users, path, 7 * DAY_SECONDS, 100 * DAY_SECONDS)
    assert found[["user_id", "arm", "entry", "stop", "event"]].values.tolist() == [
        ["u", "a", 0, 17, True],
        ["v", "b", 0, 12, False],
        ["v", "a", 12, 27, True],
    ]


def test_a_path_holds_the_changes_of_the_arm_from_the_first_exposure_on(make_log):
    rows = [("u", 0.0, ""), ("u", 1.0, "a"), ("u", 2.0, "a"), ("u", 3.0, "b"), ("u", 3.0, "a"), ("u", 4.0, "b")]
    data = make_log([*rows, ("u", 60.0, "b"), ("v", 5.0, "b")])
    users = assign_cohorts(data, SETTINGS, data.log_end).users
    path = exposure_path(data, users, data.first_time + 50 * DAY_SECONDS)
    days = (path["timestamp"] - data.first_time) / DAY_SECONDS
    assert list(zip(path["user_id"], days, path["arm"], strict=True)) == [("u", 1, "a"), ("u", 4, "b"), ("v", 5, "b")]


def switching_rows(seed, users=600, days=100.0):
    """Users change arm at random moments, and arms make no difference to anything."""
    rng = np.random.default_rng(seed)
    rows = []
    for user in range(users):
        start, life, switch = rng.uniform(0, days), rng.exponential(30.0), rng.exponential(15.0)
        times = np.r_[0.0, np.sort(rng.uniform(0, life, rng.poisson(0.3 * life)))]
        first = rng.integers(2)
        arms = np.where(times < switch, first, 1 - first)
        rows += [(f"u{user}", start + t, "ab"[arm]) for t, arm in zip(times, arms, strict=True) if start + t < days]
    return rows


def test_the_answer_says_that_it_is_per_moment(make_log):
    result = analyse_retention(make_log(switching_rows(1, users=150)), SETTINGS)
    assert [term.name for term in result.cox.terms] == [f"arm={result.arms[0].name}"]
    assert result.cox.terms[0].robust_stderr is not None
    check = next(check for check in result.checks if check.code == "arm-over-time")
    assert "lagged by the gap of 7 days" in check_detail(check)
    assert "Unless switching was random, it is observational" in check_detail(check)
    assert "lagged by 7 days" in dict(pairs(result.definitions))["Arm over time"]


def test_covariates_stand_in_the_model_too(make_log):
    rows = switching_rows(2, users=150)
    users = "user,side\n" + "".join(f"u{n},{'lr'[n % 2]}\n" for n in range(150))
    result = analyse_retention(make_log(rows, users=users), SETTINGS.changed({"covariates": ("side",)}))
    assert [term.name.split("=")[0] for term in result.cox.terms] == ["arm", "side"]


def test_only_the_logged_recommender_varies_over_time(make_log):
    with pytest.raises(SettingsError, match="time_varying_arm follows the logged recommender.*compared by 'all'"):
        analyse_retention(make_log(switching_rows(1, users=20)), SETTINGS.changed({"cohort": "all"}))


@pytest.mark.slow
def test_switching_without_effect_gives_no_effect(make_log):
    z = []
    for seed in range(12):
        term = analyse_retention(make_log(switching_rows(seed)), SETTINGS).cox.terms[0]
        z.append(term.coef / term.robust_stderr)
    assert abs(np.mean(z)) < 4 / np.sqrt(len(z))
    assert np.abs(z).max() < 4

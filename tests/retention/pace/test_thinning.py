"""Pace-matched curves: pace by ranks, gaps by hand, restricted means as elsewhere, and ratios that are known."""

import numpy as np
import pytest
from scipy.stats import mannwhitneyu, norm

from recsys_core.errors import DataError
from recsys_core.retention.estimators.event_table import event_table
from recsys_core.retention.estimators.kaplan_meier import kaplan_meier
from recsys_core.retention.estimators.restricted_mean import restricted_mean
from recsys_core.retention.pace.tenure_trend import SPAN
from recsys_core.retention.pace.thinning import first_long_gap, kept_days, pace_difference, pace_matched
from recsys_core.retention.pace.visits import Visits, share_of_days


def drawn(rng, users, chance=(0.4, 0.4), leaving=(0.02, 0.02), longest=90, spread=True):
    """Users of two arms: days with a visit by chance until they leave by chance."""
    arm = rng.integers(0, 2, users)
    own = np.array(chance)[arm] * (rng.uniform(0.5, 1.5, users) if spread else 1.0)
    life, followed = rng.geometric(np.array(leaving)[arm]), rng.integers(20, longest + 1, users)
    here = (rng.random((users, longest)) < own[:, None]) & (
        np.arange(1, longest + 1) <= np.minimum(life, followed)[:, None]
    )
    user, day = np.nonzero(here)
    return Visits(arm, followed, user, day + 1, np.ones(len(user), dtype=np.int64), ("a", "b"))


def ones(visits):
    return np.ones(visits.size)


@pytest.mark.parametrize("faster", [0.4, 0.5])
def test_pace_is_the_mann_whitney_statistic(faster):
    visits = drawn(np.random.default_rng(0), 800, chance=(0.4, faster))
    found, influence = pace_difference(visits, ones(visits))
    eligible, share = visits.last_day >= SPAN, share_of_days(visits)
    one, zero = (share[eligible & (visits.arm == arm)] for arm in (1, 0))
    known = mannwhitneyu(one, zero).statistic / (len(one) * len(zero)) - 0.5
    assert found == pytest.approx(known, abs=1e-12)
    assert influence.sum() == pytest.approx(0, abs=1e-12)
    assert not influence[~eligible].any()


def test_the_error_of_pace_is_that_of_the_test_where_arms_are_alike():
    visits = drawn(np.random.default_rng(1), 3000)
    found, influence = pace_difference(visits, ones(visits))
    eligible, share = visits.last_day >= SPAN, share_of_days(visits)
    known = mannwhitneyu(*(share[eligible & (visits.arm == arm)] for arm in (1, 0)), use_continuity=False)
    assert abs(found) / np.sqrt((influence**2).sum()) == pytest.approx(-norm.ppf(known.pvalue / 2), rel=0.05)


def test_whole_weights_are_users_counted_so_often():
    visits = drawn(np.random.default_rng(2), 300, chance=(0.4, 0.5))
    weight = np.random.default_rng(3).integers(0, 3, 300).astype(float)
    eligible, share = visits.last_day >= SPAN, share_of_days(visits)
    one, zero = (np.repeat(share[mine], weight[mine].astype(int))
                 for mine in (eligible & (visits.arm == arm) for arm in (1, 0)))  # fmt: skip
    known = mannwhitneyu(one, zero).statistic / (len(one) * len(zero)) - 0.5
    assert pace_difference(visits, weight)[0] == pytest.approx(known, abs=1e-12)


def test_too_few_with_a_span_are_not_judged():
    visits = drawn(np.random.default_rng(4), 40, leaving=(0.02, 0.9))
    with pytest.raises(DataError) as refused:
        pace_difference(visits, ones(visits))
    assert refused.value.message.code == "error-pace-not-judged"
    assert refused.value.message.values["arm"] == "b"


@pytest.mark.parametrize(
    ("days", "gap", "last"),
    [
        ([], 3, 0),
        ([1, 2, 3], 3, 3),
        ([3, 6, 9], 3, 9),  # gaps of exactly three days are no lapse
        ([3, 7, 8], 3, 3),
        ([4, 5], 3, 0),  # the first visit comes too late
        ([1, 5, 6, 20], 3, 1),  # the first long gap counts, whatever comes later
        ([2, 4, 30, 31], 10, 4),
    ],
)
def test_the_last_visit_before_the_first_long_gap(days, gap, last):
    user = np.array([0] * len(days) + [1, 1])  # a second user beside it
    found = first_long_gap(user, np.array([*days, 1, 2]), 3, gap)
    assert found.tolist() == [last, 2, 0]


def test_nobody_comes():
    empty = np.array([], dtype=np.int64)
    assert first_long_gap(empty, empty, 2, 3).tolist() == [0, 0]


def lapse_table(rng, users=900):
    last, followed = rng.geometric(0.03, users) - 1, rng.integers(-5, 80, users)
    return np.minimum(last, followed + 10), followed


@pytest.mark.parametrize("horizon", [1, 20, 60])
def test_kept_days_are_the_restricted_mean(horizon):
    last, followed = lapse_table(np.random.default_rng(5))
    found, influence = kept_days(last, followed, np.ones(len(last)), horizon)
    judged = followed >= 0
    duration, lapsed = np.minimum(last, followed)[judged], (last <= followed)[judged]
    known = restricted_mean(kaplan_meier(event_table(duration, lapsed)), horizon)
    assert found == pytest.approx(known.estimate, abs=1e-9)
    assert not influence[~judged].any()
    assert np.sqrt((influence**2).sum()) == pytest.approx(known.stderr, rel=0.03)
    assert influence.sum() == pytest.approx(0, abs=1e-9)


def test_kept_days_weigh_users():
    last, followed = lapse_table(np.random.default_rng(6), 400)
    weight = np.random.default_rng(7).integers(0, 4, 400)
    many = np.repeat(np.arange(400), weight)
    weighted = kept_days(last, followed, weight.astype(float), 40)[0]
    assert weighted == pytest.approx(kept_days(last[many], followed[many], np.ones(len(many)), 40)[0], abs=1e-9)


def test_influence_is_what_a_little_more_weight_does():
    last, followed = lapse_table(np.random.default_rng(8), 200)
    weight = np.random.default_rng(9).uniform(0.5, 2, 200)
    _, influence = kept_days(last, followed, weight, 40)
    for user in range(0, 200, 23):
        more = weight + 1e-5 * (np.arange(200) == user)
        less = weight - 1e-5 * (np.arange(200) == user)
        slope = (kept_days(last, followed, more, 40)[0] - kept_days(last, followed, less, 40)[0]) / 2e-5
        assert influence[user] == pytest.approx(slope, abs=1e-6)


# ---- Matched ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_users_all_alike_in_pace_give_a_ratio_near_one(seed):
    """Everybody comes on two days of three: pace is known so well that a coarse step would not see its slope."""
    visits = drawn(np.random.default_rng(seed), 600, chance=(2 / 3, 2 / 3), leaving=(0.04, 0.04), spread=False)
    found = pace_matched(visits, ones(visits), 28, 40, 1)
    stderr = np.sqrt((found.log_ratio_influence**2).sum())
    assert abs(found.log_ratio) < min(4 * stderr, 0.1)
    assert abs(found.difference) < 4 * np.sqrt((found.influence**2).sum())


@pytest.mark.parametrize("ratio", [0.7, 1 / 0.7])
def test_a_known_ratio_of_pace_is_found_and_leaves_no_difference(ratio):
    slow = np.clip(np.array([1.0, ratio]) / max(1, ratio), None, 1)
    visits = drawn(np.random.default_rng(10), 6000, chance=0.4 * slow)
    found = pace_matched(visits, ones(visits), 28, 60, 1)
    stderr = np.sqrt((found.log_ratio_influence**2).sum())
    assert abs(found.log_ratio - np.log(ratio)) < 4 * stderr < 0.3
    assert abs(found.difference) < 3 * np.sqrt((found.influence**2).sum())
    assert np.sign(found.pace) == np.sign(np.log(ratio))


def test_the_difference_is_that_of_staying():
    visits = drawn(np.random.default_rng(11), 6000, chance=(0.5, 0.3), leaving=(0.03, 0.02))
    found = pace_matched(visits, ones(visits), 28, 60, 1)
    assert found.difference > 4 * np.sqrt((found.influence**2).sum())
    turned = Visits(1 - visits.arm, visits.followed, visits.user, visits.day, visits.sessions, ("b", "a"))
    other = pace_matched(turned, ones(visits), 28, 60, 1)
    assert other.difference == pytest.approx(-found.difference, abs=0.15)
    assert other.log_ratio == pytest.approx(-found.log_ratio, abs=0.02)


def test_scale_of_weights_does_not_matter_and_their_share_does():
    visits = drawn(np.random.default_rng(12), 1500, leaving=(0.02, 0.03))
    one = pace_matched(visits, ones(visits), 28, 60, 1)
    two = pace_matched(visits, 2 * ones(visits), 28, 60, 1)
    assert two.difference == pytest.approx(one.difference, abs=1e-9)
    assert two.log_ratio == pytest.approx(one.log_ratio, abs=1e-9)
    np.testing.assert_allclose(2 * two.influence, one.influence, atol=1e-9)
    long = np.where(visits.last_day > 30, 3.0, 1.0)  # weights that undo the difference in one arm
    other = pace_matched(visits, np.where(visits.arm == 1, long, 1.0), 28, 60, 1)
    assert other.difference > one.difference + 3


def test_the_same_seed_gives_the_same_figures():
    visits = drawn(np.random.default_rng(13), 800)
    first, again, other = (pace_matched(visits, ones(visits), 28, 60, seed) for seed in (1, 1, 2))
    assert first.difference == again.difference != other.difference


def test_arms_too_far_apart_in_pace_are_not_matched():
    visits = drawn(np.random.default_rng(14), 3000, chance=(0.6, 0.03), leaving=(0.005, 0.005), spread=False)
    with pytest.raises(DataError) as refused:
        pace_matched(visits, ones(visits), 28, 60, 1)
    assert refused.value.message.code == "error-pace-too-far-apart"


def test_pace_that_hiding_does_not_move_is_not_matched():
    """Many sessions on every day with a visit: hiding one of them leaves the day."""
    visits = drawn(np.random.default_rng(15), 600)
    crowded = Visits(visits.arm, visits.followed, visits.user, visits.day, 60 * visits.sessions, visits.names)
    with pytest.raises(DataError) as refused:
        pace_matched(crowded, ones(visits), 28, 60, 1)
    assert refused.value.message.code in {"error-pace-not-matched", "error-pace-too-far-apart"}

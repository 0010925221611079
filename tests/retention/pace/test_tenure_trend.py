"""Pace that moves with time since the start: found from visits before the last one, whoever leaves when."""

import numpy as np
import pytest
from scipy.optimize import brentq

from recsys_core.retention.pace.life_model import LifeModel
from recsys_core.retention.pace.tenure_trend import TenureTrends, tenure, tenure_trends
from recsys_core.retention.pace.visits import Visits
from tests.retention.pace.test_life_model import table


def drawn(rng, users, slopes, *, rate=0.15, leaving=(0.02, 0.02), days=90):
    """Two arms whose pace moves by their slopes, and who leave at a constant hazard."""
    arm = rng.integers(0, 2, users)
    own = rng.gamma(1.5, rate / 1.5, users)
    moved = np.exp(np.array(slopes)[arm, None] * tenure(days)[None, 1:])
    life = np.floor(rng.exponential(1 / np.array(leaving)[arm]) + 0.5)
    here = rng.random((users, days)) < -np.expm1(-own[:, None] * moved)
    here &= np.arange(1, days + 1) <= life[:, None]
    user, day = np.nonzero(here)
    followed = np.full(users, days)
    return Visits(arm, followed, user, day + 1, np.ones(len(user), dtype=np.int64), ("a", "b"))


def ones(visits):
    return np.ones(visits.size)


def test_the_slope_solves_its_equation_by_hand():
    visits = table([0] * 3 + [1], [60] * 4, [(6, 20, 30), (3, 25, 36, 40), (5, 6), (8,)])
    level = tenure(60)

    def score(slope):
        total = 0.0
        for path, share in (((6, 20, 30), 2 / 29), ((3, 25, 36, 40), 3 / 39)):
            taken = (np.floor(share * 10) + 0.5) / 10
            room = (1 - taken) * -np.log(1 - taken) / taken
            inside = level[1 : path[-1]]
            chance = np.exp(slope * room * inside)
            total += sum(level[list(path[:-1])]) - len(path[:-1]) * chance @ inside / chance.sum()
        return total

    found = tenure_trends(visits, ones(visits))
    assert found.slope[0] == pytest.approx(brentq(score, -1.4, 1.4), abs=1e-6)
    assert found.influence[:2].sum() == pytest.approx(0, abs=1e-6)
    assert found.influence[2] == 0, "a user whose last visit lies before day 8 says nothing"
    assert found.slope[1] == 0, "nor does a single visit"


@pytest.mark.parametrize("slopes", [(0.0, 0.0), (0.0, -0.4), (-0.3, 0.3)])
def test_known_slopes_are_found_again_and_their_errors_tell_the_truth(slopes):
    off = []
    for seed in range(30):
        visits = drawn(np.random.default_rng(seed), 1000, slopes)
        found = tenure_trends(visits, ones(visits))
        stderr = np.sqrt(np.bincount(visits.arm, weights=found.influence**2))
        off.append((found.slope - slopes) / stderr)
    assert (np.abs(np.mean(off, axis=0)) < 0.6).all(), np.mean(off, axis=0)
    assert ((np.std(off, axis=0) > 0.7) & (np.std(off, axis=0) < 1.35)).all(), np.std(off, axis=0)


def test_leaving_earlier_is_no_slowing_down():
    visits = drawn(np.random.default_rng(1), 8000, (0.0, 0.0), leaving=(0.01, 0.04))
    found = tenure_trends(visits, ones(visits))
    stderr = np.sqrt(np.bincount(visits.arm, weights=found.influence**2))
    assert (np.abs(found.slope) < 3 * stderr).all()
    assert (stderr < 0.05).all()


def test_a_weight_of_two_is_the_user_twice():
    visits = drawn(np.random.default_rng(2), 600, (0.0, -0.3))
    twice = np.random.default_rng(3).random(600) < 0.4
    again = visits.of_users(twice)
    doubled = Visits(
        np.r_[visits.arm, again.arm], np.r_[visits.followed, again.followed], np.r_[visits.user, again.user + 600],
        np.r_[visits.day, again.day], np.r_[visits.sessions, again.sessions], visits.names,
    )  # fmt: skip
    weighted = tenure_trends(visits, 1.0 + twice)
    np.testing.assert_allclose(weighted.slope, tenure_trends(doubled, np.ones(doubled.size)).slope, atol=1e-9)


def test_the_life_model_takes_slowing_down_for_what_it_is():
    visits = drawn(np.random.default_rng(4), 12_000, (0.0, -0.5))
    steady = LifeModel(visits).fit()
    moving = LifeModel(visits, None, tenure_trends(visits, ones(visits))).fit()
    away = [fit.days_engaged(1, 60)[0] - fit.days_engaged(0, 60)[0] for fit in (steady, moving)]
    by_one, by_zero = (moving.days_engaged(arm, 60)[1] for arm in (1, 0))
    stderr = np.sqrt(((by_one - by_zero) ** 2).sum())
    assert away[0] < -2 * stderr, "the arm that slows down seems to lose its users"
    assert abs(away[1]) < 2 * stderr


def test_the_doubt_about_the_slopes_is_carried_into_the_days():
    visits = drawn(np.random.default_rng(5), 3000, (0.0, -0.4))
    trends = tenure_trends(visits, ones(visits))
    known = TenureTrends(trends.slope, np.zeros(visits.size))
    fits = [LifeModel(visits, None, one).fit() for one in (trends, known)]
    extra = [fits[0].days_engaged(1, 40)[1][user] - fits[1].days_engaged(1, 40)[1][user] for user in range(visits.size)]
    width, days = 0.01, []
    for way in (1, -1):
        slope = trends.slope + way * np.array([0.0, width])
        days.append(LifeModel(visits, None, TenureTrends(slope, known.influence)).fit().days_engaged(1, 40)[0])
    of_one = np.where(visits.arm == 1, trends.influence, 0.0)
    by_slope = (days[0] - days[1]) / (2 * width)
    mine = visits.arm == 1
    np.testing.assert_allclose(np.array(extra)[mine], by_slope * of_one[mine], rtol=0.05, atol=2e-5)

"""The life model: its likelihood by hand, its slopes, known parameters found again, errors that tell the truth."""

from itertools import product

import numpy as np
import pytest

from recsys_core.errors import DataError
from recsys_core.retention.pace.life_model import LifeModel
from recsys_core.retention.pace.visits import Visits

AT = np.array([np.log(0.4), 0.3, np.log(0.03), np.log(0.9), -1.5, -0.35, 0.2, 0.4])  # of two arms


def table(arm, followed, paths, names=("a", "b")):
    """Visits from the days with a visit of each user."""
    user = [place for place, path in enumerate(paths) for _ in path]
    day = [one for path in paths for one in path]
    ones = np.ones(len(day), dtype=np.int64)
    return Visits(np.array(arm), np.array(followed), np.array(user, dtype=int), np.array(day, dtype=int), ones, names)


def drawn(rng, users, arms=2, longest=60, at=AT):
    """Users by the model itself, with gamma rates."""
    arm = rng.integers(0, arms, users)
    pace, spread, leaving = (np.r_[0.0, at[5 + block * (arms - 1) :][: arms - 1]] for block in range(3))
    shape = np.exp(at[1] + spread[arm])
    rate = rng.gamma(shape, np.exp(at[0]) / shape, users) * np.exp(pace[arm])
    left = rng.random(users) / (1 / (1 + np.exp(at[4])))  # above 1: never comes back
    hazard = -np.log(np.minimum(left, 1.0)) / np.exp(leaving[arm])
    life = np.floor(hazard ** (1 / np.exp(at[3])) / np.exp(at[2]) + 0.5).astype(int)  # P(D >= k) = S(k - 1/2)
    followed = rng.integers(5, longest + 1, users)
    here = rng.random((users, longest)) < -np.expm1(-rate)[:, None]
    here &= np.arange(1, longest + 1) <= np.minimum(life, followed)[:, None]
    user, day = np.nonzero(here)
    return Visits(arm, followed, user, day + 1, np.ones(len(user), dtype=np.int64), tuple("abcd"[:arms]))


def level(visits, at=AT, family="gamma"):
    model = LifeModel(visits)
    return model._scores(family, at)[0][model._cell]


def by_hand(path, followed, arm, model, at=AT):
    """Likelihood of one user: every rate, every day of dropping out, every day in turn."""
    rate = np.exp(model._log_rate)
    shape = np.exp(at[1] + at[6] * arm)
    share = np.exp(shape * (model._log_rate - at[0] - at[5] * arm - rate / np.exp(at[0] + at[5] * arm)))
    never = 1 / (1 + np.exp(-at[4]))
    still = [1.0, *((1 - never) * np.exp(-np.exp(at[7] * arm) * (np.exp(at[2]) * (k - 0.5)) ** np.exp(at[3]))
                    for k in range(1, followed + 2))]  # fmt: skip
    total = 0.0
    for weight, one in zip(share / share.sum(), rate, strict=True):
        for last in range(followed + 1):
            ends = still[last] - still[last + 1] if last < followed else still[followed]
            chance = [1 - np.exp(-one) if day in path else np.exp(-one) for day in range(1, last + 1)]
            total += weight * ends * np.prod(chance) * (not path or max(path) <= last)
    return total


@pytest.mark.parametrize(
    ("path", "followed", "arm"),
    [((), 0, 0), ((), 4, 1), ((1,), 1, 0), ((1, 2, 5), 9, 1), ((7,), 7, 0), ((2, 3, 4, 5, 6), 12, 1)],
)
def test_the_likelihood_of_a_user_is_the_sum_over_all_that_may_have_happened(path, followed, arm):
    visits = table([arm, 1 - arm], [followed, 12], [path, (3,)])
    model = LifeModel(visits)
    found = model._scores("gamma", AT)[0][model._cell][0]
    assert found == pytest.approx(np.log(by_hand(path, followed, arm, model)), abs=1e-10)


@pytest.mark.parametrize("family", ["gamma", "lognormal"])
def test_the_chances_of_all_paths_add_up_to_one(family):
    paths = [tuple(np.flatnonzero(came) + 1) for came in product((False, True), repeat=7)]
    visits = table([1] * len(paths), [7] * len(paths), paths)
    assert np.exp(level(visits, family=family)).sum() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("family", ["gamma", "lognormal"])
@pytest.mark.parametrize("arms", [2, 3])
def test_slopes_are_those_of_the_likelihood(family, arms):
    at = np.concatenate([AT[:5], np.linspace(-0.3, 0.4, 3 * (arms - 1))])
    model = LifeModel(drawn(np.random.default_rng(1), 300, arms, at=at))
    found, width = model._scores(family, at)[1], 1e-5
    for place in range(len(at)):
        step = width * np.eye(len(at))[place]
        numeric = (model._scores(family, at + step)[0] - model._scores(family, at - step)[0]) / (2 * width)
        np.testing.assert_allclose(found[:, place], numeric, atol=2e-8 * max(1, np.abs(numeric).max()))


def test_known_parameters_are_found_again():
    fit = LifeModel(drawn(np.random.default_rng(7), 12_000)).fit()
    stderr = np.sqrt(((fit.scores @ fit.bread) ** 2).sum(axis=0))
    assert fit.family == "gamma"
    assert (stderr[5:] < 0.1).all()
    assert (np.abs(fit.parameters - AT) < 4 * stderr).all(), (fit.parameters - AT) / stderr


def test_days_engaged_are_those_of_the_truth():
    fit = LifeModel(drawn(np.random.default_rng(8), 12_000)).fit()
    for arm in (0, 1):
        days, influence = fit.days_engaged(arm, 40)
        middle = np.arange(1, 41) - 0.5
        true = (1 - 1 / (1 + np.exp(-AT[4]))) * np.exp(-np.exp(AT[7] * arm) * (np.exp(AT[2]) * middle) ** np.exp(AT[3]))
        assert abs(days - true.sum()) < 4 * np.sqrt((influence**2).sum())
        np.testing.assert_allclose(fit.survival(arm, 40)[1:].sum(), days)


def test_a_weight_of_two_is_the_user_twice():
    visits = drawn(np.random.default_rng(2), 500)
    twice = np.random.default_rng(3).random(500) < 0.4
    more = np.flatnonzero(twice)
    again = visits.of_users(twice)
    doubled = Visits(
        np.r_[visits.arm, again.arm], np.r_[visits.followed, again.followed], np.r_[visits.user, again.user + 500],
        np.r_[visits.day, again.day], np.r_[visits.sessions, again.sessions], visits.names,
    )  # fmt: skip
    weighted, plain = LifeModel(visits, 1.0 + twice).fit(), LifeModel(doubled).fit()
    np.testing.assert_allclose(weighted.parameters, plain.parameters, atol=1e-6)
    assert weighted.loglik == pytest.approx(plain.loglik)
    assert weighted.days_engaged(1, 30)[0] == pytest.approx(plain.days_engaged(1, 30)[0])
    own, both = weighted.days_engaged(1, 30)[1], plain.days_engaged(1, 30)[1]
    np.testing.assert_allclose(own[more], both[500:], atol=1e-6)


def test_users_alike_share_a_cell_and_their_order_does_not_matter():
    visits = drawn(np.random.default_rng(4), 400)
    order = np.random.default_rng(5).permutation(400)
    place = np.argsort(order)
    moved = np.lexsort((visits.day, place[visits.user]))
    other = Visits(visits.arm[order], visits.followed[order], place[visits.user][moved], visits.day[moved],
                   visits.sessions, visits.names)  # fmt: skip
    one, two = LifeModel(visits).fit(), LifeModel(other).fit()
    np.testing.assert_allclose(one.parameters, two.parameters, atol=1e-8)
    np.testing.assert_allclose(one.scores[order], two.scores, atol=1e-8)


def test_without_visits_nothing_is_identified():
    with pytest.raises(DataError) as refused:
        LifeModel(table([0, 1] * 20, [30] * 40, [()] * 40)).fit()
    assert refused.value.message.code == "error-life-model-not-identified"


@pytest.mark.slow
def test_the_stated_error_is_that_of_the_bootstrap():
    rng = np.random.default_rng(11)
    visits = drawn(rng, 1500)
    fit = LifeModel(visits).fit()
    stated = np.sqrt(((fit.days_engaged(1, 40)[1] - fit.days_engaged(0, 40)[1]) ** 2).sum())
    again = []
    for _ in range(200):
        weight = rng.multinomial(1500, np.full(1500, 1 / 1500)).astype(float)
        one = LifeModel(visits, weight).fit()
        again.append(one.days_engaged(1, 40)[0] - one.days_engaged(0, 40)[0])
    assert stated == pytest.approx(np.std(again, ddof=1), rel=0.15)

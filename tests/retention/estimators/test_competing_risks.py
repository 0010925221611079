import numpy as np
import pytest

from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.estimators.competing_risks import cumulative_incidence
from recsys_core.retention.estimators.event_table import event_table
from recsys_core.retention.estimators.kaplan_meier import kaplan_meier

NAMES = {1: "lapsed", 2: "banned"}


def test_five_users_by_hand():
    # at 1: 1 of 5 lapses; at 2: 1 of 4 is banned, S(2-) = 4/5; at 4, one of two lapses, S(4-) = 3/5
    lapsed, banned = cumulative_incidence([1, 2, 3, 4, 5], [1, 2, 0, 1, 0], NAMES)
    np.testing.assert_allclose([p.estimate for p in lapsed.points([0, 1, 2, 4, 9])], [0, 0.2, 0.2, 0.5, 0.5])
    np.testing.assert_allclose([p.estimate for p in banned.points([0, 1, 2, 4])], [0, 0, 0.2, 0.2])
    assert [p.at_risk for p in lapsed.points([0, 3, 3.5, 6])] == [5, 3, 2, 0]
    assert (lapsed.last_time, lapsed.cause, banned.cause) == (5, "lapsed", "banned")


def many(size=400, seed=2):
    rng = np.random.default_rng(seed)
    time, cause = rng.integers(1, 30, size), rng.choice([0, 1, 2], size, p=[0.4, 0.35, 0.25])
    return time, cause, rng.integers(0, 4, size) * (time > 4), rng.uniform(0.2, 3, size)


def test_incidences_and_survival_add_up_to_one():
    time, cause, entry, weights = many()
    curves = cumulative_incidence(time, cause, NAMES, entry=entry, weights=weights)
    survival = kaplan_meier(event_table(time, cause > 0, entry, weights)).at(curves[0].time)
    np.testing.assert_allclose(curves[0].estimate + curves[1].estimate + survival, 1)


def test_one_cause_is_one_less_survival_with_its_standard_error():
    time, cause, entry, weights = many()
    (only,) = cumulative_incidence(time, cause > 0, {1: "lapsed"}, entry=entry, weights=weights)
    curve = kaplan_meier(event_table(time, cause > 0, entry, weights))
    np.testing.assert_allclose(only.estimate, 1 - curve.estimate)
    np.testing.assert_allclose(only.stderr[curve.estimate > 0], curve.stderr[curve.estimate > 0])


def test_the_standard_error_is_that_of_leaving_rows_out():
    """The infinitesimal jackknife: the derivative by each row's weight, by differences."""
    time, cause, entry, weights = many(60, seed=5)
    curve = cumulative_incidence(time, cause, NAMES, entry=entry, weights=weights)[1]
    influence = []
    for row in range(time.size):
        moved = [weights + sign * 1e-5 * (np.arange(time.size) == row) for sign in (1, -1)]
        up, down = (cumulative_incidence(time, cause, NAMES, entry=entry, weights=w)[1].estimate for w in moved)
        influence.append(weights[row] * (up - down) / 2e-5)
    np.testing.assert_allclose(curve.stderr, np.sqrt((np.array(influence) ** 2).sum(axis=0)), rtol=1e-6, atol=1e-9)


def test_everybody_struck_leaves_numbers():
    for form in ("log-log", "log", "plain"):
        for curve in cumulative_incidence([1, 1, 2, 2], [1, 2, 1, 1], NAMES, conf_type=form):
            points = curve.points([0, 1, 2])
            values = [[p.estimate, p.stderr, p.lower, p.upper] for p in points]
            assert np.isfinite(values).all()
            assert all(0 <= p.lower <= p.estimate <= p.upper <= 1 for p in points)


def test_rows_of_weight_zero_do_not_count():
    with_zero = cumulative_incidence([1, 2, 3, 9], [1, 2, 1, 2], NAMES, weights=[1, 1, 1, 0])
    without = cumulative_incidence([1, 2, 3], [1, 2, 1], NAMES)
    assert with_zero[0].points([3]) == without[0].points([3])


@pytest.mark.parametrize(
    ("cause", "words"),
    [([0, 0], "Nobody is struck by any cause"), ([1, 3], "cause 3 has no name; known are 0 .censored. and .1, 2.")],
)
def test_bad_causes_are_refused_in_words(cause, words):
    with pytest.raises(DataError, match=words):
        cumulative_incidence([1, 2], cause, NAMES)


def test_an_unknown_form_is_refused_in_words():
    with pytest.raises(SettingsError, match="choose log-log, log or plain"):
        cumulative_incidence([1, 2], [1, 2], NAMES, conf_type="exact")

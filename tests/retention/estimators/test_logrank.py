import numpy as np
import pytest
from scipy.stats import false_discovery_control

from recsys_core.errors import DataError, SettingsError
from recsys_core.metrics.significance import holm
from recsys_core.retention.estimators.event_table import event_table
from recsys_core.retention.estimators.logrank import logrank, logrank_from_tables
from recsys_core.retention.estimators.power import events_needed, minimum_detectable, users_needed


def simulated(seed=1, size=300):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 15, size), rng.random(size) < 0.6, rng.integers(0, 3, size)


def test_four_users_by_hand():
    # arm a: events at 1 and 3, arm b: events at 2 and 4; expected in a: 1/2 + 1/3 + 1/2
    found = logrank([1, 3, 2, 4], [1, 1, 1, 1], ["a", "a", "b", "b"])
    expected, variance = 1 / 2 + 1 / 3 + 1 / 2, 1 / 4 + 2 / 9 + 1 / 4
    assert found.chisq == pytest.approx((2 - expected) ** 2 / variance)


def test_whole_weights_are_repeats():
    duration, event, group = simulated()
    weights = np.random.default_rng(2).integers(0, 4, duration.size)
    weighted = logrank(duration, event, group, weights=weights)
    repeated = logrank(*(np.repeat(part, weights) for part in (duration, event, group)))
    assert weighted.chisq == pytest.approx(repeated.chisq)


def test_fractional_weights_have_a_robust_variance():
    duration, event, group = simulated(size=3000)
    plain = logrank(duration, event, group)
    robust = logrank(duration, event, group, weights=np.full(3000, 0.5))
    assert robust.chisq == pytest.approx(plain.chisq, rel=0.1)
    assert robust.df == plain.df == 2


def test_delayed_entry_before_everything_changes_nothing():
    duration, event, group = simulated()
    late = logrank(duration + 1, event, group, entry=np.zeros(duration.size))
    assert late.chisq == pytest.approx(logrank(duration + 1, event, group).chisq)


def test_level_under_no_effect():
    rejected = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        found = logrank(rng.integers(0, 30, 120), rng.random(120) < 0.7, np.arange(120) % 2)
        rejected += found.p < 0.05
    assert 5 <= rejected <= 28


def test_tables_without_a_time_in_one_arm():
    tables = {"a": event_table([1, 5], [1, 0]), "b": event_table([2, 3], [1, 1])}
    rows = logrank([1, 5, 2, 3], [1, 0, 1, 1], list("aabb"))
    assert logrank_from_tables(tables).chisq == pytest.approx(rows.chisq)


def test_corrections_match_p_adjust():
    p = [0.01, 0.04, 0.03, 0.005]
    np.testing.assert_allclose(holm(p), [0.03, 0.06, 0.06, 0.02])
    np.testing.assert_allclose(false_discovery_control(p), [0.02, 0.04, 0.04, 0.02])


def test_nothing_to_compare_is_said():
    with pytest.raises(SettingsError, match="only one"):
        logrank([1, 2], [1, 1], ["a", "a"])
    with pytest.raises(DataError, match="No event happens"):
        logrank([1, 2], [0, 0], ["a", "b"])
    with pytest.raises(DataError, match="No event happens"):
        logrank_from_tables({"a": event_table([1], [0]), "b": event_table([2], [0])})
    with pytest.raises(DataError, match="group has 1 values for 2 rows"):
        logrank([1, 2], [1, 1], ["a"])


def test_minimum_detectable_and_users():
    assert minimum_detectable(1.0) == pytest.approx(2.8015852)
    assert users_needed(1000, 1.0, minimum_detectable(1.0) / 2) == pytest.approx(4000, abs=1)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: events_needed(1.0), "differ from 1"),
        (lambda: events_needed(0.8, share=1.0), "share of users"),
        (lambda: minimum_detectable(1.0, power=1.0), "Power is 1"),
        (lambda: users_needed(10, 1.0, 0.0), "no number of users"),
    ],
)
def test_impossible_designs_are_refused(call, words):
    with pytest.raises(SettingsError, match=words):
        call()

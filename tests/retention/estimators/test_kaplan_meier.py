import numpy as np
import pytest

from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.estimators.event_table import event_table, event_table_from_counts
from recsys_core.retention.estimators.kaplan_meier import kaplan_meier
from recsys_core.retention.estimators.restricted_mean import (
    restricted_mean,
    restricted_mean_difference,
    restricted_mean_ratio,
    survival_difference,
)


def curve_of(duration, event, **more):
    return kaplan_meier(event_table(duration, event), **more)


def test_five_users_by_hand():
    # S(1) = 4/5, S(2) = 4/5 * 3/4, the user censored at 2 is at risk then, S(4) = 3/5 * 1/2
    curve = curve_of([1, 2, 2, 4, 5], [1, 1, 0, 1, 0])
    assert curve.at_risk.tolist() == [5, 4, 2, 1]
    np.testing.assert_allclose(curve.at([0, 1, 2, 3, 4, 9]), [1, 0.8, 0.6, 0.6, 0.3, 0.3])
    greenwood = 1 / (5 * 4) + 1 / (4 * 3) + 1 / (2 * 1)
    np.testing.assert_allclose(curve.stderr_at(4), 0.3 * np.sqrt(greenwood))
    assert curve.at_risk_at([0, 2, 2.5, 5, 6]).tolist() == [5, 4, 2, 1, 0]


def test_users_lost_on_day_zero_lower_the_curve_at_zero():
    curve = curve_of([0, 0, 3, 3], [1, 1, 0, 0])
    assert curve.at(0) == 0.5
    assert restricted_mean(curve, 2).estimate == 1.0


def test_counts_give_the_table_of_the_rows():
    rng = np.random.default_rng(3)
    days, event = rng.integers(0, 9, 200), rng.random(200) < 0.6
    rows = event_table(days, event)
    lapses, leaving = np.bincount(days, event), np.bincount(days)
    counts = event_table_from_counts(np.arange(lapses.size)[::-1], lapses[::-1], leaving[::-1])
    for name in ("times", "at_risk", "events", "censored", "hazard_variance"):
        np.testing.assert_allclose(getattr(rows, name), getattr(counts, name))


def test_weights_repeat_rows_and_fractions_change_the_variance():
    repeated = curve_of([1, 1, 2, 3, 3, 3], [1, 1, 0, 1, 1, 1])
    weighted = kaplan_meier(event_table([1, 2, 3, 9], [1, 0, 1, 1], weights=[2, 1, 3, 0]))
    np.testing.assert_allclose(weighted.estimate, repeated.estimate)
    np.testing.assert_allclose(weighted.stderr, repeated.stderr)
    scaled = kaplan_meier(event_table([1, 2, 3, 4], [1, 0, 1, 1], weights=[0.5] * 4))
    plain = curve_of([1, 2, 3, 4], [1, 0, 1, 1])
    np.testing.assert_allclose(scaled.estimate, plain.estimate)
    np.testing.assert_allclose(scaled.stderr, plain.stderr)


def test_limits_are_numbers_where_survival_is_one_or_zero():
    for conf_type in ("log-log", "log", "plain"):
        curve = curve_of([1, 2, 3], [0, 1, 1], conf_type=conf_type)
        assert [(p.lower, p.upper) for p in curve.points([0, 1, 3])] == [(1, 1), (1, 1), (0, 0)]
        assert np.isfinite(curve.stderr).all()


def test_median_in_the_middle_of_the_step_at_one_half():
    assert curve_of([1, 2, 3, 4], [1, 1, 1, 1]).median().estimate == 2.5
    assert curve_of([1, 2, 3, 4], [1, 0, 0, 0]).median() == (None, 1.0, None)


def test_restricted_mean_on_day_tables_is_the_sum_of_daily_survival():
    rng = np.random.default_rng(5)
    curve = curve_of(rng.integers(0, 40, 300), rng.random(300) < 0.5)
    mean = restricted_mean(curve, 30)
    assert mean.estimate == pytest.approx(curve.at(np.arange(30)).sum())
    assert mean.lower < mean.estimate < mean.upper


def test_difference_and_ratio():
    a = restricted_mean(curve_of([2, 4, 6, 8], [1, 0, 1, 0]), 6)
    b = restricted_mean(curve_of([1, 2, 3, 8], [1, 1, 1, 0]), 6)
    difference, ratio = restricted_mean_difference(a, b), restricted_mean_ratio(a, b)
    assert difference.estimate == pytest.approx(a.estimate - b.estimate)
    assert difference.stderr == pytest.approx(np.hypot(a.stderr, b.stderr))
    assert ratio.estimate == pytest.approx(a.estimate / b.estimate)
    assert ratio.lower < ratio.estimate < ratio.upper


def test_nothing_is_tested_without_a_standard_error():
    a, b = curve_of([5, 5], [0, 0]), curve_of([0, 5], [0, 0])
    assert restricted_mean_difference(restricted_mean(a, 4), restricted_mean(b, 4)).p is None
    assert survival_difference(a, b, 3).p is None


def test_everybody_lost_at_zero():
    curve = kaplan_meier(event_table([0, 0], [1, 1]))
    assert curve.at([0, 1]).tolist() == [0, 0]
    with pytest.raises(SettingsError, match="nobody is followed past 0"):
        restricted_mean(curve, 1)


def test_survival_difference_by_hand():
    a, b = curve_of([1, 3, 3, 3], [1, 0, 0, 0]), curve_of([1, 1, 3, 3], [1, 1, 0, 0])
    found = survival_difference(a, b, 2)
    assert found.estimate == pytest.approx(0.25)
    assert found.stderr == pytest.approx(np.sqrt(0.75 * 0.25 / 4 + 0.25 / 4))


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        (([], []), "survival-table-empty", "no rows"),
        (([-1, 2], [1, 0]), "durations-below-zero", "duration has 1 of 2 values below 0"),
        (([1, np.nan], [1, 0]), "survival-column-not-finite", "missing or infinite"),
        (([1, 2], [1, 2]), "events-not-zero-or-one", "neither 0 nor 1"),
        (([1, 2], [1, 0], [0, 2]), "entries-not-before-durations", "not before the duration"),
        (([1, 2], [1, 0], None, [-1, 1]), "weights-below-zero", "weights must be 0 or more"),
        (([1, 2], [1, 0], None, [0, 0]), "weights-all-zero", "Every weight is 0"),
        (([1, 2], [1]), "survival-column-size", "has shape"),
        (([[1, 2]], [1]), "survival-column-shape", "has shape"),
        ((["a", "b"], [1, 0]), "survival-column-not-numbers", "not numbers"),
    ],
)
def test_bad_rows_are_refused_in_words(arguments, kind, words):
    with pytest.raises(DataError, match=words) as refused:
        event_table(*arguments)
    assert refused.value.kind == kind


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        (([], [], []), "hold no users"),
        (([1, 1], [0, 0], [1, 1]), "name a day twice"),
        (([-1], [0], [1]), "days start at 0"),
        (([1], [2], [1]), "outside 0 to the number leaving"),
    ],
)
def test_bad_counts_are_refused_in_words(counts, words):
    with pytest.raises(DataError, match=words):
        event_table_from_counts(*counts)


def test_bad_settings_are_refused_in_words():
    table = event_table([1, 2], [1, 0])
    with pytest.raises(SettingsError, match="choose log-log, log or plain"):
        kaplan_meier(table, "exact")
    with pytest.raises(SettingsError, match="must lie between 0 and 1"):
        kaplan_meier(table, confidence=95)
    curve = kaplan_meier(table)
    with pytest.raises(SettingsError, match="must be above 0"):
        restricted_mean(curve, 0)
    with pytest.raises(SettingsError, match="at most 2"):
        restricted_mean(curve, 3)
    with pytest.raises(SettingsError, match="outside 0 to 2"):
        survival_difference(curve, curve, 3)
    with pytest.raises(SettingsError, match="one horizon for both"):
        restricted_mean_difference(restricted_mean(curve, 1), restricted_mean(curve, 2))


def test_rows_that_count_once_are_counted_as_any_others():
    """Durations with fractions, ties and a negative zero, against the general way with every row twice."""
    rng = np.random.default_rng(5)
    duration = np.round(rng.exponential(3, 500), 2)
    duration[0] = -0.0
    event = (rng.random(500) < 0.5).astype(float)
    once, twice = event_table(duration, event), event_table(duration, event, None, np.full(500, 2.0))
    np.testing.assert_array_equal(once.times, twice.times)
    assert once.times.size < 500
    np.testing.assert_array_equal(2 * once.at_risk, twice.at_risk)
    np.testing.assert_array_equal(2 * once.events, twice.events)

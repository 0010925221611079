import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.adjustment.adjust import adjust, aipw_mean_difference
from recsys_core.retention.adjustment.adjustment_cells import AdjustInput, count_cells
from recsys_core.retention.adjustment.propensity import PropensityModel
from recsys_core.retention.adjustment.pseudo_values import pseudo_values
from recsys_core.retention.estimators.event_table import event_table
from recsys_core.retention.estimators.kaplan_meier import kaplan_meier
from recsys_core.retention.estimators.restricted_mean import restricted_mean, restricted_mean_difference


def confounded(seed, size=1500, effect=1.0):
    rng = np.random.default_rng(seed)
    segment, age = rng.integers(0, 2, size), rng.integers(0, 5, size)
    arm = (rng.random(size) < np.where(segment == 1, 0.8, 0.2)).astype(float)
    life = np.ceil(rng.exponential(25 * np.where(segment == 1, 2.5, 1.0) * np.where(arm == 1, effect, 1.0)))
    followed = rng.integers(20, 91, size)
    covariates = pd.DataFrame({"segment": np.where(segment == 1, "heavy", "light"), "age": age})
    return AdjustInput(np.minimum(life, followed), life <= followed, arm, covariates)


def raw_difference(data, horizon):
    means = []
    for arm in (1, 0):
        inside = np.asarray(data.arm) == arm
        table = event_table(np.asarray(data.duration)[inside], np.asarray(data.lapsed)[inside])
        means.append(restricted_mean(kaplan_meier(table), horizon))
    return restricted_mean_difference(*means)


@pytest.mark.parametrize("whole_days", [True, False])
def test_pseudo_values_equal_leaving_each_user_out(whole_days):
    rng = np.random.default_rng(1)
    duration = rng.uniform(0, 12, 50)
    duration = np.floor(duration) if whole_days else duration
    event = (rng.random(50) < 0.6).astype(float)

    def figures(keep):
        curve = kaplan_meier(event_table(duration[keep], event[keep]))
        return np.array([curve.area(0, 10), curve.at(5)])

    every = np.arange(50)
    left_out = np.array([figures(every != user) for user in every])
    expected = 50 * figures(every >= 0) - 49 * left_out
    np.testing.assert_allclose(pseudo_values(duration, event, np.ones(50), 10, 5), expected, atol=1e-10)


def test_pseudo_values_without_censoring_are_the_outcomes():
    values = pseudo_values(np.array([1.0, 3.0, 8.0]), np.ones(3), np.array([2.0, 1.0, 3.0]), 5, 2)
    np.testing.assert_allclose(values, [[1, 0], [3, 1], [5, 1]], atol=1e-12)


def test_cells_count_the_users_of_equal_rows():
    covariates = pd.DataFrame({"plan": ["a", "a", "b", "a", "b"]})
    cells = count_cells(AdjustInput([1, 1, 2, 2, 2], [1, 1, 0, 0, 0], [0, 0, 1, 1, 1], covariates))
    assert sorted(cells.count.tolist()) == [1, 2, 2]
    assert cells.users == 5
    assert cells.names == ("plan=b",)


def test_propensity_equals_unpenalised_logit():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from statsmodels.api import Logit, add_constant
    data = confounded(3, 400)
    cells = count_cells(data)
    x = add_constant(cells.patterns[cells.pattern])
    long = np.repeat(np.arange(cells.count.size), cells.count.astype(int))
    referee = Logit(cells.arm[long], x[long]).fit(disp=0, tol=1e-12)
    ours = PropensityModel(cells).probability()[cells.pattern]
    np.testing.assert_allclose(ours, referee.predict(x), rtol=1e-8)


def test_confounding_fools_the_raw_contrast_and_none_of_the_methods():
    raw, z = [], {"aipw": [], "iptw": [], "g-computation": []}
    for seed in range(40):
        data = confounded(seed)
        raw.append(raw_difference(data, 60).p < 0.05)
        for method in adjust(data, 60, 30, resamples=40, seed=seed).methods:
            figure = method.rmst_difference
            z[method.method].append(figure.estimate / figure.stderr)
    assert np.mean(raw) > 0.9
    for method, scores in z.items():
        assert abs(np.mean(scores)) < 3 / np.sqrt(40), method
        assert 0.7 < np.std(scores) < 1.4, method


def test_all_methods_find_a_true_effect():
    rng = np.random.default_rng(99)
    segment = rng.integers(0, 2, 400_000)
    lives = [np.ceil(rng.exponential(25 * np.where(segment == 1, 2.5, 1.0) * e)) for e in (1.0, 1.6)]
    truth = np.minimum(lives[1], 60).mean() - np.minimum(lives[0], 60).mean()
    found = adjust(confounded(5, 6000, effect=1.6), 60, 30, resamples=60)
    assert [method.method for method in found.methods] == ["aipw", "iptw", "g-computation"]
    for method in found.methods:
        figure = method.rmst_difference
        assert abs(figure.estimate - truth) < 3.5 * figure.stderr
        assert figure.p < 0.001
        assert figure.days == 60
        assert method.survival_difference.day == 30
        assert method.survival_difference.estimate > 0


def test_aipw_within_levels_is_the_stratified_mean_with_its_variance():
    """Uncensored users in levels of one attribute: estimate and error can be written down without a regression."""
    rng = np.random.default_rng(8)
    level, arm = np.repeat([0, 0, 1, 1, 2, 2], [4, 9, 30, 8, 12, 12]), np.repeat([0, 1] * 3, [4, 9, 30, 8, 12, 12])
    days = rng.integers(0, 21, level.size) + 3.0 * level
    data = AdjustInput(days, np.ones(level.size), arm, pd.DataFrame({"level": level.astype(str)}))
    kept = np.minimum(days, 20)
    shares = np.bincount(level) / level.size
    mean, noise = np.zeros(3), np.zeros(3)
    for one, sign in ((0, -1), (1, 1)):
        parts = [kept[(level == at) & (arm == one)] for at in range(3)]
        mean += [sign * part.mean() for part in parts]
        noise += [part.var(ddof=1) / part.size for part in parts]
    expected = shares @ mean
    variance = level.size / (level.size - 1) * (shares**2 @ noise) + shares @ (mean - expected) ** 2 / (level.size - 1)
    found = aipw_mean_difference(data, 20)
    assert found.estimate == pytest.approx(expected)
    assert found.stderr == pytest.approx(variance**0.5)


def test_a_level_with_one_user_of_an_arm_has_an_error_all_the_same():
    data = AdjustInput([1, 2, 3, 4, 9], np.ones(5), [0, 1, 0, 1, 0], pd.DataFrame({"level": list("aabbb")}))
    assert aipw_mean_difference(data, 4).stderr > 0


def test_diagnostics_show_balance_and_overlap():
    found = adjust(confounded(2), 60, resamples=5)
    before = {row.term: row.before for row in found.balance.rows}
    assert abs(before["segment=light"]) > 1
    assert all(abs(row.after) < 0.1 for row in found.balance.rows)
    assert all(size < 1500 for size in found.effective_sample_size)
    low, high = found.propensity_range
    assert 0.1 < low < 0.3
    assert 0.7 < high < 0.9


def test_same_seed_same_figures():
    data = confounded(4, 300)
    assert adjust(data, 50, resamples=10, seed=7) == adjust(data, 50, resamples=10, seed=7)
    assert adjust(data, 50, resamples=10, seed=7) != adjust(data, 50, resamples=10, seed=8)


def test_many_patterns_use_the_interpolated_average():
    rng = np.random.default_rng(6)
    data = confounded(6, 800)
    wide = replace(data, covariates=data.covariates.assign(score=rng.normal(size=800)))
    figures = [adjust(one, 60, resamples=30).methods[2].rmst_difference for one in (data, wide)]
    assert figures[1].estimate == pytest.approx(figures[0].estimate, abs=figures[0].stderr)
    assert figures[1].stderr == pytest.approx(figures[0].stderr, rel=0.5)


def test_what_cannot_be_adjusted_is_refused():
    data = confounded(1, 200)
    with pytest.raises(SettingsError, match="resamples is 1"):
        adjust(data, 60, resamples=1)
    with pytest.raises(SettingsError, match="both arms are followed to"):
        adjust(data, 1000)
    with pytest.raises(DataError, match="found 0 and 200 among 200"):
        adjust(replace(data, arm=np.ones(200)), 60)
    with pytest.raises(DataError, match="each user needs one"):
        adjust(replace(data, arm=np.ones(3)), 60)
    apart = replace(data, covariates=pd.DataFrame({"plan": np.where(np.asarray(data.arm) == 1, "a", "b")}))
    with pytest.raises(DataError, match="All 108 users with plan a are in the arm that is compared"):
        adjust(apart, 60)
    rare = pd.DataFrame({"plan": np.where((np.arange(200) < 25) & (np.asarray(data.arm) == 1), "a", "b")})
    with pytest.raises(DataError, match="All .* users with plan a are in the arm that is compared"):
        adjust(replace(data, covariates=rare), 60)
    kept = replace(data, lapsed=np.asarray(data.lapsed) & (np.asarray(data.arm) == 0))
    with pytest.raises(DataError, match="column arm orders the events perfectly"):
        adjust(kept, 20)


def bent(seed, size=2000):
    """Arm and staying both follow |x|, and the arm makes no difference."""
    rng = np.random.default_rng(seed)
    x = np.round(rng.normal(size=size), 2)
    arm = (rng.random(size) < 1 / (1 + np.exp(-1.5 * (np.abs(x) - 0.8)))).astype(float)
    life = np.ceil(rng.exponential(25 * np.exp(0.9 * (np.abs(x) - 0.8))))
    followed = rng.integers(60, 91, size)
    return AdjustInput(np.minimum(life, followed), life <= followed, arm, pd.DataFrame({"x": x}))


@pytest.mark.parametrize("overlap", [False, True])
def test_what_goes_with_the_distance_from_the_middle_is_taken_out(overlap):
    z, straight = [], []
    for seed in range(30):
        data = replace(bent(seed), overlap=overlap)
        for found, given in ((z, data), (straight, replace(data, straight=("x",)))):
            figure = aipw_mean_difference(given, 60)
            found.append(figure.estimate / figure.stderr)
    assert np.mean(straight) > 3  # a line does not see it
    assert abs(np.mean(z)) < 0.6
    assert 0.65 < np.std(z) < 1.35


@pytest.mark.parametrize("overlap", [False, True])
def test_all_methods_speak_of_the_users_whom_both_arms_could_have_served(overlap):
    data = bent(3)
    never = pd.Series(np.where(np.arange(2000) % 4 == 0, "one", "both"))
    data = replace(
        data, arm=np.where(never == "one", 0.0, np.asarray(data.arm)), covariates=data.covariates.assign(kind=never),
        overlap=overlap,
    )  # fmt: skip
    if not overlap:
        with pytest.raises(DataError, match="All 500 users with kind one are in the arm that it is compared with"):
            adjust(data, 60)
        return
    found = adjust(data, 60, 30, resamples=20)
    assert sum(found.users) == 1500
    for method in found.methods:
        assert abs(method.rmst_difference.estimate) < 3.5 * method.rmst_difference.stderr, method


def test_the_order_of_users_changes_nothing():
    data, at = bent(4), np.random.default_rng(1).permutation(2000)
    mixed = AdjustInput(
        *(np.asarray(one)[at] for one in (data.duration, data.lapsed, data.arm)), data.covariates.iloc[at]
    )
    figures = [aipw_mean_difference(one, 60, seed=2) for one in (data, mixed)]
    assert figures[0].estimate == pytest.approx(figures[1].estimate)
    assert figures[0].stderr == pytest.approx(figures[1].stderr)


def test_balance_of_a_number_looks_at_squares_and_the_distribution():
    rows = {row.kind: row for row in adjust(bent(5), 60, resamples=2).balance.rows}
    assert set(rows) == {"mean", "square", "distribution"}
    assert abs(rows["mean"].before) < 0.1 < abs(rows["square"].before)
    assert rows["distribution"].before > 0.1
    assert all(abs(row.after) < 0.1 for row in rows.values())

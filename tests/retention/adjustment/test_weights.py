import numpy as np
import pandas as pd
import pytest

from recsys_core.errors import DataError
from recsys_core.retention.adjustment.splines import spline_columns, spline_knots
from recsys_core.retention.adjustment.weights import user_weights


def log_of(seed, size=1200, effect=0.0):
    """Arm and outcome both follow |x| and a segment; the outcome's arm effect is `effect`."""
    rng = np.random.default_rng(seed)
    x, segment = rng.normal(size=size), rng.integers(0, 2, size)
    p = 1 / (1 + np.exp(-1.2 * (np.abs(x) - 0.8) - 0.8 * (segment - 0.5)))
    arm = (rng.random(size) < p).astype(float)
    outcome = 3 * np.abs(x) + 2 * segment + effect * arm + rng.normal(size=size)
    return arm, pd.DataFrame({"x": x, "segment": np.where(segment, "s1", "s0")}), outcome


def difference(found, arm, outcome):
    means = [found.influence_on_mean(outcome, arm == one) for one in (1, 0)]
    return means[0][0] - means[1][0], float(np.sqrt(((means[0][1] - means[1][1]) ** 2).sum()))


@pytest.mark.parametrize("overlap", [False, True])
def test_weights_are_normalised_and_their_influence_is_that_of_a_fit(overlap):
    arm, covariates, _ = log_of(1)
    found = user_weights(arm, covariates, overlap=overlap)
    for one in (0, 1):
        assert found.weight[arm == one].mean() == pytest.approx(1)
        np.testing.assert_allclose(found.gradient[arm == one].sum(axis=0), 0, atol=1e-8)
    np.testing.assert_allclose(found.influence.sum(axis=0), 0, atol=1e-8)
    assert found.probability.min() > 0
    assert found.probability.max() < 1


@pytest.mark.parametrize("overlap", [False, True])
def test_the_sandwich_equals_the_bootstrap(overlap):
    arm, covariates, outcome = log_of(2, 4000)
    estimate, stderr = difference(user_weights(arm, covariates, overlap=overlap), arm, outcome)
    rng, drawn = np.random.default_rng(0), []
    for _ in range(200):
        at = rng.integers(0, arm.size, arm.size)
        again = user_weights(arm[at], covariates.iloc[at].reset_index(drop=True), overlap=overlap)
        drawn.append(difference(again, arm[at], outcome[at])[0])
    assert stderr == pytest.approx(np.std(drawn), rel=0.15)
    naive = [arm == one for one in (1, 0)]
    assert estimate < outcome[naive[0]].mean() - outcome[naive[1]].mean() - 5 * stderr  # confounding by |x| is gone


@pytest.mark.parametrize("overlap", [False, True])
def test_the_sandwich_covers(overlap):
    z = []
    for seed in range(100):
        arm, covariates, outcome = log_of(seed, effect=0.5)
        estimate, stderr = difference(user_weights(arm, covariates, overlap=overlap), arm, outcome)
        z.append((estimate - 0.5) / stderr)
    assert abs(np.mean(z)) < 0.35
    assert 0.8 < np.std(z) < 1.2
    assert np.mean(np.abs(z) < 1.96) >= 0.88  # 3 standard errors of a share below .95


def test_a_segment_that_one_arm_never_served_weighs_nothing():
    arm, covariates, outcome = log_of(3)
    arm = np.where(covariates["segment"] == "s0", 0.0, arm)
    with pytest.raises(DataError) as refused:
        user_weights(arm, covariates)
    assert refused.value.kind == "adjustment-level-of-one-arm"
    assert (refused.value.values["attribute"], refused.value.values["level"]) == ("segment", "s0")
    found = user_weights(arm, covariates, overlap=True)
    outside = (covariates["segment"] == "s0").to_numpy()
    assert (found.weight[outside] == 0).all()
    assert found.weight[arm == 0].mean() == pytest.approx(1)
    estimate, stderr = difference(found, arm, outcome)
    assert abs(estimate) < 3.5 * stderr
    only = user_weights(arm[~outside], covariates[~outside], overlap=True)
    assert difference(only, arm[~outside], outcome[~outside]) == pytest.approx((estimate, stderr))


def test_a_number_that_tells_the_arms_apart_is_held_by_overlap_weights_alone():
    x = np.linspace(-3, 3, 600)
    arm = np.where(x > 1, 1.0, np.where(x < -1, 0.0, np.arange(600) % 2))
    covariates = pd.DataFrame({"x": x})
    assert np.isfinite(user_weights(arm, covariates, overlap=True).weight).all()
    with pytest.raises(DataError) as refused:
        user_weights((x > 0).astype(float), covariates)
    assert refused.value.kind == "adjustment-arms-separated"
    assert refused.value.values["column"] == "x"
    apart = pd.DataFrame({"plan": np.where(x > 0, "a", "b")})
    with pytest.raises(DataError) as refused:
        user_weights((x > 0).astype(float), apart, overlap=True)
    assert refused.value.kind == "adjustment-nobody-served-by-both"


def test_columns_that_add_nothing_change_nothing():
    arm, covariates, _ = log_of(4)
    more = covariates.assign(one=1.0, again=covariates["x"] * 2, same=covariates["segment"])
    np.testing.assert_allclose(user_weights(arm, more).weight, user_weights(arm, covariates).weight, rtol=1e-6)


def test_order_of_users_changes_nothing():
    arm, covariates, _ = log_of(5)
    at = np.random.default_rng(1).permutation(arm.size)
    again = user_weights(arm[at], covariates.iloc[at].reset_index(drop=True))
    np.testing.assert_allclose(again.weight, user_weights(arm, covariates).weight[at], rtol=1e-8)


@pytest.mark.parametrize(("size", "knots"), [(50, 3), (200, 5), (500, 6), (2000, 7)])
def test_knots_by_the_number_of_users(size, knots):
    assert spline_knots(np.random.default_rng(1).normal(size=size)).size == knots


def test_knots_where_values_are_few():
    assert spline_knots(np.tile([0.0, 1.0], 500)).size == 0
    assert spline_knots(np.tile([1.0, 2.0, 3.0, 4.0], 500)).tolist() == [1, 2, 3, 4]
    mostly = np.r_[np.zeros(970), np.arange(1, 31)]
    assert spline_knots(mostly).tolist() == [0, 3, 15, 27]


def test_spline_is_a_line_in_the_tails_and_spans_harrells_columns():
    values = np.random.default_rng(2).normal(size=1500)
    knots = spline_knots(values)
    columns = spline_columns(values, knots)
    assert columns.shape == (1500, 5)
    np.testing.assert_allclose(columns.T @ columns / 1500, np.eye(5), atol=1e-6)
    order = np.argsort(values)
    tail = order[values[order] > knots[-1]]
    slopes = np.diff(columns[tail], axis=0) / np.diff(values[tail])[:, None]
    np.testing.assert_allclose(slopes, np.broadcast_to(slopes[:1], slopes.shape), rtol=1e-3)

"""Intervals and p values with known answers."""

import numpy as np
import pytest

from recsys_core.metrics.significance import bootstrap_means, holm, percentile_limits, sign_flip_p


def test_holm_against_r():
    # R: p.adjust(c(.01, .04, .03, .005), "holm")
    assert holm([0.01, 0.04, 0.03, 0.005]).tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_three_equal_differences_have_an_exact_p():
    # of the eight sign patterns of (1, 1, 1) two are as far from 0: p = .25
    found = sign_flip_p(np.ones((3, 1)), seed=1, flips=40_000)
    assert found[0] == pytest.approx(0.25, abs=0.01)


def test_users_without_a_difference_change_nothing():
    draw = np.random.default_rng(5)
    moved = draw.normal(0.3, 1, size=(40, 2))
    padded = np.concatenate([moved, np.zeros((60, 2))])
    assert sign_flip_p(padded, seed=1).tolist() == sign_flip_p(moved, seed=1).tolist()


def test_no_difference_at_all_is_no_evidence():
    assert sign_flip_p(np.zeros((5, 2)), seed=1).tolist() == [1.0, 1.0]


def test_sign_flips_agree_with_the_t_test():
    from scipy import stats

    draw = np.random.default_rng(2)
    moved = draw.normal(0.15, 1, size=(200, 1))
    assert sign_flip_p(moved, seed=1)[0] == pytest.approx(stats.ttest_1samp(moved[:, 0], 0).pvalue, abs=0.01)


def test_without_a_difference_one_test_in_twenty_rejects():
    draw = np.random.default_rng(7)
    moved = draw.permutation(np.repeat([-0.4, 0.0, 0.0, 0.1, 0.3], 12))[:, None] * draw.choice([-1, 1], size=(60, 2000))
    share = (sign_flip_p(moved, seed=3, flips=999) < 0.05).mean()
    assert 0.035 < share < 0.065


def test_resampled_means_spread_like_the_standard_error():
    values = np.random.default_rng(4).normal(size=(400, 2))
    drawn = bootstrap_means(values, 2000, seed=1)
    assert drawn.mean(axis=0) == pytest.approx(values.mean(axis=0), abs=0.01)
    assert drawn.std(axis=0) == pytest.approx(values.std(axis=0) / 20, rel=0.06)


def test_columns_are_resampled_together():
    values = np.random.default_rng(4).normal(size=(50, 1))
    drawn = bootstrap_means(np.c_[values, values + 1], 200, seed=1)
    assert drawn[:, 1] - drawn[:, 0] == pytest.approx(np.ones(200))


def test_equal_seeds_give_equal_draws():
    values = np.arange(6.0)[:, None]
    assert (bootstrap_means(values, 100, 3) == bootstrap_means(values, 100, 3)).all()


def test_percentile_limits():
    assert percentile_limits(np.arange(1001.0)[:, None]).ravel() == pytest.approx([25.0, 975.0])

"""Several arms against the best, and what a study can show."""

import numpy as np
import pytest

from recsys_core.retention.pace import best
from recsys_core.retention.pace.arm_pairs import Figure
from recsys_core.retention.pace.best import best_limits, smallest_shown

DUNNETT = {3: 1.916, 4: 2.062, 5: 2.160}  # one-sided, 5 %, infinite degrees of freedom, correlation 1/2


def differences(means):
    return np.subtract.outer(np.asarray(means), np.asarray(means))


@pytest.mark.parametrize("arms", [3, 4, 5])
def test_limits_follow_the_textbook_for_equal_arms(arms):
    means, stderr = np.arange(arms) * 0.3, 0.8
    found = best_limits(differences(means), stderr**2 * np.eye(arms))
    reach = DUNNETT[arms] * stderr * np.sqrt(2)
    others = [np.delete(means, arm).max() for arm in range(arms)]
    upper = np.maximum(means - others + reach, 0)
    assert (upper > 0).all()
    np.testing.assert_allclose(found[:, 0], means - others)
    np.testing.assert_allclose(found[:, 2], upper, atol=0.02)
    np.testing.assert_allclose(found[:, 1], np.minimum(means - others - reach, 0), atol=0.02)


def test_a_clear_best_has_lower_limit_0_and_is_the_only_rival():
    found = best_limits(differences([0.0, 0.1, 9.0]), 0.25 * np.eye(3))
    assert found[2, 1] == 0.0
    assert found[:2, 2].tolist() == [0.0, 0.0]
    reach = DUNNETT[3] * 0.5 * np.sqrt(2)
    assert found[0, 1] == pytest.approx(-9 - reach, abs=0.02)


def test_two_arms_have_the_one_sided_normal_quantile():
    found = best_limits(differences([0.0, 0.0]), np.diag([0.5, 0.5]))
    np.testing.assert_allclose(found[0], [0.0, -1.645, 1.645], atol=0.02)


@pytest.mark.parametrize("means", [(0.0, 0.0, 0.0, 0.0), (0.0, 1.0, 1.0, 2.0)])
def test_limits_hold_together(means, monkeypatch):
    monkeypatch.setattr(best, "_DRAWS", 4000)
    root = np.array([[1, 0, 0, 0], [0.4, 0.8, 0, 0], [0.4, 0.1, 1.2, 0], [0, 0, 0, 0.5]])
    covariance, rng, rounds = root @ root.T, np.random.default_rng(5), 500
    true = np.array([means[i] - max(means[j] for j in range(4) if j != i) for i in range(4)])
    held = 0
    for _ in range(rounds):
        found = best_limits(differences(means + root @ rng.standard_normal(4)), covariance)
        held += bool(((found[:, 1] <= true) & (true <= found[:, 2])).all())
    assert held / rounds > 0.95 - 3 * (0.05 * 0.95 / rounds) ** 0.5


@pytest.mark.parametrize(("arms", "share"), [(1, 0.0), (1, 0.9), (3, 0.5)])
def test_the_smallest_difference_is_named_four_times_in_five(arms, share):
    rng = np.random.default_rng(2)
    common, users = rng.standard_normal(800) / 30, 800

    def figure():
        return Figure(0.0, np.sqrt(share) * common + np.sqrt(1 - share) * rng.standard_normal(users) / 30)

    against = [[figure(), figure()] for _ in range(arms)]
    critical = [[1.96, 1.96]] * arms
    smallest = smallest_shown(against, critical)
    influence = np.stack([one.influence for pair in against for one in pair])
    estimates = smallest + rng.multivariate_normal(np.zeros(2 * arms), influence @ influence.T, 40_000)
    stderr = np.array([one.stderr for pair in against for one in pair])
    assert (estimates > 1.96 * stderr).all(axis=1).mean() == pytest.approx(0.8, abs=0.02)


def test_the_smallest_difference_grows_with_power_and_critical_values():
    against = [[Figure(0.0, np.full(100, 0.1))]]
    assert smallest_shown(against, [[1.96]]) == pytest.approx(1.96 + 0.84, abs=0.02)
    assert smallest_shown(against, [[2.81]]) == pytest.approx(2.81 + 0.84, abs=0.02)
    assert smallest_shown(against, [[1.96]], power=0.9) == pytest.approx(1.96 + 1.28, abs=0.02)

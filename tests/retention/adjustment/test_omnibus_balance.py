import numpy as np
import pytest

from recsys_core.retention.adjustment.omnibus_balance import omnibus_balance


def columns_of(rng, size):
    number = rng.normal(size=size)
    return np.column_stack([number, number**2 - 1, rng.random(size) < 0.1, rng.integers(0, 2, size)]).astype(float)


def test_two_arms_without_strata_are_hotellings_form():
    rng = np.random.default_rng(1)
    columns, arm = columns_of(rng, 300), (rng.random(300) < 0.4).astype(np.int64)
    found = omnibus_balance(columns, arm, np.zeros(300, dtype=np.int64))
    one, other = columns[arm == 1], columns[arm == 0]
    apart = one.mean(axis=0) - other.mean(axis=0)
    expected = len(one) * len(other) / 300 * apart @ np.linalg.solve(np.cov(columns.T), apart)
    assert found.chisq == pytest.approx(expected)
    assert found.df == 4


@pytest.mark.parametrize("arms", [2, 3, 5])
def test_the_level_holds_within_strata_that_arms_follow(arms):
    """Arms in shares that change from stratum to stratum, as when one is offered late, are no imbalance."""
    p = []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        stratum = rng.integers(0, 4, 400).astype(np.int64)
        shares = np.array([np.r_[np.full(arms - 1, 1.0), 0.2 + s] for s in range(4)])
        shares /= shares.sum(axis=1, keepdims=True)
        arm = np.array([rng.choice(arms, p=shares[s]) for s in stratum], dtype=np.int64)
        columns = columns_of(rng, 400)
        columns[:, 0] += stratum  # what goes with the stratum is no evidence
        p.append(omnibus_balance(columns, arm, stratum).p)
    assert 0.02 < np.mean(np.array(p) < 0.05) < 0.08
    assert np.mean(np.array(p) < 0.001) < 0.01


def test_columns_that_follow_from_others_cost_nothing():
    rng = np.random.default_rng(2)
    columns, arm, stratum = columns_of(rng, 300), rng.integers(0, 2, 300), np.zeros(300, dtype=np.int64)
    more = np.column_stack([columns, columns[:, 0] * 2 + columns[:, 3], np.ones(300)])
    assert omnibus_balance(more, arm, stratum).chisq == pytest.approx(omnibus_balance(columns, arm, stratum).chisq)
    nothing = omnibus_balance(np.ones((300, 1)), arm, stratum)
    assert (nothing.df, nothing.p) == (0, 1.0)

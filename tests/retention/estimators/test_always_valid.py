"""The log-rank test that one may look at every day: by hand, and under 22 looks at null studies."""

import math

import numpy as np
import pytest

from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.estimators.always_valid import always_valid, always_valid_from_tables
from recsys_core.retention.estimators.event_table import event_table
from recsys_core.retention.estimators.logrank import logrank_from_tables


def test_by_hand():
    # O - E = 10, V = 50, v = .02: 1 + v V = 2; exp(.02 * 100 / 4) / sqrt(2)
    found = always_valid(10.0, 50.0)
    assert found.e_value == pytest.approx(math.exp(0.5) / math.sqrt(2))
    assert found.p == pytest.approx(1 / found.e_value)
    assert not found.rejects
    assert always_valid(0.0, 50.0).p == 1
    huge = always_valid(1e6, 50.0)
    assert huge.rejects
    assert math.isfinite(huge.e_value)
    assert huge.p == 0.0


def test_the_level_is_where_it_rejects():
    # at V = 50 the e-value is 20 where (O - E)^2 = 2 * 2 / .02 * ln(20 sqrt(2))
    edge = math.sqrt(200 * math.log(20 * math.sqrt(2)))
    assert always_valid(edge * 1.0001, 50.0).rejects
    assert not always_valid(edge * 0.9999, 50.0).rejects
    assert always_valid(edge * 0.9999, 50.0, alpha=0.1).rejects


def test_score_and_variance_are_those_of_the_logrank_test():
    rng = np.random.default_rng(3)
    arms = [event_table(rng.integers(0, 30, 200), rng.random(200) < 0.6) for _ in range(2)]
    found = always_valid_from_tables(*arms)
    chisq = found.observed_minus_expected**2 / found.variance
    assert chisq == pytest.approx(logrank_from_tables({"a": arms[0], "b": arms[1]}).chisq)


def test_22_looks_at_null_studies_reject_less_often_than_the_level():
    """A fixed .05 test rejects some 20 % of them; 400 studies put 5 % within 3.3 points (3 standard errors)."""
    rng = np.random.default_rng(11)
    ever, fixed = 0, 0
    for _ in range(400):
        start, arm = rng.uniform(0, 110, 600), np.arange(600) % 2
        lapse = rng.geometric(0.05, 600)
        sequential = at_once = False
        for end in np.linspace(15, 120, 22):
            seen = start < end
            followed = np.floor(end - start)
            days, lapsed = np.minimum(lapse, followed), lapse <= followed
            tables = [event_table(days[seen & (arm == a)], lapsed[seen & (arm == a)]) for a in (0, 1)]
            found = always_valid_from_tables(*tables)
            sequential |= found.rejects
            at_once |= found.observed_minus_expected**2 / found.variance > 3.8415
        ever += sequential
        fixed += at_once
    print(f"always-valid {ever / 400:.3f}, fixed {fixed / 400:.3f}")
    assert ever / 400 < 0.05
    assert fixed / 400 > 0.15


def test_what_cannot_be_tested_is_refused():
    with pytest.raises(SettingsError, match="alpha is 2 and tuning 0.02; alpha lies between 0 and 1"):
        always_valid(1.0, 1.0, alpha=2.0)
    with pytest.raises(DataError, match="O - E is nan and V 1; both must be finite"):
        always_valid(float("nan"), 1.0)
    empty = event_table([1, 2], [0, 0])
    with pytest.raises(DataError, match="so the always-valid test has nothing to compare"):
        always_valid_from_tables(empty, empty)

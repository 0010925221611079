"""Brier score, AUC and calibration by hand, and a calibration line against statsmodels."""

import numpy as np
import pytest

from recsys_core.errors import DataError
from recsys_core.risk.scores import Observed, auc, calibration_bins, calibration_line, recalibrated, score

# five users over 10 days: three lapse, on days 2, 5 and 10
DURATION = np.array([2.0, 5.0, 10.0, 10.0, 10.0])
LAPSED = np.array([1.0, 1.0, 1.0, 0.0, 0.0])
TESTED = Observed(DURATION, LAPSED, {5: 0.5, 10: 0.6})
RISK = np.array([0.9, 0.4, 0.8, 0.4, 0.1])


def test_by_hand():
    assert TESTED.within(5).tolist() == [1, 1, 0, 0, 0]
    found = score("cox", RISK, 10, TESTED)
    # (.1^2 + .6^2 + .2^2 + .4^2 + .1^2) / 5
    assert found.brier.estimate == pytest.approx(0.58 / 5)
    # one risk of .6 for all: (3 * .16 + 2 * .36) / 5 = .24
    assert found.skill == pytest.approx(1 - 0.116 / 0.24)
    # pairs (lapsed, stayed): 6, of which .4 against .4 is half
    assert found.auc.estimate == pytest.approx(5.5 / 6)
    # comparable pairs: 4 + 3 + 2; against the order only .4 (day 5) before .8 (day 10); .4 against .4 half
    assert found.concordance.estimate == pytest.approx((4 + 1.5 + 2) / 9)
    assert (found.predicted, found.observed) == (pytest.approx(0.52), 0.6)
    assert auc(RISK, np.ones(5)) is None


def test_risks_that_mislead_are_seen_to():
    found = score("cox", 1 - RISK, 10, TESTED)
    assert found.auc.estimate == pytest.approx(0.5 / 6)
    assert found.concordance.estimate == pytest.approx(1.5 / 9)


def test_nothing_to_judge_is_said():
    with pytest.raises(DataError, match="None of the 5 users held back for the test lapsed within 5 days") as raised:
        score("cox", RISK, 5, Observed(DURATION + 5, LAPSED, {5: 0.5}))
    assert raised.value.kind == "risk-test-one-sided"
    with pytest.raises(DataError, match="All of the 5 users held back"):
        score("cox", RISK, 10, Observed(DURATION, np.ones(5), {10: 0.5}))


def test_tenths_hold_every_user_once():
    rng = np.random.default_rng(1)
    risk = rng.random(1003)
    tested = Observed(np.where(rng.random(1003) < risk, 3.0, 10.0), (rng.random(1003) < 2).astype(float), {3: 0.5})
    bins = calibration_bins("cox", risk, 3, tested)
    assert sum(one.users for one in bins) == 1003
    assert all(one.lower <= one.observed <= one.upper for one in bins)
    assert [one.predicted for one in bins] == sorted(one.predicted for one in bins)


def test_the_calibration_line_is_a_logistic_regression():
    from statsmodels.api import Logit, add_constant

    rng = np.random.default_rng(2)
    risk = rng.uniform(0.02, 0.98, 2000)
    outcome = (rng.random(2000) < recalibrated(risk, 0.6, -0.3)).astype(float)
    slope, intercept = calibration_line(risk, outcome)
    reference = Logit(outcome, add_constant(np.log(risk / (1 - risk)))).fit(disp=0)
    assert [intercept.estimate, slope.estimate] == pytest.approx(reference.params, rel=1e-6)
    assert [slope.lower, slope.upper] == pytest.approx(reference.conf_int()[1], rel=1e-6)
    assert abs(slope.estimate - 0.6) < 3 * (slope.upper - slope.lower) / 3.92
    # where the outcome is separated there is no line, and risks stay as they are
    assert calibration_line(np.array([0.2, 0.3, 0.7, 0.8]), np.array([0.0, 0.0, 1.0, 1.0]))[0].lower is None

"""Several looks at one study: the level holds over all of them together, at no more width than needed."""

import math

import numpy as np
import pytest

from recsys_core.errors import SettingsError
from recsys_core.retention.estimators.looks import COUNTED_LOOKS, critical_value

ROUNDS = 20_000


def looked_at(looks, stderr, first=0.05, horizon=60.0, seed=1):
    """Share of studies without an effect that reject at some look, as users arrive evenly."""
    shares = np.linspace(first, 1.0, looks)
    steps = np.sqrt(np.diff(shares, prepend=0.0))
    walk = np.cumsum(steps * np.random.default_rng(seed).standard_normal((ROUNDS, looks)), axis=1)
    errors = stderr / np.sqrt(shares)
    estimates = stderr * walk / shares
    reach = np.array([critical_value(looks, float(error), horizon) * error for error in errors])
    return float((np.abs(estimates) > reach).any(axis=1).mean())


def test_one_look_is_the_usual_one():
    assert critical_value(1, 0.7, 60) == critical_value(None, 0.7, 60) == pytest.approx(1.96, abs=0.001)
    assert looked_at(1, 0.7) == pytest.approx(0.05, abs=0.006)


@pytest.mark.parametrize("looks", [2, 10, 20])
def test_a_few_looks_hold_the_level(looks):
    assert looked_at(looks, 0.7, first=1 / looks) <= 0.05 + 0.003


def test_ten_looks_cost_less_than_half_the_width_again():
    assert critical_value(10, 0.7, 60) / critical_value(1, 0.7, 60) <= 1.5


@pytest.mark.parametrize("stderr", [0.2, 0.7, 2.5])
def test_any_number_of_looks_holds_the_level(stderr):
    assert looked_at(100, stderr) <= 0.05


def test_twenty_looks_are_the_last_that_are_counted():
    counted, more = (critical_value(COUNTED_LOOKS + one, 0.7, 60) for one in (0, 1))
    assert counted != more
    assert more == critical_value(1000, 0.7, 60)


def test_a_study_that_knows_nothing_rejects_nothing():
    assert critical_value(50, 0.0, 60) == math.inf


@pytest.mark.parametrize(("looks", "alpha"), [(0, 0.05), (5, 0.0), (5, 1.0)])
def test_what_lies_outside_is_refused(looks, alpha):
    with pytest.raises(SettingsError) as refused:
        critical_value(looks, 1.0, 60, alpha)
    assert refused.value.message.code == "error-looks-outside-range"

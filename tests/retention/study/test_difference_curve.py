"""The difference of two curves: by hand, against the analytic error, and its coverage from simulated users."""

import numpy as np
import pandas as pd
import pytest

from recsys_core.errors import SettingsError
from recsys_core.retention.population.arm_curves import arm_curves
from recsys_core.retention.study.contrasts import arm_results
from recsys_core.retention.study.difference_curve import difference_curve

HORIZON = 30


def arms_of(rng, users, rates, horizon=HORIZON):
    """Arms whose users lapse with a geometric rate and are followed for 20 to 80 days."""
    parts = []
    for name, rate in rates.items():
        lapse, followed = rng.geometric(rate, users) - 1, rng.integers(20, 81, users)
        parts.append(pd.DataFrame({"arm": name, "duration": np.minimum(lapse, followed), "lapsed": lapse <= followed}))
    frame = pd.concat(parts, ignore_index=True)
    found = arm_results(arm_curves(frame.assign(arm=frame["arm"].astype("category")), "log-log"), horizon)
    by_name = {arm.name: arm for arm in found}
    return [by_name[name] for name in rates]


def test_by_hand():
    # a: 1 of 4 lapses on day 0, 1 of 3 on day 2; b: 2 of 4 on day 1; all others are followed for 3 days
    rows = [("a", 0, 1), ("a", 2, 1), ("a", 3, 0), ("a", 3, 0), ("b", 1, 1), ("b", 1, 1), ("b", 3, 0), ("b", 3, 0)]
    frame = pd.DataFrame(rows, columns=["arm", "duration", "lapsed"])
    frame = frame.assign(arm=frame["arm"].astype("category"), lapsed=frame["lapsed"] == 1)
    a, b = sorted(arm_results(arm_curves(frame, "log-log"), 3), key=lambda arm: arm.name)
    found = difference_curve(a, b, 3)
    assert [p.estimate for p in found.points] == pytest.approx([-0.25, 0.25, 0.0, 0.0])
    assert all(p.band_lower <= p.lower <= p.estimate <= p.upper <= p.band_upper for p in found.points)
    with pytest.raises(SettingsError, match="The horizon is 4, but a and b are followed for 3 days"):
        difference_curve(a, b, 4)


def test_limits_are_those_of_greenwoods_variance():
    a, b = arms_of(np.random.default_rng(3), 2000, {"a": 0.04, "b": 0.06})
    point, day = difference_curve(a, b, HORIZON, resamples=4000).points[15], 15
    stderr = np.hypot(a.survival[day].stderr, b.survival[day].stderr)
    assert (point.upper - point.lower) / (2 * 1.96) == pytest.approx(stderr, rel=0.05)


def test_coverage_on_each_day_and_on_all_days_together():
    """Of 400 studies 95 % hold: 4 standard errors of 1.1 points either way."""
    rng, rates = np.random.default_rng(7), {"a": 0.04, "b": 0.06}
    days = np.arange(HORIZON + 1)
    truth = (1 - rates["a"]) ** (days + 1) - (1 - rates["b"]) ** (days + 1)
    one_day = all_days = 0
    for seed in range(400):
        points = difference_curve(*arms_of(rng, 300, rates), HORIZON, resamples=200, seed=seed).points
        one_day += points[14].lower <= truth[14] <= points[14].upper
        all_days += all(p.band_lower <= t <= p.band_upper for p, t in zip(points, truth, strict=True))
    print(f"one day {one_day / 400:.3f}, all days {all_days / 400:.3f}")
    assert abs(one_day / 400 - 0.95) < 0.045
    assert abs(all_days / 400 - 0.95) < 0.045


def test_arms_without_lapses_do_not_differ():
    frame = pd.DataFrame({"arm": ["a", "a", "b", "b"], "duration": 5, "lapsed": False})
    a, b = arm_results(arm_curves(frame.assign(arm=frame["arm"].astype("category")), "log-log"), 5)
    assert {(p.estimate, p.lower, p.band_upper) for p in difference_curve(a, b, 5).points} == {(0.0, 0.0, 0.0)}

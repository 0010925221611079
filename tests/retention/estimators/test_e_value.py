"""E-values by hand, and what is said of them."""

import pytest

from recsys_core.errors import SettingsError
from recsys_core.retention.estimators.e_value import e_value, e_value_sentence
from recsys_core.retention.estimators.figures import HazardRatio


def test_the_hazard_ratio_of_sex_in_lung():
    # HR .575 flipped is 1.738; (1 - .5^1.3184) / (1 - .5^.7585) = 1.463; 1.463 + sqrt(1.463 * .463) = 2.29
    found = e_value(HazardRatio(0.5754, 0.4142, 0.7994, 0.001), common=True)
    assert found.estimate == pytest.approx(2.29, abs=0.005)
    assert 1 < found.limit < found.estimate
    rare = e_value(HazardRatio(0.5, 0.25, 0.8, 0.001), common=False)
    assert rare.estimate == pytest.approx(2 + 2**0.5)
    assert rare.limit == pytest.approx(1.25 + (1.25 * 0.25) ** 0.5)


def test_above_and_below_one_are_alike_and_an_interval_with_one_needs_nothing():
    below, above = HazardRatio(0.5, 0.4, 0.8, 0.01), HazardRatio(2.0, 1.25, 2.5, 0.01)
    assert e_value(below, common=True).estimate == pytest.approx(e_value(above, common=True).estimate)
    assert e_value(below, common=True).limit == pytest.approx(e_value(above, common=True).limit)
    level = HazardRatio(0.9, 0.8, 1.1, 0.3)
    assert e_value(level, common=True).limit == 1
    assert e_value_sentence(e_value(level, common=True), level).endswith("holds 1: there is nothing to explain away.")
    assert "would need a risk ratio of 3.41 with each" in e_value_sentence(e_value(below, common=False), below)
    with pytest.raises(SettingsError, match="The hazard ratio is 0; it must be above 0"):
        e_value(HazardRatio(0.0, 0.0, 1.0, 1.0), common=True)

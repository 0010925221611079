"""E-values by hand, and what is said of them."""

import pytest

from recsys_core.errors import SettingsError
from recsys_core.retention.estimators.e_value import e_value, e_value_note
from recsys_core.retention.estimators.figures import HazardRatio
from recsys_core.wording.sentences import say


def test_the_hazard_ratio_of_sex_in_lung():
    # HR .575 flipped is 1.738; (1 - .5^1.3184) / (1 - .5^.7585) = 1.463; 1.463 + sqrt(1.463 * .463) = 2.29
    sex = e_value(HazardRatio(0.5754, 0.4142, 0.7994, 0.001), common=True)
    assert sex.estimate == pytest.approx(2.29, abs=0.005)
    assert 1 < sex.limit < sex.estimate
    rare = e_value(HazardRatio(0.5, 0.25, 0.8, 0.001), common=False)
    assert rare.estimate == pytest.approx(2 + 2**0.5)
    assert rare.limit == pytest.approx(1.25 + (1.25 * 0.25) ** 0.5)


def test_above_and_below_one_are_alike_and_an_interval_with_one_needs_nothing():
    below, above = HazardRatio(0.5, 0.4, 0.8, 0.01), HazardRatio(2.0, 1.25, 2.5, 0.01)
    assert e_value(below, common=True).estimate == pytest.approx(e_value(above, common=True).estimate)
    assert e_value(below, common=True).limit == pytest.approx(e_value(above, common=True).limit)
    level = HazardRatio(0.9, 0.8, 1.1, 0.3)
    assert e_value(level, common=True).limit == 1
    nothing, needed = (
        e_value_note(e_value(level, common=True), level),
        e_value_note(e_value(below, common=False), below),
    )
    assert (nothing.code, needed.code) == ("note-e-value-nothing-to-explain", "note-e-value")
    assert say(nothing) == "The interval of the hazard ratio (0.80 to 1.10) holds 1: there is nothing to explain away."
    assert say(needed) == (
        "To explain the hazard ratio of 0.50 away, an unmeasured cause of both being in the arm and lapsing would need "
        "a risk ratio of 3.41 with each; 1.81 would move the interval to 1 (E-value)."
    )
    with pytest.raises(SettingsError, match="The hazard ratio is 0; it must be above 0"):
        e_value(HazardRatio(0.0, 0.0, 1.0, 1.0), common=True)

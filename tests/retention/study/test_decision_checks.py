"""Checks on what decides: pace, the smallest difference, looks."""

from dataclasses import replace

import pytest

from recsys_core.answers import Interval
from recsys_core.retention.population.resolved import Resolved
from recsys_core.retention.study.arm_results import Anytime, Contrast
from recsys_core.retention.study.case import Case
from recsys_core.retention.study.decision import Decision, PaceRatio, PairDecision
from recsys_core.retention.study.decision_checks import looks, pace, smallest
from recsys_core.settings import RetentionSettings
from tests.saying import told

SETTINGS = RetentionSettings(cohort="recommender", inactivity_days=14, horizon_days=60, report_day=30)


def case_of(**changes):
    settings = replace(SETTINGS, **changes)
    return Case.of(settings, Resolved.of(settings, 0, ()))


def decision(*p_values, smallest=2.5):
    ratio = Interval(0.7, 0.65, 0.75)
    pairs = tuple(PairDecision("a", "b", None, None, None if p is None else PaceRatio(ratio, p)) for p in p_values)
    return Decision(("a", "b"), pairs, (), (), 60, 28, 60, 1.96, smallest)


@pytest.mark.parametrize(
    ("p_values", "status", "finding"),
    [
        ((0.4,), "pass", "alike"),
        ((0.02,), "pass", "may-differ"),
        ((0.0002,), "warn", "differs"),
        ((0.0004, 0.3, 0.3), "pass", "may-differ"),  # three pairs: .0012
        ((None,), "warn", "not-judged"),
    ],
)
def test_pace_informs(p_values, status, finding):
    found = pace(decision(*p_values))
    assert (found.status, found.finding) == (status, finding)
    assert told(found).detail


def test_the_smallest_effect_is_what_the_rule_can_show():
    found = told(smallest(decision(0.5), case_of()))
    assert (found.status, found.short) == ("pass", "2.5 days")
    assert "A true difference of 2.5 days engaged is found four times in five; smaller ones" in found.detail
    assert smallest(decision(0.5, smallest=5.1), case_of()).status == "warn"  # more than a twelfth of 60 days
    assert smallest(decision(0.5, smallest=None), case_of()) is None


def test_looks_are_never_green_until_they_are_told():
    first = Contrast("a", "b", None, None, None, None, 1.0, anytime=Anytime(31.4, 1 / 31.4))
    assert [looks(first, case_of(looks=n)).status for n in (None, 1, 22)] == ["warn", "pass", "pass"]
    found = told(looks(first, case_of(looks=22)))
    assert "hold at all 22 looks together" in found.detail
    assert "gives e = 31.4; 20 or more rejects however often one looks." in found.detail
    assert "always-valid" not in told(looks(replace(first, anytime=None), case_of(looks=22))).detail
    assert looks(first, case_of(cohort="plan")) is None

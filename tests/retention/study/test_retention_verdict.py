"""The sentence that is read first: who wins, who ties, what stands in the way."""

from dataclasses import replace

import pytest

from recsys_core.answers import Check
from recsys_core.retention.estimators.figures import Adjusted, AtDay, RestrictedMean
from recsys_core.retention.population.resolved import Resolved
from recsys_core.retention.study import retention_verdict
from recsys_core.retention.study.arm_results import Anytime, ArmResult, Contrast
from recsys_core.retention.study.case import Case, primary_difference
from recsys_core.settings import RetentionSettings
from tests.saying import told

SETTINGS = RetentionSettings(cohort="recommender", inactivity_days=14, horizon_days=60, report_day=30)
FAILED = Check("sample-ratio", "fail", "", {"p": 1e-9, "arms": ("a", "b"), "users": (80, 20), "planned": (50.0, 50.0)})


def case_of(settings):
    return Case.of(settings, Resolved.of(settings, 0, ()))


def reach_verdict(arms, contrasts, checks, settings):
    return told(retention_verdict.reach_verdict(arms, contrasts, checks, case_of(settings)))


def arm(name, days, users=1000, median=20.0):
    return ArmResult(name, users, 500, median, RestrictedMean(days, 0.5, days - 1, days + 1, days=60.0), (), 90)


def contrast(best, other, days, p_holm, kept=0.05):
    stderr = abs(days) / 3 or 0.5
    return Contrast(
        best, other,
        RestrictedMean(days, stderr, days - 2 * stderr, days + 2 * stderr, p_holm / 2, p_holm, days=60.0),
        AtDay(kept, 0.02, kept - 0.04, kept + 0.04, 0.01, day=30.0),
        None, None, 2.8 * stderr,
    )  # fmt: skip


A, B, C = arm("a", 30.0), arm("b", 27.0), arm("c", 24.0)
WON = contrast("a", "b", 3.0, 0.01)
LEVEL = contrast("a", "b", 3.0, 0.2)


def test_a_winner_is_told_in_days_then_points():
    found = reach_verdict([A, B], [WON], [], SETTINGS)
    assert (found.state, found.title, found.contrast) == ("winner", "Clear winner", WON)
    assert (found.values["arm"], found.values["reference"], found.values["decided_by"]) == ("a", "b", "as observed")
    assert found.sentence == "Users first served by a stayed 3.0 days longer over 60 days than those served by b."
    assert found.support == (
        "95 % interval 1.0 to 5.0 days. At day 30 that is 5.0 points more users kept (1.0 to 9.0). "
        "The smallest difference this study can show is 2.8 days."
    )


def test_fewer_users_kept_at_the_day_is_said_with_its_limits_turned():
    found = reach_verdict([A, B], [contrast("a", "b", 3.0, 0.01, kept=-0.05)], [], SETTINGS)
    assert "At day 30 that is 5.0 points fewer users kept (1.0 to 9.0)." in found.support


def test_a_tie_says_what_the_study_could_have_shown():
    found = reach_verdict([A, B], [LEVEL], [], SETTINGS)
    assert (found.state, found.title, found.contrast) == ("tie", "No clear winner", LEVEL)
    assert found.sentence == "a and b keep users about equally long; this study cannot tell them apart."
    # (1.96 + .842)^2 = 7.849 times the variance 1.0 for a difference of 1 day: 7,849 users for each 1,000
    assert found.support == (
        "Difference 3.0 (1.0 to 5.0) days over 60, a minus b. It could show 2.8 days or more. "
        "To see 1 day: about 7,800 users in each arm."
    )


def test_without_any_spread_there_is_no_smallest_difference():
    nothing = replace(
        LEVEL, rmst_difference=RestrictedMean(0, 0, 0, 0, None, 1.0, days=60.0), minimum_detectable_days=0
    )
    found = reach_verdict([A, B], [nothing], [], SETTINGS)
    assert (found.state, found.support) == ("tie", "Difference 0.0 (0.0 to 0.0) days over 60, a minus b.")


def test_of_three_arms_the_best_must_beat_both():
    won = [WON, contrast("a", "c", 6.0, 0.02), contrast("b", "c", 3.0, 0.5)]
    assert reach_verdict([A, B, C], won, [], SETTINGS).state == "winner"  # b against c does not matter


def test_of_three_arms_one_beaten_is_no_win():
    found = reach_verdict(
        [A, B, C], [LEVEL, contrast("a", "c", 6.0, 0.03), contrast("b", "c", 3.0, 0.03)], [], SETTINGS
    )
    assert (found.state, found.contrast) == ("tie", LEVEL)
    assert found.sentence.startswith("a and b keep users about equally long")
    assert found.support.endswith(" Users of c stayed shorter than those of a.")


def test_the_corrected_p_decides():
    uncorrected = replace(WON, rmst_difference=replace(WON.rmst_difference, p=0.03, p_holm=0.09))
    assert reach_verdict([A, B], [uncorrected], [], SETTINGS).state == "tie"
    assert reach_verdict([A, B], [contrast("a", "b", 3.0, 0.05)], [], SETTINGS).state == "tie"
    assert reach_verdict([A, B], [contrast("a", "b", 3.0, 0.0499)], [], SETTINGS).state == "winner"


def test_a_failed_check_blocks():
    found = reach_verdict([A, B], [WON], [FAILED], SETTINGS)
    assert (found.state, found.title, found.contrast) == ("blocked", "No verdict: a check failed", None)
    assert found.sentence == "The arms are not the sizes the assignment promised, so no winner is named."
    assert found.support == f"{told(FAILED).detail} The curves below are for diagnosis only."
    other = reach_verdict([A, B], [WON], [Check("looks", "fail", "not-tested")], SETTINGS)
    assert other.sentence == "The check “Looks” failed, so no winner is named."
    assert reach_verdict([A, B], [WON], [replace(FAILED, status="warn")], SETTINGS).state == "winner"


@pytest.mark.parametrize(
    ("cohort", "who"), [("all", "Users"), ("recommender", "Users first served by a"), ("plan", "Users with plan a")]
)
def test_one_arm_is_described(cohort, who):
    found = reach_verdict([A], [], [FAILED], replace(SETTINGS, cohort=cohort))
    assert (found.state, found.title, found.contrast) == ("single", "One curve, no comparison", None)
    assert found.sentence == f"{who} stayed 30.0 of the first 60 days on average."
    assert found.support.startswith("95 % interval 29.0 to 31.0 days. Half had lapsed by day 20. There is one curve")


def test_one_arm_without_a_median():
    found = reach_verdict([arm("a", 30.0, median=None)], [], [], SETTINGS)
    assert "More than half were still users at the end." in found.support


def adjusted(days, p_holm):
    mean = RestrictedMean(days, 0.5, days - 1, days + 1, p_holm, p_holm, days=60.0)
    return replace(WON, adjusted=Adjusted("aipw", mean, AtDay(0.02, 0.01, 0.001, 0.039, day=30.0)))


def test_without_randomisation_it_is_an_association():
    found = reach_verdict([A, B], [WON], [], replace(SETTINGS, randomised=False))
    assert (found.state, found.title) == ("winner", "Clear difference, not randomised")
    assert found.sentence == ("Being first served by a is associated with staying 3.0 days longer over 60 days than b.")
    by_plan = reach_verdict([A, B], [WON], [], replace(SETTINGS, cohort="plan"))
    assert by_plan.sentence == "plan: a is associated with staying 3.0 days longer over 60 days than b."


def test_without_randomisation_the_adjusted_contrast_decides():
    loose = replace(SETTINGS, randomised=False)
    found = reach_verdict([A, B], [adjusted(2.0, 0.01)], [], loose)
    assert "staying 2.0 days longer" in found.sentence
    assert found.support.startswith(
        "Adjusted for user attributes. 95 % interval 1.0 to 3.0 days. At day 30 that is 2.0 p"
    )
    assert reach_verdict([A, B], [adjusted(2.0, 0.2)], [], loose).state == "tie"
    assert reach_verdict([A, B], [adjusted(-2.0, 0.01)], [], loose).state == "tie"  # adjusted, the other arm is ahead


def test_in_an_experiment_the_observed_contrast_decides():
    both = adjusted(2.0, 0.9)
    assert primary_difference(both, case_of(SETTINGS)) is both.rmst_difference
    assert primary_difference(both, case_of(replace(SETTINGS, randomised=False))) is both.adjusted.rmst_difference
    assert primary_difference(WON, case_of(replace(SETTINGS, randomised=False))) is WON.rmst_difference
    assert reach_verdict([A, B], [both], [], SETTINGS).title == "Clear winner"


@pytest.mark.parametrize(("p", "state"), [(0.04, "winner"), (0.3, "tie")])
def test_a_study_that_is_watched_needs_the_always_valid_test_too(p, state):
    watched = replace(WON, anytime=Anytime(1 / p, p, p))
    found = reach_verdict([A, B], [watched], [], replace(SETTINGS, looks=22))
    assert found.state == state
    assert ("with 22 looks it takes more (e = 3.3 of 20)" in found.support) == (state == "tie")
    assert reach_verdict([A, B], [watched], [], SETTINGS).state == "winner"
    assert reach_verdict([A, B], [WON], [], replace(SETTINGS, looks=2)).state == "tie"

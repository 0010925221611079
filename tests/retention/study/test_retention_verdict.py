"""The table that decides, row by row: who wins, who ties, what stands in the way."""

from dataclasses import replace

import pytest

from recsys_core.answers import Check, Interval, message
from recsys_core.retention.estimators.figures import AtDay, RestrictedMean
from recsys_core.retention.population.resolved import Resolved
from recsys_core.retention.study.arm_results import ArmResult, Contrast
from recsys_core.retention.study.case import Case, primary_difference
from recsys_core.retention.study.decision import Decision, PaceRatio, PairDecision
from recsys_core.retention.study.retention_verdict import Findings, outcome, reach_verdict
from recsys_core.settings import RetentionSettings
from tests.saying import told

SETTINGS = RetentionSettings(cohort="recommender", inactivity_days=14, horizon_days=60, report_day=30)
FAILED = Check("sample-ratio", "fail", "", {"p": 1e-9, "arms": ("a", "b"), "users": (80, 20), "planned": (50.0, 50.0)})
PACE = PaceRatio(Interval(0.7, 0.65, 0.75), 1e-6)
CLEAR, FAINT = 1.0, 4.0  # standard errors: against 3 days one is far beyond noise, the other far within


def arm(name, days=30.0, users=1000):
    return ArmResult(name, users, 500, 20.0, RestrictedMean(days, 0.5, days - 1, days + 1, days=60.0), (), 90)


def mean(days, stderr):
    return RestrictedMean(days, stderr, days - 1.96 * stderr, days + 1.96 * stderr, 0.01, days=60.0)


def pair(arm, reference, engaged=CLEAR, matched=CLEAR, days=3.0, matched_days=None):
    return PairDecision(
        arm, reference,
        None if engaged is None else mean(days, engaged),
        None if matched is None else mean(days if matched_days is None else matched_days, matched),
        PACE, () if None not in (engaged, matched) else (message("matched-log-too-short", gap=7),),
    )  # fmt: skip


def decision(*pairs, weighted=()):
    order = tuple(dict.fromkeys([pairs[0].arm, *(one.reference for one in pairs)]))
    return Decision(order, pairs, (), (), 60, 28, 60, 1.96, 2.5, weighted)


def verdict(*pairs, checks=(), few=(), settings=SETTINGS, contrasts=(), weighted=()):
    case = Case.of(settings, Resolved.of(settings, 0, ()))
    made = decision(*pairs, weighted=weighted)
    arms = [arm(name) for name in made.order]
    return told(reach_verdict(Findings(arms, contrasts, made, checks, few, case)))


def three(ab, ac, bc):
    return [pair("a", "b", *ab), pair("a", "c", *ac), pair("b", "c", *bc)]


BOTH, NEITHER, ONE = (CLEAR, CLEAR), (FAINT, FAINT), (CLEAR, FAINT)


@pytest.mark.parametrize(
    ("found", "stands"),
    [
        (pair("a", "b"), "ahead"),
        (pair("a", "b", days=-3.0), "behind"),
        (pair("a", "b", matched_days=-3.0), "opposite"),
        (pair("a", "b", CLEAR, FAINT), "engaged-alone"),
        (pair("a", "b", FAINT, CLEAR), "matched-alone"),
        (pair("a", "b", FAINT, FAINT), "level"),
        (pair("a", "b", None, CLEAR), "not-applied"),
        (pair("a", "b", CLEAR, None), "not-applied"),
    ],
)
def test_an_arm_is_ahead_only_where_both_methods_say_so(found, stands):
    assert outcome(found) == stands


@pytest.mark.parametrize(
    ("pairs", "state", "code"),
    [
        ([pair("a", "b")], "winner", "retention-winner"),
        ([pair("a", "b", FAINT, FAINT)], "tie", "retention-tie"),
        ([pair("a", "b", CLEAR, FAINT)], "undecided", "retention-undecided-methods-disagree"),
        ([pair("a", "b", matched_days=-3.0)], "undecided", "retention-undecided-methods-disagree"),
        ([pair("a", "b", CLEAR, None)], "undecided", "retention-undecided-method-missing"),
        (three(BOTH, BOTH, NEITHER), "winner", "retention-winner"),
        (three(NEITHER, BOTH, BOTH), "worst", "retention-worst"),
        (three(ONE, BOTH, BOTH), "worst", "retention-worst"),
        (three(NEITHER, BOTH, NEITHER), "tie", "retention-tie"),
        (three(ONE, BOTH, NEITHER), "undecided", "retention-undecided-methods-disagree"),
        (three((CLEAR, None), BOTH, BOTH), "undecided", "retention-undecided-method-missing"),
    ],
)
def test_every_row_of_the_table(pairs, state, code):
    found = verdict(*pairs)
    assert (found.state, found.code) == (state, code)


def test_a_winner_is_told_in_days_engaged_with_both_methods_and_pace():
    gapped = Contrast("b", "a", mean(1.5, 1.0), AtDay(0, 0, 0, 0, day=30), None, None, 2.0)
    found = verdict(pair("a", "b"), contrasts=[gapped])
    assert (found.title, found.pair.arm, found.values["days"]) == ("Clear winner", "a", 3.0)
    assert found.sentence == "Users first served by a stay engaged 3.0 days longer over 60 days than those served by b."
    assert (
        "a minus b over 60 days: 3.0 (1.0 to 5.0) by the life model, 3.0 (1.0 to 5.0) by pace-matched curves."
        in found.support
    )
    assert "users of a visit 0.70 times as often (0.65 to 0.75, p < .001)" in found.support
    assert (
        "a gap of more than 14 days counts as leaving, and the difference is −1.5 (−3.5 to 0.5) days." in found.support
    )


def test_a_tie_is_not_called_equal_and_says_what_is_compatible():
    found = verdict(pair("a", "b", FAINT, FAINT))
    assert found.sentence == "a and b cannot be told apart by how long they keep users."
    assert "a difference of up to 10.8 days either way is compatible" in found.support
    # 2.5 days with 1,000 users an arm; one day takes 2.5^2 times as many
    assert "where the true difference is 2.5 days. To see 1 day: about 6,200 users in each arm." in found.support


def test_arms_are_equal_only_with_a_margin_and_all_intervals_inside():
    inside = [pair("a", "b", 0.5, 0.5, days=0.2)]
    assert verdict(*inside).state == "tie"
    assert verdict(*inside, settings=replace(SETTINGS, margin_days=1.1)).state == "tie"  # .2 + .98 lies outside
    found = verdict(*inside, settings=replace(SETTINGS, margin_days=1.5))
    assert (found.state, found.title) == ("equal", "No difference worth having")
    assert "to within 1.5 days of 60" in found.sentence
    one_out = [pair("a", "b", 0.5, 2.0, days=0.2)]
    assert verdict(*one_out, settings=replace(SETTINGS, margin_days=1.5)).state == "tie"


def test_the_worst_is_named_beside_those_that_cannot_be_told_apart():
    found = verdict(*three(NEITHER, BOTH, BOTH))
    assert found.sentence == (
        "c keeps users shortest: every other arm is ahead of it. Of a and b none is ahead of all the others."
    )


@pytest.mark.parametrize("pairs", [[pair("a", "b")], [pair("a", "b", FAINT, FAINT)], [pair("a", "b", None, CLEAR)]])
def test_a_failed_check_blocks_whatever_was_found(pairs):
    found = verdict(*pairs, checks=[Check("follow-up", "warn"), FAILED], few=("b",))
    assert (found.state, found.code, found.pair) == ("blocked", "retention-blocked-sample-ratio", None)
    assert "The curves below are for diagnosis only." in found.support


def test_too_few_users_say_nothing():
    found = verdict(pair("a", "b"), few=("b",))
    assert (found.state, found.sentence) == (
        "few", "b has fewer than 30 users or 10 lapses: too few to say anything about staying.",
    )  # fmt: skip
    case = Case.of(SETTINGS, Resolved.of(SETTINGS, 0, ()))
    assert reach_verdict(Findings([arm("a"), arm("b")], [], None, [], (), case)).state == "few"


def test_one_arm_has_nothing_to_be_compared_with():
    settings = replace(SETTINGS, cohort="all")
    case = Case.of(settings, Resolved.of(settings, 0, ()))
    found = told(reach_verdict(Findings([arm("all users")], [], None, [], (), case)))
    assert (found.state, found.sentence) == ("single", "Users stayed 30.0 of the first 60 days on average.")


@pytest.mark.parametrize("settings", [replace(SETTINGS, randomised=False), replace(SETTINGS, cohort="plan")])
def test_nothing_is_caused_where_nobody_was_assigned(settings):
    found = verdict(pair("a", "b"), settings=settings, weighted=(message("verbatim", text="plan"),))
    assert (found.code, found.title) == ("retention-associated", "Clear difference, not randomised")
    assert "associated with" in found.sentence
    assert found.support.startswith("Users are weighted so that the arms are alike in plan.")


def test_looks_that_were_paid_for_are_named():
    assert (
        "limits hold at all 10 looks together" in verdict(pair("a", "b"), settings=replace(SETTINGS, looks=10)).support
    )


def test_the_difference_under_the_gap_that_is_read_is_the_adjusted_one_without_assignment():
    gapped = Contrast("a", "b", mean(1.5, 1.0), AtDay(0, 0, 0, 0, day=30), None, None, 2.0)
    case = Case.of(SETTINGS, Resolved.of(SETTINGS, 0, ()))
    assert primary_difference(gapped, case) is gapped.rmst_difference

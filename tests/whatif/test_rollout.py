"""Moving users between arms: the mixture of two curves, its interval, and what is refused."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from recsys_core.answers import Check
from recsys_core.errors import SettingsError
from recsys_core.retention.estimators.restricted_mean import restricted_mean_difference
from recsys_core.retention.population.arm_curves import arm_curves
from recsys_core.retention.population.gaps import GapCurve
from recsys_core.retention.population.population import Population
from recsys_core.retention.study.contrasts import arm_results
from recsys_core.retention.study.decision import Decision, PairDecision
from recsys_core.retention.study.retention_result import RetentionResult, Verdict
from recsys_core.settings import RetentionSettings, ScenarioSettings
from recsys_core.whatif.rollout import can_be_moved, rollout
from recsys_core.wording.sentences import check_detail, check_name, check_short, say, sentence, support, title

HORIZON = 20


def result_of(users, **settings):
    """A retention result of (arm, duration, lapsed) rows."""
    frame = pd.DataFrame(users, columns=["arm", "duration", "lapsed"]).astype({"arm": "category"})
    arms = arm_results(arm_curves(frame, "log-log"), HORIZON)
    chosen = RetentionSettings(
        **{"cohort": "recommender", "inactivity_days": 14, "horizon_days": HORIZON, "report_day": 10} | settings
    )
    pairs = tuple(decided(one, other) for one, other in combinations(arms, 2))
    decision = Decision(tuple(arm.name for arm in arms), pairs, (), (), HORIZON, 14, HORIZON, 1.96, 1.0)
    return RetentionResult(
        "0" * 16, chosen, 0, 1, Population(len(frame), ()), arms, (), None, None, (),
        Verdict("tie", "retention-tie", pair=pairs[0] if pairs else None), GapCurve((), (), 0.0, 14), decision=decision,
    )  # fmt: skip


def decided(arm, reference):
    """Both methods find what the curves show."""
    difference = restricted_mean_difference(arm.rmst, reference.rmst)
    return PairDecision(arm.name, reference.name, difference, difference, None)


def rows(arm, lapses, stay):
    """One user lapsing on each of the days `lapses`, and `stay` users followed to day 30."""
    return [(arm, day, True) for day in lapses] + [(arm, 30, False)] * stay


# S_a(10) = .9, S_b(10) = .6. Days kept of the first 20: a 100 users, 10 lapse on day 5: 5 + .9 * 15 = 18.5;
# b 100 users, 40 lapse on day 2: 2 + .6 * 18 = 12.8.
TWO = rows("a", [5] * 10, 90) + rows("b", [2] * 40, 60)


@pytest.fixture(scope="module")
def two():
    return result_of(TWO)


def test_moving_everybody_is_the_difference_of_the_curves(two):
    found = rollout(two, ScenarioSettings(share=1.0, value_per_day=0.5))
    kept, days, value = found.rows
    assert found.arms == ("b", "a")  # from the arm that keeps users shortest to the one that keeps them longest
    assert (kept.today, kept.scenario, kept.difference.estimate) == pytest.approx((600, 900, 300))
    assert (days.today, days.scenario, days.difference.estimate) == pytest.approx((12_800, 18_500, 5_700))
    assert (value.today, value.scenario, value.difference.estimate) == pytest.approx((6_400, 9_250, 2_850))
    assert [row.measure.code for row in found.rows] == ["rollout-users-kept", "rollout-days-kept", "rollout-value"]
    assert [say(row.measure) for row in found.rows] == ["users kept at day 10", "days kept in 20", "value in 20 days"]
    arms = {arm.name: arm for arm in two.arms}
    curves = {name: arm.survival[10].estimate for name, arm in arms.items()}
    assert found.difference.estimate == pytest.approx(1000 * (curves["a"] - curves["b"]))
    assert days.difference.estimate == pytest.approx(1000 * (arms["a"].rmst.estimate - arms["b"].rmst.estimate))


def test_the_difference_is_linear_in_the_share_and_inside_its_interval(two):
    found = rollout(two, ScenarioSettings())
    assert found.rows[0].scenario == pytest.approx(0.5 * 600 + 0.5 * 900)
    assert [point.share for point in found.points] == pytest.approx(np.linspace(0, 1, 21))
    for point in found.points:
        assert point.estimate == pytest.approx(300 * point.share, abs=1e-9)
        assert point.lower <= point.estimate <= point.upper
    assert found.difference.lower < 150 < found.difference.upper
    # binomial standard errors: 500 * sqrt(.9 * .1 / 100 + .6 * .4 / 100) = 28.7
    assert found.difference.upper - found.difference.lower == pytest.approx(2 * 1.96 * 28.7, rel=0.1)


def test_curves_with_censoring_in_between_are_kaplan_meiers():
    mixed = [("a", 3, False)] * 50 + rows("a", [5] * 10, 40) + rows("b", [2, 4, 12], 9) + [("b", 7, False)]
    result = result_of(mixed)
    found = rollout(result, ScenarioSettings(source="b", target="a", share=1.0, day=15))
    arms = {arm.name: arm.survival[15].estimate for arm in result.arms}
    assert arms["a"] == pytest.approx(0.8)
    assert (found.rows[0].today, found.rows[0].scenario) == pytest.approx((1000 * arms["b"], 1000 * arms["a"]))


def test_the_same_seed_gives_the_same_interval(two):
    first, again = (rollout(two, ScenarioSettings(seed=4)) for _ in range(2))
    other = rollout(two, ScenarioSettings(seed=5))
    assert first == again
    assert other.difference != first.difference
    assert other.difference.estimate == first.difference.estimate


def test_the_sentence_and_its_turn_for_the_worse(two):
    better = rollout(two, ScenarioSettings(value_per_day=2.0)).verdict
    assert (better.state, better.code) == ("winner", "rollout-effect")
    assert better.values == {
        "share": 0.5, "source": "b", "target": "a", "day": 10, "users": pytest.approx(150), "more": True,
    }  # fmt: skip
    assert [part.code for part in better.support] == ["rollout-interval", "rollout-days-and-value"]
    assert title(better) == "Estimated effect, randomised arms, unadjusted"
    assert sentence(better) == "Moving 50 % of b users to a would keep about 150 more of every 1,000 at day 10."
    assert "from 1,000 resamples of users. Over 20 days: +2,850 kept days" in support(better)
    assert ", worth +5,700 (" in support(better)
    worse = rollout(two, ScenarioSettings(source="a", target="b")).verdict
    assert (worse.code, worse.values["more"]) == ("rollout-effect", False)
    assert worse.support[1].code == "rollout-days"
    assert sentence(worse) == "Moving 50 % of a users to b would keep about 150 fewer of every 1,000 at day 10."
    assert "−2,850 kept days" in support(worse)
    assert "worth" not in support(worse)


def test_without_randomisation_it_is_an_association():
    found = rollout(result_of(TWO, randomised=False), ScenarioSettings())
    assert (found.verdict.state, found.verdict.code) == ("winner", "rollout-association")
    assert title(found.verdict) == "Association, unadjusted"
    assert "is associated with keeping about 150 more" in sentence(found.verdict)
    assigned = next(check for check in found.checks if check.code == "rollout-assignment")
    assert (assigned.status, assigned.finding, check_short(assigned)) == ("warn", "not-random", "not random")
    assert assigned.detail in found.warnings
    assert say(assigned.detail) == check_detail(assigned)


def test_no_clear_effect_is_said():
    level = rows("a", [5] * 11, 89) + rows("b", [5] * 10, 90)
    assert title(rollout(result_of(level), ScenarioSettings()).verdict) == "No clear effect, unadjusted"
    found = rollout(result_of(level, randomised=False), ScenarioSettings()).verdict
    assert (found.state, found.code) == ("tie", "rollout-no-clear-association")
    assert title(found) == "No clear effect, association, unadjusted"


def test_failed_checks_of_the_retention_page_come_along(two):
    failed = Check("rollout-assignment", "fail", "random")  # any check of the catalogue
    found = rollout(replace(two, checks=(failed,)), ScenarioSettings())
    first = found.checks[0]
    assert (first.code, first.status, first.values["check"]) == ("rollout-retention", "fail", "rollout-assignment")
    assert (check_name(first), check_short(first)) == ("Assignment", "at random")
    assert check_detail(first).startswith("On the retention page: Arms were assigned at random")
    assert first.detail in found.warnings


def test_few_at_risk_are_a_warning():
    thin = rows("a", [5] * 10, 90) + rows("b", range(1, 12), 5)  # 10 of b at risk on day 7, 9 on day 8
    inside = {day: rollout(result_of(thin), ScenarioSettings(day=day)).checks[0] for day in (7, 8)}
    assert (inside[7].status, inside[7].finding) == ("pass", "enough-at-risk")
    assert (inside[8].status, inside[8].finding) == ("warn", "few-at-risk")
    assert inside[8].values == {"at_risk": 9, "day": 8, "last": 7}
    assert check_short(inside[7]) == "10 at risk"
    assert check_detail(inside[8]) == "Only 9 users of one arm are at risk on day 8. Choose day 7 or earlier."


def test_a_day_past_the_last_followed_one_is_refused(two):
    assert rollout(two, ScenarioSettings(day=30)).settings.day == 30
    with pytest.raises(
        SettingsError, match="scenario.day is 31, but both arms are followed for 30 days only. Choose 30 o"
    ):
        rollout(two, ScenarioSettings(day=31))


def test_arms_that_cannot_be_moved_are_refused(two):
    with pytest.raises(
        SettingsError, match="from one arm to another, and this data set has one curve. Import a log with"
    ):
        rollout(result_of(rows("a", [5], 20)), ScenarioSettings())
    with pytest.raises(SettingsError, match="There is no arm 'c'. The arms are: a, b."):
        rollout(two, ScenarioSettings(source="c"))
    with pytest.raises(SettingsError, match="There is no arm 'c'. The arms are: a, b."):
        rollout(two, ScenarioSettings(target="c"))
    with pytest.raises(SettingsError, match="Users of 'a' cannot move to 'a'. Choose two different arms."):
        rollout(two, ScenarioSettings(source="a", target="a"))


@pytest.mark.parametrize(
    ("source", "target", "arms"), [("a", "", ("a", "b")), ("", "b", ("a", "b")), ("", "a", ("b", "a"))]
)
def test_one_named_arm_finds_its_other(two, source, target, arms):
    assert rollout(two, ScenarioSettings(source=source, target=target)).arms == arms


def test_affinity_cohorts_are_not_moved():
    found = result_of(TWO, cohort="affinity")
    assert not can_be_moved(found)
    assert can_be_moved(result_of(TWO))
    assert not can_be_moved(result_of(rows("a", [5], 9)))
    with pytest.raises(SettingsError, match="Affinity cohorts cannot be moved: nobody was served by these models"):
        rollout(found, ScenarioSettings())


def test_no_effect_is_named_that_the_verdict_does_not_find(two):
    """A red check, or methods that disagree, silence the rollout whatever the curves show."""
    blocked = replace(two, verdict=Verdict("blocked", "retention-blocked"))
    assert (rollout(blocked, ScenarioSettings()).verdict.state, rollout(blocked, ScenarioSettings()).verdict.code) == (
        "blocked", "rollout-blocked",
    )  # fmt: skip
    pair = two.decision.pairs[0]
    unsure = replace(pair.matched, lower=-1.0, p=0.4)
    disputed = replace(two, decision=replace(two.decision, pairs=(replace(pair, matched=unsure),)))
    found = rollout(disputed, ScenarioSettings()).verdict
    assert (found.state, found.code, found.support[-1].code) == (
        "tie", "rollout-no-clear-effect", "rollout-not-told-apart",
    )  # fmt: skip
    turned = replace(pair, arm=pair.reference, reference=pair.arm)  # pace hides leaving: the curves say the opposite
    masked = replace(two, decision=replace(two.decision, pairs=(turned,)))
    assert rollout(masked, ScenarioSettings(source="b", target="a")).verdict.code == "rollout-no-clear-effect"


def test_a_pair_that_is_not_the_verdicts_pays_for_all_pairs():
    three = result_of([*TWO, *rows("c", [5] * 9, 91)])
    own = three.verdict.pair
    other = next(p for p in three.decision.pairs if {p.arm, p.reference} != {own.arm, own.reference})
    scenario = ScenarioSettings(source=other.reference, target=other.arm)
    assert rollout(three, scenario).verdict.support[0].values["corrected"] is True
    p = 0.03  # below .05, not below .05 / 3
    faint = replace(other, engaged=replace(other.engaged, p=p), matched=replace(other.matched, p=p))
    pairs = tuple(faint if one is other else one for one in three.decision.pairs)
    assert rollout(three, scenario).verdict.state == "winner"
    assert rollout(replace(three, decision=replace(three.decision, pairs=pairs)), scenario).verdict.state == "tie"


def test_the_pair_moved_by_default_is_the_verdicts():
    three = result_of([*TWO, *rows("c", [5] * 9, 91)])
    assert rollout(three, ScenarioSettings()).arms == (three.verdict.pair.reference, three.verdict.pair.arm)

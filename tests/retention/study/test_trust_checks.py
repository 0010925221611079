"""Each trust check passing and failing, with the words that say what to do."""

import numpy as np
import pandas as pd
import pytest

from recsys_core.answers import message
from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.adjustment.adjust import adjust
from recsys_core.retention.adjustment.adjustment_cells import AdjustInput
from recsys_core.retention.estimators.figures import CoxResult, ProportionalHazards
from recsys_core.retention.population.arm_curves import arm_curves
from recsys_core.retention.population.lifetimes import BURN_IN, MET_ANOTHER, NEVER_EXPOSED, NO_VALUE, TOO_LATE
from recsys_core.retention.population.population import Excluded
from recsys_core.retention.population.resolved import Resolved, resolve_days
from recsys_core.retention.population.survival_table import SurvivalTable, without_small_arms
from recsys_core.retention.study.assignment_checks import planned_shares
from recsys_core.retention.study.evidence import Evidence
from recsys_core.retention.study.population_checks import burn_in_doubt, too_few
from recsys_core.retention.study.trust_checks import trust_checks
from recsys_core.settings import RetentionSettings
from recsys_core.wording.sentences import say
from tests.saying import by_name


def users_of(sizes, days=50):
    """Arms of the given sizes; user k of an arm is followed for k % (days + 1) days, every second lapses."""
    parts = [
        pd.DataFrame({"arm": name, "duration": np.arange(size) % (days + 1), "lapsed": np.arange(size) % 2 == 0})
        for name, size in sizes.items()
    ]
    users = pd.concat(parts, ignore_index=True)
    return users.assign(arm=users["arm"].astype("category"), existing=False, switched=False, start=0)


def checks_of(users, excluded=(), arm_only=None, adjustments=(), contrasts=(), **settings):
    chosen = RetentionSettings(
        **{"cohort": "recommender", "horizon_days": 20, "report_day": 10, "inactivity_days": 14} | settings
    )
    table = SurvivalTable.of_frame(users, tuple(excluded), 0)
    curves = arm_curves(users, "log-log")
    resolved = Resolved.of(chosen, 0, [curve.name for curve in curves])
    evidence = Evidence(table, curves, arm_only, adjustments, chosen, resolved, contrasts)
    return by_name(trust_checks(evidence))


def test_equal_arms_pass():
    found = checks_of(users_of({"a": 510, "b": 490}))
    assert set(found) == {"Log", "Counted", "Sample ratio", "Follow-up", "Switchers"}
    assert {check.status for check in found.values()} == {"pass"}
    # chi-square (10^2 + 10^2) / 500 = .4 on 1 degree of freedom
    assert found["Sample ratio"].detail == "Expected 500 and 500 users, found 510 a and 490 b (p = .53)."


@pytest.mark.parametrize(("b", "status"), [(425, "pass"), (415, "warn"), (400, "fail")])
def test_the_sample_ratio_warns_below_01_and_fails_below_001(b, status):
    # chi-square (500 - b)^2 / (500 + b) = 6.08, 7.90, 11.1 against 6.63 and 10.83
    found = checks_of(users_of({"a": 500, "b": b}))["Sample ratio"]
    assert found.status == status
    assert ("If the plan was not equal shares, state it in the settings" in found.detail) == (status != "pass")


def test_planned_shares_are_what_sizes_are_held_against():
    users = users_of({"a": 900, "b": 100})
    assert checks_of(users)["Sample ratio"].status == "fail"
    found = checks_of(users, expected_shares=("a=0.9", "b=0.1"))["Sample ratio"]
    assert (found.status, found.short) == ("pass", "p > .99")
    assert planned_shares(["a", "b", "c"], ()).tolist() == pytest.approx([1 / 3] * 3)
    assert planned_shares(["a", "b"], ["b=1", "a=3"]).tolist() == [0.75, 0.25]


@pytest.mark.parametrize("given", [["a=1"], ["a=1", "b=1", "c=1"], ["a=1", "b=0"], ["a=1", "b=some"], ["a", "b"]])
def test_shares_that_do_not_name_the_arms_are_refused(given):
    with pytest.raises(
        SettingsError, match="expected_shares is .*; give each arm its planned share, as in a=0.5, b=0.5"
    ):
        planned_shares(["a", "b"], given)


def test_a_failed_check_comes_first_and_unplanned_arms_have_no_sample_ratio():
    users = users_of({"a": 900, "b": 100})
    assert next(iter(checks_of(users))) == "Sample ratio"
    assert set(checks_of(users, randomised=False)) == {"Log", "Counted", "Follow-up", "Switchers"}
    assert set(checks_of(users, cohort="plan")) == {"Log", "Counted", "Follow-up"}
    assert set(checks_of(users_of({"a": 100}))) == {"Log", "Counted", "Follow-up"}


def test_follow_up_needs_10_at_risk_at_the_horizon():
    users = users_of({"a": 510, "b": 51})  # b: one user leaves on each day 0 .. 50, so 10 are at risk on day 41
    assert checks_of(users, horizon_days=41)["Follow-up"].short == "10 at day 41"
    found = checks_of(users, horizon_days=42)["Follow-up"]
    assert (found.status, found.short) == ("warn", "fewer than 10 after day 41")
    assert "Choose a horizon of 41 days or less, or bring a longer log." in found.detail
    tiny = checks_of(users_of({"a": 510, "b": 9}))["Follow-up"]
    assert (tiny.status, tiny.detail) == ("warn", "b has 9 users; nothing can be claimed from fewer than 10.")


@pytest.mark.parametrize(("switched", "status", "short"), [(2, "pass", "2.0 %"), (3, "warn", "3.0 %")])
def test_switchers(switched, status, short):
    users = users_of({"a": 50, "b": 50})
    users.loc[: switched - 1, "switched"] = True
    found = checks_of(users)["Switchers"]
    assert (found.status, found.short) == (status, short)
    assert ("This pulls the arms together" in found.detail) == (status == "warn")


def cox_with(p):
    rows = (ProportionalHazards("arm=a", 1.0, 1, 0.9), ProportionalHazards("GLOBAL", 1.0, 1, p))
    return CoxResult((), (0.0, 0.0), 0.5, 0.1, rows)


def test_hazards():
    users = users_of({"a": 50, "b": 50})
    found = checks_of(users, arm_only=cox_with(0.05))["Hazards"]
    assert (found.status, found.detail) == ("pass", "One hazard ratio fits all days (p = .050).")
    found = checks_of(users, arm_only=cox_with(0.04))["Hazards"]
    assert found.status == "warn"
    assert found.detail.startswith("Hazards are not proportional (p = .040), so read days and points first")


def test_users_seen_before_must_be_alike_in_all_arms():
    users = users_of({"a": 500, "b": 500})
    users.loc[400:599, "existing"] = True  # 100 of 500 in each
    found = checks_of(users)["Seen before"]
    assert (found.status, found.short) == ("pass", "20.0 %")
    assert "about alike in all arms (p > .99)" in found.detail
    users.loc[600:699, "existing"] = True  # 100 and 200
    found = checks_of(users)["Seen before"]
    assert found.status == "warn"
    assert found.detail.endswith("not alike in all arms (p < .001). Adjust for 'existing', and look at the assignment.")


@pytest.mark.parametrize(("late", "status"), [(40, "pass"), (41, "warn"), (80, "warn"), (81, "fail")])
def test_counted_warns_above_a_third_and_fails_above_half_of_those_who_had_a_start(late, status):
    users = users_of({"a": 40, "b": 40})
    found = checks_of(users, [Excluded(message(NEVER_EXPOSED), 900), Excluded(message(TOO_LATE), late)])["Counted"]
    assert (found.status, found.short) == (status, f"80 of {80 + late}")
    assert f"Left out: {late} came too late to be judged." in found.detail
    assert ("retention.new_users_from_start" in found.detail) == (status == "fail")


def test_counted_adds_up_all_that_is_lost_but_what_was_chosen():
    users = users_of({"a": 40, "b": 40})
    small = message("exclusion-small-arm", smallest=30, lapses=10, arms=("c",))
    lost = [message(BURN_IN), message(NO_VALUE, attribute="plan"), small]
    excluded = [Excluded(reason, 5) for reason in lost] + [Excluded(message(MET_ANOTHER), 500)]
    found = checks_of(users, excluded)["Counted"]
    assert (found.status, found.short) == ("pass", "80 of 95")
    assert "5 in an arm of fewer than 30 users or 10 lapses (c)" in found.detail
    assert checks_of(users)["Counted"].detail.strip() == "80 of 80 users are counted."


def test_a_burn_in_that_takes_more_than_a_fifth_is_said():
    users = users_of({"a": 40, "b": 40})
    chosen = RetentionSettings(cohort="all", inactivity_days=14, burn_in_days=14, horizon_days=20, report_day=10)
    resolved = Resolved.of(chosen, 0, ["a", "b"])
    for burnt, warned in ((20, 0), (21, 1)):
        table = SurvivalTable.of_frame(users, (Excluded(message(BURN_IN), burnt),), 0)
        assert len(burn_in_doubt(table, resolved)) == warned
    said = say(burn_in_doubt(table, resolved))
    assert "The burn-in of 14 days leaves out 21 of 101 users" in said
    assert "retention.new_users_from_start" in said


def test_arms_with_too_few_users_or_lapses_are_named():
    users = users_of({"few": 29, "enough": 30, "still": 60})
    users.loc[(users["arm"] == "still") & (users.index % 6 > 0), "lapsed"] = False
    table = SurvivalTable.of_frame(users, (), 0)
    assert table.lapses["few"] >= 10 > table.lapses["still"]
    assert too_few(table) == ("few", "still")
    assert without_small_arms(table, 30).arms == table.arms  # one would remain
    more = SurvivalTable.of_frame(pd.concat([users, users_of({"more": 40})]), (), 0)
    kept = without_small_arms(more, 30)
    assert (kept.arms, too_few(kept)) == (("enough", "more"), ())
    assert kept.excluded[-1].reason.values["arms"] == ("few", "still")
    assert kept.excluded[-1].users == 89
    assert without_small_arms(more, 1).arms == more.arms


def adjustment_of(users, mobile):
    frame = pd.DataFrame({"mobile": mobile})
    arm = users["arm"] == "a"
    return adjust(AdjustInput(users["duration"], users["lapsed"], arm, frame), 20, 10, resamples=10)


def test_balance_and_overlap():
    users = users_of({"a": 400, "b": 400})
    even = adjustment_of(users, np.arange(800) % 4 < 2)
    found = checks_of(users, adjustments=(even,))
    assert (found["Balance"].status, found["Balance"].short) == ("pass", "SMD .00")
    assert found["Overlap"].status == "pass"
    assert found["Overlap"].short == "effective 100 %"
    assert "runs from 0.50 to 0.50" in found["Overlap"].detail
    # 398 of 400 in arm a are mobile, 8 of 400 in arm b: P(a | mobile) = 398 / 406
    apart = adjustment_of(users, np.r_[np.arange(400) >= 2, np.arange(400) < 8])
    found = checks_of(users, adjustments=(apart,))
    assert found["Balance"].status == "warn"
    assert "Arms differ in who they serve: read the adjusted contrasts." in found["Balance"].detail
    assert found["Overlap"].status == "warn"
    assert "to 0.98;" in found["Overlap"].detail
    assert found["Overlap"].detail.endswith("adjusted figures lean on few of them.")


def test_horizon_and_report_day_are_as_far_as_10_users_go():
    def resolved(sizes, **settings):
        found = resolve_days(arm_curves(users_of(sizes), "log-log"), RetentionSettings(**settings))
        return found.horizon_days, found.report_day

    assert resolved({"a": 510, "b": 51}) == (41, 30)
    assert resolved({"a": 510, "b": 9}) == (8, 4)  # never 10 users: as far as it goes
    assert resolved({"a": 510}, horizon_days=20) == (20, 10)
    assert resolved({"a": 510}, horizon_days=1) == (1, 1)
    with pytest.raises(
        SettingsError, match="report_day is 51, but an arm is followed for 50 days only. Choose 50 or le"
    ):
        resolved({"a": 510}, report_day=51)
    with pytest.raises(DataError, match="1 of the 1 users of b lapsed at their start and none is followed for a day"):
        resolved({"a": 510, "b": 1})

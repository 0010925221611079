"""What folded blocks say in a line, and the choice of another gap read off a curve of returns."""

from dataclasses import replace

import pytest

from recsys_core.answers import message, verbatim
from recsys_core.charts.retention import findings
from recsys_core.retention.calendar.calendar_results import (
    ActiveUsers,
    CalendarResult,
    DayN,
    LifecycleWeek,
    ReturnTime,
    WeekTriangle,
)
from recsys_core.retention.cox.schoenfeld import HazardOverTime
from recsys_core.retention.population.gaps import GapCurve
from recsys_core.retention.population.population import Excluded, Population
from recsys_core.retention.study.details import Details
from recsys_core.retention.study.difference_curve import DifferenceCurve, DifferencePoint
from recsys_core.retention.study.planning import Plan
from recsys_core.retention.study.spells import ArmReturns, Resurrection, ReturnShare
from recsys_core.wording.sentences import say

GAPS = GapCurve((1, 2, 3, 4), (0.4, 0.6, 0.7, 0.8), 0.8, 4)


def test_who_is_counted_and_who_is_not(result):
    assert say(findings.counted_users(result)) == "**6,000 users** are counted; nobody is left out."
    late = Population(1234, (Excluded(message("exclusion-too-late"), 166),))
    assert say(findings.counted_users(replace(result, population=late))) == (
        "**1,234 of 1,400 users** are counted. Left out: 166 came too late to be judged."
    )


def day_n(arm, day, share):
    return DayN(arm, day, 100, 10, share, None, None)


def test_the_latest_day_for_which_every_arm_is_followed():
    cells = (day_n("a", 7, 0.3), day_n("b", 7, 0.25), day_n("a", 30, 0.184), day_n("b", 30, 0.169), day_n("a", 60, 0.1))
    counted = CalendarResult(cells, WeekTriangle((), (), ()))
    assert say(findings.day_n_finding(counted, ["a", "b"])) == "Back on day 30: 18.4 % and 16.9 %"
    early = replace(counted, day_n=(*cells[:3], day_n("b", 30, None)))
    assert say(findings.day_n_finding(early, ["b", "a"])) == "Back on day 7: 25.0 % and 30.0 %"
    assert "not followed" in say(findings.day_n_finding(replace(counted, day_n=()), ["a"]))


def test_start_weeks_are_weighed_by_their_users():
    triangle = WeekTriangle((verbatim("2 Mar"), verbatim("9 Mar")), (300, 100), ((0.6, 0.4), (0.2, None)))
    assert say(findings.start_weeks_finding(triangle)) == "Week by week: 50 % active in week 1, 40 % in week 2"
    assert say(findings.triangle_scale(triangle)) == "Lightest cell 20 %, darkest 60 %."
    empty = WeekTriangle((), (), ())
    assert findings.triangle_scale(empty) is None
    assert "no start week" in say(findings.start_weeks_finding(empty))


def back(median):
    return ReturnTime("a", 9, 9, 9, median, None, None, ())


@pytest.mark.parametrize(
    ("medians", "said"),
    [
        ((9.0, 9.0), "Half come back within 9 days"),
        ((1.0, None), "Half come back within 1 day"),
        ((3.0, 9.0), "Half come back within 3 to 9 days"),
        ((None,), "Fewer than half come back"),
    ],
)
def test_half_come_back(medians, said):
    assert say(findings.return_time_finding([back(median) for median in medians])) == said


def test_users_of_the_last_window_that_is_whole():
    day = ActiveUsers("2026-03-02", 20, 60, 100, 0.2)
    counted = CalendarResult(
        (), WeekTriangle((), (), ()), active_users=(day,), lifecycle=(LifecycleWeek("d", 5, 4, 3, 2),)
    )
    assert (
        say(findings.active_users_finding(counted))
        == "100 users active in the log's last 30 days, 20 % of them on its last day"
    )
    short = replace(counted, active_users=(ActiveUsers("2026-03-02", 20, None, None, None),))
    assert say(findings.active_users_finding(short)) == "20 users active in the log's last day"
    assert say(findings.lifecycle_finding(counted)) == "Last week: 5 new, 3 back after a pause, 2 gone quiet"


def returns(*shares):
    made = tuple(ArmReturns("a", 50, 40, 40, 20, (ReturnShare(30, s, None, None, 9),), ()) for s in shares)
    return Resurrection(14, 0, made, ())


def test_who_is_back_after_a_lapse():
    assert say(findings.returns_finding(returns(0.703, 0.712))) == "Back within 30 days of a lapse: 70.3 % and 71.2 %"
    assert "not followed" in say(findings.returns_finding(returns(0.7, None)))
    assert "not followed" in say(findings.returns_finding(returns()))


def details(**changes):
    made = Details(None, None, None, None, returns(0.7, 0.7))
    return replace(made, **changes)


def test_where_the_curves_are_furthest_apart():
    points = tuple(DifferencePoint(d, e, 0.0, 0.0, 0.0, 0.0) for d, e in ((0, 0.0), (1, -0.08), (2, 0.03)))
    curve = DifferenceCurve("a", "b", points, 100)
    assert say(findings.difference_finding(details(difference=curve))).endswith("Widest on day 1: −8.0 points")
    assert findings.difference_finding(details()) is None
    assert findings.hazard_finding_line(details()) is None
    assert say(findings.hazard_finding_line(details(difference=curve))).endswith("There is no Cox model")
    over_time = HazardOverTime("arm", coef=0.1, p=0.001, residuals=(), smooth=())
    said = say(findings.hazard_finding_line(details(difference=curve, hazard=over_time)))
    assert said == "Is it the same ratio on all days? It changes with time (p = .001)"


def test_what_it_takes_to_see_a_point():
    plans = [Plan(points, 30, users, 0, None, None, None) for points, users in ((0.5, 90_000), (1.0, 42_123))]
    assert say(findings.plan_finding(plans)) == "To see 1 point: about 42,000 users per arm"


def test_false_lapses_are_not_late_returns():
    assert findings.returned_within(GAPS, 2) == 0.6
    assert findings.later_returns(GAPS, 2) == pytest.approx(0.25)  # of 0.8 that return, 0.2 do so later
    assert findings.false_lapses(GAPS, 2) == pytest.approx(0.5)  # of 0.4 that last longer, 0.2 return
    assert findings.false_lapses(GAPS, 9) == findings.later_returns(GAPS, 9) == 0.0
    assert findings.false_lapses(GapCurve((1,), (1.0,), 1.0, 1), 1) == 0.0
    assert findings.later_returns(GapCurve((), (), 0.0, 7), 7) == 0.0


def test_lapses_under_another_gap_follow_the_curve(result):
    study = replace(result, settings=replace(result.settings, inactivity_days=2), gaps=GAPS)
    assert findings.lapses_under(study, 2) is None
    study = replace(study, details=details())
    assert findings.lapses_under(study, 2) == pytest.approx(80)
    assert findings.lapses_under(study, 4) == pytest.approx(40)
    assert say(findings.gap_finding(study)) == (
        "Why 2 days mean goodbye: 75 % of returns come sooner, 50 % of lapses still end in one"
    )
    assert "no gap ever closed" in say(findings.gap_finding(replace(study, gaps=GapCurve((), (), 0.0, 2))))

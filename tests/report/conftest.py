"""Study results built by hand, small and with round numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from recsys_core.answers import Check, Interval, message, verbatim
from recsys_core.data.clean import Step
from recsys_core.data.dataset import Dataset, Issue
from recsys_core.evaluation.comparison import Comparison
from recsys_core.retention.calendar.calendar_results import CalendarResult, DayN, WeekTriangle
from recsys_core.retention.cox.schoenfeld import HazardOverTime, Residual, SmoothPoint
from recsys_core.retention.estimators.e_value import EValue
from recsys_core.retention.estimators.figures import (
    Adjusted,
    AtDay,
    ChiSquare,
    CoxResult,
    CoxTerm,
    HazardRatio,
    ProportionalHazards,
    RestrictedMean,
    SurvivalPoint,
)
from recsys_core.retention.population.gaps import GapCurve
from recsys_core.retention.population.population import Excluded, Population
from recsys_core.retention.study.arm_results import ArmResult, Contrast, Sensitivity
from recsys_core.retention.study.decision import ArmPace, BestComparison, Decision, PaceRatio, PairDecision
from recsys_core.retention.study.details import Details
from recsys_core.retention.study.difference_curve import DifferenceCurve, DifferencePoint
from recsys_core.retention.study.ranking_hazard import RankingHazards
from recsys_core.retention.study.retention_result import RetentionResult, Verdict
from recsys_core.retention.study.segment_contrasts import Heterogeneity, Segment, Segments
from recsys_core.retention.study.spells import ArmReturns, LapseRatio, Resurrection, ReturnShare
from recsys_core.settings import RetentionSettings, ScenarioSettings, StudySettings
from recsys_core.whatif.rollout_result import Difference, RolloutPoint, RolloutResult, RolloutRow
from tests.rankings import eight_models

DAY = 86_400
START = 1_772_323_200  # 1 March 2026
METHODS = ("aipw", "iptw", "g-computation")


@dataclass(frozen=True)
class Study:
    """What a report takes."""

    settings: StudySettings
    dataset: Dataset
    retention: RetentionResult
    rollout: RolloutResult | None
    comparison: Comparison | None = None
    hazards: RankingHazards | None = None
    affinity: RetentionResult | None = None
    notes: tuple[str, ...] = ()

    def reporting(self, **values: Any) -> "Study":
        return replace(self, settings=self.settings.changed("report", values))

    def finding(self, **values: Any) -> "Study":
        return replace(self, retention=replace(self.retention, **values))


def mean(estimate: float, p: float | None = None) -> RestrictedMean:
    return RestrictedMean(estimate, 0.8, estimate - 1.6, estimate + 1.7, p, p, days=60.0)


def make_arm(name: str, days: float, first: float) -> ArmResult:
    points = [
        SurvivalPoint(day, first * 0.99**day, 0.01, first * 0.97 * 0.99**day, first * 1.03 * 0.99**day, 2000 - 22 * day)
        for day in range(91)
    ]
    return ArmResult(name, 2000, 1200, 20.0, mean(days), tuple(points[:61]), 90, tail=tuple(points[61:]))


def make_contrast(arm: str, reference: str, days: float, methods: Sequence[str] = METHODS) -> Contrast:
    points = AtDay(0.057, 0.017, 0.023, 0.09, 0.001, day=30.0)
    adjusted = [Adjusted(m, mean(days - 0.2, 0.002 if m == "aipw" else None), points) for m in methods]
    ratio = HazardRatio(0.88, 0.81, 0.95, 0.002)
    first = adjusted[0] if adjusted else None
    return Contrast(
        arm, reference, mean(days, 0.001), points, ChiSquare(9.5, 1, 0.002, 0.004), ratio, 2.3, first, tuple(adjusted)
    )


def make_dataset(arms: Sequence[str], event: str = "click") -> Dataset:
    steps = (Step("lines-read", 60_010, 60_000), Step("duplicates-once", 60_000, 59_500))
    issues = (Issue("warn", "future-times", 10),)
    return Dataset(
        dataset_id="3f9ac21e00112233",
        title="Reading app",
        folder=Path("/nowhere"),
        rows_in=60_010,
        rows=59_500,
        users=6214,
        items=800,
        first_time=START,
        last_time=START + 180 * DAY - 1,
        date_only=False,
        mapping={"user": "reader", "item": "story", "time": "seen", "event": "kind", "recommender": "served by"},
        steps=steps,
        issues=issues,
        events={event: 40_000, "view": 19_500},
        recommenders=dict.fromkeys(arms, 20_000),
        user_attributes=("country",),
        item_attributes=("topic",),
        has_text=False,
        content={"log": "ab" * 32, "users": "cd" * 32},
        settings={"log": "log.csv", "items": "", "users": "users.csv", "pseudonymise": True, "text": []},
    )


def make_details(arms: Sequence[str]) -> Details:
    shares = tuple(ReturnShare(days, 0.4, 0.38, 0.42, 900) for days in (7, 30))
    per_user = (SurvivalPoint(60.0, 0.8, 0.02, 0.76, 0.84, 1000.0),)
    returned = tuple(ArmReturns(arm, 2000, 1500, 1200, 900, shares, per_user) for arm in arms)
    if len(arms) < 2:
        return Details(None, None, None, None, Resurrection(14, START, returned, ()))
    ratios = (LapseRatio(arms[0], arms[1], HazardRatio(0.78, 0.72, 0.84, 0.001)),)
    days = tuple(DifferencePoint(d, 0.001 * d, 0.001 * d - 0.02, 0.001 * d + 0.02, -0.03, 0.08) for d in range(61))
    residuals = tuple(Residual(float(d), d / 60, -0.2 + 0.1 * (d % 3 - 1), 5) for d in range(61))
    smooth = tuple(SmoothPoint(d * 1.5, d / 40, -0.2, -0.4, 0.0) for d in range(41))
    levels = (
        Segment("plan", "free", (900, 950), mean(3.0, 0.002), 0.004),
        Segment("plan", "paid", (8, 7), None, note=message("segment-few-users", users=7, arm="cf", least=10)),
    )
    return Details(
        DifferenceCurve(arms[0], arms[1], days, 500),
        HazardOverTime(f"arm={arms[0]}", -0.2, residuals, smooth, 0.04),
        EValue(1.55, 1.38),
        Segments(arms[0], arms[1], 60, levels, (Heterogeneity("plan", 0.4, 1, 0.53),)),
        Resurrection(14, START, returned, ratios),
    )


def make_decision(arms: Sequence[str]) -> Decision:
    pace = PaceRatio(Interval(0.82, 0.75, 0.9), 0.0004)
    pairs = tuple(
        PairDecision(a, b, mean(3.1 + i), mean(2.7 + i), pace) for i, a in enumerate(arms) for b in arms[i + 1 :]
    )
    paces = tuple(ArmPace(arm, mean(40.0 - i), 0.31, 1200, 0.4, None) for i, arm in enumerate(arms))
    best = tuple(BestComparison(arm, 3.0 - 3 * i, min(0.0, 1 - i), max(0.0, 4.5 - i)) for i, arm in enumerate(arms))
    return Decision(tuple(arms), pairs, paces, best, 60, 28, 60, 1.96, 2.1, apart=mean(3.3))


def winner(arm: str, reference: str) -> Verdict:
    values = {"arm": arm, "reference": reference, "days": 3.2, "horizon": 60}
    return Verdict("winner", "retention-winner", values, (verbatim("1.5 to 4.8."),))


def single() -> Verdict:
    values = {"cohort_kind": "everyone", "days": 28.8, "horizon": 60, "arm": "all", "cohort": "all"}
    return Verdict("single", "retention-single", values, (verbatim("Alone."),))


def make_retention(arms: Sequence[str], event: str = "click") -> RetentionResult:
    settings = RetentionSettings(
        cohort="recommender" if len(arms) > 1 else "all",
        inactivity_days=14,
        horizon_days=60,
        report_day=30,
        activity_events=(event,),
        covariates=("country",) if len(arms) > 1 else (),
        burn_in_days=0,
    )
    pairs = [(a, b) for i, a in enumerate(arms) for b in arms[i + 1 :]]
    made = tuple(make_contrast(a, b, 3.2 + 2 * i) for i, (a, b) in enumerate(pairs))
    term = CoxTerm(f"arm={arms[0]}", -0.128, 0.04, None, -0.21, -0.05, 0.002)
    terms = (term, CoxTerm("country=de", 0.0, 0.04, None, -0.08, 0.08, 0.9), *([term] * (len(arms) - 2)))
    tests = (ProportionalHazards(term.name, 1.0, 1, 0.32), ProportionalHazards("GLOBAL", 1.0, 2, 0.6))
    first = arms[0]
    others = ((7, mean(2.5), None), (28, None, message("gap-followed-short", gap=28, days=40)))
    return RetentionResult(
        dataset_id="3f9ac21e00112233",
        settings=settings,
        log_start=START,
        log_end=START + 180 * DAY - 1,
        population=Population(6012, (Excluded(message("exclusion-too-late"), 202),)),
        arms=tuple(make_arm(name, 28.8 - 3 * i, 0.84 - 0.03 * i) for i, name in enumerate(arms)),
        contrasts=made,
        logrank=ChiSquare(30.0, 2, 0.0001) if made else None,
        cox=CoxResult(terms, (-100.0, -90.0), 0.531, 0.005, tests) if made else None,
        checks=(Check("follow-up", "pass", "enough", {"at_risk": 120, "day": 60}),),
        verdict=winner(first, arms[1]) if made else single(),
        gaps=GapCurve((1, 7, 14, 21), (0.3, 0.7, 0.9, 0.95), 0.96, 14),
        sensitivity=tuple(Sensitivity(g, first, arms[1], d, tuple(arms) if d else (), n) for g, d, n in others)
        if made
        else (),
        decision=make_decision(arms) if made else None,
        definitions=(
            message(
                "definition-population",
                users=6012,
                first=START,
                last=START + 90 * DAY,
                gap=14,
                cohort_kind="logged",
                reasons=0,
                left_out=(),
            ),
            message("definition-coming-back-of", events=(event,), others=(), others_count=0),
        ),
        details=make_details(arms),
        calendar=CalendarResult(
            tuple(DayN(arm, day, 1000, 160, 0.16, 0.14, 0.18) for arm in arms for day in (1, 7)),
            WeekTriangle((verbatim("2 Mar"), verbatim("9 Mar")), (500, 500), ((0.5, 0.4), (0.45, None))),
        ),
    )


def make_rollout(retention: RetentionResult) -> RolloutResult | None:
    if len(retention.arms) < 2:
        return None
    target, source = retention.arms[0].name, retention.arms[-1].name
    change = Difference(65.0, 50.0, 81.0)
    return RolloutResult(
        settings=ScenarioSettings(source=source, target=target, day=30),
        retention=retention.settings,
        arms=(source, target),
        difference=change,
        rows=(RolloutRow(message("rollout-users-kept", day=30), 339.0, 404.0, change),),
        points=(RolloutPoint(0, 0, 0, 0), RolloutPoint(0.5, 65, 50, 81), RolloutPoint(1, 130, 100, 162)),
        checks=(Check("rollout-new-users", "warn", values={"source": source}),),
        verdict=Verdict(
            "winner",
            "rollout-effect",
            {"share": 0.5, "source": source, "target": target, "day": 30, "users": 65.0, "more": True},
        ),
        method="unadjusted",
        warnings=(),
    )


@pytest.fixture
def make_study() -> Callable[..., Study]:
    """Build a study with these arms, the longest kept first."""

    def build(*arms: str, title: str = "Which recommender keeps readers?", event: str = "click") -> Study:
        retention = make_retention(arms, event)
        dataset = make_dataset(arms if len(arms) > 1 else (), event)
        return Study(StudySettings(title=title), dataset, retention, make_rollout(retention), eight_models())

    return build


@pytest.fixture
def study(make_study: Callable[..., Study]) -> Study:
    return make_study("bert", "cf", "popular")

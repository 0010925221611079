"""Small results with round numbers, built by hand."""

from collections.abc import Callable, Sequence

import pytest

from recsys_core.answers import Check, Interval, message, verbatim
from recsys_core.retention.estimators.figures import (
    Adjusted,
    AtDay,
    ChiSquare,
    HazardRatio,
    RestrictedMean,
    SurvivalPoint,
)
from recsys_core.retention.population.gaps import GapCurve
from recsys_core.retention.population.population import Population
from recsys_core.retention.study.arm_results import ArmResult, Contrast, Sensitivity
from recsys_core.retention.study.decision import ArmPace, Decision, PaceRatio, PairDecision
from recsys_core.retention.study.retention_result import RetentionResult, Verdict
from recsys_core.settings import RetentionSettings


def days_mean(estimate: float, lower: float, upper: float) -> RestrictedMean:
    return RestrictedMean(estimate, 0.8, lower, upper, days=60)


@pytest.fixture
def make_arm() -> Callable[..., ArmResult]:
    """An arm that loses a share each day, with the users at risk given day by day."""

    def build(name: str, at_risk: Sequence[int], horizon: int = 60, mean: float = 20.0) -> ArmResult:
        points = tuple(
            SurvivalPoint(day, 0.8 * 0.99**day, 0.02, 0.75 * 0.99**day, 0.85 * 0.99**day, count)
            for day, count in enumerate(at_risk)
        )
        inside = tuple(point for point in points if point.day <= horizon)
        followed = max((day for day, count in enumerate(at_risk) if count), default=0)
        rest = tuple(point for point in points if point.day > horizon)
        rmst = days_mean(mean, mean - 1, mean + 1)
        return ArmResult(name, at_risk[0], 30, 12.0, rmst, inside, followed, tail=rest)

    return build


@pytest.fixture
def make_contrast() -> Callable[..., Contrast]:
    def build(arm: str, reference: str, estimate: float = 3.2, adjusted: Sequence[str] = ()) -> Contrast:
        difference = days_mean(estimate, estimate - 1.7, estimate + 1.6)
        at_day = AtDay(0.057, 0.02, 0.023, 0.09, day=30)
        methods = tuple(Adjusted(method, difference, at_day) for method in adjusted)
        ratio = HazardRatio(0.88, 0.81, 0.95, 0.002)
        test = ChiSquare(9.5, 1, 0.002, 0.004)
        return Contrast(arm, reference, difference, at_day, test, ratio, 2.3, adjusted_methods=methods)

    return build


@pytest.fixture
def result(make_arm: Callable[..., ArmResult], make_contrast: Callable[..., Contrast]) -> RetentionResult:
    arms = tuple(make_arm(name, range(2000, 0, -25)) for name in ("bert", "cf", "popular"))
    contrasts = (
        make_contrast("bert", "cf", adjusted=("aipw", "g-computation")),
        make_contrast("bert", "popular", 7.1),
        make_contrast("cf", "popular", 3.9),
    )
    values = {"arm": "bert", "reference": "cf", "days": 3.2, "horizon": 60}
    pace = PaceRatio(Interval(0.9, 0.8, 1.01), 0.07)
    pairs = tuple(PairDecision(c.arm, c.reference, c.rmst_difference, c.rmst_difference, pace) for c in contrasts)
    paces = tuple(ArmPace(arm.name, arm.rmst, 0.31, arm.lapses, 0.12, 0.2) for arm in arms)
    decision = Decision(("bert", "cf", "popular"), pairs, paces, (), 60, 28, 60, 1.96, 2.3)
    verdict = Verdict("winner", "retention-winner", values, (verbatim("1.5 to 4.8."),), decision.pairs[0])
    return RetentionResult(
        dataset_id="d1",
        settings=RetentionSettings(inactivity_days=14, horizon_days=60, report_day=30),
        log_start=0,
        log_end=180 * 86_400,
        population=Population(6000, ()),
        arms=arms,
        contrasts=contrasts,
        logrank=None,
        cox=None,
        checks=(
            Check("sample-ratio", "pass", "", {"p": 0.89, "arms": ("a", "b"), "users": (9, 9), "planned": (9, 9)}),
        ),
        verdict=verdict,
        decision=decision,
        gaps=GapCurve((1, 7, 14, 21), (0.3, 0.7, 0.9, 0.95), 0.96, 14),
        sensitivity=(
            Sensitivity(7, "bert", "cf", days_mean(2.5, 1.0, 4.1), ("bert", "cf", "popular")),
            Sensitivity(28, "bert", "cf", None, (), message("gap-log-too-short", gap=28)),
        ),
    )

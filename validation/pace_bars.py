"""What the verdict would have said of every log, and whether that is often enough right and rarely enough wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Final

import numpy as np
from scipy.stats import binom

from recsys_core.retention.estimators.figures import RestrictedMean
from recsys_core.retention.estimators.looks import critical_value
from recsys_core.retention.population.resolved import Resolved
from recsys_core.retention.study.arm_results import ArmResult
from recsys_core.retention.study.case import Case
from recsys_core.retention.study.decision import Decision, PairDecision
from recsys_core.retention.study.retention_verdict import Findings, reach_verdict
from recsys_core.settings import RetentionSettings
from validation.pace_logs import KINDS, Kind
from validation.pace_studies import HORIZON
from validation.pace_truth import best_arm
from validation.run import Numbers, Study
from validation.truth import Truth

BOTH: Final = "both"
ALONE: Final = ("engaged", "matched", "fixed")
MET, CHANCE, MISSED = "met", "not met, within chance", "**missed**"
_COVERS: Final = (0.92, 0.98)
_POWER: Final = 0.95  # of that of a fixed gap
_Z: Final = 1.959964
_DOUBT: Final = 0.025  # a share beyond its bar this seldom, were the bar the truth, is a miss


@dataclass(frozen=True)
class Count:
    """How many of the logs."""

    hits: int
    of: int

    @property
    def share(self) -> float:
        """Share of the logs."""
        return self.hits / self.of if self.of else float("nan")

    @property
    def error(self) -> float:
        """Its binomial error."""
        return float(np.sqrt(self.share * (1 - self.share) / self.of)) if self.of else float("nan")


@dataclass(frozen=True)
class Winners:
    """Logs in which a winner was named, rightly and wrongly."""

    right: Count
    wrong: Count


@dataclass(frozen=True)
class Spread:
    """A difference over the logs, last arm minus first: mean, spread, stated error, coverage of 95 % intervals."""

    seeds: int
    mean: float
    spread: float
    stated: float
    covered: Count | None
    judged: str


@dataclass(frozen=True)
class Bar:
    """What is asked of a kind: the highest share of wrong winners, the lowest of right ones."""

    told: str
    wrong: float | None = None
    right: float | None = None
    power: bool = False


def bar_of(name: str) -> Bar:
    """Return what is asked of a kind."""
    kind = KINDS[name]
    if name == "masked":
        return Bar("right ≥ 85 %, wrong ≤ 1 %", 0.01, 0.85)
    if best_arm(kind):
        return Bar("right ≥ .95 of a fixed gap", power=True)
    if kind.shape:
        return Bar("≤ 15 %", 0.15)
    return Bar("≤ 6.5 %", 0.065) if len(set(kind.pace)) == 1 else Bar("≤ 8 %", 0.08)


def winners(name: str, studies: Sequence[Study], method: str) -> Winners:
    """Count the winners that a method names, or the verdict, which takes both."""
    kind = KINDS[name]
    named = [verdict_winner(kind, one.figures) if method == BOTH else alone(kind, one.figures, method)
             for one in studies]  # fmt: skip
    best = best_arm(kind)
    right = sum(one is not None and one == best for one in named)
    return Winners(Count(right, len(named)), Count(sum(one is not None for one in named) - right, len(named)))


def states(name: str, studies: Sequence[Study]) -> dict[str, int]:
    """How often the verdict ended in which state."""
    found = [_verdict(KINDS[name], one.figures)[0] for one in studies]
    return {state: found.count(state) for state in ("winner", "tie", "worst", "undecided")}


def alone(kind: Kind, numbers: Numbers, method: str) -> str | None:
    """The arm that one method alone puts ahead of every other."""
    for arm in kind.arms:
        others = [_difference(numbers, arm, other, method) for other in kind.arms if other != arm]
        if all(one is not None and one.lower > 0 for one in others):
            return arm
    return None


def verdict_winner(kind: Kind, numbers: Numbers, looks: int = 1) -> str | None:
    """The arm that the product would name at one of so many looks."""
    state, arm = _verdict(kind, numbers, looks)
    return arm if state == "winner" else None


def _verdict(kind: Kind, numbers: Numbers, looks: int = 1) -> tuple[str, str]:
    """Run the product's own decision table on what was found."""
    order = _order(kind, numbers)
    pairs = tuple(
        PairDecision(arm, other, _difference(numbers, arm, other, "engaged", looks),
                     _difference(numbers, arm, other, "matched", looks), None)
        for arm, other in combinations(order, 2)
    )  # fmt: skip
    decision = Decision(order, pairs, (), (), HORIZON, 28, HORIZON, _Z, None)
    nothing = RestrictedMean(0.0, 0.0, 0.0, 0.0)
    arms = [ArmResult(arm, 0, 0, None, nothing, (), 0) for arm in order]
    found = reach_verdict(Findings(arms, (), decision, (), (), _case()))
    return found.state, str(found.values["arm"])


@cache
def _case() -> Case:
    settings = RetentionSettings(cohort="recommender", inactivity_days=14, horizon_days=HORIZON, report_day=30)
    return Case.of(settings, Resolved.of(settings, 0, ()))


def _order(kind: Kind, numbers: Numbers) -> tuple[str, ...]:
    """Arms, most days engaged first; by pairs won where weights could make pairs disagree, which here they do not."""
    days = {arm: (numbers.get(f"{arm} engaged") or [None])[0] for arm in kind.arms}
    return tuple(sorted(kind.arms, key=lambda arm: -(days[arm] or 0.0)))


def _difference(numbers: Numbers, arm: str, other: str, method: str, looks: int = 1) -> RestrictedMean | None:
    turned = f"{arm} {other} {method}" not in numbers
    estimate, stderr = numbers[f"{other} {arm} {method}" if turned else f"{arm} {other} {method}"]
    if estimate is None or stderr is None:
        return None
    estimate = -estimate if turned else estimate
    reach = critical_value(looks, stderr, HORIZON) * stderr
    return RestrictedMean(estimate, stderr, estimate - reach, estimate + reach, days=HORIZON)


# ---- Held against the bars ----------------------------------------------------------------------------------


def judged(name: str, studies: Sequence[Study]) -> str:
    """Say whether the verdict keeps to the bar of its kind."""
    bar, found = bar_of(name), winners(name, studies, BOTH)
    held = []
    if bar.wrong is not None:
        held.append(at_most(found.wrong, bar.wrong))
    if bar.right is not None:
        held.append(at_least(found.right, bar.right))
    if bar.power:
        held.append(as_often(name, studies))
    return max(held, key=(MET, CHANCE, MISSED).index)


def at_most(count: Count, bar: float) -> str:
    """Hold a share against its highest, with its own binomial error."""
    if count.hits <= bar * count.of + 1e-9:
        return MET
    return CHANCE if binom.sf(count.hits - 1, count.of, bar) >= _DOUBT else MISSED


def at_least(count: Count, bar: float) -> str:
    """Hold a share against its lowest."""
    return at_most(Count(count.of - count.hits, count.of), 1 - bar)


def as_often(name: str, studies: Sequence[Study]) -> str:
    """Hold right winners against those of a fixed gap on the same logs."""
    kind, best = KINDS[name], best_arm(KINDS[name])
    ahead = np.array([(verdict_winner(kind, one.figures) == best) - _POWER * (alone(kind, one.figures, "fixed") == best)
                      for one in studies])  # fmt: skip
    error = ahead.std() / max(len(ahead), 1) ** 0.5
    return MET if ahead.mean() >= 0 else CHANCE if ahead.mean() + _Z * error >= 0 else MISSED


def spread_of(name: str, studies: Sequence[Study], method: str, truth: Truth | None) -> Spread | None:
    """Put the differences of one method together; None where no log gave any."""
    kind = KINDS[name]
    figures = [_difference(one.figures, kind.arms[-1], kind.arms[0], method) for one in studies]
    there = [figure for figure in figures if figure is not None]
    if not there:
        return None
    estimates = np.array([one.estimate for one in there])
    covered = None
    if truth is not None:
        covered = Count(sum(one.lower <= truth.value <= one.upper for one in there), len(there))
    return Spread(
        seeds=len(there),
        mean=float(estimates.mean()),
        spread=float(estimates.std(ddof=1)) if len(there) > 1 else 0.0,
        stated=float(np.sqrt(np.mean([one.stderr**2 for one in there]))),
        covered=covered,
        judged="" if covered is None or kind.shape else inside(covered, _COVERS),
    )


def inside(count: Count, band: tuple[float, float]) -> str:
    """Hold coverage against its band."""
    low, high = band
    return max((at_least(count, low), at_most(count, high)), key=(MET, CHANCE, MISSED).index)

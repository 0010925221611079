"""Where a survival curve fades and ends, and where its ticks and labels go."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from recsys_core.retention.estimators.figures import SurvivalPoint
from recsys_core.retention.study.arm_results import ArmResult

JUDGED_FROM = 10  # users at risk below which a curve is drawn faint and without a band
COLUMNS = 7
_STEPS = (1, 2, 3, 4, 5, 6, 7, 10, 14, 15, 20, 21, 25, 28, 30, 40, 45, 50, 60, 90, 100, 120, 180, 365)


@dataclass(frozen=True)
class Run:
    """A stretch of a curve on one side of the rule of ten; `end` is the day on which it stops."""

    faint: bool
    points: tuple[SurvivalPoint, ...]
    end: SurvivalPoint


def day_step(horizon: float, last_followed: float) -> float:
    """Choose the days between seven columns: the horizon on a tick, the axis near the end of the follow-up.

    The axis reaches at least the horizon and aims at the last followed day, at most half a horizon further.
    """
    wanted = min(max(last_followed, horizon), 1.5 * horizon)
    fitting = [s for s in _STEPS if horizon <= s * (COLUMNS - 1) <= 2 * horizon and horizon % s == 0]
    if not fitting:
        return float(-(-horizon // (COLUMNS - 1)))
    return float(min(fitting, key=lambda s: abs(s * (COLUMNS - 1) - wanted)))


def runs(points: Sequence[SurvivalPoint]) -> list[Run]:
    """Cut a curve where the users at risk pass ten; each run stops where the next begins."""
    parts = [(faint, tuple(part)) for faint, part in groupby(points, lambda p: p.at_risk < JUDGED_FROM)]
    starts = [part[0] for _, part in parts[1:]]
    ends = [*starts, *(part[-1] for _, part in parts[-1:])]
    return [Run(faint, part, end) for (faint, part), end in zip(parts, ends, strict=True)]


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Push places apart until neighbours are `gap` apart, moving each as little as the crowd allows."""
    groups: list[list[int]] = []

    def middle(group: list[int]) -> float:
        reach = gap * (len(group) - 1) / 2
        return max(low + reach, min(high - reach, sum(places[i] for i in group) / len(group)))

    def collide(lower: list[int], upper: list[int]) -> bool:
        return middle(upper) - middle(lower) < gap * (len(lower) + len(upper)) / 2

    for i in sorted(range(len(places)), key=lambda i: places[i]):
        groups.append([i])
        while len(groups) > 1 and collide(groups[-2], groups[-1]):
            groups[-2:] = [groups[-2] + groups[-1]]
    moved = [0.0] * len(places)
    for group in groups:
        start = middle(group) - gap * (len(group) - 1) / 2
        for rank, i in enumerate(group):
            moved[i] = start + gap * rank
    return moved


def followed(arm: ArmResult) -> tuple[SurvivalPoint, ...]:
    """Join the curve and its tail, up to the first day on which nobody is at risk."""
    end = arm.survival[-1].day if arm.survival else -1.0
    points = arm.survival + tuple(point for point in arm.tail if point.day > end)
    watched = [i for i, point in enumerate(points) if point.at_risk > 0]
    return points[: watched[-1] + 2] if watched else ()


def at_risk_on(arm: ArmResult, day: float) -> float | None:
    """Return how many are at risk on a day: 0 past the end of the follow-up, None past a curve cut short."""
    points = sorted((*arm.survival, *arm.tail), key=lambda point: point.day)
    at_risk = next((point.at_risk for point in points if point.day >= day), None)
    if at_risk is None and points and day > arm.last_followed_day:
        return 0.0
    return at_risk

"""What it would take to see a smaller difference: users, days at the log's pace, and lapses."""

import math
from dataclasses import dataclass

from recsys_core import columns as col
from recsys_core.retention.estimators.power import events_needed, users_needed
from recsys_core.retention.study.arm_results import ArmResult
from recsys_core.retention.study.case import primary_survival
from recsys_core.retention.study.retention_result import RetentionResult

POINTS = (0.5, 1.0, 2.0, 5.0)


@dataclass(frozen=True)
class Plan:
    """What a study needs to show a difference of `points` at `day`, four times in five at the level of .05.

    Attributes
    ----------
    points
        Percentage points of users kept.
    users_each
        Users per arm that a study like this one needs, both arms of equal size.
    more_each
        Of these, how many more than the smaller of the two arms has; 0 where there are enough.
    days
        Days of the log over which so many users would start, at the pace seen; None where nobody started.
    hazard_ratio, lapses
        The proportional hazard ratio that moves the reference's curve by so much on that day, and the lapses over both
        arms that a log-rank test of it needs (Schoenfeld 1981); None where the curve cannot be moved so far.
    """

    points: float
    day: int
    users_each: int
    more_each: int
    days: float | None
    hazard_ratio: float | None
    lapses: int | None


def plan(result: RetentionResult, points: tuple[float, ...] = POINTS) -> tuple[Plan, ...]:
    """Plan for differences at the report day from the first contrast's own standard error and the log's own pace.

    Returns nothing where there is one arm, where the difference has no spread, and for affinity cohorts, since nobody
    can be assigned to them.
    """
    if not result.contrasts or result.plan.descriptive:
        return ()
    first = result.contrasts[0]
    decided = primary_survival(first, result.case)
    if decided.stderr <= 0:
        return ()
    arms = {arm.name: arm for arm in result.arms}
    arm, reference = arms[first.arm], arms[first.reference]
    return tuple(_plan(result, (arm, reference), (int(decided.day), decided.stderr), value) for value in points)


def _plan(result: RetentionResult, arms: tuple[ArmResult, ArmResult], seen: tuple[int, float], points: float) -> Plan:
    day, stderr = seen
    both = arms[0].users + arms[1].users
    each = math.ceil(users_needed(both, stderr, points / 100) / 2)
    days = (result.log_end - result.log_start) / col.DAY_SECONDS - result.resolved.gap
    pace = both / 2 / days if days > 0 else 0.0
    ratio = _ratio((*arms[1].survival, *arms[1].tail)[day].estimate, points / 100)
    return Plan(
        points=points,
        day=day,
        users_each=each,
        more_each=max(each - min(arms[0].users, arms[1].users), 0),
        days=each / pace if pace > 0 else None,
        hazard_ratio=ratio,
        lapses=None if ratio is None else math.ceil(events_needed(ratio)),
    )


def _ratio(kept: float, more: float) -> float | None:
    """Find the hazard ratio that turns S into S + more: ln(S + more) / ln S."""
    if not 0 < kept < 1 or kept + more >= 1:
        return None
    return math.log(kept + more) / math.log(kept)

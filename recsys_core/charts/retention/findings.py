"""The finding of each folded block in one line, so that what is folded can be read without opening it."""

from collections.abc import Sequence

from recsys_core.answers import Message, message
from recsys_core.retention.calendar.calendar_results import CalendarResult, DayN, ReturnTime, WeekTriangle
from recsys_core.retention.population.gaps import GapCurve
from recsys_core.retention.study.details import Details
from recsys_core.retention.study.planning import Plan
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.retention.study.spells import Resurrection

_BACK_BY = 30  # days, for a line that has room for one figure per arm


def counted_users(result: RetentionResult) -> Message:
    """Say how many users are counted, of how many, and why the others are not."""
    excluded = result.population.excluded
    left_out = tuple(message("excluded-users", users=row.users, reason=row.reason) for row in excluded)
    users = result.population.users
    return message(
        "note-counted", users=users, all_users=users + sum(row.users for row in excluded), reasons=len(excluded),
        left_out=left_out,
    )  # fmt: skip


def difference_finding(details: Details) -> Message | None:
    """Say on which day the curves of the first contrast are furthest apart."""
    if details.difference is None:
        return None
    widest = max(details.difference.points, key=lambda point: abs(point.estimate))
    return message("fold-difference", points=widest.estimate, day=widest.day)


def hazard_finding_line(details: Details) -> Message | None:
    """Say whether one hazard ratio holds for all days."""
    if details.difference is None:
        return None
    if details.hazard is None:
        return message("fold-hazard-missing")
    return message("fold-hazard", changes=details.hazard.p < 0.05, p=details.hazard.p)


def plan_finding(plans: Sequence[Plan]) -> Message:
    """Say what it takes to see the difference nearest to one point."""
    one = min(plans, key=lambda plan: abs(plan.points - 1))
    return message("fold-plan", points=one.points, users=one.users_each)


def day_n_finding(counted: CalendarResult, arms: Sequence[str]) -> Message:
    """Say who is back on the latest day for which every arm is followed."""
    known = [cell for cell in counted.day_n if cell.share is not None and cell.arm in arms]
    days = {cell.day for cell in known if sum(other.day == cell.day for other in known) == len(arms)}
    if not days:
        return message("fold-day-n-unknown")
    day = max((day for day in days if day <= _BACK_BY), default=min(days))
    return message("fold-day-n", day=day, shares=_in_order(known, day, arms))


def _in_order(cells: Sequence[DayN], day: int, arms: Sequence[str]) -> tuple[Message, ...]:
    shares = {cell.arm: cell.share for cell in cells if cell.day == day}
    return tuple(message("fold-share", share=shares[arm]) for arm in arms)


def start_weeks_finding(triangle: WeekTriangle) -> Message:
    """Say what share of all starters is active in the first week and in the last one that is known."""
    means = [mean for place in range(_width(triangle)) if (mean := _mean(triangle, place)) is not None]
    if not means:
        return message("fold-start-weeks-unknown")
    return message("fold-start-weeks", first=means[0], last=means[-1], weeks=len(means))


def _width(triangle: WeekTriangle) -> int:
    return max((len(row) for row in triangle.shares), default=0)


def _mean(triangle: WeekTriangle, place: int) -> float | None:
    known = [
        (share, users)
        for row, users in zip(triangle.shares, triangle.users, strict=True)
        if place < len(row) and (share := row[place]) is not None
    ]
    total = sum(users for _, users in known)
    return sum(share * users for share, users in known) / total if total else None


def triangle_scale(triangle: WeekTriangle) -> Message | None:
    """Say what the lightest and the darkest cell of a triangle are."""
    known = [share for row in triangle.shares for share in row if share is not None]
    return message("note-triangle-scale", low=min(known), high=max(known)) if known else None


def return_time_finding(by_arm: Sequence[ReturnTime]) -> Message:
    """Say within how many days half come back: one figure, or from the fastest arm to the slowest."""
    medians = [arm.median for arm in by_arm if arm.median is not None]
    if not medians:
        return message("fold-return-time-unknown")
    return message("fold-return-time", low=min(medians), high=max(medians), same=min(medians) == max(medians))


def active_users_finding(counted: CalendarResult) -> Message:
    """Say how many users the last month, week or day of the log had."""
    last = counted.active_users[-1]
    window = 30 if last.monthly is not None else 7 if last.weekly is not None else 1
    users = last.monthly if last.monthly is not None else last.weekly if last.weekly is not None else last.daily
    return message(
        "fold-active-users", users=users, days=window, known=last.stickiness is not None, share=last.stickiness or 0.0
    )


def lifecycle_finding(counted: CalendarResult) -> Message:
    """Say how many users were new, came back and went quiet in the last week."""
    week = counted.lifecycle[-1]
    return message("fold-lifecycle", new=week.new, back=week.resurrecting, quiet=week.dormant)


def returns_finding(returns: Resurrection) -> Message:
    """Say what share of lapses ends in a return within a month, arm by arm."""
    shares = [next((one.share for one in arm.returned if one.days == _BACK_BY), None) for arm in returns.arms]
    if not shares or any(share is None for share in shares):
        return message("fold-returns-unknown")
    return message("fold-returns", days=_BACK_BY, shares=tuple(message("fold-share", share=share) for share in shares))


def later_returns(gaps: GapCurve, gap: int) -> float:
    """Return the share (0 to 1) of returns that come only after `gap` days and would be taken for lapses before."""
    return max(1 - returned_within(gaps, gap) / gaps.plateau, 0.0) if gaps.plateau else 0.0


def false_lapses(gaps: GapCurve, gap: int) -> float:
    """Return the share (0 to 1) of gaps longer than `gap` days that end in a return after all."""
    gone = 1 - returned_within(gaps, gap)
    return max((gaps.plateau - returned_within(gaps, gap)) / gone, 0.0) if gone > 0 else 0.0


def returned_within(gaps: GapCurve, gap: int) -> float:
    """Return the share (0 to 1) of gaps that end in a return within `gap` days."""
    shares = dict(zip(gaps.days, gaps.returned, strict=True))
    return shares.get(gap, gaps.plateau if gap > gaps.days[-1] else 0.0) if gaps.days else 0.0


def lapses_under(result: RetentionResult, gap: int) -> float | None:
    """Estimate how many lapses another gap would give: those counted, times how many more gaps are longer.

    Second and later lapses count too. None where they were not counted, or the curve leaves no gap open.
    """
    if result.details is None:
        return None
    counted = sum(arm.lapses for arm in result.details.resurrection.arms)
    open_now = 1 - returned_within(result.gaps, result.resolved.gap)
    return counted * (1 - returned_within(result.gaps, gap)) / open_now if open_now > 0 else None


def gap_finding(result: RetentionResult) -> Message:
    """Say what the gap in use takes for lapses that are none."""
    gap = result.resolved.gap
    if not result.gaps.days:
        return message("fold-gap-unknown", gap=gap)
    sooner, share = 1 - later_returns(result.gaps, gap), false_lapses(result.gaps, gap)
    return message("fold-gap", gap=gap, sooner=sooner, share=share)

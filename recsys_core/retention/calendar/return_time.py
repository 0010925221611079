"""How many days pass from one active day to the next, by Kaplan-Meier on the gaps."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from recsys_core import columns as col
from recsys_core.retention.calendar.calendar_days import Window
from recsys_core.retention.calendar.calendar_results import ReturnTime, ReturnWithin
from recsys_core.retention.calendar.gap_counts import GapCounts, count_gaps
from recsys_core.retention.estimators.kaplan_meier import ConfType, SurvivalCurve, kaplan_meier

if TYPE_CHECKING:
    import ibis

WITHIN_DAYS = (1, 3, 7, 14)


def return_time(
    days: "ibis.Table", begun: "ibis.Table", window: Window, arms: Sequence[str], conf_type: ConfType = "log-log"
) -> tuple[ReturnTime, ...]:
    """Estimate, per arm, the days from an active day to the next.

    The last gap of a user is open and censored at the last day that the log holds to its end. Gaps of one user are
    alike, so the variance adds up users, not gaps.

    Parameters
    ----------
    days
        From `active_days`; only days at or after a user's start are used.
    begun
        From `starters`, in the engine.
    arms
        In the order of the answer.
    conf_type
        Scale on which the limits are symmetric.
    """
    by_arm = count_gaps(_gaps(days, begun, window))
    return tuple(_arm(arm, by_arm.get(arm), conf_type) for arm in arms)


def _gaps(days: "ibis.Table", begun: "ibis.Table", window: Window) -> "ibis.Table":
    """List each user's gaps: user_id, arm, gap (days), closed."""
    import ibis

    last = window.last_day
    path = days.filter(days.later & (days.day <= last)).join(begun.select(col.USER, col.ARM), col.USER)
    by_user = ibis.window(group_by=path[col.USER], order_by=path.day)
    path = path.mutate(next_day=path.day.lead().over(by_user))
    path = path.mutate(gap=path.next_day.fill_null(last) - path.day, closed=path.next_day.notnull())
    path = path.filter(path.gap > 0)  # an open gap that begins on the last day is not followed at all
    return path.select(col.USER, col.ARM, "gap", "closed")


def _arm(arm: str, gaps: GapCounts | None, conf_type: ConfType) -> ReturnTime:
    if gaps is None:
        unknown = tuple(ReturnWithin(d, None, None, None, 0) for d in WITHIN_DAYS)
        return ReturnTime(arm, 0, 0, 0, None, None, None, unknown)
    curve, several = kaplan_meier(gaps.table(), conf_type), gaps.users > 1
    median = curve.median()
    limits = (median.lower, median.upper) if several else (None, None)
    within = tuple(_within(curve, d, several) for d in WITHIN_DAYS)
    return ReturnTime(arm, gaps.users, gaps.gaps, gaps.closed, median.estimate, *limits, within)


def _within(curve: SurvivalCurve, days: int, several: bool) -> ReturnWithin:
    (point,) = curve.points(np.array([days]))
    if days > curve.last_time:
        return ReturnWithin(days, None, None, None, 0)
    share = 1 - point.estimate
    if not several or not 0 < share < 1:
        return ReturnWithin(days, share, None, None, int(point.at_risk))
    return ReturnWithin(days, share, 1 - point.upper, 1 - point.lower, int(point.at_risk))

"""Active users by calendar day, and users by state from week to week: all users of the log, whatever their arm."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core.retention.calendar.calendar_days import MONDAY, Window, iso
from recsys_core.retention.calendar.calendar_results import ActiveUsers, LifecycleWeek

if TYPE_CHECKING:
    import ibis

WEEK, MONTH = 7, 30  # days of the rolling windows


def active_users(days: "ibis.Table", window: Window) -> tuple[ActiveUsers, ...]:
    """Count users by day, and in the 7 and 30 days that end with it.

    An active day counts in a rolling window until the user's next active day takes over, or the window has passed;
    the sums of these comings and goings are the users of each window, each counted once.

    Parameters
    ----------
    days
        From `active_days`.
    window
        Days that the log does not hold from midnight to midnight are left out.
    """
    import ibis

    first, last = window.first_day, window.last_day
    if last < first:
        return ()
    by_user = ibis.window(group_by=days[col.USER], order_by=days.day)
    path = days.mutate(next_day=days.day.lead().over(by_user))
    counts = {length: _rolling(path, length, first, last) for length in (1, WEEK, MONTH)}
    counted = []
    for place, day in enumerate(range(first, last + 1)):
        daily, weekly, monthly = (
            int(counts[length][place]) if day - length + 1 >= first else None for length in (1, WEEK, MONTH)
        )
        share = daily / monthly if daily is not None and monthly else None
        counted.append(ActiveUsers(iso(day), daily or 0, weekly, monthly, share))
    return tuple(counted)


def _rolling(path: "ibis.Table", length: int, first: int, last: int) -> np.ndarray:
    import ibis

    gone = ibis.least(path.next_day.fill_null(path.day + length), path.day + length)
    come = path.group_by("day").agg(n=path.count()).to_pandas()
    left = path.group_by(day=gone).agg(n=path.count()).to_pandas()
    change = come.set_index("day")["n"].sub(left.set_index("day")["n"], fill_value=0).sort_index()
    return change.cumsum().reindex(range(first, last + 1), method="ffill").fillna(0).to_numpy(dtype=np.int64)


def lifecycle(days: "ibis.Table", window: Window) -> tuple[LifecycleWeek, ...]:
    """Count users by state in each whole week of the log that has a whole week before it.

    Parameters
    ----------
    days
        From `active_days`.
    window
        Weeks run from Monday to Sunday in its time zone.
    """
    import ibis

    first = -(-(window.first_day + MONDAY) // WEEK)  # the first week that begins inside the log
    last = (window.last_day + 1 + MONDAY) // WEEK - 1
    weeks = days.select(col.USER, week=(days.day + MONDAY) // WEEK).distinct()
    by_user = ibis.window(group_by=weeks[col.USER], order_by=weeks.week)
    path = weeks.mutate(before=weeks.week.lag().over(by_user), after=weeks.week.lead().over(by_user))
    counts = path.group_by("week").agg(
        active=path.count(),
        new=path.before.isnull().sum(),
        returning=(path.before == path.week - 1).fill_null(False).sum(),
        leaving=(path.after.isnull() | (path.after > path.week + 1)).sum(),
    )
    table = counts.to_pandas().set_index("week").reindex(range(first, last + 1), fill_value=0).astype("int64")
    return tuple(_week(first + place, place, table) for place in range(1, len(table)))


def _week(week: int, place: int, table: pd.DataFrame) -> LifecycleWeek:
    active, new, returning = (int(table[name].iloc[place]) for name in ("active", "new", "returning"))
    dormant = int(table["leaving"].iloc[place - 1])
    return LifecycleWeek(iso(WEEK * week - MONDAY), new, returning, active - new - returning, dormant)

"""The cohort triangle: for each week in which users started, the share active again, week by week."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from recsys_core import columns as col
from recsys_core.answers import message
from recsys_core.retention.calendar.calendar_days import MONDAY, Window
from recsys_core.retention.calendar.calendar_results import WeekTriangle

if TYPE_CHECKING:
    import ibis

WEEKS_SHOWN = 8
_STARTS_SHOWN = 10


def triangles(begun: "ibis.Table", days: "ibis.Table", window: Window) -> list[WeekTriangle]:
    """Build the triangle of all users, then one per arm in the order of their names.

    Week k is days 7 k - 6 to 7 k after the start; a cell is known once all of its start week is followed.

    Parameters
    ----------
    begun
        From `starters`.
    days
        From `days_since_start`.
    """
    later = days.filter((days.n >= 1) & (days.n <= 7 * WEEKS_SHOWN)).join(begun, col.USER)
    later = later.mutate(week=(later.start_day + MONDAY) // 7, k=(later.n + 6) // 7)
    visits = later.group_by(col.ARM, "week", "k").agg(users=later[col.USER].nunique()).to_pandas()
    started = begun.group_by(col.ARM, week=(begun.start_day + MONDAY) // 7).agg(users=begun.count()).to_pandas()
    known = {int(week): _weeks_followed(int(week), window) for week in started["week"].unique()}
    rows = {week: known[week] for week in sorted(known) if known[week] >= 1}
    rows = dict(list(rows.items())[-_STARTS_SHOWN:])
    by_arm = (
        _triangle(arm, rows, visits[visits[col.ARM] == arm], started[started[col.ARM] == arm])
        for arm in sorted(started[col.ARM].unique())
    )
    return [_triangle("", rows, visits, started), *by_arm]


def _weeks_followed(week: int, window: Window) -> int:
    """Whole weeks for which even the last day's starters of a start week are followed."""
    last_start = 7 * week - MONDAY + 6
    return min((window.last_day - last_start - 1) // 7, WEEKS_SHOWN)


def _triangle(arm: str, rows: Mapping[int, int], visits: pd.DataFrame, started: pd.DataFrame) -> WeekTriangle:
    counts = visits.groupby(["week", "k"])["users"].sum().to_dict()
    sizes = started.groupby("week")["users"].sum().to_dict()
    shares = tuple(
        tuple(
            counts.get((week, k), 0) / sizes[week] if k <= followed and week in sizes else None
            for k in range(1, WEEKS_SHOWN + 1)
        )
        for week, followed in rows.items()
    )
    labels = tuple(message("label-start-week", monday=(7 * week - MONDAY) * col.DAY_SECONDS) for week in rows)
    return WeekTriangle(labels, tuple(int(sizes.get(week, 0)) for week in rows), shares, arm)


def in_order(several: Sequence[WeekTriangle], arms: Sequence[str]) -> tuple[WeekTriangle, ...]:
    """Pick the triangles of `arms`, in their order; none where there is one arm only."""
    by_arm = {triangle.arm: triangle for triangle in several}
    return tuple(by_arm[arm] for arm in arms if arm in by_arm) if len(arms) > 1 else ()

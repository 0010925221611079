"""Retention as product analysts count it: active again on day N, and week by week for each start week.

These figures look at single days and know nothing of lapses. A user is counted only if the log goes on for N + 1 days
after their start, so that day N could be seen to its end; cells for which that is not so are unknown, not zero.
"""

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core import words
from recsys_core.retention.cohorts import Cohorts
from recsys_core.retention.inference import z_value
from recsys_core.retention.lifetimes import local_days
from recsys_core.retention.results import CalendarResult, DayN, WeekTriangle
from recsys_core.settings import RetentionSettings

if TYPE_CHECKING:
    import ibis

DAYS = (1, 7, 14, 30)
WEEKS_SHOWN = 8
_STARTS_SHOWN = 10
_MONDAY = 3  # 1970-01-01 was a Thursday: day number + 3 divides by 7 on Mondays
_GRID_SECONDS = 900  # clocks change on quarters of an hour


def calendar(cohorts: Cohorts, settings: RetentionSettings, first_time: int, log_end: int) -> CalendarResult:
    """Count who was active again, by day and by week since the start.

    Parameters
    ----------
    cohorts
        Materialised.
    settings
        Resolved; day rule and time zone say what a day is.
    first_time, log_end
        Epoch seconds of the log's first event, and up to which it was used.
    """
    starts = _starts(cohorts, settings, first_time)
    active = _active_days(cohorts, settings, first_time, log_end).merge(starts, on=col.USER)
    day = active["day"].to_numpy() - active["start_day"].to_numpy()
    if settings.day_rule == "elapsed":
        day = active["elapsed"].to_numpy()
    active = active.assign(n=day)
    followed = _followed(starts, settings, log_end)
    arms = sorted(starts[col.ARM].unique())
    day_n = tuple(_day_n(starts, active, followed, arm, n) for arm in arms for n in DAYS)
    return CalendarResult(day_n, _triangle(starts, active, log_end, settings))


def _starts(cohorts: Cohorts, settings: RetentionSettings, first_time: int) -> pd.DataFrame:
    users = cohorts.users.select(col.USER, col.ARM, "start").to_pandas()
    users = users[users["start"].notna() & users[col.ARM].notna()]
    if not cohorts.by_exposure:
        users = users[users["start"] >= first_time + (settings.burn_in_days or 0) * col.DAY_SECONDS]
    seconds = users["start"].to_numpy(dtype=np.int64)
    return users.assign(start=seconds, start_day=local_days(seconds, settings.time_zone)).reset_index(drop=True)


def _active_days(cohorts: Cohorts, settings: RetentionSettings, first: int, last: int) -> pd.DataFrame:
    """Distinct days on which each user was active after the start: elapsed days, or local dates."""
    begun = cohorts.users.filter(lambda t: t["start"].notnull()).select(col.USER, "start")
    path = cohorts.activity.join(begun, col.USER).filter(lambda t: t[col.TIME] >= t["start"])
    if settings.day_rule == "elapsed":
        days = path.select(col.USER, elapsed=(path[col.TIME] - path["start"]) // col.DAY_SECONDS)
        return days.distinct().to_pandas().assign(day=0)
    local = path[col.TIME] + _offset(path[col.TIME], settings.time_zone, first, last)
    return path.select(col.USER, day=local // col.DAY_SECONDS).distinct().to_pandas().assign(elapsed=0)


def _offset(seconds: "ibis.Value", time_zone: str, first: int, last: int) -> "ibis.Value":
    """Offset of a zone from UTC in seconds, as a case over the moments at which it changes within the log."""
    import ibis

    grid = np.arange(first - first % _GRID_SECONDS, last + _GRID_SECONDS, _GRID_SECONDS)
    zone = ZoneInfo(time_zone)
    local = pd.to_datetime(pd.Series(grid), unit="s", utc=True).dt.tz_convert(zone).dt.tz_localize(None)
    offsets = local.astype("datetime64[s]").astype("int64").to_numpy() - grid
    changes = np.flatnonzero(np.diff(offsets)) + 1
    branches = [(seconds < int(grid[i]), int(offsets[i - 1])) for i in changes]
    return ibis.cases(*branches, else_=int(offsets[-1])) if branches else ibis.literal(int(offsets[-1]))


def _followed(starts: pd.DataFrame, settings: RetentionSettings, log_end: int) -> np.ndarray:
    """Last day N of each user that the log holds to its end."""
    if settings.day_rule == "elapsed":
        return (log_end + 1 - starts["start"].to_numpy()) // col.DAY_SECONDS - 1
    last = int(local_days(np.array([log_end + 1]), settings.time_zone)[0])
    return last - 1 - starts["start_day"].to_numpy()


def _day_n(starts: pd.DataFrame, active: pd.DataFrame, followed: np.ndarray, arm: str, day: int) -> DayN:
    seen = starts.loc[(starts[col.ARM] == arm) & (followed >= day), col.USER]
    on_day = active.loc[active["n"] == day, col.USER]
    hits = int(seen.isin(on_day).sum())
    lower, upper = wilson(hits, len(seen))
    share = hits / len(seen) if len(seen) else None
    return DayN(str(arm), day, len(seen), hits, share, lower, upper)


def wilson(hits: int, of: int) -> tuple[float | None, float | None]:
    """Give Wilson's 95 % limits of a share; None where there is nobody (Wilson 1927)."""
    if of == 0:
        return None, None
    z, share = z_value(0.95), hits / of
    centre, width = share + z * z / (2 * of), z * np.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return float((centre - width) / (1 + z * z / of)), float((centre + width) / (1 + z * z / of))


def _triangle(starts: pd.DataFrame, active: pd.DataFrame, log_end: int, settings: RetentionSettings) -> WeekTriangle:
    """Week k is days 7 k - 6 to 7 k after the start; a cell is known once all of its start week is followed."""
    week_of = (starts["start_day"] + _MONDAY) // 7
    last_full = int(local_days(np.array([log_end + 1]), settings.time_zone)[0]) - 1
    known = {int(w): min((last_full - (7 * int(w) - _MONDAY + 6) - 1) // 7, WEEKS_SHOWN) for w in week_of.unique()}
    rows = [week for week in sorted(known) if known[week] >= 1][-_STARTS_SHOWN:]
    later = active[active["n"] >= 1]
    visits = pd.DataFrame(
        {
            "user": later[col.USER],
            "start": (later["start_day"] + _MONDAY) // 7,
            "week": (later["n"] + 6) // 7,
        }
    ).drop_duplicates()
    counts = visits.groupby(["start", "week"]).size()
    sizes = week_of.value_counts()
    shares = tuple(
        tuple(
            float(counts.get((week, k), 0) / sizes[week]) if k <= known[week] else None
            for k in range(1, WEEKS_SHOWN + 1)
        )
        for week in rows
    )
    labels = tuple(words.short_date((7 * week - _MONDAY) * col.DAY_SECONDS) for week in rows)
    return WeekTriangle(labels, tuple(int(sizes[week]) for week in rows), shares)

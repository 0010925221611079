"""On which calendar days users were active, counted in the engine, and which days and weeks the log holds whole."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from recsys_core import columns as col
from recsys_core.retention.population.cohorts import SWITCHED, Cohorts, perhaps_old
from recsys_core.retention.population.local_time import local_day, local_days
from recsys_core.settings import RetentionSettings

if TYPE_CHECKING:
    import ibis

MONDAY = 3  # 1970-01-01 was a Thursday: day number + 3 divides by 7 on Mondays


@dataclass(frozen=True)
class Window:
    """What the log covers, in one time zone.

    Attributes
    ----------
    first_time, log_end
        Epoch seconds of the first event, and up to which the log was used.
    time_zone
        IANA name.
    """

    first_time: int
    log_end: int
    time_zone: str

    @property
    def first_day(self) -> int:
        """First day (since 1970-01-01) that the log holds from midnight on."""
        return self._day(self.first_time - 1) + 1

    @property
    def last_day(self) -> int:
        """Last day that the log holds to its end."""
        return self._day(self.log_end + 1) - 1

    def _day(self, second: int) -> int:
        return int(local_days(np.array([second]), self.time_zone)[0])

    def local(self, seconds: "ibis.Value") -> "ibis.Value":
        """Turn epoch seconds into days since 1970-01-01 on the zone's calendar."""
        return local_day(seconds, self.time_zone, (self.first_time, self.log_end))


def starters(cohorts: Cohorts, settings: RetentionSettings, window: Window) -> "ibis.Table":
    """List who is counted from a start on: user_id, arm, start, start_day, and `followed`.

    Users without an arm, of the burn-in, and switchers where the settings leave them out, are not. `followed` is the
    last day N of a user that the log holds to its end, by the day rule of the settings; below 0 where it holds none.
    """
    users = cohorts.users.filter(cohorts.users[col.START].notnull() & cohorts.users[col.ARM].notnull())
    if settings.without_switchers:
        users = users.filter(~users[SWITCHED])
    if not cohorts.by_exposure:
        users = users.filter(~perhaps_old(users, window.first_time, settings.burn_in_days or 0))
    start = users[col.START]
    followed = window.last_day - window.local(start)
    if settings.day_rule == "elapsed":
        followed = (window.log_end + 1 - start) // col.DAY_SECONDS - 1
    return users.select(col.USER, col.ARM, col.START, start_day=window.local(start), followed=followed)


def days_since_start(
    cohorts: Cohorts, begun: "ibis.Table", settings: RetentionSettings, window: Window
) -> "ibis.Table":
    """List the distinct days n since the start on which each user of `begun` was active: user_id, n."""
    path = cohorts.activity.join(begun, col.USER).filter(lambda t: t[col.TIME] >= t["start"])
    n = (path[col.TIME] - path["start"]) // col.DAY_SECONDS
    if settings.day_rule != "elapsed":
        n = window.local(path[col.TIME]) - path["start_day"]
    return path.select(col.USER, n=n).distinct()


def active_days(cohorts: Cohorts, window: Window) -> "ibis.Table":
    """List the distinct calendar days of each user with any activity: user_id, day, and `later`.

    `later` is true where some of the day's activity lies at or after the user's start; days without it come before a
    first exposure.
    """
    path = cohorts.activity.left_join(cohorts.users.select(col.USER, "start"), col.USER)
    path = path.mutate(day=window.local(path[col.TIME]), after=path[col.TIME] >= path["start"])
    return path.group_by(col.USER, "day").agg(later=path.after.any().fill_null(False))


def iso(day: int) -> str:
    """Write a day since 1970-01-01 as a date: "2026-03-02"."""
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()

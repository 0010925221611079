"""Visits of every user since the start: what tells how often users come from how long they stay.

A visit is the start of a session, a session ends after 30 minutes of silence. Day k of a user holds the visits more
than k - 1 and at most k days after the start; the start itself is no visit, nor is the rest of the session it opens,
which would count as a return on day 1. The last, incomplete day of a user is dropped.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from recsys_core import columns as col
from recsys_core.data.dataset import Dataset
from recsys_core.retention.estimators.event_table import FloatArray
from recsys_core.retention.population.cohorts import EXISTING, Cohorts
from recsys_core.retention.population.lifetimes import lifetimes, still_counted
from recsys_core.retention.population.resolved import Counting

if TYPE_CHECKING:
    import ibis

Ints = npt.NDArray[np.int64]
SESSION_SECONDS = 30 * 60
_PLACE, _DAY, _SESSIONS = "place", "day", "sessions"


@dataclass(frozen=True)
class Visits:
    """Days with a visit, by user.

    Attributes
    ----------
    arm
        One entry per user: index into `names`.
    followed
        Whole days from the start to the end of the log, one entry per user.
    user, day, sessions
        One entry per user and day (1 or more) with a visit, sorted by both: place of the user, the day, how many
        sessions began on it.
    names
        Arms.
    """

    arm: Ints
    followed: Ints
    user: Ints
    day: Ints
    sessions: Ints
    names: tuple[str, ...]

    @classmethod
    def of_times(
        cls, arm: npt.ArrayLike, user: npt.ArrayLike, time: npt.ArrayLike, log_end: float, names: Sequence[str]
    ) -> Self:
        """Find visits among events at hand; days as numbers.

        Parameters
        ----------
        arm
            Index into `names`, one entry per user.
        user, time
            Place of the user and moment in days, one entry per event; each user's first event is the start.
        log_end
            Moment up to which the log is complete.
        """
        of, at = np.asarray(user, dtype=np.int64), np.asarray(time, dtype=np.float64)
        order = np.lexsort((at, of))
        of, at = of[order], at[order]
        first = np.r_[True, of[1:] != of[:-1]]
        start = np.zeros(len(np.asarray(arm)))
        start[of[first]] = at[first]
        opens = np.r_[False, np.diff(at) > SESSION_SECONDS / col.DAY_SECONDS] & ~first
        day = np.ceil((at - start[of])[opens] - 1e-9).astype(np.int64)
        followed = np.floor(log_end - start).astype(np.int64)
        of = of[opens]
        begins = np.flatnonzero(np.diff(of, prepend=-1) | np.diff(day, prepend=-1))  # both are in order by now
        sessions = np.diff(begins, append=len(of))
        made = cls(np.asarray(arm, dtype=np.int64), followed, of[begins], day[begins], sessions, tuple(names))
        return made.until(int(followed.max(initial=0)))

    @property
    def size(self) -> int:
        """Number of users."""
        return len(self.arm)

    @cached_property
    def active_days(self) -> Ints:
        """Days with a visit, per user."""
        return np.bincount(self.user, minlength=self.size)

    @cached_property
    def last_day(self) -> Ints:
        """Last day with a visit, per user; 0 where there is none."""
        last = np.zeros(self.size, dtype=np.int64)
        last[self.user] = self.day  # in the order of days: the last one stays
        return last

    def until(self, days: int) -> Self:
        """Follow everyone for so many days at most."""
        followed = np.minimum(self.followed, days)
        seen = (self.day <= followed[self.user]) & (self.day >= 1)
        return replace(
            self, followed=followed, user=self.user[seen], day=self.day[seen], sessions=self.sessions[seen]
        )  # fmt: skip

    def of_users(self, chosen: npt.NDArray[np.bool_]) -> Self:
        """Keep some users, in their order."""
        seen = chosen[self.user]
        place = np.cumsum(chosen) - 1
        return replace(
            self, arm=self.arm[chosen], followed=self.followed[chosen], user=place[self.user[seen]],
            day=self.day[seen], sessions=self.sessions[seen],
        )  # fmt: skip

    def pair(self, arm: str, reference: str) -> Self:
        """Keep two arms: the reference is 0, the arm 1."""
        one, zero = self.names.index(arm), self.names.index(reference)
        kept = self.of_users((self.arm == one) | (self.arm == zero))
        return replace(kept, arm=(kept.arm == one).astype(np.int64), names=(reference, arm))

    def alone(self, arm: str) -> Self:
        """Keep one arm."""
        kept = self.of_users(self.arm == self.names.index(arm))
        return replace(kept, arm=np.zeros_like(kept.arm), names=(arm,))


def find_visits(
    dataset: Dataset, cohorts: Cohorts, counting: Counting, log_end: int, arms: Sequence[str]
) -> tuple[Visits, pd.DataFrame]:
    """Find the visits of the users of some arms, those included who came too late to be judged by the gap.

    Returns
    -------
    tuple
        The visits, and their users in the same order: user_id, arm (categorical), start (epoch seconds), existing.
    """
    import ibis

    rows = lifetimes(dataset, cohorts, counting, log_end)
    rows = rows.filter(still_counted(rows) & rows[col.ARM].isin(list(arms)))
    users = rows.select(col.USER, col.ARM, col.START, EXISTING).mutate(
        **{_PLACE: ibis.row_number().over(ibis.window(order_by=[rows[col.START], rows[col.USER]]))}
    )  # by start: pseudonyms differ from workspace to workspace, and what thinning hides hangs on the order
    from recsys_core import engine

    with engine.materialised(users) as placed:
        days = _visit_days(placed, cohorts).to_pandas()
        frame = placed.order_by(_PLACE).drop(_PLACE).to_pandas()
    frame = frame.assign(**{col.ARM: pd.Categorical(frame[col.ARM].astype(str), categories=list(arms))})
    frame = frame.astype({col.START: "int64", EXISTING: "bool"})
    clock = cohorts.clock
    followed = (clock.at(log_end) - clock.read(frame[col.START].to_numpy())).astype(np.int64) // col.DAY_SECONDS
    user, day, sessions = (days[name].to_numpy(dtype=np.int64) for name in (_PLACE, _DAY, _SESSIONS))
    order = np.lexsort((day, user))
    codes = frame[col.ARM].cat.codes.to_numpy(dtype=np.int64)
    found = Visits(codes, followed, user[order], day[order], sessions[order], tuple(arms))
    return found.until(int(followed.max(initial=0))), frame


def _visit_days(users: "ibis.Table", cohorts: Cohorts) -> "ibis.Table":
    """Count, in the engine, the sessions that begin on each day of each user."""
    import ibis

    clock = cohorts.clock
    path = cohorts.activity.join(users.select(col.USER, _PLACE, col.START), col.USER).filter(
        lambda t: t[col.TIME] >= t[col.START]
    )
    by_user = ibis.window(group_by=path[_PLACE], order_by=path[col.TIME])
    before = path[col.TIME].lag().over(by_user).fill_null(path[col.START])
    path = path.mutate(opens=(path[col.TIME] - before) > SESSION_SECONDS)
    path = path.filter(path.opens)
    path = path.mutate(**{_DAY: -((clock.column(path[col.START]) - clock.column(path[col.TIME])) // col.DAY_SECONDS)})
    return path.group_by(_PLACE, _DAY).agg(**{_SESSIONS: path.count()})


def share_of_days(visits: Visits) -> FloatArray:
    """Return each user's share of days with a visit between the first day and the last, (x - 1) / (t_x - 1).

    Given the last day, visits inside do not depend on how long users stay; (x + 1) / (t_x + 1) does, and fires on a
    third of logs in which arms differ in staying alone.
    """
    return np.asarray((visits.active_days - 1) / np.maximum(visits.last_day - 1, 1))

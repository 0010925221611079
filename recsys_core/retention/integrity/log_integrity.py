"""Is the log whole? Counted by day before any figure, since a hole makes users lapse who never left."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core.retention.integrity import breaks
from recsys_core.retention.integrity.breaks import Break, find_breaks, pile_of_seconds
from recsys_core.retention.population.local_time import local_second, local_seconds
from recsys_core.retention.population.prepared import Prepared

if TYPE_CHECKING:
    import ibis

END_LOG: Final = "end-log"  # retention.log_end before the first of the days
LEAVE_OUT: Final = "leave-out"  # retention.missing_days
CUT: Final = "cut-window"  # a log that begins after the last of the days
MEND_ARM: Final = "mend-arm"
MEND_TIMES: Final = "mend-times"
_PROPOSALS: Final = {
    breaks.OUTAGE: LEAVE_OUT,
    breaks.HALF: LEAVE_OUT,
    breaks.LATE: END_LOG,
    breaks.ARM: MEND_ARM,
}
_EARLY: Final = 6  # a hole in the first sixth of a log is better cut off
_PILED_USERS: Final = 10
_ONE_DAY: Final = 0.8


@dataclass(frozen=True)
class IntegrityFinding:
    """Days of a log that cannot be read as they stand.

    Attributes
    ----------
    kind
        A kind of `breaks`.
    first, last
        The first and the last of the days, as the epoch seconds of their UTC midnight.
    share
        Recorded of what was to be expected; for piles on a day or a second, of all events.
    arm
        Which arm's events are concerned; empty: all.
    lapses, expected
        Lapses under the study's gap whose silence lies over those days, and how many the rest of the log lets expect;
        None for piles, which hide nobody.
    proposal
        What to do: one of the codes above.
    """

    kind: str
    first: int
    last: int
    share: float
    arm: str
    lapses: int | None
    expected: float | None
    proposal: str


@dataclass(frozen=True)
class LogIntegrity:
    """What is wrong with the days of a log, by date; nothing where nothing can be said for certain."""

    findings: tuple[IntegrityFinding, ...]

    @property
    def arm_broken(self) -> bool:
        """Whether one arm's events are missing while others go on: then arms cannot be compared."""
        return any(finding.kind == breaks.ARM for finding in self.findings)


@dataclass(frozen=True)
class _Days:
    """Events and active users by day and arm, from the log's first day to its last."""

    first: int  # days since 1970-01-01
    arms: tuple[str, ...]
    events: np.ndarray
    users: np.ndarray


def log_integrity(ready: Prepared) -> LogIntegrity:
    """Hold the volume of every day against its weekday and its neighbourhood, and count what its holes do to lapses.

    Activity alone is looked at, since only it ends a gap. Days are those of the study's zone. Only counts leave the
    engine, but for the users of the survival table where there is a finding.
    """
    begin, end = (int(second) for second in _local(ready, [ready.dataset.first_time, ready.log_end]))
    local = local_second(
        ready.cohorts.activity[col.TIME], ready.settings.time_zone, (ready.dataset.first_time, ready.log_end)
    )
    acts = ready.cohorts.activity.mutate(day=local // col.DAY_SECONDS, second=local % col.DAY_SECONDS)
    days = _counted(ready, acts, begin // col.DAY_SECONDS, end // col.DAY_SECONDS)
    seen = np.ones(len(days.events))
    if not ready.dataset.date_only:
        seen[0], seen[-1] = _seen(acts, begin, end)
    for first, last in ready.cohorts.clock.days:
        seen[max(first - days.first, 0) : max(last + 1 - days.first, 0)] = 0.0
    found = find_breaks(days.events, days.users, seen)
    if not ready.dataset.date_only and (pile := _piled(acts, days)) is not None:
        found.append(pile)
    return LogIntegrity(tuple(_finding(ready, days, one) for one in found))


def _local(ready: Prepared, seconds: list[int]) -> np.ndarray:
    return local_seconds(np.array(seconds), ready.settings.time_zone)


def _counted(ready: Prepared, acts: "ibis.Table", first: int, last: int) -> _Days:
    import ibis

    arm: ibis.Value = ibis.literal("")
    if ready.resolved.plan.logged:
        acts = acts.left_join(ready.cohorts.users.select(col.USER, "arm"), col.USER)
        arm = acts["arm"].cast("string").fill_null("")
    counted = acts.group_by("day", served=arm).agg(events=acts.count(), users=acts[col.USER].nunique()).to_pandas()
    arms = tuple(sorted(counted["served"].unique()))
    tables = np.zeros((2, last - first + 1, len(arms)), dtype=np.int64)
    places = counted["day"].to_numpy() - first, [arms.index(name) for name in counted["served"]]
    for table, name in zip(tables, ("events", "users"), strict=True):
        table[places] = counted[name].to_numpy()
    return _Days(first, arms, tables[0], tables[1])


def _seen(acts: "ibis.Table", begin: int, end: int) -> tuple[float, float]:
    """Say how much of its first and its last day the log covers, going by the hours of the events of other days."""
    second, first, last = acts["second"], begin // col.DAY_SECONDS, end // col.DAY_SECONDS
    inner = (acts["day"] > first) & (acts["day"] < last)
    row = acts.aggregate(
        all=acts.count(where=inner),
        from_first=acts.count(where=inner & (second >= begin % col.DAY_SECONDS)),
        to_last=acts.count(where=inner & (second <= end % col.DAY_SECONDS)),
    ).to_pandas()
    total = max(int(row["all"].iloc[0]), 1)
    return int(row["from_first"].iloc[0]) / total, int(row["to_last"].iloc[0]) / total


def _piled(acts: "ibis.Table", days: _Days) -> Break | None:
    """Find one second of the day with far more events than any other, as where dates stand among times."""
    busiest = acts.group_by("second").agg(events=acts.count())
    top = busiest.order_by(busiest.events.desc(), busiest.second).limit(10).to_pandas()
    total = int(days.events.sum())
    if (share := pile_of_seconds(top["events"].to_numpy(), total)) is None:
        return None
    mine = acts.filter(acts["second"] == int(top["second"].iloc[0]))
    if int(mine[col.USER].nunique().execute()) < _PILED_USERS:
        return None
    on = mine.group_by("day").agg(events=mine.count()).to_pandas().sort_values("events", ascending=False)
    first, last = int(on["day"].min()) - days.first, int(on["day"].max()) - days.first
    day = int(on["day"].iloc[0]) - days.first
    if on["events"].iloc[0] >= _ONE_DAY * on["events"].sum():
        return Break(breaks.ONE_SECOND, day, day, share)
    return Break(breaks.ONE_HOUR, first, last, share)


def _finding(ready: Prepared, days: _Days, one: Break) -> IntegrityFinding:
    arm = "" if one.arm is None else days.arms[one.arm]
    proposal = _PROPOSALS.get(one.kind, MEND_TIMES)
    if proposal == LEAVE_OUT and one.last < len(days.events) // _EARLY:
        proposal = CUT
    lapses, expected = None, None
    if one.kind not in {breaks.ONE_DAY, breaks.ONE_SECOND, breaks.ONE_HOUR}:
        users = ready.table.users
        mine = users[users[col.ARM] == arm] if arm else users
        lapses, expected = _lapses_over(ready, mine, (days.first + one.first, days.first + one.last))
    first, last = ((days.first + day) * col.DAY_SECONDS for day in (one.first, one.last))
    return IntegrityFinding(one.kind, first, last, one.share, arm, lapses, expected, proposal)


def _lapses_over(ready: Prepared, users: pd.DataFrame, over: tuple[int, int]) -> tuple[int, float | None]:
    """Count lapses whose silence lies over some days, and those expected at the rate of all other days.

    A lapse is dated by its last activity: it is silent from then on for the gap and longer. Expected are those of as
    many users under watch; None where no other day has any.
    """
    clock, gap = ready.cohorts.clock, ready.resolved.gap
    begun = clock.read(users[col.START].to_numpy(dtype=np.int64)) if clock.seconds else users[col.START].to_numpy()
    start, stop = begun // col.DAY_SECONDS, begun // col.DAY_SECONDS + users[col.DURATION].to_numpy()
    lapsed = users[col.LAPSED].to_numpy(dtype=bool)
    origin, end = int(start.min(initial=0)), int(stop.max(initial=0))
    ends = np.bincount((stop - origin)[lapsed], minlength=end - origin + 1)
    enter = np.bincount(start - origin, minlength=end - origin + 1)
    leave = np.bincount(stop - origin, minlength=end - origin + 1)
    watched = np.cumsum(enter) - np.cumsum(leave) + leave
    first, last = clock.day_at(over[0]) - gap - origin, clock.day_at(over[1]) - origin
    touched = np.zeros(len(ends), dtype=bool)
    touched[max(first, 0) : max(last + 1, 0)] = True
    others = float(watched[~touched].sum())
    rate = float(ends[~touched].sum()) / others if others > 0 else None
    return int(ends[touched].sum()), None if rate is None else rate * float(watched[touched].sum())

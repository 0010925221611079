"""What is wrong with a log's days: holes, late delivery, one arm's logging broken, a clock that jumps; on arrays."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from recsys_core.retention.integrity.daily_volume import (
    LEAST_DAYS,
    LEVEL_DAYS,
    DailyVolume,
    LowRun,
    daily_volume,
    low_runs,
    share_of_expected,
)

OUTAGE: Final = "outage"  # days missing, or nearly
HALF: Final = "half-delivered"  # days with too little, between whole ones
LATE: Final = "late-delivery"  # days with too little at the end
ARM: Final = "arm-broken"  # one arm's events missing while others go on
CLOCK: Final = "clock"  # what is missing on one day lies on the next
ONE_DAY: Final = "one-day"  # a tenth of all events
ONE_SECOND: Final = "one-second"
ONE_HOUR: Final = "one-time-of-day"  # such as midnight: dates among times

_NEARLY_ALL_MISSING: Final = 0.2
_ARM_LIMIT: Final = -4.5  # standard errors: every arm is looked at
_ARM_SHARE: Final = 0.65  # of what was to be expected, for one that the others have had in full
_OTHERS: Final = 0.7
_PILE: Final = 0.6  # share of what is missing that lies beside the hole
_TENTH: Final = 0.1
_TIMES_USUAL: Final = 3.0
_FIRST_DAYS: Final = 3  # a study may begin with everybody on one day


@dataclass(frozen=True)
class Break:
    """Days of a log that cannot be read as they stand.

    Attributes
    ----------
    kind
        One of the kinds above.
    first, last
        Days, as positions in the counts.
    share
        Events or users of what was to be expected; for piles, of all events.
    arm
        Position of the arm that is broken; None where all are.
    """

    kind: str
    first: int
    last: int
    share: float
    arm: int | None = None


def find_breaks(events: np.ndarray, users: np.ndarray, seen: np.ndarray) -> list[Break]:
    """Find the days that cannot be read as they stand.

    Parameters
    ----------
    events, users
        Events, and users active: days by arms, every day from the log's first to its last.
    seen
        How much of each day the log covers, 0 to 1; 0 for a day that the study leaves out.

    Returns
    -------
    list of Break
        By day; none where the log is too short or holds too little to say.
    """
    broken = list(_broken_arms(events, users, seen)) if events.shape[1] > 1 else []
    total = daily_volume(events.sum(axis=1), seen)
    found = [
        _hole(run, total)
        for run in _of_both(events.sum(axis=1), users.sum(axis=1), seen)
        if not any(run.first <= other.last and run.last >= other.first for other in broken)
    ]
    if total is not None:
        found += [pile for pile in _piles(total) if not any(b.first <= pile.first <= b.last for b in found)]
    return sorted([*found, *broken], key=lambda one: one.first)


def _of_both(events: np.ndarray, users: np.ndarray, seen: np.ndarray) -> list[LowRun]:
    """Low runs of events or of users, the clearer one where they overlap."""
    volumes = [volume for counts in (users, events) if (volume := daily_volume(counts, seen)) is not None]
    runs = sorted((run for volume in volumes for run in low_runs(volume)), key=lambda run: run.z)
    kept: list[LowRun] = []
    for run in runs:
        if all(run.last < other.first or run.first > other.last for other in kept):
            kept.append(run)
    return sorted(kept, key=lambda run: run.first)


def _hole(run: LowRun, events: DailyVolume | None) -> Break:
    if run.at_end:
        return Break(LATE, run.first, run.last, run.share)
    if events is not None and (beside := _pile_beside(run, events)) is not None:
        return Break(CLOCK, min(run.first, beside), max(run.last, beside), run.share)
    return Break(OUTAGE if run.share <= _NEARLY_ALL_MISSING else HALF, run.first, run.last, run.share)


def _pile_beside(run: LowRun, events: DailyVolume) -> int | None:
    """Day next to a hole on which most of what is missing lies; None where there is none."""
    recorded = float(events.counts[run.first : run.last + 1].sum())
    usual = float(np.nanmedian(events.level[max(run.first - LEVEL_DAYS, 0) : run.first])) if run.first else 0.0
    length = float((events.seen * events.weekday)[run.first : run.last + 1].sum())
    missing = usual * length - recorded
    for day in (run.first - 1, run.last + 1):
        if not 0 < day < len(events.counts) - 1:
            continue
        beyond = float(events.counts[day]) - usual * float(events.weekday[day])
        if missing > 0 and _PILE * missing <= beyond <= missing / _PILE:
            return day
    return None


def _broken_arms(events: np.ndarray, users: np.ndarray, seen: np.ndarray) -> Iterator[Break]:
    for arm in range(events.shape[1]):
        others = np.delete(events, arm, axis=1).sum(axis=1)
        rest = daily_volume(others, seen)
        if rest is None:
            continue
        for run in _of_both(events[:, arm], users[:, arm], seen):
            share = share_of_expected(rest, run.first, run.last)
            if run.z > _ARM_LIMIT or share is None or share < _OTHERS or run.share > _ARM_SHARE * min(share, 1.0):
                continue
            yield Break(ARM, run.first, run.last, run.share, arm)


def _piles(events: DailyVolume) -> Iterator[Break]:
    """Yield single days with a tenth of all events or more that are far above their neighbourhood."""
    total = float(events.counts.sum())
    if len(events.counts) < LEAST_DAYS or total <= 0:
        return
    for day in np.flatnonzero(events.counts >= _TENTH * total):
        around = np.r_[events.counts[max(day - LEVEL_DAYS, 0) : day], events.counts[day + 1 : day + 1 + LEVEL_DAYS]]
        if day >= _FIRST_DAYS and events.counts[day] >= _TIMES_USUAL * max(float(np.median(around)), 1.0):
            yield Break(ONE_DAY, int(day), int(day), float(events.counts[day]) / total)


def pile_of_seconds(events_at: np.ndarray, total: int) -> float | None:
    """Say how large a share of all events lies on one time of day; None where that is not out of the ordinary.

    Parameters
    ----------
    events_at
        Events at the busiest seconds of the day, most first.
    total
        Of all events.
    """
    usual = 10  # the tenth busiest second: a log that knows only hours, or minutes, has many alike
    if len(events_at) < usual or total <= 0:
        return None
    most = float(events_at[0])
    out_of_line = most >= 20 and most >= 0.02 * total and most >= 5 * float(events_at[usual - 1])
    return most / total if out_of_line else None

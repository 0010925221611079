"""A log's daily counts against their own weekday pattern and local level, robustly; on plain arrays."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

WEEK: Final = 7
LEVEL_DAYS: Final = 14  # days on each side of a run that say what was to be expected in it
_LEAST_LEVEL_DAYS: Final = 7
LEAST_DAYS: Final = 3 * WEEK  # below, a weekend cannot be told from an outage
_LONGEST_END: Final = 14
_LOW_DAY: Final = 0.75  # of the local level: a day that may belong to a run
_LOW_RUN, _LOW_END = 0.65, 0.77  # of what was to be expected: a run inside, or at the end, that may be a finding
_LIMIT, _LIMIT_END = 4.5, 3.3  # standard errors: some 500 runs are looked at in a log of a year, 14 at its end
_SHOCK: Final = 0.06  # share by which whole days vary together (weather, holidays), whatever the number of users


@dataclass(frozen=True)
class LowRun:
    """Consecutive days on which less was recorded than their neighbourhood lets expect.

    Attributes
    ----------
    first, last
        Days, as positions in the counts.
    share
        Recorded over expected.
    z
        The difference in its standard errors, below zero.
    at_end
        Nothing that tells the level follows.
    """

    first: int
    last: int
    share: float
    z: float
    at_end: bool


@dataclass(frozen=True)
class DailyVolume:
    """Counts of a day, one entry for each day from the log's first to its last.

    Attributes
    ----------
    counts
        Events, or users active.
    seen
        How much of the day the log covers, 0 to 1: the first and the last day are cut.
    weekday, weekday_doubt
        Factor of each day's weekday, around 1, and the relative variance of that factor.
    dispersion
        Variance over mean of a day's count, at least 1: users come in bursts.
    """

    counts: np.ndarray
    seen: np.ndarray
    weekday: np.ndarray
    weekday_doubt: np.ndarray
    dispersion: float

    @property
    def told(self) -> np.ndarray:
        """Days whose count says something about the level."""
        return (self.seen >= 0.5) & (self.weekday > 0.2)

    @property
    def level(self) -> np.ndarray:
        """Counts as if every day were an ordinary one, seen to its end; NaN where a day says nothing."""
        scale = np.where(self.told, self.seen * self.weekday, np.nan)
        return self.counts / scale


def daily_volume(counts: np.ndarray, seen: np.ndarray) -> DailyVolume | None:
    """Learn weekday pattern and dispersion from the counts themselves; None where there are too few days to see.

    Both are medians over weeks, so that neither a hole nor a pile of a few days moves them.
    """
    counts = np.asarray(counts, dtype=float)
    if (seen >= 0.5).sum() < LEAST_DAYS:
        return None
    flat = DailyVolume(counts, seen, *_weekday(counts, seen), 1.0)
    return replace(flat, dispersion=_dispersion(flat))


def _dispersion(volume: DailyVolume) -> float:
    """Variance over mean, from second differences: growth and decline, however steep, leave none."""
    level, around = volume.level, _around(volume.level, WEEK)
    room = np.maximum(around, 1.0) / np.where(volume.told, volume.seen * volume.weekday, np.nan)
    turn = np.abs(level[:-2] - 2 * level[1:-1] + level[2:])
    ordinary = level > _LOW_DAY / 2 * around
    turn = turn / np.sqrt(room[:-2] + 4 * room[1:-1] + room[2:])
    turn = turn[~np.isnan(turn) & ordinary[:-2] & ordinary[1:-1] & ordinary[2:]]
    if len(turn) < WEEK:
        return float("inf")
    return max(1.0, 1.1 * float(max(np.median(turn) / 0.6745, np.quantile(turn, 0.8) / 1.2816)) ** 2)


def _around(level: np.ndarray, days: int) -> np.ndarray:
    """Median of the days around each day, itself among them; NaN where none says anything."""
    padded = np.pad(level, days, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * days + 1)
    known = ~np.isnan(windows).all(axis=1)
    found = np.full(len(level), np.nan)
    found[known] = np.nanmedian(windows[known], axis=1)
    return found


def _weekday(counts: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Factor of each day's weekday, and its relative variance: medians, drawn to 1 as far as they are noise."""
    days = np.arange(len(counts)) % WEEK
    whole = np.where(seen >= 0.5, counts / np.maximum(seen, 0.5), np.nan)
    week = np.lib.stride_tricks.sliding_window_view(np.pad(whole, 3, constant_values=np.nan), WEEK).mean(axis=1)
    good = ~np.isnan(week) & (week > 0.5 * np.nan_to_num(_around(week, LEVEL_DAYS)))  # the week is whole, and no hole
    factors, noise = np.ones(WEEK), np.zeros(WEEK)
    for day in range(WEEK):
        mine = good & (days == day)
        if mine.sum() < 3:
            return np.ones(len(counts)), np.zeros(len(counts))
        ratios = whole[mine] / week[mine]
        factors[day] = np.median(ratios)
        noise[day] = (
            (1.4826 * np.median(np.abs(ratios - factors[day]))) ** 2 * 1.57 / len(ratios) * (1 + 4 / len(ratios))
        )
    factors *= WEEK / factors.sum() if factors.sum() > 0 else 1.0
    noise = np.maximum(noise, noise.mean())  # three weeks may agree by chance
    spread = float(np.var(factors))
    kept = max(0.0, 1 - float(np.mean(noise)) / spread) if spread > 0 else 0.0
    factors = 1 + (factors - 1) * kept
    return factors[days], (noise / np.maximum(factors, 0.1) ** 2)[days]


def low_runs(volume: DailyVolume) -> list[LowRun]:
    """Find runs of days with far too little, the longest evidence first where they overlap.

    A run inside is held against the lower of the levels before and after it, so that growth, decline, the ramp of a
    log whose users all arrive within it, and a step for good are none. A run at the end is held against the level
    before it, lowered by the decline of the weeks before.
    """
    found = [run for first, last in _candidates(volume) if (run := _judged(volume, first, last))]
    kept: list[LowRun] = []
    for run in sorted(found, key=lambda run: run.z):
        if all(run.last < other.first or run.first > other.last for other in kept):
            kept.append(run)
    return sorted(kept, key=lambda run: run.first)


def share_of_expected(volume: DailyVolume, first: int, last: int) -> float | None:
    """Recorded over expected of any run of days; None where nothing tells what to expect."""
    expected = _expected(volume, first, last)
    if expected is None or expected[0] <= 0:
        return None
    return float(volume.counts[first : last + 1].sum() / expected[0])


def _candidates(volume: DailyVolume) -> Iterator[tuple[int, int]]:
    level = volume.level
    size = len(level)
    around = _around(level, LEVEL_DAYS)
    ordinary = np.nanmedian(level)
    low = (level <= _LOW_DAY * around) | (level <= 0.02 * ordinary)
    low &= ~np.isnan(level)
    for bridged in (low, _bridged(low, np.isnan(level) | (level <= around))):
        edges = np.flatnonzero(np.diff(np.r_[False, bridged, False].astype(np.int8)))
        yield from ((int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True))
    judged = np.flatnonzero(volume.told)
    for length in range(1, _LONGEST_END + 1):
        if length < len(judged):
            yield int(judged[-length]), size - 1


def _bridged(low: np.ndarray, dull: np.ndarray) -> np.ndarray:
    """Join runs that a single day parts which is not above its level."""
    joined = low.copy()
    joined[1:-1] |= low[:-2] & low[2:] & dull[1:-1]
    return joined


def _judged(volume: DailyVolume, first: int, last: int) -> LowRun | None:
    expected = _expected(volume, first, last)
    if expected is None:
        return None
    mean, variance, at_end = expected
    recorded = float(volume.counts[first : last + 1].sum())
    most, limit = (_LOW_END, _LIMIT_END) if at_end else (_LOW_RUN, _LIMIT)
    if mean <= 0 or recorded > most * mean:
        return None
    z = (recorded - mean) / float(np.sqrt(variance))
    return LowRun(first, last, recorded / mean, z, at_end) if z <= -limit else None


def _expected(volume: DailyVolume, first: int, last: int) -> tuple[float, float, bool] | None:
    """Sum that was to be expected in a run, the variance of the recorded one about it, and whether it ends the log."""
    level = volume.level
    before, after = level[:first], level[last + 1 :]
    before, after = before[~np.isnan(before)], after[~np.isnan(after)]
    if len(before) < _LEAST_LEVEL_DAYS:
        return None
    at_end = len(after) < _LEAST_LEVEL_DAYS
    if at_end:
        near, told_by = _led_on(before, (last - first) / 2), WEEK / 2  # the doubt about the slope is as large again
        near = min(near, float(np.median(after))) if len(after) else near
    else:
        near = min(float(np.median(before[-LEVEL_DAYS:])), float(np.median(after[:LEVEL_DAYS])))
        told_by = min(len(before), len(after), LEVEL_DAYS)
    run = slice(first, last + 1)
    weights = volume.seen[run] * volume.weekday[run]
    mean = near * float(weights.sum())
    doubt = 1.57 * volume.dispersion / max(told_by * near, 1.0)  # of a median, relative
    doubt += float(volume.weekday_doubt[run].mean()) / min(last - first + 1, WEEK)
    return mean, volume.dispersion * mean + mean**2 * (_SHOCK**2 + doubt), at_end and not len(after)


def _led_on(before: np.ndarray, ahead: float) -> float:
    """Level so many days past the next: that of the last week, lowered by the decline of the weeks before.

    The slower of the declines by weeks and by fortnights is taken; growth is not led on.
    """
    now, slopes = float(np.median(before[-WEEK:])), []
    for days in (WEEK, LEVEL_DAYS):
        earlier, later = before[-2 * days : -days], before[-days:]
        if len(earlier) >= _LEAST_LEVEL_DAYS and np.median(earlier) > 0:
            slopes.append(float(np.median(later) / np.median(earlier)) ** (1 / days))
    return now * min(1.0, max(slopes, default=1.0)) ** (WEEK / 2 + 0.5 + ahead)

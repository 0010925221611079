"""A clock that stands still over days that the log does not hold, so that an outage makes nobody lapse."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

import numpy as np

from recsys_core.errors import SettingsError
from recsys_core.retention.population.local_time import zone_of

if TYPE_CHECKING:
    import ibis

_EPOCH = date(1970, 1, 1)
_BETWEEN = ".."
_MOST_RUNS = 40  # each is a step of an expression inside the one before


@dataclass(frozen=True)
class StudyClock:
    """Time in which days are left out.

    Every later moment is earlier by as much; what happened on them falls on the moment at which the first of them
    began.

    Attributes
    ----------
    days
        Runs of left out dates, first and last, in days since 1970-01-01 on the calendar of the study's zone; sorted,
        not touching.
    seconds
        The same runs as epoch seconds, first second and the first one after.
    """

    days: tuple[tuple[int, int], ...] = ()
    seconds: tuple[tuple[int, int], ...] = ()

    def column(self, seconds: "ibis.Value") -> "ibis.Value":
        """Read a column of epoch seconds on this clock."""
        import ibis

        read = seconds
        for first, after in self.seconds:
            gone = ibis.greatest(ibis.least(seconds - first, after - first), 0)
            read = read - ibis.ifelse(seconds.isnull(), 0, gone)
        return read

    def day_column(self, days: "ibis.Value") -> "ibis.Value":
        """Read a column of days since 1970-01-01 on this clock."""
        import ibis

        read = days
        for first, last in self.days:
            read = read - ibis.greatest(ibis.least(days - first, last + 1 - first), 0)
        return read

    def at(self, second: int) -> int:
        """Read one moment, in epoch seconds."""
        return second - sum(min(max(second - first, 0), after - first) for first, after in self.seconds)

    def read(self, seconds: np.ndarray) -> np.ndarray:
        """Read moments, in epoch seconds."""
        gone: Any = sum(np.clip(seconds - first, 0, after - first) for first, after in self.seconds)
        return seconds - gone

    def day_at(self, day: int) -> int:
        """Read one day since 1970-01-01."""
        return day - sum(min(max(day - first, 0), last + 1 - first) for first, last in self.days)

    def moment(self, reading: int) -> int:
        """Return the last moment, in epoch seconds, at which this clock reads so."""
        second = reading
        for first, after in self.seconds:
            if second >= first:
                second += after - first
        return second


def study_clock(missing_days: Sequence[str], time_zone: str) -> StudyClock:
    """Read days to leave out: dates, or ranges as in 2026-03-11..2026-03-19, both ends included.

    Parameters
    ----------
    time_zone
        IANA name of the zone whose dates are meant.

    Raises
    ------
    SettingsError
        For what is no date, a range that ends before it begins, more ranges than the engine takes, or an unknown zone.
    """
    runs: list[tuple[int, int]] = []
    for first, last in sorted(_range(text) for text in missing_days):
        if runs and first <= runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], max(runs[-1][1], last))
        else:
            runs.append((first, last))
    if len(runs) > _MOST_RUNS:
        raise SettingsError("missing-days-too-many", runs=len(runs), most=_MOST_RUNS)
    if not runs:
        return StudyClock()
    zone = zone_of(time_zone)
    return StudyClock(tuple(runs), tuple((_midnight(first, zone), _midnight(last + 1, zone)) for first, last in runs))


def _range(text: str) -> tuple[int, int]:
    first, ranged, last = text.partition(_BETWEEN)
    try:
        days = [(date.fromisoformat(part.strip()) - _EPOCH).days for part in (first, last if ranged else first)]
    except ValueError:
        raise SettingsError("missing-days-no-date", value=text) from None
    if days[1] < days[0]:
        raise SettingsError("missing-days-no-date", value=text)
    return days[0], days[1]


def _midnight(day: int, zone: tzinfo) -> int:
    when = _EPOCH + timedelta(days=day)
    return int(datetime(when.year, when.month, when.day, tzinfo=zone).timestamp())

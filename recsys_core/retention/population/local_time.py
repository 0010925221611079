"""Days on the calendar of a time zone, for arrays and for columns of the engine."""

from datetime import UTC, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core.errors import SettingsError

if TYPE_CHECKING:
    import ibis

_GRID_SECONDS = 900  # clocks change on quarters of an hour


def zone_of(name: str) -> tzinfo:
    """Find an IANA time zone; SettingsError for a name that is none."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones, or longer than names of files
        raise SettingsError("time-zone-unknown", value=name) from None


def local_days(seconds: np.ndarray, time_zone: str) -> np.ndarray:
    """Turn epoch seconds into days since 1970-01-01 on the calendar of an IANA time zone.

    Raises
    ------
    SettingsError
        For a name that is no time zone.
    """
    return (seconds + _offsets(seconds, time_zone)) // col.DAY_SECONDS


def local_seconds(seconds: np.ndarray, time_zone: str) -> np.ndarray:
    """Turn epoch seconds into seconds since 1970-01-01 on the clocks of an IANA time zone.

    Raises
    ------
    SettingsError
        For a name that is no time zone.
    """
    return seconds + _offsets(seconds, time_zone)


def local_day(seconds: "ibis.Value", time_zone: str, between: tuple[int, int]) -> "ibis.Value":
    """Turn a column of epoch seconds into days as `local_days` does; all of them lie between the two moments.

    Raises
    ------
    SettingsError
        For a name that is no time zone.
    """
    return local_second(seconds, time_zone, between) // col.DAY_SECONDS


def local_second(seconds: "ibis.Value", time_zone: str, between: tuple[int, int]) -> "ibis.Value":
    """Turn a column of epoch seconds into seconds since 1970-01-01 on the clocks of a zone, as `local_day` does days.

    Raises
    ------
    SettingsError
        For a name that is no time zone.
    """
    return seconds + _offset_between(seconds, time_zone, between)


def _offset_between(seconds: "ibis.Value", time_zone: str, between: tuple[int, int]) -> "ibis.Value":
    """Offset of the zone from UTC in seconds, as a case over the moments at which it changes."""
    import ibis

    first, last = between
    grid = np.arange(first - first % _GRID_SECONDS, last + _GRID_SECONDS, _GRID_SECONDS)
    offsets = _offsets(grid, time_zone)
    changes = np.flatnonzero(np.diff(offsets)) + 1
    branches = [(seconds < int(grid[i]), int(offsets[i - 1])) for i in changes]
    return ibis.cases(*branches, else_=int(offsets[-1])) if branches else ibis.literal(int(offsets[-1]))


def _offsets(seconds: np.ndarray, time_zone: str) -> np.ndarray:
    if time_zone == "UTC":
        return np.zeros(len(seconds), dtype=np.int64)
    zone = zone_of(time_zone)
    local = pd.to_datetime(pd.Series(seconds, dtype="int64"), unit="s", utc=True).dt.tz_convert(zone)
    return local.dt.tz_localize(None).astype("datetime64[s]").astype("int64").to_numpy() - seconds

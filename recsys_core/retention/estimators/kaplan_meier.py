"""The Kaplan-Meier curve with Greenwood's variance and R's interval and median rules."""

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from recsys_core.errors import SettingsError
from recsys_core.retention.estimators.event_table import EventTable, FloatArray
from recsys_core.retention.estimators.figures import SurvivalPoint
from recsys_core.retention.estimators.inference import z_value

ConfType = Literal["log-log", "log", "plain"]


class Median(NamedTuple):
    """Median with limits; None where the curve, or its limit, does not reach one half."""

    estimate: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class SurvivalCurve:
    """A right-continuous step curve: S(t) = P(T > t), so S(0) < 1 where durations of 0 occur.

    Attributes
    ----------
    time
        Ascending times of the event table; all other arrays follow it.
    estimate, stderr
        S and its standard error (of S itself, not of log S); 0 where S is 0.
    lower, upper
        Limits. Where the transformation has no value (S = 1; S = 0) both equal the estimate.
    at_risk, events
        As in the event table.
    hazard_variance
        Increments of the variance of log S, taken as independent.
    confidence
        Level of the limits.
    """

    time: FloatArray
    estimate: FloatArray
    stderr: FloatArray
    lower: FloatArray
    upper: FloatArray
    at_risk: FloatArray
    events: FloatArray
    hazard_variance: FloatArray
    confidence: float

    @property
    def last_time(self) -> float:
        """Last time at which somebody was followed."""
        return float(self.time[-1])

    def at(self, times: npt.ArrayLike) -> FloatArray:
        """Return S at each time; the last value holds past the end of the curve."""
        return self._step(self.estimate, times, 1.0)

    def stderr_at(self, times: npt.ArrayLike) -> FloatArray:
        """Return the standard error of S at each time."""
        return self._step(self.stderr, times, 0.0)

    def at_risk_at(self, times: npt.ArrayLike) -> FloatArray:
        """Return the number at risk just before each time, 0 past the end (n.risk of R's summary.survfit)."""
        position = np.searchsorted(self.time, np.asarray(times, dtype=np.float64), side="left")
        return np.append(self.at_risk, 0.0)[position]

    def median(self) -> Median:
        """Return the median and limits by R's rule: the middle of the step where S is exactly one half."""
        defined = self.estimate > 0  # R has no limits where S = 0
        lower, upper = (np.where(defined, limit, np.nan) for limit in (self.lower, self.upper))
        return Median(*(_crossing(self.time, curve) for curve in (self.estimate, lower, upper)))

    def area(self, start: float, end: float) -> float:
        """Return the area under the curve from start to end; the last value holds past its end."""
        return float(np.diff(self.area_to(np.array([start, end])))[0])

    def area_to(self, times: FloatArray) -> FloatArray:
        """Return the area from 0 to each time."""
        knots = np.concatenate(([0.0], self.time))
        levels = np.concatenate(([1.0], self.estimate))
        areas = np.concatenate(([0.0], np.cumsum(np.diff(knots) * levels[:-1])))
        position = np.searchsorted(knots, times, side="right") - 1
        return np.asarray(areas[position] + (times - knots[position]) * levels[position])

    def points(self, times: npt.ArrayLike) -> tuple[SurvivalPoint, ...]:
        """Return one row per time."""
        when = np.asarray(times, dtype=np.float64)
        columns = (
            when,
            self.at(when),
            self.stderr_at(when),
            self._step(self.lower, when, 1.0),
            self._step(self.upper, when, 1.0),
            self.at_risk_at(when),
        )
        return tuple(SurvivalPoint(*row) for row in zip(*(c.tolist() for c in columns), strict=True))

    def _step(self, values: FloatArray, times: npt.ArrayLike, before: float) -> FloatArray:
        position = np.searchsorted(self.time, np.asarray(times, dtype=np.float64), side="right")
        return np.concatenate(([before], values))[position]


def step_points(
    time: FloatArray, columns: tuple[FloatArray, ...], at_risk: FloatArray, times: npt.ArrayLike
) -> tuple[SurvivalPoint, ...]:
    """Read curves that start at 0 at each of `times`: one row of estimate, stderr, lower and upper per time.

    The last value holds past the end; at_risk is that at the first moment of `time` from there on, 0 past the last.
    """
    when = np.asarray(times, dtype=np.float64)
    after = np.searchsorted(time, when, side="right")
    read = [np.append(0.0, column)[after] for column in columns]
    risk = np.append(at_risk, 0.0)[np.searchsorted(time, when, side="left")]
    return tuple(SurvivalPoint(*row) for row in zip(*(c.tolist() for c in (when, *read, risk)), strict=True))


def kaplan_meier(table: EventTable, conf_type: ConfType = "log-log", confidence: float = 0.95) -> SurvivalCurve:
    """Estimate the survival curve.

    Parameters
    ----------
    table
        From `event_table` or `event_table_from_counts`.
    conf_type
        Scale on which the limits are symmetric.
    confidence
        Level of the limits.

    Raises
    ------
    SettingsError
        When conf_type or confidence is not allowed.

    References
    ----------
    Kaplan & Meier 1958; Greenwood 1926; R survival::survfit.

    Examples
    --------
    >>> from recsys_core.retention.estimators.event_table import event_table
    >>> curve = kaplan_meier(event_table(duration=[1, 2, 2, 4], event_observed=[1, 1, 0, 0]))
    >>> curve.at([0, 1, 2, 3]).tolist()
    [1.0, 0.75, 0.5, 0.5]
    """
    if conf_type not in get_args(ConfType):
        raise SettingsError("conf-type-unknown", conf_type=conf_type)
    factor = np.maximum(1 - table.events / table.at_risk, 0.0)
    factor[table.events >= table.at_risk * (1 - 1e-12)] = 0.0
    survival = np.asarray(np.cumprod(factor), dtype=np.float64)
    variance = np.cumsum(table.hazard_variance) if table.log_variance is None else table.log_variance
    log_stderr = np.where(survival > 0, np.sqrt(variance), 0.0)
    lower, upper = _limits(survival, log_stderr, conf_type, z_value(confidence))
    return SurvivalCurve(
        time=table.times,
        estimate=survival,
        stderr=survival * log_stderr,
        lower=lower,
        upper=upper,
        at_risk=table.at_risk,
        events=table.events,
        hazard_variance=table.hazard_variance,
        confidence=confidence,
    )


def _limits(
    survival: FloatArray, log_stderr: FloatArray, conf_type: ConfType, z: float
) -> tuple[FloatArray, FloatArray]:
    inside = (survival > 0) & (survival < 1)
    s, half = np.where(inside, survival, 0.5), z * log_stderr
    if conf_type == "plain":
        low, high = s - s * half, s + s * half
    elif conf_type == "log":
        low, high = s * np.exp(-half), s * np.exp(half)
    else:
        log_s = np.log(s)
        apart = np.exp(half / log_s)
        low, high = np.exp(log_s / apart), np.exp(log_s * apart)
    return (
        np.where(inside, np.maximum(low, 0.0), survival),
        np.where(inside, np.minimum(high, 1.0), survival),
    )


def _crossing(time: FloatArray, curve: FloatArray) -> float | None:
    tolerance = float(np.sqrt(np.finfo(float).eps))
    below = np.flatnonzero(curve < 0.5 + tolerance)
    if below.size == 0:
        return None
    first = below[0]
    lower = np.flatnonzero(curve < curve[first])
    if abs(curve[first] - 0.5) < tolerance and lower.size:
        return float((time[first] + time[lower[0]]) / 2)
    return float(time[first])

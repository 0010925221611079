"""Cumulative incidence when several causes compete: the Aalen-Johansen estimate with R's standard error.

The standard error is the infinitesimal jackknife: the root of the sum over rows of (w dF/dw)^2. Once a row has left,
its influence on F is a + b F(t), and while it is at risk it is q(t) + a + b F(t), so that running sums of the squares
give every standard error in one pass.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

import numpy as np
import numpy.typing as npt

from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.estimators.event_table import FloatArray, SurvivalRows, at_risk_on, sum_by, survival_rows
from recsys_core.retention.estimators.figures import SurvivalPoint
from recsys_core.retention.estimators.inference import z_value
from recsys_core.retention.estimators.kaplan_meier import ConfType, step_points

Running = tuple[FloatArray, FloatArray]  # value just before, and just after, each event time


@dataclass(frozen=True)
class IncidenceCurve:
    """P(T <= t, cause): a right-continuous step curve from 0.

    Attributes
    ----------
    cause
        Its name.
    time
        Ascending times at which somebody is struck or censored; the arrays follow it.
    estimate, stderr, lower, upper
        Share (0 to 1), standard error and limits; the limits equal the estimate where they have no value.
    events
        Weight struck by this cause.
    at_risk
        Weight at risk of any cause.
    """

    cause: str
    time: FloatArray
    estimate: FloatArray
    stderr: FloatArray
    lower: FloatArray
    upper: FloatArray
    events: FloatArray
    at_risk: FloatArray

    @property
    def last_time(self) -> float:
        """Last time at which somebody was followed."""
        return float(self.time[-1])

    def points(self, times: npt.ArrayLike) -> tuple[SurvivalPoint, ...]:
        """Return one row per time; the last value holds past the end of the curve."""
        return step_points(self.time, (self.estimate, self.stderr, self.lower, self.upper), self.at_risk, times)


def cumulative_incidence(
    duration: npt.ArrayLike,
    cause: npt.ArrayLike,
    names: Mapping[int, str],
    *,
    entry: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    conf_type: ConfType = "log-log",
    confidence: float = 0.95,
) -> tuple[IncidenceCurve, ...]:
    """Estimate how many have been struck by each cause, when each user can be struck by one only.

    Parameters
    ----------
    duration, entry, weights
        As for `event_table`; one row per user.
    cause
        Whole number per row: 0 censored, else a key of `names`.
    names
        Name of each cause, in the order of the answer.
    conf_type
        Scale on which the limits are symmetric.
    confidence
        Level of the limits.

    Returns
    -------
    tuple
        One curve per cause; with 1 - S of any cause they add up.

    Raises
    ------
    DataError
        When a column is not valid, a cause has no name, or nobody is struck by any cause.
    SettingsError
        When conf_type or confidence is not allowed.

    References
    ----------
    Aalen & Johansen 1978; R survival::survfit with a factor as status.

    Examples
    --------
    >>> lapsed, closed = cumulative_incidence([1, 2, 3, 4], cause=[1, 2, 0, 1], names={1: "lapsed", 2: "closed"})
    >>> lapsed.estimate.tolist(), closed.estimate.tolist()
    ([0.25, 0.25, 0.25, 0.75], [0.0, 0.25, 0.25, 0.25])
    """
    if conf_type not in get_args(ConfType):
        raise SettingsError("conf-type-unknown", conf_type=conf_type)
    code = _codes(cause, names)
    rows = survival_rows(duration, code != 0, entry, weights)
    used = rows.weights > 0
    rows, code = rows.take(used), code[used]
    if not rows.event.any():
        raise DataError("no-cause-observed")
    risk = _AllCauses.of(rows)
    curves = []
    for key, name in names.items():
        struck = (code == key).astype(np.float64)
        estimate, stderr, events = _one_cause(risk, rows, struck)
        lower, upper = _limits(estimate, stderr, conf_type, z_value(confidence))
        curves.append(IncidenceCurve(name, risk.times, estimate, stderr, lower, upper, events, risk.at_risk))
    return tuple(curves)


@dataclass(frozen=True)
class _AllCauses:
    """Survival of all causes, and the drift of the influence of a row that is at risk from the start."""

    times: FloatArray
    at_risk: FloatArray
    hazard: FloatArray
    before: FloatArray  # S(t-)
    after: FloatArray  # S(t)
    drift: Running  # q_S: influence on S of somebody who is at risk and not struck

    @classmethod
    def of(cls, rows: SurvivalRows) -> "_AllCauses":
        times = np.unique(rows.duration)
        at_risk = at_risk_on(times, rows, rows.weights)
        deaths = sum_by(np.searchsorted(times, rows.duration), rows.weights * rows.event, times.size)
        hazard = np.minimum(deaths / at_risk, 1.0)
        hazard[deaths >= at_risk * (1 - 1e-12)] = 1.0
        after = np.cumprod(1 - hazard)
        before = np.append(1.0, after[:-1])
        # q_S(t) = (1 - h) q_S(t-) + S(t-) h / Y, solved through q_S / S; 0 once S is 0
        gain = np.divide(hazard, at_risk * (1 - hazard), out=np.zeros_like(hazard), where=hazard < 1)
        total = np.cumsum(gain)
        drift = np.append(0.0, total[:-1]) * before, total * after
        return cls(times, at_risk, hazard, before, after, drift)


def _one_cause(risk: _AllCauses, rows: SurvivalRows, struck: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return F, its standard error, and the weight struck, at each event time."""
    events = sum_by(np.searchsorted(risk.times, rows.duration), rows.weights * struck, risk.times.size)
    hazard = events / risk.at_risk
    estimate = np.cumsum(risk.before * hazard)
    # q_F(t) = q_F(t-) + q_S(t-) h_j - S(t-) h_j / Y: influence on F of somebody at risk and not struck
    q_f = np.cumsum(risk.drift[0] * hazard - risk.before * hazard / risk.at_risk)
    influence = _Influence(risk, estimate, q_f)
    a, b = influence.from_entry(rows.entry, rows.duration.size)
    leave_a, leave_b = influence.after_exit(rows, struck, (a, b))
    variance = influence.sum_of_squares(rows, (a, b), (leave_a, leave_b))
    return estimate, np.sqrt(np.maximum(variance, 0.0)), events


@dataclass(frozen=True)
class _Influence:
    risk: _AllCauses
    estimate: FloatArray
    q_f: FloatArray

    def from_entry(self, entry: FloatArray | None, size: int) -> tuple[FloatArray, FloatArray]:
        """Return a, b with influence q_F(t) + a + b F(t) while at risk: 0 at the entry."""
        if entry is None:
            return np.zeros(size), np.zeros(size)
        at = np.searchsorted(self.risk.times, entry, side="right")
        s, q_s = np.append(1.0, self.risk.after)[at], np.append(0.0, self.risk.drift[1])[at]
        f, q_f = np.append(0.0, self.estimate)[at], np.append(0.0, self.q_f)[at]
        b = -np.divide(q_s, s, out=np.zeros_like(s), where=s > 0)
        return -q_f - b * f, b

    def after_exit(
        self, rows: SurvivalRows, struck: FloatArray, start: tuple[FloatArray, FloatArray]
    ) -> tuple[FloatArray, FloatArray]:
        """Return a, b with influence a + b F(t) from the exit on."""
        at = np.searchsorted(self.risk.times, rows.duration, side="right")
        s, q_s = np.append(1.0, self.risk.after)[at], np.append(0.0, self.risk.drift[1])[at]
        f, q_f = np.append(0.0, self.estimate)[at], np.append(0.0, self.q_f)[at]
        here = at - 1  # each duration is a time
        jump = rows.event * self.risk.before[here] / self.risk.at_risk[here]  # on S, downwards
        on_f = q_f + start[0] + start[1] * f + struck * jump
        on_s = q_s + start[1] * s - jump
        b = np.divide(on_s, s, out=np.zeros_like(s), where=s > 0)
        return on_f - b * f, b

    def sum_of_squares(
        self, rows: SurvivalRows, at_risk: tuple[FloatArray, FloatArray], left: tuple[FloatArray, FloatArray]
    ) -> FloatArray:
        """Return the sum over rows of (w influence)^2 at each event time."""
        squared = rows.weights**2
        entered = np.zeros(squared.size, dtype=np.int64)
        if rows.entry is not None:  # who enters at a time is at risk from the next event time on
            entered = np.searchsorted(self.risk.times, rows.entry, side="right")
        gone = np.searchsorted(self.risk.times, rows.duration, side="left")  # counts as left at its own time

        def running(values: FloatArray, start: npt.NDArray[np.int64], end: npt.NDArray[np.int64] | None) -> FloatArray:
            change = sum_by(start, values, self.risk.times.size + 1)
            if end is not None:
                change -= sum_by(end, values, self.risk.times.size + 1)
            return np.cumsum(change)[:-1]

        f, q = self.estimate, self.q_f
        a, b = at_risk
        total = np.zeros(f.size)
        for (first, second), start, end in (((a, b), entered, gone), (left, gone, None)):
            total += running(squared * first**2, start, end) + 2 * f * running(squared * first * second, start, end)
            total += f**2 * running(squared * second**2, start, end)
        total += q**2 * running(squared, entered, gone)
        total += 2 * q * (running(squared * a, entered, gone) + f * running(squared * b, entered, gone))
        return total


def _codes(cause: npt.ArrayLike, names: Mapping[int, str]) -> npt.NDArray[np.int64]:
    code = np.asarray(cause)
    strange = ~np.isin(code, [0, *names])
    if strange.any():
        known = tuple(map(str, sorted(names)))
        raise DataError("cause-without-name", cause=str(code[strange][0]), known=known)
    return code.astype(np.int64)


def _limits(p: FloatArray, stderr: FloatArray, conf_type: ConfType, z: float) -> tuple[FloatArray, FloatArray]:
    inside = (p > 0) & (p < 1)
    safe = np.where(inside, p, 0.5)
    half = z * stderr
    if conf_type == "plain":
        return np.maximum(p - half, 0.0), np.minimum(p + half, 1.0)
    if conf_type == "log":
        low, high = safe * np.exp(-half / safe), np.minimum(safe * np.exp(half / safe), 1.0)
    else:
        shift = half / (safe * np.log(safe))
        low, high = np.exp(np.log(safe) * np.exp(-shift)), np.exp(np.log(safe) * np.exp(shift))
    return np.where(inside, low, p), np.where(inside, high, p)

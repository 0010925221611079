"""Jackknife pseudo-values of the Kaplan-Meier curve, in closed form."""

import numpy as np

from recsys_core.retention.estimators.event_table import FloatArray, sum_by


def pseudo_values(duration: FloatArray, event: FloatArray, count: FloatArray, horizon: float, day: float) -> FloatArray:
    """Return n theta - (n - 1) theta without the user, for the restricted mean and for S(day).

    Users of one (duration, event) cell share their value. Without a user followed to t, the factor of each
    time before t has n - 1 at risk, the factor at t loses the user's event too, and later factors stay; so
    cumulative products and areas give all values at the cost of one sort.

    Parameters
    ----------
    duration, event, count
        Cells of one arm; count is the number of users in a cell.
    horizon, day
        Restriction of the mean, and the time of S.

    Returns
    -------
    ndarray
        Shape (cells, 2): restricted mean, S(day).

    References
    ----------
    Andersen, Klein & Rosthoj 2003, Generalised linear models for correlated pseudo-observations.
    """
    times, at = np.unique(duration, return_inverse=True)
    leaving = sum_by(at, count, times.size)
    events = sum_by(at, count * event, times.size)
    n = np.cumsum(leaving[::-1])[::-1]
    widths = np.diff(np.append(np.minimum(times, horizon), horizon))
    shorter = _products(events, n - 1)
    full = _products(events, n)
    before = np.concatenate(([1.0], shorter[:-1]))
    head = min(times[0], horizon) + np.concatenate(([0.0], np.cumsum(shorter * widths)[:-1]))
    tail = np.cumsum((full * widths)[::-1])[::-1]
    own = _factor(events[at] - event, n[at] - 1)
    alive = full[at] > 0
    # with S = 0 at the user's own time nobody is left after it, and the curve stays level
    rest = np.divide(tail[at], full[at], out=horizon - np.minimum(times[at], horizon), where=alive)
    mean_without = head[at] + before[at] * own * rest
    total = float(n[0])
    mean_all = min(times[0], horizon) + float(full @ widths)
    index = int(np.searchsorted(times, day, side="right")) - 1
    level_all = float(full[index]) if index >= 0 else 1.0
    ratio = np.divide(level_all, full[at], out=np.ones(at.size), where=alive)
    level_shorter = float(shorter[index]) if index >= 0 else 1.0
    level_without = np.where(times[at] > day, level_shorter, before[at] * own * ratio)
    everyone, without = np.array([mean_all, level_all]), np.column_stack((mean_without, level_without))
    return np.asarray(total * everyone - (total - 1) * without)


def _products(events: FloatArray, at_risk: FloatArray) -> FloatArray:
    return np.asarray(np.cumprod(_factor(events, at_risk)))


def _factor(events: FloatArray, at_risk: FloatArray) -> FloatArray:
    staying = np.divide(at_risk - events, at_risk, out=np.ones_like(at_risk), where=at_risk > 0)
    return np.asarray(np.maximum(staying, 0.0))

"""Log-rank tests for two or more arms, and corrections for several comparisons."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.estimators.event_table import (
    EventTable,
    FloatArray,
    SurvivalRows,
    distinct_times,
    still_there,
    sum_by,
    survival_rows,
    weight_from,
)
from recsys_core.retention.estimators.figures import ChiSquare
from recsys_core.retention.estimators.inference import chi_square_p


@dataclass(frozen=True)
class _Grid:
    """Event times of one stratum; at_risk and events have one row per arm."""

    times: FloatArray
    at_risk: FloatArray
    events: FloatArray

    def weight(self, rho: float) -> FloatArray:
        """Return S(t-)^rho of the pooled Kaplan-Meier curve."""
        if rho == 0:
            return np.ones(self.times.size)
        factor = 1 - self.events.sum(axis=0) / self.at_risk.sum(axis=0)
        before = np.concatenate(([1.0], np.cumprod(factor)[:-1]))
        return np.asarray(np.maximum(before, 0.0) ** rho)


def logrank(
    duration: npt.ArrayLike,
    event_observed: npt.ArrayLike,
    group: npt.ArrayLike,
    rho: float = 0.0,
    *,
    strata: npt.ArrayLike | None = None,
    entry: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
) -> ChiSquare:
    """Test that all arms have the same hazard.

    Parameters
    ----------
    duration, event_observed, entry, weights
        As for `event_table`. Weights that are not whole numbers lead to the robust variance of the score.
    group
        Arm of each row.
    rho
        Fleming-Harrington G^rho: 0 is the log-rank test, 1 the Peto-Peto form of Wilcoxon's.
    strata
        Arms are compared within each stratum and the comparisons summed.

    Raises
    ------
    DataError
        When no event happens while two arms are at risk, or a column is not valid.
    SettingsError
        When there is one arm only.

    References
    ----------
    Harrington & Fleming 1982; R survival::survdiff. Robust form: Lin & Wei 1989.

    Examples
    --------
    >>> test = logrank([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 0, 1], group=["cf", "cf", "bert", "cf", "bert", "bert"])
    >>> round(test.chisq, 3), test.df, round(test.p, 3)
    (2.557, 1, 0.11)
    """
    rows = survival_rows(duration, event_observed, entry, weights)
    arm, names = pd.factorize(np.asarray(group), use_na_sentinel=False)
    if arm.size != rows.duration.size:
        raise DataError("logrank-group-size", labels=arm.size, rows=rows.duration.size)
    stratum = np.zeros(arm.size, dtype=np.int64)
    if strata is not None:
        stratum = np.unique(np.asarray(strata), return_inverse=True)[1]
    score, variance = np.zeros(len(names)), np.zeros((len(names), len(names)))
    for one in range(int(stratum.max()) + 1):
        inside = (stratum == one) & (rows.weights > 0)
        part, part_arm = (rows, arm) if inside.all() else (rows.take(inside), arm[inside])
        if not part.event.any():
            continue
        grid = _grid_of_rows(part, part_arm, len(names))
        score += _score(grid, rho)
        variance += _hypergeometric(grid, rho) if rows.whole_weights else _robust(grid, rho, part, part_arm)
    return _test(score, variance)


def logrank_from_tables(tables: Mapping[str, EventTable], rho: float = 0.0) -> ChiSquare:
    """Test equal hazards from one event table per arm, without delayed entry.

    Raises
    ------
    DataError, SettingsError
        As `logrank`.
    """
    return _test(*score_and_variance(tables, rho))


def score_and_variance(tables: Mapping[str, EventTable], rho: float = 0.0) -> tuple[FloatArray, FloatArray]:
    """Return the observed less the expected events of each arm, and their covariance, both weighted by S(t-)^rho."""
    arms = list(tables.values())
    with_events = [table.times[table.events > 0] for table in arms]
    times = np.unique(np.concatenate(with_events)) if arms else np.empty(0)
    grid = _Grid(
        times,
        np.array([np.append(t.at_risk, 0.0)[np.searchsorted(t.times, times)] for t in arms]),
        np.array([_events_on(times, table) for table in arms]),
    )
    if times.size == 0:
        return np.zeros(len(arms)), np.zeros((len(arms), len(arms)))
    return _score(grid, rho), _hypergeometric(grid, rho)


def _grid_of_rows(rows: SurvivalRows, arm: npt.NDArray[np.int64], arms: int) -> _Grid:
    times, at = distinct_times(rows.duration)
    place = at + arm * times.size
    leaving = sum_by(place, rows.weights, arms * times.size).reshape(arms, -1)
    events = sum_by(place, rows.weights * rows.event, arms * times.size).reshape(arms, -1)
    at_risk = still_there(leaving)
    if rows.entry is not None:
        for one in range(arms):
            at_risk[one] -= weight_from(times, rows.entry[arm == one], rows.weights[arm == one])
    used = np.flatnonzero(events.sum(axis=0))
    return _Grid(times[used], at_risk.take(used, axis=1), events.take(used, axis=1))


def _events_on(times: FloatArray, table: EventTable) -> FloatArray:
    position = np.searchsorted(times, table.times[table.events > 0])
    return sum_by(position, table.events[table.events > 0], times.size)


def _score(grid: _Grid, rho: float) -> FloatArray:
    share = grid.at_risk / grid.at_risk.sum(axis=0)
    return np.asarray((grid.events - share * grid.events.sum(axis=0)) @ grid.weight(rho))


def _hypergeometric(grid: _Grid, rho: float) -> FloatArray:
    n, d = grid.at_risk.sum(axis=0), grid.events.sum(axis=0)
    share = grid.at_risk / n
    scale = np.where(n > 1, grid.weight(rho) ** 2 * d * (n - d) / np.maximum(n - 1, 1), 0.0)
    return np.asarray(np.diag(share @ scale) - (share * scale) @ share.T)


def _robust(grid: _Grid, rho: float, rows: SurvivalRows, arm: npt.NDArray[np.int64]) -> FloatArray:
    n, weight = grid.at_risk.sum(axis=0), grid.weight(rho)
    share = grid.at_risk / n
    hazard = np.concatenate(([0.0], np.cumsum(weight * grid.events.sum(axis=0) / n)))
    expected = np.concatenate(
        (np.zeros((len(share), 1)), np.cumsum(weight * grid.events.sum(axis=0) / n * share, axis=1)), axis=1
    )
    own = np.arange(len(share))[:, None] == arm
    last = np.searchsorted(grid.times, rows.duration, side="right")
    first = np.zeros_like(last) if rows.entry is None else np.searchsorted(grid.times, rows.entry, "right")
    influence = expected[:, last] - expected[:, first] - own * (hazard[last] - hazard[first])
    at_event = np.maximum(last - 1, 0)
    influence += rows.event * weight[at_event] * (own - share[:, at_event])
    influence *= rows.weights
    return np.asarray(influence @ influence.T)


def _test(score: FloatArray, variance: FloatArray) -> ChiSquare:
    if score.size < 2:
        raise SettingsError("logrank-one-arm")
    used = np.flatnonzero(np.diag(variance) > 1e-12)
    if used.size < 2:
        raise DataError("logrank-no-event")
    free = used[:-1]  # scores sum to 0, so one arm follows from the others
    chisq = float(score[free] @ np.linalg.pinv(variance[np.ix_(free, free)]) @ score[free])
    df = int(np.linalg.matrix_rank(variance[np.ix_(free, free)]))
    return ChiSquare(chisq, df, chi_square_p(chisq, df))

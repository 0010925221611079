"""How likely each pattern of attributes is to be in the arm, and whether weighting balances the two arms."""

from dataclasses import dataclass

import numpy as np

from recsys_core.errors import DataError
from recsys_core.retention.adjustment.adjustment_cells import Cells
from recsys_core.retention.estimators.design import centre_and_scale
from recsys_core.retention.estimators.event_table import FloatArray


@dataclass(frozen=True)
class BalanceRow:
    """Standardised mean difference of one column before and after weighting."""

    term: str
    smd_before: float
    smd_after: float


@dataclass(frozen=True)
class Balance:
    """One row per column of the design; an absolute value below 0.1 counts as balanced."""

    rows: tuple[BalanceRow, ...]


class PropensityModel:
    """Unpenalised logistic regression of the arm on the patterns.

    Raises
    ------
    DataError
        When a column tells the arms apart perfectly, so that no weight exists for some users.
    """

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        centre, scale = centre_and_scale(cells.patterns.T, cells.per_pattern(cells.count))
        scaled = (cells.patterns - centre) / scale
        self._x = np.column_stack((np.ones(len(scaled)), scaled))
        self._beta = np.zeros(self._x.shape[1])
        self._beta = self._converged()

    def probability(self, count: FloatArray | None = None) -> FloatArray:
        """Return P(arm = 1) per pattern; for resampled counts after three Newton steps from the full fit."""
        if count is None:
            return _logistic(self._x @ self._beta)
        beta = self._beta
        for _ in range(3):
            beta = beta + self._step(beta, count)
        return _logistic(self._x @ beta)

    def _converged(self) -> FloatArray:
        beta = self._beta
        for _ in range(30):
            step = self._step(beta, self._cells.count)
            beta = beta + step
            if np.abs(step).max() < 1e-10 * (1 + np.abs(beta).max()):
                p = _logistic(self._x @ beta)
                if min(p.min(), 1 - p.max()) > 1e-8:
                    return beta
                break
        worst = self._cells.names[int(np.argmax(np.abs(beta[1:])))]
        raise DataError("adjustment-arms-separated", column=worst)

    def _step(self, beta: FloatArray, count: FloatArray) -> FloatArray:
        cells = self._cells
        total, treated = cells.per_pattern(count), cells.per_pattern(count * cells.arm)
        p = _logistic(self._x @ beta)
        information = (self._x.T * (total * p * (1 - p))) @ self._x
        score = self._x.T @ (treated - total * p)
        return np.asarray(np.linalg.lstsq(information, score, rcond=1e-12)[0])


def stabilised_weights(cells: Cells, probability: FloatArray, count: FloatArray) -> FloatArray:
    """Return P(arm) / P(arm | pattern) per cell, without the count.

    References
    ----------
    Cole & Hernan 2004; Austin 2014.
    """
    share = float(count @ cells.arm / count.sum())
    p = probability[cells.pattern]
    return np.where(cells.arm > 0, share / p, (1 - share) / (1 - p))


def effective_sample_size(cells: Cells, weights: FloatArray) -> tuple[float, float]:
    """Return (sum w)^2 / sum w^2 of arm 0 and of arm 1."""
    sizes = []
    for one in (0, 1):
        inside = cells.arm == one
        count, weight = cells.count[inside], weights[inside]
        sizes.append(float((count @ weight) ** 2 / (count @ weight**2)))
    return sizes[0], sizes[1]


def balance_table(cells: Cells, weights: FloatArray) -> Balance:
    """Compare the columns of the two arms before and after weighting, in unweighted standard deviations."""
    x = cells.patterns[cells.pattern]
    before, spread = _means_and_spread(cells, x, cells.count)
    after, _ = _means_and_spread(cells, x, cells.count * weights)
    pooled = np.sqrt(spread.mean(axis=0))
    safe = np.where(pooled > 0, pooled, 1.0)
    smd = ((before[1] - before[0]) / safe, (after[1] - after[0]) / safe)
    return Balance(tuple(BalanceRow(*row) for row in zip(cells.names, *(s.tolist() for s in smd), strict=True)))


def _means_and_spread(cells: Cells, x: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    means, spreads = [], []
    for one in (0, 1):
        inside = cells.arm == one
        w = weight[inside] / weight[inside].sum()
        means.append(w @ x[inside])
        spreads.append(w @ (x[inside] - means[-1]) ** 2)
    return np.array(means), np.array(spreads)


def _logistic(linear: FloatArray) -> FloatArray:
    return np.asarray(1 / (1 + np.exp(-np.clip(linear, -500, 500))))

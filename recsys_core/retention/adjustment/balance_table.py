"""Whether weighting makes two arms alike: in means, in how widely numbers spread, and in their whole distribution."""

from dataclasses import dataclass

import numpy as np

from recsys_core.retention.adjustment.adjustment_cells import Cells
from recsys_core.retention.estimators.event_table import FloatArray

MEAN, SQUARE, DISTRIBUTION = "mean", "square", "distribution"


@dataclass(frozen=True)
class BalanceRow:
    """How far the arms lie apart in one column before and after weighting.

    Attributes
    ----------
    term
        The column.
    before, after
        A standardised mean difference; for `kind` "distribution" the Kolmogorov-Smirnov distance (share, 0 to 1).
    kind
        mean; for numbers also square (of the distance to the mean of all users) and distribution.
    """

    term: str
    before: float
    after: float
    kind: str = MEAN


@dataclass(frozen=True)
class Balance:
    """One row per indicator, three per number; an absolute value below 0.1 counts as balanced.

    No row where overlap leaves users who do not differ.
    """

    rows: tuple[BalanceRow, ...]


def balance_table(cells: Cells, weights: FloatArray) -> Balance:
    """Compare the two arms before and after weighting, in unweighted standard deviations."""
    total, weighted = cells.count, cells.count * weights
    rows = []
    for column in np.flatnonzero(~cells.bends):
        term, x = cells.names[column], cells.patterns[:, column][cells.pattern]
        rows.append(BalanceRow(term, *_standardised(cells, x, total, weighted)))
        if cells.numbers[column]:
            square = (x - total @ x / total.sum()) ** 2
            rows.append(BalanceRow(term, *_standardised(cells, square, total, weighted), SQUARE))
            before, after = _distance(cells, x, total), _distance(cells, x, weighted)
            rows.append(BalanceRow(term, before, after, DISTRIBUTION))
    return Balance(tuple(rows))


def _standardised(cells: Cells, x: FloatArray, total: FloatArray, weighted: FloatArray) -> tuple[float, float]:
    means, spread = [], 0.0
    for weight in (total, weighted):
        for one in (0, 1):
            share = np.where(cells.arm == one, weight, 0.0)
            share = share / share.sum()
            means.append(float(share @ x))
            spread += float(share @ (x - means[-1]) ** 2) / 2 if weight is total else 0.0
    scale = spread**0.5 if spread > 0 else 1.0
    return (means[1] - means[0]) / scale, (means[3] - means[2]) / scale


def _distance(cells: Cells, x: FloatArray, weight: FloatArray) -> float:
    """Return the largest distance between the two arms' weighted distribution functions."""
    values, at = np.unique(x, return_inverse=True)
    below = [np.cumsum(np.bincount(at, np.where(cells.arm == one, weight, 0.0), values.size)) for one in (0, 1)]
    return float(np.abs(below[1] / below[1][-1] - below[0] / below[0][-1]).max())

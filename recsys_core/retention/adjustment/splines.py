"""Numbers as restricted cubic splines, so that a model can follow a curve between two straight tails."""

import numpy as np

from recsys_core.retention.estimators.event_table import FloatArray

# Harrell 2015, table 2.3: where the knots of a spline lie among the values
_KNOTS = {
    3: (0.10, 0.50, 0.90),
    5: (0.05, 0.275, 0.50, 0.725, 0.95),
    6: (0.05, 0.23, 0.41, 0.59, 0.77, 0.95),
    7: (0.025, 0.1833, 0.3417, 0.50, 0.6583, 0.8167, 0.975),
}
_LEAST_FOR = ((1000, 7), (400, 6), (100, 5), (0, 3))  # values, knots: Harrell's 3 to 7 by the size of the sample
_LEAST_PART = 1e-6  # of its variance that a column must add to those before it


def spline_knots(values: FloatArray) -> FloatArray:
    """Choose knots at quantiles: 7 from 1,000 values on, 6 from 400, 5 from 100, else 3.

    Quantiles that coincide are one knot. Where one value is so frequent that fewer than three quantiles differ, it is
    a knot, and the others lie among the rest of the values.

    Parameters
    ----------
    values
        Finite numbers, one per user.

    Returns
    -------
    ndarray
        Three or more knots in ascending order, in the unit of the values; none where a line says all there is.
    """
    most = next(knots for least, knots in _LEAST_FOR if values.size >= least)
    knots = _quantiles(values, most)
    if knots.size < 3:
        distinct, count = np.unique(values, return_counts=True)
        mode = distinct[np.argmax(count)]
        rest = values[values != mode]
        knots = np.union1d(mode, _quantiles(rest, 3)) if rest.size else knots
    return knots if knots.size >= 3 else np.empty(0)


def spline_columns(values: FloatArray, knots: FloatArray) -> FloatArray:
    """Return the columns of a restricted cubic spline besides the value itself.

    With knots t_1 < ... < t_k and (u)+ = max(u, 0), column j = 1 .. k - 2 is

        (x - t_j)+^3 - (x - t_{k-1})+^3 (t_k - t_j) / (t_k - t_{k-1}) + (x - t_k)+^3 (t_{k-1} - t_j) / (t_k - t_{k-1})

    which is a line before t_1 and after t_k. What the value and earlier columns tell already is taken out of each
    column, and what is left has variance 1: the same models, without columns that are nearly alike.

    Returns
    -------
    ndarray
        Shape (values, columns); at most knots less 2.

    References
    ----------
    Harrell 2015, Regression Modeling Strategies, section 2.4.5.
    """
    if knots.size < 3:
        return np.empty((values.size, 0))
    # on distinct values, so that equal values keep equal columns to the last bit
    distinct, at, count = np.unique(values, return_inverse=True, return_counts=True)
    x = (distinct - knots[0]) / (knots[-1] - knots[0])
    t = (knots - knots[0]) / (knots[-1] - knots[0])
    last, before = t[-1], t[-2]
    bend, end = _cube(x - before) / (last - before), _cube(x - last) / (last - before)
    raw = [_cube(x - one) - bend * (last - one) + end * (before - one) for one in t[:-2]]
    return _apart([np.ones_like(x), x], raw, count / count.sum())[at]


def _apart(basis: list[FloatArray], columns: list[FloatArray], share: FloatArray) -> FloatArray:
    kept: list[FloatArray] = []
    for column in columns:
        known = np.sqrt(share)[:, None] * np.column_stack([*basis, *kept])
        fit = np.linalg.lstsq(known, np.sqrt(share) * column, rcond=None)[0]
        rest = column - np.column_stack([*basis, *kept]) @ fit
        spread = float(share @ (column - share @ column) ** 2)
        left = float(share @ rest**2)
        if left > _LEAST_PART * spread:
            kept.append(rest / np.sqrt(left))
    return np.column_stack(kept) if kept else np.empty((share.size, 0))


def _quantiles(values: FloatArray, knots: int) -> FloatArray:
    return np.unique(np.quantile(values, _KNOTS[knots], method="inverted_cdf"))


def _cube(u: FloatArray) -> FloatArray:
    return np.asarray(np.maximum(u, 0.0) ** 3)

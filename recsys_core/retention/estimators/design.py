"""From attributes as they come to the numeric columns of a model."""

import numpy as np
import pandas as pd

from recsys_core.errors import DataError
from recsys_core.retention.estimators.event_table import FloatArray

MISSING = "(missing)"
_NAMED = 8  # columns that a message names


def design_matrix(frame: pd.DataFrame) -> pd.DataFrame:
    """Return numeric columns: numbers kept, true / false as 1 / 0, categories as indicator columns.

    Parameters
    ----------
    frame
        One row per user. A category's first level in sorted order is the reference; the others become columns
        named "column=level". Missing categories are a level of their own, "(missing)", never the reference.

    Raises
    ------
    DataError
        When a numeric column has missing values, a column is constant, or one follows from the others.

    Examples
    --------
    >>> design_matrix(pd.DataFrame({"plan": ["free", "paid", None, "paid"], "age": [30, 41, 28, 35]}))
       plan=paid  plan=(missing)   age
    0        0.0             0.0  30.0
    1        1.0             0.0  41.0
    2        0.0             1.0  28.0
    3        1.0             0.0  35.0
    """
    if frame.shape[1] == 0:
        raise DataError("no-covariate-named")
    parts = [_columns(str(name), frame[name]) for name in frame.columns]
    design = pd.concat(parts, axis=1)
    for name in design.columns:
        if design[name].nunique() < 2:
            raise DataError("covariate-of-one-number", column=name, level=float(design[name].iloc[0]))
    values = design.to_numpy(dtype=np.float64)
    centred = values - values.mean(axis=0)
    at = first_dependent(centred.T @ centred)
    if at is not None:
        before = tuple(map(str, design.columns[:at]))
        raise DataError(
            "covariate-dependent",
            column=str(design.columns[at]),
            before=before[:_NAMED],
            more=max(len(before) - _NAMED, 0),
        )
    return design


def independent(frame: pd.DataFrame) -> bool:
    """Tell whether no column of the frame's design is constant or follows from the others."""
    try:
        design_matrix(frame)
    except DataError:
        return False
    return True


def rows_of(design: pd.DataFrame, size: int) -> FloatArray:
    """Return a numeric design as an array of shape (columns, rows).

    Raises
    ------
    DataError
        When it has another number of rows than `size`, or a column has missing or infinite values.
    """
    if len(design) != size:
        raise DataError("design-size", found=len(design), rows=size)
    x = np.ascontiguousarray(design.to_numpy(dtype=np.float64).T)
    for name, column in zip(design.columns, x, strict=True):
        bad = int((~np.isfinite(column)).sum())
        if bad:
            raise DataError("design-not-finite", column=name, bad=bad, rows=size)
    return x


def first_dependent(gram: FloatArray, tolerance: float = 1e-9) -> int | None:
    """Return the first column of a cross-product matrix that is 0 or depends on those before it."""
    for at in range(len(gram)):
        earlier = gram[:at, at]
        explained = float(earlier @ np.linalg.solve(gram[:at, :at], earlier)) if at else 0.0
        if not gram[at, at] - explained > tolerance * max(gram[at, at], 1e-12):
            return at
    return None


def centre_and_scale(x: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the weighted mean and standard deviation of each row of x; the scale of a constant row is 1."""
    total = weights.sum()
    # einsum: no copy of x, and no threads, which cost more than the sums where cores are shared
    centre = np.einsum("ij,j->i", x, weights) / total
    spread = np.maximum(np.einsum("ij,ij,j->i", x, x, weights) / total - centre**2, 0.0)
    return centre, np.sqrt(np.where(spread > 1e-14 * centre**2, spread, 1.0))


def _columns(name: str, column: pd.Series) -> pd.DataFrame:
    if pd.api.types.is_bool_dtype(column) and not column.hasnans:
        return pd.DataFrame({name: column.astype(np.float64)}, index=column.index)
    if pd.api.types.is_numeric_dtype(column):
        return _number(name, column)
    levels = column.astype(object).where(column.notna(), MISSING).astype(str)
    ordered = sorted(set(levels) - {MISSING}) + ([MISSING] if (levels == MISSING).any() else [])
    if len(ordered) < 2:
        raise DataError("covariate-of-one-level", column=name, level=ordered[0])
    return pd.DataFrame(
        {f"{name}={level}": (levels == level).astype(np.float64) for level in ordered[1:]}, index=column.index
    )


def _number(name: str, column: pd.Series) -> pd.DataFrame:
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    bad = int((~np.isfinite(values)).sum())
    if bad:
        raise DataError("covariate-not-finite", column=name, bad=bad, rows=values.size)
    return pd.DataFrame({name: values}, index=column.index)

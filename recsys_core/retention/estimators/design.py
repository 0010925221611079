"""From attributes as they come to the numeric columns of a model."""

import numpy as np
import pandas as pd

from recsys_core.errors import DataError
from recsys_core.retention.estimators.event_table import FloatArray

MISSING = "(missing)"


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
    """
    if frame.shape[1] == 0:
        raise DataError("No covariate is named; a model needs at least one column.")
    parts = [_columns(str(name), frame[name]) for name in frame.columns]
    design = pd.concat(parts, axis=1)
    for name in design.columns:
        if design[name].nunique() < 2:
            raise DataError(f"The column {name} is constant ({design[name].iloc[0]:g} for everybody); leave it out.")
    values = design.to_numpy(dtype=np.float64)
    centred = values - values.mean(axis=0)
    at = first_dependent(centred.T @ centred)
    if at is not None:
        raise DataError(
            f"The column {design.columns[at]} follows from the columns before it ({_few(design.columns[:at])}); "
            "leave one of them out."
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
        raise DataError(f"The design has {len(design):,} rows; expected {size:,} rows.")
    x = np.ascontiguousarray(design.to_numpy(dtype=np.float64).T)
    for name, column in zip(design.columns, x, strict=True):
        bad = int((~np.isfinite(column)).sum())
        if bad:
            raise DataError(f"The column {name} has {bad:,} of {size:,} values missing or infinite.")
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


def _few(names: pd.Index) -> str:
    shown = ", ".join(map(str, names[:8]))
    return shown if len(names) <= 8 else f"{shown} and {len(names) - 8:,} more"


def _columns(name: str, column: pd.Series) -> pd.DataFrame:
    if pd.api.types.is_bool_dtype(column) and not column.hasnans:
        return pd.DataFrame({name: column.astype(np.float64)}, index=column.index)
    if pd.api.types.is_numeric_dtype(column):
        return _number(name, column)
    levels = column.astype(object).where(column.notna(), MISSING).astype(str)
    ordered = sorted(set(levels) - {MISSING}) + ([MISSING] if (levels == MISSING).any() else [])
    if len(ordered) < 2:
        raise DataError(f"The column {name} is constant ({ordered[0]} for everybody); leave it out.")
    return pd.DataFrame(
        {f"{name}={level}": (levels == level).astype(np.float64) for level in ordered[1:]}, index=column.index
    )


def _number(name: str, column: pd.Series) -> pd.DataFrame:
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    bad = int((~np.isfinite(values)).sum())
    if bad:
        raise DataError(
            f"The column {name} has {bad:,} of {values.size:,} values missing or infinite; "
            "fill them in, leave those rows out, or turn the column into categories."
        )
    return pd.DataFrame({name: values}, index=column.index)

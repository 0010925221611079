"""From attributes known at first exposure to the columns of the models of arm and outcome."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from recsys_core.errors import DataError
from recsys_core.retention.adjustment.splines import spline_columns, spline_knots
from recsys_core.retention.estimators.design import design_matrix
from recsys_core.retention.estimators.event_table import FloatArray

_LEAST_PART = 1e-7  # of its variance that a column must add to those before it


@dataclass(frozen=True)
class AdjustmentDesign:
    """Columns of a model, one row per user.

    Attributes
    ----------
    values
        Shape (users, columns), without an intercept.
    names
        Of the columns: "plan=paid"; "age" for a number and for its spline columns.
    bends
        Of each column, whether it is a spline column: not the number itself, but how it bends.
    numbers
        Of each column, whether it is a number as it comes, and no indicator.
    """

    values: FloatArray
    names: tuple[str, ...]
    bends: npt.NDArray[np.bool_]
    numbers: npt.NDArray[np.bool_]


def adjustment_design(
    covariates: pd.DataFrame, *, straight: Sequence[str] = (), forgiving: bool = False
) -> AdjustmentDesign:
    """Turn attributes into columns: words into indicators, numbers into restricted cubic splines.

    A spline column that follows from other columns is left out.

    Parameters
    ----------
    covariates
        One row per user, nothing missing.
    straight
        Numbers that enter as they are.
    forgiving
        Leave out constant columns, and all that follow from those before them, instead of refusing them.

    Raises
    ------
    DataError
        As `design_matrix`.
    """
    frame = covariates
    if forgiving:
        frame = frame.loc[:, [name for name in frame.columns if frame[name].nunique() > 1]]
    else:
        design_matrix(frame)  # for what it refuses
    values, names, kinds = [np.empty((len(frame), 0))], [], []
    for name in frame.columns:
        plain = design_matrix(frame[[name]])
        own = plain.to_numpy(dtype=np.float64)
        number = is_number(frame[name])
        bends = np.empty((len(own), 0))
        if number and name not in straight:
            bends = spline_columns(own[:, 0], spline_knots(own[:, 0]))
        values += [own, bends]
        names += [*map(str, plain.columns), *[str(name)] * bends.shape[1]]
        kinds += [(False, number)] * own.shape[1] + [(True, False)] * bends.shape[1]
    joined, kind = np.column_stack(values), np.array(kinds, dtype=bool).reshape(-1, 2)
    kept = _independent(joined, kind[:, 0] | forgiving)
    return AdjustmentDesign(
        np.ascontiguousarray(joined[:, kept]), tuple(names[at] for at in kept), kind[kept, 0], kind[kept, 1]
    )


def _independent(values: FloatArray, droppable: npt.NDArray[np.bool_]) -> list[int]:
    if values.shape[1] == 0:
        return []
    centred = values - values.mean(axis=0)
    scale = np.sqrt(np.mean(centred**2, axis=0))
    gram = centred.T @ centred / len(values) / np.outer(scale, scale)
    kept: list[int] = []
    # columns that must stay go first: a spline column may follow from a later attribute
    for at in sorted(range(len(gram)), key=lambda at: (bool(droppable[at]), at)):
        known = gram[np.ix_(kept, kept)]
        explained = float(gram[at, kept] @ np.linalg.lstsq(known, gram[kept, at], rcond=1e-12)[0]) if kept else 0.0
        if not droppable[at] or 1 - explained > _LEAST_PART:
            kept.append(at)
    return sorted(kept)


def is_number(column: "pd.Series[float]") -> bool:
    """Tell numbers from words and from true and false."""
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def require_served_by_both(covariates: pd.DataFrame, arm: FloatArray) -> None:
    """Refuse attributes of words, or of true and false, with a level that only one arm served.

    Raises
    ------
    DataError
        For the level with the most users.
    """
    found: list[tuple[int, str, str, int]] = []
    for name in covariates.columns:
        if is_number(covariates[name]):
            continue
        code, levels = pd.factorize(covariates[name].astype(str))
        in_arm, users = np.bincount(code, weights=arm).tolist(), np.bincount(code).tolist()
        found += [
            (count, str(name), str(level), int(mine > 0))
            for level, mine, count in zip(levels, in_arm, users, strict=True)
            if mine in (0, count)
        ]
    if found:
        count, attribute, one_level, served = max(found)
        raise DataError("adjustment-level-of-one-arm", attribute=attribute, level=one_level, users=count, arm=served)


def served_by_both(covariates: pd.DataFrame, arm: FloatArray) -> npt.NDArray[np.bool_]:
    """Tell of each user whether both arms served every level that they have, among the users of whom that holds."""
    inside = np.ones(arm.size, dtype=bool)
    words = [name for name in covariates.columns if not is_number(covariates[name])]
    codes = [pd.factorize(covariates[name].astype(str))[0] for name in words]
    while True:
        before = int(inside.sum())
        for code in codes:
            served = [np.bincount(code[inside & (arm == one)], minlength=int(code.max()) + 1) > 0 for one in (0, 1)]
            inside &= (served[0] & served[1])[code]
        if int(inside.sum()) == before:
            return inside

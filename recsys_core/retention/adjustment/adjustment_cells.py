"""Users with the same outcome, arm and attributes as one counted cell, so that resampling stays cheap."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from recsys_core.errors import DataError
from recsys_core.retention.adjustment.adjustment_design import AdjustmentDesign, adjustment_design, served_by_both
from recsys_core.retention.cox.risk_sets import IntArray
from recsys_core.retention.estimators.event_table import FloatArray, SurvivalRows, sum_by, survival_rows


@dataclass(frozen=True)
class AdjustInput:
    """Two arms to be contrasted, one row per user.

    Attributes
    ----------
    duration, lapsed
        Time followed, and whether it ended with a lapse.
    arm
        1 for the arm, 0 for its reference.
    covariates
        Attributes known at first exposure; categories are allowed. Numbers enter as restricted cubic splines.
    straight
        Numbers that enter as they are.
    overlap
        Compare the users whom both arms could have served (overlap weights), and not everyone.
    """

    duration: npt.ArrayLike
    lapsed: npt.ArrayLike
    arm: npt.ArrayLike
    covariates: pd.DataFrame
    straight: tuple[str, ...] = ()
    overlap: bool = False


@dataclass(frozen=True)
class Cells:
    """Distinct (duration, lapse, arm, pattern) with their number of users.

    Attributes
    ----------
    duration, event, arm, pattern, count
        One entry per cell; pattern points into `patterns`.
    patterns
        Distinct rows of the design, shape (patterns, columns).
    names
        Columns of the design.
    bends, numbers
        Of each column, whether it is a spline column, and whether it is a number as it comes.
    overlap
        As in `AdjustInput`.
    """

    duration: FloatArray
    event: FloatArray
    arm: FloatArray
    pattern: IntArray
    count: FloatArray
    patterns: FloatArray
    names: tuple[str, ...]
    bends: npt.NDArray[np.bool_]
    numbers: npt.NDArray[np.bool_]
    overlap: bool = False

    @property
    def users(self) -> int:
        """Number of users over all cells."""
        return int(self.count.sum())

    def per_pattern(self, values: FloatArray) -> FloatArray:
        """Sum a value per cell over the cells of each pattern."""
        return sum_by(self.pattern, values, len(self.patterns))


def count_cells(data: AdjustInput) -> Cells:
    """Check the two arms and count their cells.

    With overlap, users of a kind that one arm never served have no cell: they have no part in what is asked.

    Raises
    ------
    DataError
        When a column is not valid, an arm is neither 0 nor 1, or one arm has fewer than two users.
    """
    rows = survival_rows(data.duration, data.lapsed)
    arm = np.asarray(data.arm, dtype=np.float64)
    if arm.shape != rows.duration.shape or len(data.covariates) != arm.size:
        given, users = len(data.covariates), rows.duration.size
        raise DataError("adjustment-sizes", labels=arm.size, covariates=given, users=users)
    _check_sizes(arm)
    covariates = data.covariates
    if data.overlap:
        inside = served_by_both(covariates, arm)
        if not inside.any():
            raise DataError("adjustment-nobody-served-by-both", users=arm.size)
        rows, arm, covariates = rows.take(inside), arm[inside], covariates.loc[inside]
        _check_sizes(arm)
    design = adjustment_design(covariates, straight=data.straight, forgiving=data.overlap)
    return _counted(rows, arm, design, overlap=data.overlap)


def _check_sizes(arm: FloatArray) -> None:
    sizes = [int((arm == one).sum()) for one in (0, 1)]
    if sum(sizes) != arm.size or min(sizes) < 2:
        reference_users, arm_users = sizes
        raise DataError(
            "adjustment-arm-too-small", reference_users=reference_users, arm_users=arm_users, users=arm.size
        )


def _counted(rows: SurvivalRows, arm: FloatArray, design: AdjustmentDesign, *, overlap: bool) -> Cells:
    values = design.values
    pattern = _joint_code([np.zeros(arm.size), *(values[:, column] for column in range(values.shape[1]))])
    _, pattern_row = np.unique(pattern, return_index=True)
    cell = _joint_code([pattern, rows.duration, rows.event, arm])
    _, first, count = np.unique(cell, return_index=True, return_counts=True)
    return Cells(
        rows.duration[first],
        rows.event[first],
        arm[first],
        pattern[first],
        count.astype(np.float64),
        values[pattern_row],
        design.names,
        design.bends,
        design.numbers,
        overlap,
    )


def _joint_code(columns: list[npt.NDArray[np.generic]]) -> IntArray:
    code = np.zeros(columns[0].size, dtype=np.int64)
    for column in columns:
        own, levels = pd.factorize(column, sort=True)  # by value: the order of users is that of their pseudonyms
        code = pd.factorize(code * len(levels) + own, sort=True)[0]
    return code

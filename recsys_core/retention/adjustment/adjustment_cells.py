"""Users with the same outcome, arm and attributes as one counted cell, so that resampling stays cheap."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from recsys_core.errors import DataError
from recsys_core.retention.cox.risk_sets import IntArray
from recsys_core.retention.estimators.design import design_matrix
from recsys_core.retention.estimators.event_table import FloatArray, sum_by, survival_rows


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
        Attributes known at first exposure; categories are allowed.
    """

    duration: npt.ArrayLike
    lapsed: npt.ArrayLike
    arm: npt.ArrayLike
    covariates: pd.DataFrame


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
    """

    duration: FloatArray
    event: FloatArray
    arm: FloatArray
    pattern: IntArray
    count: FloatArray
    patterns: FloatArray
    names: tuple[str, ...]

    @property
    def users(self) -> int:
        """Number of users over all cells."""
        return int(self.count.sum())

    def per_pattern(self, values: FloatArray) -> FloatArray:
        """Sum a value per cell over the cells of each pattern."""
        return sum_by(self.pattern, values, len(self.patterns))


def count_cells(data: AdjustInput) -> Cells:
    """Check the two arms and count their cells.

    Raises
    ------
    DataError
        When a column is not valid, an arm is neither 0 nor 1, or one arm has fewer than two users.
    """
    rows = survival_rows(data.duration, data.lapsed)
    arm = np.asarray(data.arm, dtype=np.float64)
    if arm.shape != rows.duration.shape or len(data.covariates) != arm.size:
        covariates, users = len(data.covariates), rows.duration.size
        raise DataError("adjustment-sizes", labels=arm.size, covariates=covariates, users=users)
    sizes = [int((arm == one).sum()) for one in (0, 1)]
    if sum(sizes) != arm.size or min(sizes) < 2:
        reference_users, arm_users = sizes
        raise DataError(
            "adjustment-arm-too-small", reference_users=reference_users, arm_users=arm_users, users=arm.size
        )
    design = design_matrix(data.covariates)
    values = design.to_numpy(dtype=np.float64)
    pattern = _joint_code([values[:, column] for column in range(values.shape[1])])
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
        tuple(map(str, design.columns)),
    )


def _joint_code(columns: list[npt.NDArray[np.generic]]) -> IntArray:
    code = np.zeros(columns[0].size, dtype=np.int64)
    for column in columns:
        own, levels = pd.factorize(column, sort=True)  # by value: the order of users is that of their pseudonyms
        code = pd.factorize(code * len(levels) + own, sort=True)[0]
    return code

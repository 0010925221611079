"""Users who are alike in every column of a model, counted, so that a fit costs no more than its patterns."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys_core.retention.cox.risk_sets import IntArray
from recsys_core.retention.estimators.event_table import FloatArray, SurvivalRows, whole

EXACT = 2.0**52  # whole numbers up to here are exact as floats
SAMPLE = 4096
GAIN = 4  # rows per cell from which counting pays


@dataclass(frozen=True)
class PatternCells:
    """Distinct rows with their number.

    Attributes
    ----------
    rows
        One row per cell; its weight is the number of users.
    x, stratum
        Covariates, shape (columns, cells), and stratum of each cell.
    cell
        Per user, the position of its cell; None where every user is a row of its own.
    """

    rows: SurvivalRows
    x: FloatArray
    stratum: IntArray
    cell: IntArray | None


def pattern_cells(rows: SurvivalRows, x: FloatArray, stratum: IntArray) -> PatternCells | None:
    """Count rows that are alike, or return None where that would not be exact or would not pay.

    It is exact where no row is weighted or enters late. It is tried where the durations and all columns are whole
    numbers, as for durations in days and categories coded 0 / 1.

    Parameters
    ----------
    rows
        Checked rows.
    x
        Finite covariates, shape (columns, rows).
    stratum
        Integer per row, from 0.
    """
    if rows.entry is not None or not (whole(x[:, :SAMPLE]) and whole(rows.duration)):
        return None
    if not (rows.weights == 1).all():
        return None
    columns = [rows.event, rows.duration, *([stratum.astype(np.float64)] if stratum.any() else [])]
    code = _joint_code(x, columns)
    if code is None:
        return None
    key, size = code
    counts = np.bincount(key, minlength=size)
    used = np.flatnonzero(counts)
    if used.size * GAIN > key.size:
        return None
    place = np.zeros(size, dtype=np.int64)
    place[key] = np.arange(key.size)  # one row of each cell
    row = place[used]
    place[used] = np.arange(used.size)
    alike = SurvivalRows(rows.duration[row], rows.event[row], None, counts[used].astype(np.float64))
    return PatternCells(alike, x[:, row], stratum[row], place[key])


def _joint_code(x: FloatArray, columns: list[FloatArray]) -> tuple[IntArray, int] | None:
    key = np.zeros(x.shape[1])
    size = 1.0
    for number, column in enumerate([*x, *columns]):
        if number < len(x) and not whole(column):
            return None
        low = column.min()
        span = float(column.max() - low + 1)
        if size * span > EXACT:
            key, size = _compact(key)
        if size * span > EXACT or (number == len(x) and _varied(key)):
            return None
        key *= span
        key += column
        key -= low
        size *= span
    if size > GAIN * key.size:
        key, size = _compact(key)
    return key.astype(np.int64), int(size)


def _compact(key: FloatArray) -> tuple[FloatArray, float]:
    codes, distinct = pd.factorize(key)
    return codes.astype(np.float64), float(len(distinct))


def _varied(key: FloatArray) -> bool:
    sample = key[:SAMPLE]
    return bool(np.unique(sample).size * 2 > sample.size)

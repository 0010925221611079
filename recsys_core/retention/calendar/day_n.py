"""Day-N retention in its three usual forms, with Wilson's limits, and the difference between two arms."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core.retention.calendar.calendar_results import DayN, DayNDifference, Form
from recsys_core.retention.estimators.inference import z_value

if TYPE_CHECKING:
    import ibis

DAYS = (1, 7, 14, 30)
BRACKETS = ((1, 1), (2, 7), (8, 14), (15, 30))
_Cell = tuple[Form, int, int]  # form, first day, day through which a user must be followed
CELLS: tuple[_Cell, ...] = (
    *(("exact", day, day) for day in DAYS),
    *(("on or after", day, day) for day in DAYS),
    *(("bracket", first, last) for first, last in BRACKETS),
)


def day_n(starts: pd.DataFrame, days: "ibis.Table", arms: Sequence[str]) -> tuple[DayN, ...]:
    """Count, per arm and form, who was active again of those followed long enough.

    Parameters
    ----------
    starts
        From `starters`.
    days
        From `days_since_start`.
    arms
        In the order of the answer.
    """
    seen = days.group_by(col.USER).agg(**{_name(*cell): _hit(days.n, cell).any() for cell in CELLS}).to_pandas()
    table = starts.merge(seen, on=col.USER, how="left")
    cells = []
    for arm in arms:
        mine = table[table[col.ARM] == arm]
        for form, first, last in CELLS:
            mature = mine.loc[mine["followed"] >= last, _name(form, first, last)]
            users, hits = len(mature), int(mature.eq(True).sum())
            limits = wilson(hits, users)
            share = hits / users if users else None
            cells.append(DayN(arm, first, users, hits, share, *limits, form, last if form == "bracket" else None))
    return tuple(cells)


def _name(form: Form, first: int, last: int) -> str:
    return f"{form.replace(' ', '_')}_{first}_{last}"


def _hit(n: "ibis.Value", cell: _Cell) -> "ibis.Value":
    form, first, last = cell
    if form == "exact":
        return n == first
    return n >= first if form == "on or after" else (n >= first) & (n <= last)


def differences(cells: Sequence[DayN], arm: str, reference: str) -> tuple[DayNDifference, ...]:
    """Subtract the reference's share from the arm's, cell by cell, in the order of `cells`."""
    others = {(cell.form, cell.day): cell for cell in cells if cell.arm == reference}
    return tuple(_difference(cell, others[cell.form, cell.day]) for cell in cells if cell.arm == arm)


def _difference(one: DayN, other: DayN) -> DayNDifference:
    """Give the limits of Newcombe 1998, method 10: the Wilson limits of both shares, squared and added."""
    names = (one.arm, other.arm, one.form, one.day)
    if one.share is None or one.lower is None or one.upper is None:
        return DayNDifference(*names, None, None, None)
    if other.share is None or other.lower is None or other.upper is None:
        return DayNDifference(*names, None, None, None)
    estimate = one.share - other.share
    lower = estimate - float(np.hypot(one.share - one.lower, other.upper - other.share))
    upper = estimate + float(np.hypot(one.upper - one.share, other.share - other.lower))
    return DayNDifference(*names, estimate, lower, upper)


def wilson(hits: int, of: int) -> tuple[float | None, float | None]:
    """Give Wilson's 95 % limits of a share; None where there is nobody (Wilson 1927)."""
    if of == 0:
        return None, None
    z, share = z_value(0.95), hits / of
    centre, width = share + z * z / (2 * of), z * np.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return float((centre - width) / (1 + z * z / of)), float((centre + width) / (1 + z * z / of))

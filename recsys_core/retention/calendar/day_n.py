"""Day-N retention in its three usual forms, with Wilson's limits, and the difference between two arms."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from recsys_core import columns as col
from recsys_core.retention.calendar.calendar_results import DayN, DayNDifference, Form

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


def day_n(begun: "ibis.Table", days: "ibis.Table", arms: Sequence[str]) -> tuple[DayN, ...]:
    """Count, per arm and form, who was active again of those followed long enough.

    Parameters
    ----------
    begun
        From `starters`.
    days
        From `days_since_start`.
    arms
        In the order of the answer.
    """
    counts = _counts(begun, days)
    cells = []
    for arm in arms:
        for form, first, last in CELLS:
            users, hits = counts[arm, _mature(last)], counts[arm, _name(form, first, last)]
            limits = wilson(hits, users)
            share = hits / users if users else None
            cells.append(DayN(arm, first, users, hits, share, *limits, form, last if form == "bracket" else None))
    return tuple(cells)


def _counts(begun: "ibis.Table", days: "ibis.Table") -> dict[tuple[str, str], int]:
    """Count by arm, for each cell, the users followed through its last day, and of them those active again."""
    seen = days.group_by(col.USER).agg(**{_name(*cell): _hit(days.n, cell).any() for cell in CELLS})
    users = begun.left_join(seen, col.USER)
    mature = {_mature(last): users.count(where=users.followed >= last) for _, _, last in CELLS}
    hits = {_name(*cell): users.count(where=(users.followed >= cell[2]) & users[_name(*cell)]) for cell in CELLS}
    table = users.group_by(col.ARM).agg(**mature, **hits).to_pandas()
    return {(str(row[col.ARM]), name): int(row[name]) for _, row in table.iterrows() for name in (*mature, *hits)}


def _mature(last: int) -> str:
    return f"through_{last}"


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
    from scipy.stats import binomtest

    limits = binomtest(hits, of).proportion_ci(0.95, method="wilson")
    return float(limits.low), float(limits.high)

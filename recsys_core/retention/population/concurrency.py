"""Arms are compared among users who could have had either: those who started while both were offered.

An arm that is offered late meets other users than one that was there from the first day: newcomers of other weeks. The
week of the start is held against the arm; where they go together, starts are restricted to the weeks in which all arms
were offered, and where shares still change over these, users are weighted by their start week.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core.retention.estimators.inference import chi_square_p

if TYPE_CHECKING:
    import ibis

WEEK_SECONDS: Final = 7 * col.DAY_SECONDS
_LEVEL: Final = 0.001  # as for the sample ratio: a test that is made of every study
_OFFERED: Final = 0.1  # of the users an arm would have had in a week by its share of all
_EXPECTED: Final = 5.0  # users in a cell of the table, below which weeks are put together
TOGETHER, RESTRICTED, UNEVEN, NEVER = "together", "restricted", "uneven", "never"


@dataclass(frozen=True)
class Concurrency:
    """Whether arms were offered at the same time.

    Attributes
    ----------
    finding
        together; restricted: only starts of `first` .. `last` are compared; uneven: shares change from week to week,
        within these where they are given; never: there was no week in which all arms were offered.
    p
        Chi-square test of arm against start week, of all users.
    sizes
        Users of each arm, whenever they started.
    first, last
        Epoch seconds; None where starts are not restricted.
    """

    finding: str
    p: float
    sizes: tuple[tuple[str, int], ...]
    first: int | None = None
    last: int | None = None

    @property
    def restricted(self) -> bool:
        """Whether starts are restricted."""
        return self.first is not None

    @property
    def weigh(self) -> bool:
        """Whether shares of the arms change over the starts that are compared."""
        return self.finding == UNEVEN


def start_weeks(users: "ibis.Table") -> pd.DataFrame:
    """Count, in the engine, the users of each arm by week of their start: arm, week, users, first and last start."""
    known = users.filter(users[col.ARM].notnull() & users[col.START].notnull())
    weeks = known.mutate(week=known[col.START] // WEEK_SECONDS)
    start = weeks[col.START]
    grouped = weeks.group_by(col.ARM, "week").agg(users=weeks.count(), first=start.min(), last=start.max())
    return grouped.order_by(col.ARM, "week").to_pandas().astype({"users": "int64", "first": "int64", "last": "int64"})


def concurrency(weeks: pd.DataFrame, smallest_arm: int) -> Concurrency | None:
    """Hold arms against start weeks.

    Parameters
    ----------
    weeks
        From `start_weeks`.
    smallest_arm
        Smaller arms are left out: they are not compared.

    Returns
    -------
    Concurrency or None
        None where there are fewer than two arms.
    """
    sizes = weeks.groupby(col.ARM)["users"].sum()
    large = list(sizes[sizes >= smallest_arm].index)
    if len(large) < 2:
        return None
    weeks = weeks[weeks[col.ARM].isin(large)]
    counted = tuple((str(arm), int(sizes[arm])) for arm in sorted(large))
    table = weeks.pivot_table(index="week", columns=col.ARM, values="users", aggfunc="sum", fill_value=0).sort_index()
    p = _unlike(table.to_numpy(dtype=float))
    if p >= _LEVEL:
        return Concurrency(TOGETHER, p, counted)
    run = _longest_run(_offered(table))
    if run is None:
        return Concurrency(NEVER, p, counted)
    inside = table.iloc[run]
    mine = weeks[weeks["week"].isin(inside.index)]
    by_arm = mine.groupby(col.ARM)
    first, last = int(by_arm["first"].min().max()), int(by_arm["last"].max().min())
    uneven = _unlike(inside.to_numpy(dtype=float)[1:-1]) < _LEVEL  # weeks at the ends may be cut by the restriction
    if len(inside) == len(table):
        return Concurrency(UNEVEN if uneven else TOGETHER, p, counted)
    return Concurrency(UNEVEN if uneven else RESTRICTED, p, counted, first, last)


def week_of(start: Sequence[int] | np.ndarray) -> pd.Series:
    """Name the start week of users, as a category."""
    weeks = np.asarray(start, dtype=np.int64) // WEEK_SECONDS
    return pd.Series(weeks - weeks.min()).astype(str).radd("week ")


def _unlike(table: np.ndarray) -> float:
    """Chi-square p of rows against columns; neighbouring rows are put together until every cell expects enough."""
    shares = table.sum(axis=0) / max(table.sum(), 1.0)
    rows: list[np.ndarray] = []
    open_row = np.zeros(table.shape[1])
    for row in table:
        open_row = open_row + row
        if (open_row.sum() * shares).min() >= _EXPECTED:
            rows.append(open_row)
            open_row = np.zeros(table.shape[1])
    if rows:
        rows[-1] = rows[-1] + open_row
    if len(rows) < 2:
        return 1.0
    pooled = np.stack(rows)
    expected = pooled.sum(axis=1, keepdims=True) * pooled.sum(axis=0) / pooled.sum()
    return chi_square_p(float(((pooled - expected) ** 2 / expected).sum()), (len(rows) - 1) * (table.shape[1] - 1))


def _offered(table: pd.DataFrame) -> np.ndarray:
    """Tell in which weeks every arm took a fair part of those who started, or nobody could have been expected to."""
    counts = table.to_numpy(dtype=float)
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    return np.asarray(((counts >= _OFFERED * expected) & (counts > 0)).all(axis=1))


def _longest_run(offered: np.ndarray) -> slice | None:
    best, begun = slice(0, 0), 0
    for at, here in enumerate([*offered, False]):
        if not here:
            if at - begun > best.stop - best.start:
                best = slice(begun, at)
            begun = at + 1
    return best if best.stop > best.start else None

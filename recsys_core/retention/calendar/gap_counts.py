"""Gaps counted in the engine, and the variance of their curve from the counts of pairs of gaps of one user.

A user's influence on log S at t is the sum over the gaps of a term that depends on the gap's length and on whether it
ended in a return alone. So the sum over users of squared influences is a sum over pairs of such kinds, weighted by how
often both are of one user: as many figures as the days squared, however many users there are.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core import engine
from recsys_core.retention.estimators.event_table import EventTable, event_table_from_counts

if TYPE_CHECKING:
    import ibis

_GAPS, _BOTH, _OTHER = "gaps", "both", "other_"
_KIND = ("gap", "closed")


@dataclass(frozen=True)
class GapCounts:
    """The gaps of one arm.

    Attributes
    ----------
    users
        Users with a gap.
    kinds
        gap (days), closed, gaps: how many there are.
    pairs
        gap, closed, other_gap, other_closed, both: summed over users, how often they have the one times the other.
    """

    users: int
    kinds: pd.DataFrame
    pairs: pd.DataFrame

    @property
    def gaps(self) -> int:
        """Number of gaps."""
        return int(self.kinds[_GAPS].sum())

    @property
    def closed(self) -> int:
        """Number of gaps that ended in a return."""
        return int(self.kinds.loc[self.kinds["closed"], _GAPS].sum())

    def table(self) -> EventTable:
        """Build the event table with a variance that adds up users, as `clustered_table` does of rows.

        References
        ----------
        R survival::survfit(Surv(gap, closed) ~ 1, cluster = user), std.err.
        """
        leaving = self.kinds.groupby("gap")[_GAPS].sum()
        closed = self.kinds[self.kinds["closed"]].groupby("gap")[_GAPS].sum().reindex(leaving.index, fill_value=0)
        table = event_table_from_counts(leaving.index.to_numpy(), closed.to_numpy(), leaving.to_numpy())
        return replace(table, log_variance=_log_variance(table, self.pairs))


def count_gaps(gaps: "ibis.Table") -> dict[str, GapCounts]:
    """Count gaps by arm.

    Parameters
    ----------
    gaps
        One row per gap: user_id, arm, gap (days), closed.
    """
    with engine.materialised(gaps.group_by(col.USER, col.ARM, *_KIND).agg(**{_GAPS: gaps.count()})) as own:
        users = own.group_by(col.ARM).agg(users=own[col.USER].nunique()).to_pandas()
        kinds = own.group_by(col.ARM, *_KIND).agg(**{_GAPS: own[_GAPS].sum()}).to_pandas()
        others = own.select(col.USER, **{f"{_OTHER}{name}": own[name] for name in (*_KIND, _GAPS)})
        both = own.join(others, col.USER)
        by = (col.ARM, *_KIND, *(f"{_OTHER}{name}" for name in _KIND))
        pairs = both.group_by(*by).agg(**{_BOTH: (both[_GAPS] * both[f"{_OTHER}{_GAPS}"]).sum()}).to_pandas()
    return {
        str(arm): GapCounts(int(count), _of_arm(kinds, arm), _of_arm(pairs, arm))
        for arm, count in zip(users[col.ARM], users["users"], strict=True)
    }


def _of_arm(counts: pd.DataFrame, arm: str) -> pd.DataFrame:
    mine = counts[counts[col.ARM] == arm].drop(columns=col.ARM).reset_index(drop=True)
    return mine.astype({name: bool for name in mine.columns if name.endswith("closed")})


def _log_variance(table: EventTable, pairs: pd.DataFrame) -> np.ndarray:
    """Sum, at each time, over users the square of c - r Q: what their gaps up to then add, less what is at risk adds.

    Q is the sum of rate / (Y - d); a gap up to t adds 1 / (Y - d) at its end, if it is closed, less Q there.
    """
    rest = table.at_risk - table.events
    per_event = np.divide(1.0, rest, out=np.zeros_like(rest), where=rest > 0)
    q = np.cumsum(table.events / table.at_risk * per_event)
    at = np.searchsorted(table.times, pairs["gap"].to_numpy())
    other = np.searchsorted(table.times, pairs[f"{_OTHER}gap"].to_numpy())
    both = pairs[_BOTH].to_numpy(dtype=np.float64)
    adds = pairs["closed"].to_numpy() * per_event[at] - q[at]
    other_adds = pairs[f"{_OTHER}closed"].to_numpy() * per_event[other] - q[other]
    size = table.times.size
    squares = np.diagonal(_up_to(_summed(at, other, both * adds * other_adds, size)))
    added_so_far = _up_to(_summed(at, other, both * adds, size))
    at_risk = _up_to(_summed(at, other, both, size)[::-1, ::-1])[::-1, ::-1]  # from each time on
    mixed = added_so_far[:, -1] - np.diagonal(added_so_far)
    after = np.append(np.diagonal(at_risk)[1:], 0.0)
    return np.maximum(squares - 2 * q * mixed + q**2 * after, 0.0)


def _summed(at: np.ndarray, other: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    return np.bincount(at * size + other, weights=values, minlength=size * size).reshape(size, size)


def _up_to(matrix: np.ndarray) -> np.ndarray:
    return matrix.cumsum(axis=0).cumsum(axis=1)

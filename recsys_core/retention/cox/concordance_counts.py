"""Concordant, discordant and tied weight per row where times are few: tables of score and time, and no sorting.

Scores are cut into buckets. Pairs from two buckets are counted from the cumulated table of buckets by times, pairs
within a bucket one by one.
"""

from dataclasses import dataclass

import numpy as np

from recsys_core.retention.cox.risk_sets import IntArray
from recsys_core.retention.estimators.event_table import FloatArray

BUCKET = 32  # rows at least; pairs within a bucket are compared one by one
LARGEST_BUCKET = 128
LARGEST_TABLE = 4_000_000  # cells: 32 MB
CHUNK = 1_000_000  # pairs within buckets that are compared at once


@dataclass(frozen=True)
class Pairs:
    """Rows to be compared: an event at `event_at` is held against every row whose `later_at` is greater.

    Attributes
    ----------
    rank
        Dense rank of the score.
    event_at, later_at
        Dense ranks of time.
    event_weight, later_weight
        Weight of the row as the earlier part of a pair (0 where it has no event), and as the later part.
    """

    rank: IntArray
    event_at: IntArray
    later_at: IntArray
    event_weight: FloatArray
    later_weight: FloatArray


def count_by_buckets(pairs: Pairs) -> FloatArray | None:
    """Return concordant, discordant and tied weight per row, from pairs of both roles; shape (3, rows).

    None where the scores and times are too many for a table, or equal scores too many for a bucket.
    """
    times = int(max(pairs.event_at.max(), pairs.later_at.max())) + 1
    ranks = int(pairs.rank.max()) + 1
    if ranks * times <= LARGEST_TABLE:
        return _between(pairs, pairs.rank, ranks, times)[0]
    size = np.bincount(pairs.rank, minlength=ranks)
    width = max(BUCKET, -(-pairs.rank.size * times // LARGEST_TABLE))
    if max(int(size.max()), width) > LARGEST_BUCKET:
        return None
    begins = np.cumsum(size) - size
    bucket = (begins // width)[pairs.rank]  # equal scores share a bucket
    counts, within = _between(pairs, bucket, int(bucket.max()) + 1, times)
    counts[2] = 0.0
    return _add_within(pairs, bucket, counts, within)


def _between(pairs: Pairs, bucket: IntArray, buckets: int, times: int) -> tuple[FloatArray, FloatArray]:
    """Return counts of pairs from two buckets, those within a bucket as tied, and the latter by role."""
    shape = (buckets, times)
    later = np.bincount(bucket * times + pairs.later_at, pairs.later_weight, buckets * times).reshape(shape)
    after = np.zeros((buckets, times + 1))
    after[:, :-1] = np.cumsum(later[:, ::-1], axis=1)[:, ::-1]
    early = np.bincount(bucket * times + pairs.event_at, pairs.event_weight, buckets * times).reshape(shape)
    before = np.zeros((buckets, times + 1))
    np.cumsum(early, axis=1, out=before[:, 1:])
    has_event = pairs.event_weight > 0
    below, own, above = _around(after, bucket, pairs.event_at + 1)
    below_later, own_later, above_later = _around(before, bucket, pairs.later_at)
    # a high score means an early event: concordant when the earlier event scores higher
    counts = np.array([below * has_event + above_later, above * has_event + below_later, own * has_event + own_later])
    return counts, np.array([own * has_event, own_later])


def _around(table: FloatArray, bucket: IntArray, at: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    upto = np.cumsum(table, axis=0)
    own = table[bucket, at]
    below = upto[bucket, at] - own
    return below, own, upto[-1][at] - below - own


def _add_within(pairs: Pairs, bucket: IntArray, counts: FloatArray, within: FloatArray) -> FloatArray:
    order = np.argsort(bucket, kind="stable")
    size = np.bincount(bucket)  # a bucket may be empty, where equal scores fill the one before
    place = np.repeat(np.arange(size.size), size)
    column = np.arange(order.size) - np.repeat(np.cumsum(size) - size, size)
    rows = np.full((size.size, int(size.max())), -1)
    rows[place, column] = order
    step = max(1, CHUNK // rows.shape[1] ** 2)
    for begin in range(0, size.size, step):
        _compare(pairs, rows[begin : begin + step], counts, within)
    return counts


def _compare(pairs: Pairs, rows: IntArray, counts: FloatArray, within: FloatArray) -> None:
    empty = rows < 0
    event_weight = np.where(empty, 0.0, pairs.event_weight[rows])
    later_weight = np.where(empty, 0.0, pairs.later_weight[rows])
    rank = pairs.rank[rows]
    valid = pairs.later_at[rows][:, None, :] > pairs.event_at[rows][:, :, None]  # [bucket, event, later]
    lower = (valid & (rank[:, None, :] < rank[:, :, None])).astype(np.float64)
    tied = (valid & (rank[:, None, :] == rank[:, :, None])).astype(np.float64)
    used, has_event = rows[~empty], (event_weight > 0)[~empty]

    def as_event(matrix: FloatArray) -> FloatArray:
        return np.asarray((matrix @ later_weight[:, :, None])[:, :, 0][~empty] * has_event)

    def as_later(matrix: FloatArray) -> FloatArray:
        return np.asarray((event_weight[:, None, :] @ matrix)[:, 0, :][~empty])

    below, same = as_event(lower), as_event(tied)
    above_later, same_later = as_later(lower), as_later(tied)
    counts[0, used] += below + above_later
    counts[1, used] += within[0, used] - below - same + within[1, used] - above_later - same_later
    counts[2, used] += same + same_later

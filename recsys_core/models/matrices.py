"""Matrices that all models share: who took what, and the best of many scores."""

from collections.abc import Iterator

import numpy as np
from scipy import sparse

from recsys_core.data.splitting import Events

_BLOCK_BYTES = 1 << 24  # of one block of scores: larger ones are given back to the system and asked for again each time
_GROUPS = 8  # of columns, per place of a list


def taken(events: Events, users: int, items: int) -> sparse.csr_matrix:
    """Who took what, at least once: (users, items) int8 of ones."""
    ones = np.ones(len(events), dtype=np.int32)
    matrix = sparse.csr_matrix((ones, (events.users, events.items)), shape=(users, items))
    matrix.sum_duplicates()
    matrix.data = np.ones(len(matrix.data), dtype=np.int8)
    matrix.sort_indices()
    return matrix


def without(scores: np.ndarray, rows: sparse.csr_matrix) -> np.ndarray:
    """Set the scores of the items in `rows` to -inf, in place."""
    owners = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    scores[owners, rows.indices] = -np.inf
    return scores


def top_k(scores: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Best k columns of every row, the best first; equal scores in the order of the columns.

    Returns
    -------
    tuple
        Columns and scores, (rows, min(k, columns)).
    """
    k = min(k, scores.shape[1])
    if 0 < 2 * _GROUPS * k <= scores.shape[1]:
        places = np.empty((len(scores), k), dtype=np.int64)
        for row, bound in enumerate(_bounds(scores, k)):
            near = np.flatnonzero(scores[row] >= bound)
            values = scores[row, near]
            above = near[values > bound]  # a few, where what ties with the bound may be the whole catalogue
            best = above[np.argsort(-scores[row, above], kind="stable")[:k]]
            places[row, : len(best)] = best
            places[row, len(best) :] = near[values == bound][: k - len(best)]
    else:
        places = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return places, np.take_along_axis(scores, places, axis=1)


def _bounds(scores: np.ndarray, k: int) -> np.ndarray:
    """Give a score per row that at least k columns reach and few exceed: the k-th best of the bests of groups.

    Partitioning whole rows takes ten times as long where most scores tie, as those of neighbours do.
    """
    groups = _GROUPS * k
    width = scores.shape[1] // groups
    bests = scores[:, : groups * width].reshape(len(scores), width, groups).max(axis=1)
    return np.partition(bests, -k, axis=1)[:, -k]


def blocks(users: int, items: int) -> Iterator[slice]:
    """Cut users into blocks whose scores fit a fixed amount of memory."""
    size = max(1, _BLOCK_BYTES // (4 * max(items, 1)))
    for start in range(0, users, size):
        yield slice(start, min(start + size, users))

"""Ranking metrics at k, one value per user, from the ranks of the items that were held out.

A held-out item is a target. Its rank is its place in the user's full ranking, 1 being the best; a target that ties with
other items stands in the middle of them, so that ranks may end in .5, and one that is not ranked has rank +inf.
Every function takes

ranks
    (n_targets,) float; each pair of user and item at most once.
owners
    (n_targets,) int, the user each target belongs to: 0 to n_users - 1.
n_users
    Number of users.
k
    Length of the list.

and returns (n_users,) float64, NaN for users without targets. Where ties put more than k targets of a user within k,
k of them count, so that no metric exceeds 1.
"""

import numpy as np


def hit(ranks: np.ndarray, owners: np.ndarray, n_users: int, k: int) -> np.ndarray:
    """1 where at least one target is within k, else 0."""
    return np.minimum(_total(_within(ranks, owners, k), owners, n_users), 1)


def recall(ranks: np.ndarray, owners: np.ndarray, n_users: int, k: int) -> np.ndarray:
    """Targets within k / all targets of the user."""
    return _total(_within(ranks, owners, k), owners, n_users) / np.bincount(owners, minlength=n_users).clip(1)


def precision(ranks: np.ndarray, owners: np.ndarray, n_users: int, k: int) -> np.ndarray:
    """Targets within k / k."""
    return _total(_within(ranks, owners, k), owners, n_users) / k


def ndcg(ranks: np.ndarray, owners: np.ndarray, n_users: int, k: int) -> np.ndarray:
    """Discounted gain 1 / log2(rank + 1) of targets within k / that of an ideal list (Järvelin, Kekäläinen 2002)."""
    gains = _total(_within(ranks, owners, k) / np.log2(ranks + 1), owners, n_users)
    ideal = np.cumsum(1 / np.log2(np.arange(2, k + 2)))
    return gains / ideal[np.bincount(owners, minlength=n_users).clip(1, k) - 1]


def average_precision(ranks: np.ndarray, owners: np.ndarray, n_users: int, k: int) -> np.ndarray:
    """Precision at the place of each target within k, summed / min(k, targets of the user); its mean is MAP."""
    precisions = _within(ranks, owners, k) * _middle_places(ranks, owners) / ranks
    return _total(precisions, owners, n_users) / np.bincount(owners, minlength=n_users).clip(1, k)


def mrr(ranks: np.ndarray, owners: np.ndarray, n_users: int, k: int | None) -> np.ndarray:
    """1 / rank of the user's best target, 0 where it is beyond k; no cut-off where k is None."""
    best = np.full(n_users, np.inf)
    np.minimum.at(best, owners, ranks)
    reciprocal = np.where((best <= k) if k is not None else True, 1 / best, 0.0)
    return np.where(np.bincount(owners, minlength=n_users) > 0, reciprocal, np.nan)


def _total(values: np.ndarray, owners: np.ndarray, n_users: int) -> np.ndarray:
    """Sum per user; NaN for users without targets."""
    sums = np.bincount(owners, weights=values, minlength=n_users).astype(np.float64)  # of nothing, it is whole numbers
    sums[np.bincount(owners, minlength=n_users) == 0] = np.nan
    return sums


def _within(ranks: np.ndarray, owners: np.ndarray, k: int) -> np.ndarray:
    """Tell which targets count: rank at most k, and among the k best of their user."""
    order = np.lexsort((ranks, owners))
    counts = np.bincount(owners)
    places = np.empty(len(ranks), dtype=np.int64)
    places[order] = np.arange(len(ranks)) - np.repeat(np.cumsum(counts) - counts, counts)
    return (ranks <= k) & (places < k)


def _middle_places(ranks: np.ndarray, owners: np.ndarray) -> np.ndarray:
    """Place of each target among its user's targets, 1-based; equal ranks stand in the middle, as ranks do."""
    pairs, ties, sizes = np.unique(np.c_[owners, ranks], axis=0, return_inverse=True, return_counts=True)
    before = np.cumsum(sizes) - sizes
    first_of_owner = np.searchsorted(pairs[:, 0], pairs[:, 0])
    return (before - before[first_of_owner] + (sizes + 1) / 2)[ties.ravel()]

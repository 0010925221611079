"""What lists say about the catalogue: how much of it is shown, how known it is, how evenly it is shared.

Lists are (n_users, k) int codes of items, -1 where a place is empty; `takers` is (n_items,), the number of training
users who took each item.
"""

import numpy as np


def coverage(lists: np.ndarray, n_items: int) -> float:
    """Share of the catalogue that stands in at least one list."""
    return float((_shown(lists, n_items) > 0).mean())


def novelty(lists: np.ndarray, takers: np.ndarray, n_users: int) -> np.ndarray:
    """Mean self-information of each user's list, in bits (Zhou et al. 2010).

    Parameters
    ----------
    lists, takers
        See above.
    n_users
        Number of training users.

    Returns
    -------
    numpy.ndarray
        (n_users,) float64; NaN for empty lists. Items that nobody took count as taken by one user.
    """
    return _list_means(lists, np.log2(n_users) - np.log2(np.maximum(takers, 1)))


def average_popularity(lists: np.ndarray, takers: np.ndarray) -> np.ndarray:
    """Mean number of training users who took the items of each list, (n_users,) float64; NaN for empty lists."""
    return _list_means(lists, takers)


def gini(lists: np.ndarray, n_items: int) -> float:
    """Gini index of how often each item is recommended; NaN where nothing is.

    0 where all are recommended equally often, near 1 where a few items fill all lists.
    """
    shown = np.sort(_shown(lists, n_items))
    if not shown.any():
        return float("nan")
    order = np.arange(1, n_items + 1)
    return float(2 * (order @ shown) / (n_items * shown.sum()) - (n_items + 1) / n_items)


def _shown(lists: np.ndarray, n_items: int) -> np.ndarray:
    return np.bincount(lists[lists >= 0], minlength=n_items)


def _list_means(lists: np.ndarray, values: np.ndarray) -> np.ndarray:
    filled = lists >= 0
    lengths = filled.sum(axis=1)
    sums = np.where(filled, np.asarray(values, dtype=np.float64)[lists], 0.0).sum(axis=1)
    return np.where(lengths > 0, sums / np.maximum(lengths, 1), np.nan)

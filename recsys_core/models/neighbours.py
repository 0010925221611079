"""Items like those the user took, by cosine of who took them (Sarwar et al. 2001), the latest counting most."""

from collections.abc import Iterator, Mapping

import numpy as np
from scipy import sparse

from recsys_core.answers import message
from recsys_core.data.splitting import Events, TrainingData
from recsys_core.models.base import Progress, Recommender
from recsys_core.models.built_in.neighbours_card import ITEM_KNN
from recsys_core.settings import ItemKnnSettings

_BLOCK_PAIRS = 1 << 23  # of items that one block may hold before only the neighbours are kept


class ItemKnn(Recommender):
    """Item-item neighbours: score of an item = sum of its similarity to the user's items, weighted by recency.

    similarity(i, j) = users who took both / (sqrt(takers of i * takers of j) + shrink). It counts where j is one of the
    most similar items of i, the item that is scored (or, by `neighbours_of`, where i is one of those of j).
    """

    card = ITEM_KNN
    settings: ItemKnnSettings

    def _learn(self, data: TrainingData, progress: Progress) -> None:
        self.weights = recency_weights(data.events, len(data.item_ids), self.settings.half_life_events)
        n_items = len(data.item_ids)
        taken = self.history.astype(np.float32)
        takers, parts = taken.T.tocsr(), []
        for rows in _item_blocks(self.history):
            parts.append(self._neighbours(rows, takers[rows] @ taken))
            progress(rows.stop / n_items, message("progress-neighbours", place=rows.stop, items=n_items))
        near = sparse.vstack(parts, format="csr")  # a row holds the neighbours of its item
        self.similarity = near if self.settings.neighbours_of == "taken" else near.T.tocsr()

    def _neighbours(self, rows: slice, pairs: sparse.csr_matrix) -> sparse.csr_matrix:
        """Most similar items of some items, from their co-counts: as these (len(rows), n_items), `neighbours` a row."""
        norms = np.sqrt(self.popularity)
        owners = np.repeat(np.arange(rows.start, rows.stop), np.diff(pairs.indptr))
        pairs.data /= norms[owners] * norms[pairs.indices] + np.float32(self.settings.shrink)
        pairs.data[owners == pairs.indices] = 0
        return _best_of_rows(pairs, self.settings.neighbours)

    def _score(self, users: np.ndarray) -> np.ndarray:
        taken = self.history[users].astype(np.float32)
        taken.data = self.weights[_entries(self.history, users)]
        return np.asarray((taken @ self.similarity).todense())

    def _state(self) -> dict[str, np.ndarray]:
        near = self.similarity
        return {"weights": self.weights, "indptr": near.indptr, "indices": near.indices, "similarity": near.data}

    def _restore(self, state: Mapping[str, np.ndarray]) -> None:
        size = self.history.shape[1]
        self.weights = state["weights"]
        parts = (state["similarity"], state["indices"], state["indptr"])
        self.similarity = sparse.csr_matrix(parts, shape=(size, size))


def recency_weights(events: Events, n_items: int, half_life: float) -> np.ndarray:
    """Weight of every pair of user and item, sorted by user and item, as `taken` sorts them.

    Parameters
    ----------
    half_life
        An event this many events before the user's last one weighs half; 0: all weigh 1. An item taken more than once
        weighs as its latest event.

    Returns
    -------
    numpy.ndarray
        (n_pairs,) float32.
    """
    pairs = events.users.astype(np.int64) * n_items + events.items
    _, latest = np.unique(pairs[::-1], return_index=True)
    if half_life == 0:
        return np.ones(len(latest), dtype=np.float32)
    ends = np.searchsorted(events.users, events.users, side="right")
    ages = ends - 1 - np.arange(len(events))
    return np.exp2(-ages[::-1][latest] / half_life).astype(np.float32)


def _entries(matrix: sparse.csr_matrix, rows: np.ndarray) -> np.ndarray:
    """Places, in the matrix's data, of the entries of some rows."""
    lengths = np.diff(matrix.indptr)[rows]
    starts = np.repeat(matrix.indptr[rows] - (np.cumsum(lengths) - lengths), lengths)
    return starts + np.arange(lengths.sum())


def _item_blocks(history: sparse.csr_matrix) -> Iterator[slice]:
    """Cut the items into blocks whose pairs with other items fit a fixed amount of memory."""
    n_items = history.shape[1]
    met = history.T @ np.diff(history.indptr).astype(np.int64)  # items met through the takers of each, at most
    pairs = np.cumsum(np.minimum(met, n_items))
    start = 0
    while start < n_items:
        bound = (pairs[start - 1] if start else 0) + _BLOCK_PAIRS
        stop = max(start + 1, int(np.searchsorted(pairs, bound, side="right")))
        yield slice(start, stop)
        start = stop


def _best_of_rows(matrix: sparse.csr_matrix, n: int) -> sparse.csr_matrix:
    """Keep the n largest positive entries of every row; of equal ones those of the first columns."""
    kept = []
    for start, stop in zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True):
        values, columns = matrix.data[start:stop], matrix.indices[start:stop]
        if len(values) > n:
            bound = np.partition(values, -n)[-n]
            near = np.flatnonzero(values >= bound)
            near = near[np.lexsort((columns[near], -values[near]))[:n]]
        else:
            near = np.arange(len(values))
        kept.append(start + near[values[near] > 0])
    places = np.concatenate(kept) if kept else np.empty(0, dtype=np.int64)
    indptr = np.r_[0, np.cumsum([len(row) for row in kept])]
    return sparse.csr_matrix((matrix.data[places], matrix.indices[places], indptr), shape=matrix.shape)

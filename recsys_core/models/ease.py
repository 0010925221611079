"""Linear autoencoder over items with a closed form (Steck 2019), inverted in place."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Final

import numpy as np
from scipy import linalg, sparse

from recsys_core.answers import message
from recsys_core.data.splitting import TrainingData
from recsys_core.errors import DataError
from recsys_core.machine import free_memory
from recsys_core.models.base import Progress, Recommender
from recsys_core.models.built_in.ease_card import EASE
from recsys_core.models.matrices import blocks
from recsys_core.settings import EaseSettings

COPIES: Final = 1.5  # of the weights: trained in place, and LAPACK, blocks and saving need room beside
_SIDE: Final = 512  # of the squares by which a triangle is copied onto the other
_THREADED: Final = 5000  # items from which on the inverse takes seconds, and several threads
_DENSE: Final = 0.05  # share of taken items from which on a dense product of the history is the faster


class Ease(Recommender):
    """Score = history times B, where B minimises |X - XB|² + regularisation |B|² with a diagonal of zero.

    B = I - P / diag(P), with P = (X'X + regularisation I)^-1. Memory grows with the catalogue squared, time cubed.
    """

    card = EASE
    settings: EaseSettings

    def _learn(self, data: TrainingData, progress: Progress) -> None:
        n_items = len(data.item_ids)
        _refuse_beyond(n_items, free_memory())
        weights = _co_counts(self.history)
        weights.ravel()[:: n_items + 1] += np.float32(self.settings.regularisation)
        progress(0.2, message("progress-inverting", items=n_items))
        with _threads(n_items):
            _invert(weights)
        progress(0.9, message("progress-weights"))
        weights /= -np.diag(weights).copy()
        np.fill_diagonal(weights, 0)
        self.weights = weights

    def _score(self, users: np.ndarray) -> np.ndarray:
        taken = self.history[users].astype(np.float32)
        if taken.nnz > _DENSE * taken.shape[0] * taken.shape[1]:
            return taken.toarray() @ self.weights
        return taken @ self.weights

    def _state(self) -> dict[str, np.ndarray]:
        return {"weights": self.weights}

    def _restore(self, state: Mapping[str, np.ndarray]) -> None:
        self.weights = state["weights"]


def _refuse_beyond(n_items: int, free: int) -> None:
    needed = COPIES * 4 * n_items**2
    if needed > free:
        raise DataError("ease-too-large", needed=needed, items=n_items, free=free)


def _threads(n_items: int) -> AbstractContextManager[Any]:
    """One thread for small catalogues: beside other work, threads that wait for each other took 100 times as long."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1 if n_items < _THREADED else None, "blas")


def _co_counts(history: sparse.csr_matrix) -> np.ndarray:
    """Number of users who took both items, (n_items, n_items) float32, filled block by block."""
    n_items = history.shape[1]
    ones = history.astype(np.float32)
    takers = ones.T.tocsr()
    counts = np.empty((n_items, n_items), dtype=np.float32)
    for rows in blocks(n_items, n_items):
        (takers[rows] @ ones).toarray(out=counts[rows])
    return counts


def _invert(matrix: np.ndarray) -> None:
    """Invert a symmetric positive definite matrix in place, by Cholesky factors in single precision."""
    columns = matrix.T  # LAPACK wants columns in a row in memory; the matrix is its own transpose
    _, failed = linalg.lapack.spotrf(columns, lower=1, overwrite_a=1, clean=0)
    if not failed:
        _, failed = linalg.lapack.spotri(columns, lower=1, overwrite_c=1)
    if failed:
        raise DataError("ease-not-inverted")
    for start in range(0, len(matrix), _SIDE):  # the other triangle still holds co-counts
        rows = slice(start, start + _SIDE)
        matrix[rows, :start] = matrix[:start, rows].T
        square = matrix[rows, rows]
        square[:] = np.triu(square) + np.triu(square, 1).T

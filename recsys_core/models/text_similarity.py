"""Items whose text is like what the user took, by a frozen encoder: the control that nothing was trained for."""

from collections.abc import Mapping

import numpy as np
from scipy import sparse

from recsys_core.data.splitting import TrainingData
from recsys_core.errors import DataError
from recsys_core.models.base import Progress, Recommender
from recsys_core.models.built_in.text_similarity_card import TEXT_SIMILARITY
from recsys_core.models.embeddings import encode
from recsys_core.settings import TextSimilaritySettings


class TextSimilarity(Recommender):
    """Cosine of an item's embedding and the mean embedding of the user's items; cold items are ranked like others."""

    card = TEXT_SIMILARITY
    settings: TextSimilaritySettings

    def _learn(self, data: TrainingData, progress: Progress) -> None:
        items = encode(item_texts(data, self.name), self.settings.encoder, self.settings.max_tokens, progress)
        if self.settings.whitened_size:
            items = whitened(items, self.settings.whitened_size)
        self.items = items
        self.profiles = unit(_weights(data, self.settings.half_life_events, self.history.shape) @ items)

    def _score(self, users: np.ndarray) -> np.ndarray:
        return self.profiles[users] @ self.items.T

    def _state(self) -> dict[str, np.ndarray]:
        return {"items": self.items, "profiles": self.profiles}

    def _restore(self, state: Mapping[str, np.ndarray]) -> None:
        self.items, self.profiles = state["items"], state["profiles"]


def item_texts(data: TrainingData, model: str) -> tuple[str, ...]:
    """Texts of the items.

    Raises
    ------
    DataError
        If the data set has none.
    """
    if data.texts is None or not any(text.strip() for text in data.texts):
        raise DataError("model-without-texts", model=model)
    return data.texts


def whitened(embeddings: np.ndarray, size: int) -> np.ndarray:
    """Principal components of the embeddings, each with variance one, rows brought to length one.

    Pretrained sentence embeddings crowd into a cone; whitening spreads them (Su et al. 2021).

    Parameters
    ----------
    embeddings
        (n, d) float32.
    size
        Components kept; fewer where the embeddings span fewer.

    Returns
    -------
    numpy.ndarray
        (n, at most size) float32.
    """
    centred = embeddings - embeddings.mean(axis=0)
    variances, axes = np.linalg.eigh((centred.T @ centred).astype(np.float64) / max(len(centred), 1))
    variances, axes = variances[::-1], axes[:, ::-1]
    kept = np.flatnonzero(variances > 1e-7 * max(variances[0], 1e-30))[:size]
    if not len(kept):  # all texts are alike
        return np.zeros((len(embeddings), 1), dtype=np.float32)
    return unit(centred @ (axes[:, kept] / np.sqrt(variances[kept])).astype(np.float32))


def unit(rows: np.ndarray) -> np.ndarray:
    """Bring rows to length one; rows of zeros stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def _weights(data: TrainingData, half_life: float, shape: tuple[int, int]) -> sparse.csr_matrix:
    """Weight of each item in each user's profile: (users, items) float32; events are sorted by user and time."""
    users = data.events.users
    ends = np.searchsorted(users, users, side="right")
    ages = ends - 1 - np.arange(len(users))
    weights = np.exp2(-ages / half_life) if half_life else np.ones(len(users))
    return sparse.csr_matrix((weights.astype(np.float32), (users, data.events.items)), shape=shape)

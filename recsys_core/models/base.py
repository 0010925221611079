"""The contract of every recommender: fit, recommend, save, load; and what they share."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from scipy import sparse

from recsys_core.data.splitting import Events, TrainingData
from recsys_core.errors import WorkspaceError
from recsys_core.settings import ModelSettings
from recsys_core.workspace import whole_file, write_json

RIVAL = "rival "  # before a model's name: its validation NDCG among the figures that another one tells
_BLOCK_BYTES = 1 << 24  # of one block of scores: larger ones are given back to the system and asked for again each time
_GROUPS = 8  # of columns, per place of a list


class Progress:
    """Where a model tells how far it is; this one keeps silent.

    Attributes
    ----------
    folder
        Where checkpoints are kept and looked for; None: nowhere.
    cache
        Where tokens and embeddings are kept for other models; None: nowhere.
    board
        Where files for TensorBoard go; None: nowhere.
    """

    folder: Path | None = None
    cache: Path | None = None
    board: Path | None = None

    def __call__(self, share: float, message: str, figures: Mapping[str, float] | None = None) -> None:
        """Tell the share done (0 to 1), a sentence, and figures of this step; raises `Cancelled` to stop."""


class Cancelled(Exception):  # noqa: N818 - not an error: somebody asked for it
    """The run was cancelled."""


@dataclass(frozen=True)
class Recommendations:
    """Lists of items, the best first.

    Attributes
    ----------
    users
        Ids as given, (n,).
    items
        Ids, (n, k) object array; None where fewer than k items could be recommended.
    scores
        (n, k) float32; -inf where `items` is None. Comparable within a user only.
    fallback
        (n,) bool: the user was unknown or had no history, so the list is what is popular.
    """

    users: tuple[str, ...]
    items: np.ndarray
    scores: np.ndarray
    fallback: np.ndarray


class Recommender(ABC):
    """A recommender over the items of a log.

    Subclasses say how to learn (`_learn`), what they learnt (`_state`, `_restore`) and how to score (`_score`).
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1  # of the code: raise it when the same settings give another model

    def __init__(self, settings: ModelSettings) -> None:
        self.settings = settings
        self.user_ids = np.empty(0, dtype=object)
        self.item_ids = np.empty(0, dtype=object)
        self.history = sparse.csr_matrix((0, 0), dtype=np.int8)
        self.popularity = np.empty(0, dtype=np.float32)

    # ---- to be written by each model ---------------------------------------------------------------------------

    @abstractmethod
    def _learn(self, data: TrainingData, progress: Progress) -> None:
        """Learn from the training events; ids, history and popularity are set."""

    @abstractmethod
    def _score(self, users: np.ndarray) -> np.ndarray:
        """Score every item for users (codes) who have a history; higher is better.

        Returns
        -------
        numpy.ndarray
            (len(users), n_items) float32, made for the caller, who writes into it.
        """

    @abstractmethod
    def _state(self) -> dict[str, np.ndarray]:
        """Return what was learnt, as named arrays."""

    @abstractmethod
    def _restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Take back what `_state` returned."""

    # ---- the contract ------------------------------------------------------------------------------------------

    def fit(self, data: TrainingData, progress: Progress | None = None) -> Self:
        """Learn from training events, forgetting what was learnt before.

        Raises
        ------
        DataError
            If this model cannot learn from these data; the message says why and what to do.
        """
        self.user_ids, self.item_ids = data.user_ids, data.item_ids
        self.history = taken(data.events, len(data.user_ids), len(data.item_ids))
        self.popularity = np.asarray(self.history.sum(axis=0)).ravel().astype(np.float32)
        self._learn(data, progress or Progress())
        return self

    def scores(self, users: np.ndarray) -> np.ndarray:
        """Score every item for users by code.

        Users without a history, and those whose history sets no item apart, get what is popular.

        Returns
        -------
        numpy.ndarray
            (len(users), n_items) float32; comparable within a row only.
        """
        users = np.asarray(users)
        warm = self.has_history(users)
        if warm.all():
            found = self._score(users)
        else:
            found = np.tile(self.cold_scores(), (len(users), 1))
            found[warm] = self._score(users[warm])
        level = found.max(axis=1, initial=-np.inf) == found.min(axis=1, initial=np.inf)
        found[level] = self.cold_scores()
        return found

    def cold_scores(self) -> np.ndarray:
        """Scores (n_items,) for users of whom nothing is known."""
        return self.popularity

    def has_history(self, users: np.ndarray) -> np.ndarray:
        """Tell which users (codes) have a training event."""
        return np.diff(self.history.indptr)[users] > 0

    def recommend(
        self, users: Sequence[str], k: int, candidates: Sequence[str] | None = None, *, seen: bool = False
    ) -> Recommendations:
        """Recommend the k best items to each user.

        Parameters
        ----------
        users
            Ids; unknown ones get what is popular, and are marked as a fallback.
        k
            Length of the lists.
        candidates
            Item ids to choose from; unknown ones are passed over. Default: every item.
        seen
            Whether items of the user's history may be recommended.
        """
        codes = pd.Index(self.user_ids).get_indexer(pd.Index(list(users), dtype=object))
        shut = np.ones(len(self.item_ids), dtype=bool)
        chosen = range(len(self.item_ids)) if candidates is None else self._known_items(candidates)
        shut[np.asarray(chosen, dtype=np.int64)] = False
        items = np.full((len(codes), k), None, dtype=object)
        best = np.full((len(codes), k), -np.inf, dtype=np.float32)
        for rows in blocks(len(codes), len(self.item_ids)):
            scores = self._scores_or_cold(codes[rows], seen=seen)
            if candidates is not None:
                scores[:, shut] = -np.inf
            places, values = top_k(scores, k)
            names = self.item_ids[places]
            names[~np.isfinite(values)] = None
            items[rows, : names.shape[1]], best[rows, : names.shape[1]] = names, values
        known = codes >= 0
        fallback = ~known
        fallback[known] = ~self.has_history(codes[known])
        return Recommendations(tuple(users), items, best, fallback)

    def _known_items(self, ids: Sequence[str]) -> np.ndarray:
        codes = pd.Index(self.item_ids).get_indexer(pd.Index(list(ids), dtype=object))
        return codes[codes >= 0]

    def _scores_or_cold(self, codes: np.ndarray, *, seen: bool) -> np.ndarray:
        known = codes >= 0
        cold = self.cold_scores().astype(np.float32, copy=False)
        if not known.any():
            return np.tile(cold, (len(codes), 1))
        scores = self.scores(codes[known]).astype(np.float32, copy=False)
        if not seen:
            scores = without(scores, self.history[codes[known]])
        if known.all():
            return scores
        found = np.tile(cold, (len(codes), 1))
        found[known] = scores
        return found

    def save(self, folder: Path) -> None:
        """Write the model: model.json last, arrays as safetensors, ids as Parquet. No pickle."""
        from safetensors.numpy import save_file

        folder.mkdir(parents=True, exist_ok=True)
        pd.DataFrame({"id": self.user_ids}).to_parquet(folder / "users.parquet")
        pd.DataFrame({"id": self.item_ids}).to_parquet(folder / "items.parquet")
        kept = {"history.indptr": self.history.indptr, "history.indices": self.history.indices}
        kept |= {f"learnt.{name}": np.ascontiguousarray(array) for name, array in self._state().items()}
        with whole_file(folder / "model.safetensors") as draft:
            save_file(kept, draft)  # straight from the arrays: bytes to write would be two more copies of them
        write_json(
            folder / "model.json", {"name": self.name, "version": self.version, "settings": self.settings.to_dict()}
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a model that `save` wrote.

        Raises
        ------
        WorkspaceError
            If the folder holds no model, or one of another kind or version.
        """
        from safetensors.numpy import load_file

        card = read_card(folder)
        if (card["name"], card["version"]) != (cls.name, cls.version):
            raise WorkspaceError(
                f"{folder} holds {card['name']} version {card['version']}, but this is {cls.name} version "
                f"{cls.version}. Train it again."
            )
        from recsys_core.settings import MODELS

        model = cls(MODELS[cls.name].from_dict(card["settings"]))
        model.user_ids = pd.read_parquet(folder / "users.parquet")["id"].to_numpy(dtype=object)
        model.item_ids = pd.read_parquet(folder / "items.parquet")["id"].to_numpy(dtype=object)
        arrays = load_file(folder / "model.safetensors")
        shape = (len(model.user_ids), len(model.item_ids))
        indices, indptr = arrays.pop("history.indices"), arrays.pop("history.indptr")
        model.history = sparse.csr_matrix((np.ones(len(indices), dtype=np.int8), indices, indptr), shape=shape)
        model.popularity = np.asarray(model.history.sum(axis=0)).ravel().astype(np.float32)
        model._restore({name.removeprefix("learnt."): array for name, array in arrays.items()})
        return model


def read_card(folder: Path) -> dict[str, Any]:
    """Read what model.json says; WorkspaceError where there is no finished model."""
    try:
        return json.loads((folder / "model.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise WorkspaceError(f"{folder} holds no finished model. Train it again.") from None


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
    if 2 * _GROUPS * k <= scores.shape[1]:
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

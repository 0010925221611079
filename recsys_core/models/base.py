"""The contract of every recommender: fit, recommend, save, load; and what they share."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from scipy import sparse

from recsys_core.answers import Message
from recsys_core.data.splitting import TrainingData
from recsys_core.errors import DataError, WorkspaceError
from recsys_core.models.cards import ModelCard
from recsys_core.models.matrices import blocks, taken, top_k, without
from recsys_core.settings import ModelSettings
from recsys_core.stored import fits, read_json
from recsys_core.workspace import whole_file, write_json

INPUTS = "inputs"  # folder, in that of a model, of the models it builds on
RIVAL = "rival "  # before a model's name: its validation NDCG among the figures that another one tells


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

    def __call__(self, share: float, message: Message, figures: Mapping[str, float] | None = None) -> None:
        """Tell the share done (0 to 1), what is done, and figures of this step; raises `Cancelled` to stop."""


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

    Subclasses name their card, and say how to learn (`_learn`), what they learnt (`_state`, `_restore`) and how to
    score (`_score`). One that scores a few items at less cost than all says how in `_score_candidates`.

    Attributes
    ----------
    inputs
        The models on which this one builds, by the option that names each; they were fitted on the same events.
    """

    card: ClassVar[ModelCard]
    name: ClassVar[str]
    version: ClassVar[int] = 1

    def __init_subclass__(cls, **options: Any) -> None:
        """Take name and version from the card."""
        super().__init_subclass__(**options)
        if "card" in vars(cls):
            cls.name, cls.version = cls.card.name, cls.card.version

    def __init__(self, settings: ModelSettings, inputs: Mapping[str, "Recommender"] | None = None) -> None:
        self.settings, self.inputs = settings, dict(inputs or {})
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

    def _score_candidates(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Score some items of each user (codes) who has a history: `items` is (n, m), and so is what is returned."""
        return np.take_along_axis(self._all_scores(users), items, axis=1)

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
            If this model cannot learn from these data, or builds on a model of others; the message says why and what
            to do.
        """
        for other in self.inputs.values():
            if not (np.array_equal(other.item_ids, data.item_ids) and np.array_equal(other.user_ids, data.user_ids)):
                raise DataError("model-input-of-other-data", model=self.name, other=other.name)
        self.user_ids, self.item_ids = data.user_ids, data.item_ids
        self.history = taken(data.events, len(data.user_ids), len(data.item_ids))
        self.popularity = np.asarray(self.history.sum(axis=0)).ravel().astype(np.float32)
        self._learn(data, progress or Progress())
        return self

    def scores(self, users: np.ndarray, candidates: np.ndarray | None = None) -> np.ndarray:
        """Score items for users by code.

        Users without a history, and those whose history sets no item apart, get what is popular.

        Parameters
        ----------
        users
            Codes, (n,).
        candidates
            Codes of the items to score: (m,), the same for every user, or (n, m), a row for each. Default: all items.

        Returns
        -------
        numpy.ndarray
            (n, n_items), or (n, m) in the order of the candidates, float32; comparable within a row only. The score of
            a candidate is that which it has among all items, unless the model is one that only ranks candidates.
        """
        users = np.asarray(users)
        if candidates is None:
            return self._all_scores(users)
        items = np.broadcast_to(candidates, (len(users), np.shape(candidates)[-1]))
        scores = self.cold_scores()[items]
        warm = self.has_history(users)
        if warm.any():
            scores[warm] = self._score_candidates(users[warm], items[warm])
        return scores

    def _all_scores(self, users: np.ndarray) -> np.ndarray:
        warm = self.has_history(users)
        if warm.all():
            scores = self._score(users)
        else:
            scores = np.tile(self.cold_scores(), (len(users), 1))
            scores[warm] = self._score(users[warm])
        level = scores.max(axis=1, initial=-np.inf) == scores.min(axis=1, initial=np.inf)
        scores[level] = self.cold_scores()
        return scores

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
        chosen = None if candidates is None else self._known_items(candidates)
        ids = self.item_ids if chosen is None else self.item_ids[chosen]
        items = np.full((len(codes), k), None, dtype=object)
        best = np.full((len(codes), k), -np.inf, dtype=np.float32)
        for rows in blocks(len(codes), len(self.item_ids)):
            places, values = top_k(self._scores_or_cold(codes[rows], chosen, seen=seen), k)
            names = ids[places]
            names[~np.isfinite(values)] = None
            items[rows, : names.shape[1]], best[rows, : names.shape[1]] = names, values
        known = codes >= 0
        fallback = ~known
        fallback[known] = ~self.has_history(codes[known])
        return Recommendations(tuple(users), items, best, fallback)

    def _known_items(self, ids: Sequence[str]) -> np.ndarray:
        """Codes of items, each once and in their order, so that ties are broken as among all items."""
        codes = pd.Index(self.item_ids).get_indexer(pd.Index(list(ids), dtype=object))
        return np.unique(codes[codes >= 0])

    def _scores_or_cold(self, codes: np.ndarray, chosen: np.ndarray | None, *, seen: bool) -> np.ndarray:
        known = codes >= 0
        cold = self.cold_scores().astype(np.float32, copy=False)
        scores = np.tile(cold if chosen is None else cold[chosen], (len(codes), 1))
        if not known.any():
            return scores
        own = self.scores(codes[known], chosen).astype(np.float32, copy=False)
        if not seen:
            history = self.history[codes[known]]
            own = without(own, history if chosen is None else history[:, chosen])
        if known.all():
            return own
        scores[known] = own
        return scores

    def save(self, folder: Path) -> None:
        """Write the model and those it builds on: model.json last, arrays as safetensors, ids as Parquet. No pickle."""
        from safetensors.numpy import save_file

        folder.mkdir(parents=True, exist_ok=True)
        for option, other in self.inputs.items():
            other.save(folder / INPUTS / option)
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
    def load(cls, folder: Path, inputs: Mapping[str, "Recommender"] | None = None) -> Self:
        """Read a model that `save` wrote; `registry.load_model` reads one of any kind, with those it builds on.

        Raises
        ------
        WorkspaceError
            If the folder holds no model, or one of another kind or version.
        """
        from safetensors.numpy import load_file

        label = read_card(folder)
        if (label["name"], label["version"]) != (cls.name, cls.version):
            raise WorkspaceError(
                "model-of-another-version", folder=str(folder), found=label["name"], found_version=label["version"],
                wanted=cls.name, wanted_version=cls.version,
            )  # fmt: skip
        model = cls(cls.card.settings.from_dict(label["settings"]), inputs)
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
    damage = WorkspaceError("model-not-finished", folder=str(folder))
    card = read_json(folder / "model.json", damage)
    if not all(fits(card.get(name), kind) for name, kind in (("name", str), ("version", int), ("settings", dict))):
        raise damage
    return card

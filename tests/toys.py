"""Two models of a few lines each, as anybody would add them: a neural one, and one that re-ranks another's lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from recsys_core.data.splitting import TrainingData
from recsys_core.models.base import Progress, Recommender
from recsys_core.models.built_in.rules import light_cost
from recsys_core.models.built_in.text_rules import steps_cost
from recsys_core.models.cards import Cost, Described, ModelCard
from recsys_core.models.matrices import top_k
from recsys_core.models.next_item import Collate, Histories, Network, NextItemModel
from recsys_core.models.pairs import Pairs
from recsys_core.settings import ModelSettings, NextItemSettings, option


@dataclass(frozen=True)
class ToySettings(NextItemSettings):
    """The next item by the last one, through a bottleneck."""

    stage: ClassVar[str] = "toy"
    size: int = option(8, "Size", "Numbers in the bottleneck.", low=1, high=64)


def _toy_cost(data: Described, settings: ToySettings) -> Cost:
    weights = 8 * data.items * settings.size
    return steps_cost(data, settings, light_cost(data), pair_seconds=1e-5, pair_mb=0.01, weights_bytes=weights)


TOY = ModelCard(
    ToySettings, "tests.toys:Toy", "sequence", _toy_cost, needs=frozenset({"torch"}), packages=("torch", "transformers")
)


class ToyNetwork(Network):
    def __init__(self, items: int, settings: ToySettings) -> None:
        import torch

        class Module(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.last, self.next = torch.nn.Embedding(items, settings.size), torch.nn.Linear(settings.size, items)

            def forward(self, last: Any, target: Any) -> dict[str, Any]:
                logits = self.next(self.last(last))
                return {"losses": torch.nn.functional.cross_entropy(logits, target, reduction="none")}

        torch.manual_seed(settings.seed)
        self.torch, self.module = torch, Module()

    def collator(self, pairs: Pairs) -> Collate:
        last, target = (self.torch.tensor([h[0] for h in pairs.histories]), self.torch.tensor(pairs.targets).long())
        return lambda rows, _place: {"last": last[rows], "target": target[rows], "tokens": len(rows)}

    def rank(self, histories: Histories, progress: Progress) -> np.ndarray:
        del progress
        with self.torch.inference_mode():
            return self.module.next(self.module.last(self.torch.tensor([h[0] for h in histories]))).numpy().copy()


class Toy(NextItemModel[ToyNetwork]):
    card = TOY
    settings: ToySettings

    def _network(self, data: TrainingData, progress: Progress) -> ToyNetwork:
        del progress
        return ToyNetwork(len(data.item_ids), self.settings)

    def _take(self, network: ToyNetwork, users: np.ndarray, histories: Histories, progress: Progress) -> None:
        self.table = np.zeros(self.history.shape, dtype=np.float32)
        self.table[users] = network.rank(histories, progress)

    def _score(self, users: np.ndarray) -> np.ndarray:
        return self.table[users]

    def _state(self) -> dict[str, np.ndarray]:
        return {"table": self.table}

    def _restore(self, state: Mapping[str, np.ndarray]) -> None:
        self.table = state["table"]


@dataclass(frozen=True)
class RerankerSettings(ModelSettings):
    """The best of another model's lists, rare ones first."""

    stage: ClassVar[str] = "toy-reranker"
    first: str = option("item-knn", "First stage", "Model, or id of a run, whose lists are put in another order.")
    depth: int = option(6, "Depth", "Items that are put in another order.", low=1, high=50)


RERANKER = ModelCard(
    RerankerSettings, "tests.toys:Reranker", "hybrid", lambda data, _settings: light_cost(data), inputs=("first",)
)


class Reranker(Recommender):
    card = RERANKER
    settings: RerankerSettings
    asked: ClassVar[list[tuple[int, ...]]] = []  # shapes of the candidates that were scored

    def _learn(self, data: TrainingData, progress: Progress) -> None:
        del data, progress  # the base counts

    def _score(self, users: np.ndarray) -> np.ndarray:
        scores = self.inputs["first"].scores(users)
        places, _ = top_k(scores, self.settings.depth)
        above = scores.max(axis=1, keepdims=True) + 1
        np.put_along_axis(scores, places, above + self._score_candidates(users, places), axis=1)
        return scores

    def _score_candidates(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        del users
        self.asked.append(items.shape)
        return 1 / (1 + self.popularity[items])

    def _state(self) -> dict[str, np.ndarray]:
        return {}

    def _restore(self, state: Mapping[str, np.ndarray]) -> None:
        del state

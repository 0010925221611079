"""The two kinds of bi-encoder: one trains the encoder itself, one a head on embeddings of a frozen encoder.

Imports torch: `bi_encoder` imports this module when it trains.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch.nn.functional import cross_entropy, normalize

from recsys_core.models.base import Progress
from recsys_core.models.pairs import Pairs
from recsys_core.models.text_encoder import TextEncoder, encode, padded, pooled, resolve_encoder
from recsys_core.models.text_similarity import unit
from recsys_core.settings import BiEncoderSettings

Histories = Sequence[np.ndarray]
_PAIRS_BETWEEN_CHECKPOINTS = {"cpu": 2_000, "cuda": 50_000}  # about a minute


class Tower(Protocol):
    """What turns histories and items into vectors of length one; one set of weights serves both."""

    @property
    def module(self) -> torch.nn.Module:
        """What is trained."""

    checkpoint_pairs: int
    bf16: bool

    def lengths(self, histories: Histories) -> np.ndarray:
        """Cost of each history: what batches of like length go by."""

    def collator(self, pairs: Pairs) -> Callable[[list[int]], dict[str, Any]]:
        """Return what makes a batch of the module's arguments from rows of the pairs."""

    def items(self, progress: Progress) -> np.ndarray:
        """Embeddings of all items as the weights stand, (n_items, d) float32."""

    def users(self, histories: Histories, progress: Progress) -> np.ndarray:
        """Embeddings of histories as the weights stand, (len(histories), d) float32."""

    def save(self, folder: Path) -> None:
        """Write the trained weights, as safetensors, with what is needed to use them elsewhere."""


class InBatchSoftmax(torch.nn.Module, ABC):
    """Cross-entropy of the next item among the items of the batch, log share taken off (Yi et al. 2019)."""

    def __init__(self, settings: BiEncoderSettings) -> None:
        super().__init__()
        self.temperature = settings.temperature
        self.corrects = settings.popularity_correction

    @abstractmethod
    def embed(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Vectors of length one."""

    def forward(
        self, history: Sequence[torch.Tensor], item: Sequence[torch.Tensor], banned: torch.Tensor,
        log_share: torch.Tensor,
    ) -> dict[str, torch.Tensor]:  # fmt: skip
        """Loss of a batch: `banned` (n, n) marks what is no negative, `log_share` (n,) how often an item is met."""
        logits = self.embed(*history).float() @ self.embed(*item).float().T / self.temperature
        if self.corrects:
            logits = logits - log_share
        return {
            "loss": cross_entropy(logits.masked_fill(banned, -torch.inf), torch.arange(len(logits)).to(logits.device))
        }


def _batch(pairs: Pairs, rows: list[int]) -> dict[str, Any]:
    places = np.asarray(rows)
    return {
        "banned": torch.from_numpy(pairs.no_negatives(places)),
        "log_share": torch.from_numpy(pairs.log_share[pairs.targets[places]]),
    }


class _TextModule(InBatchSoftmax):
    def __init__(self, settings: BiEncoderSettings, encoder: Any) -> None:
        super().__init__(settings)
        self.encoder = encoder

    def embed(self, *inputs: torch.Tensor) -> torch.Tensor:
        return pooled(self.encoder, *inputs)


class TextTower:
    """The encoder is trained: a history is read as one text, its latest item first."""

    def __init__(self, settings: BiEncoderSettings, texts: Sequence[str]) -> None:
        self.encoder = TextEncoder(resolve_encoder(settings.encoder), settings.precision)
        self.module: InBatchSoftmax = _TextModule(settings, self.encoder.model)
        self.bf16 = self.encoder.bf16
        self.checkpoint_pairs = _PAIRS_BETWEEN_CHECKPOINTS[self.encoder.model.device.type]
        self._items = self.encoder.tokens(texts, settings.max_tokens)
        self._short = [tuple(ids[: settings.history_tokens]) for ids in self._items]
        self._between = self.encoder.tail[:1] or self.encoder.tokens(["; "], 8)[0]

    def _history(self, items: np.ndarray) -> list[int]:
        room = self.encoder.limit - len(self.encoder.head) - len(self.encoder.tail)
        read = [token for item in items for token in (*self._short[item], *self._between)]
        return read[: -len(self._between)][:room]

    def lengths(self, histories: Histories) -> np.ndarray:
        """Tokens of each history."""
        return np.array([len(self._history(items)) for items in histories])

    def collator(self, pairs: Pairs) -> Callable[[list[int]], dict[str, Any]]:
        """Batches of token ids and masks."""

        def collate(rows: list[int]) -> dict[str, Any]:
            histories = [self._history(pairs.histories[row]) for row in rows]
            targets = [self._items[item] for item in pairs.targets[rows]]
            return {"history": self._tensors(histories), "item": self._tensors(targets), **_batch(pairs, rows)}

        return collate

    def _tensors(self, sequences: list[list[int]]) -> tuple[torch.Tensor, ...]:
        return tuple(map(torch.from_numpy, padded([self.encoder.framed(ids) for ids in sequences])))

    def items(self, progress: Progress) -> np.ndarray:
        """Embeddings of the items' texts."""
        return self.encoder.embed(self._items, progress)

    def users(self, histories: Histories, progress: Progress) -> np.ndarray:
        """Embeddings of the histories' texts."""
        return self.encoder.embed([self._history(items) for items in histories], progress)

    def save(self, folder: Path) -> None:
        """Write the encoder and its tokenizer, as any program that reads transformers' folders can use them."""
        self.encoder.model.save_pretrained(folder, safe_serialization=True)
        self.encoder.tokenizer.save_pretrained(folder)


class _HeadModule(InBatchSoftmax):
    def __init__(self, settings: BiEncoderSettings, size: int) -> None:
        super().__init__(settings)
        self.head = torch.nn.Linear(size, size, bias=False)
        torch.nn.init.zeros_(self.head.weight)  # with the residual: the identity

    def embed(self, *inputs: torch.Tensor) -> torch.Tensor:
        (vectors,) = inputs
        return normalize(vectors + self.head(vectors), dim=1)


class HeadTower:
    """The encoder stays as it is: a residual linear head is trained on means of cached embeddings."""

    def __init__(self, settings: BiEncoderSettings, texts: Sequence[str], progress: Progress) -> None:
        torch.manual_seed(settings.seed)
        self._vectors = encode(texts, settings.encoder, settings.max_tokens, progress)
        self.module = _HeadModule(settings, self._vectors.shape[1])
        self.bf16 = False
        self.checkpoint_pairs = 1 << 40  # evaluations make enough of them

    def _means(self, histories: Histories) -> torch.Tensor:
        means = [self._vectors[items].mean(axis=0) for items in histories]
        return torch.from_numpy(unit(np.array(means).reshape(-1, self._vectors.shape[1])))

    def lengths(self, histories: Histories) -> np.ndarray:
        """Ones: every history costs the same."""
        return np.ones(len(histories))

    def collator(self, pairs: Pairs) -> Callable[[list[int]], dict[str, Any]]:
        """Batches of vectors."""
        means = self._means(pairs.histories)

        def collate(rows: list[int]) -> dict[str, Any]:
            items = torch.from_numpy(self._vectors[pairs.targets[rows]])
            return {"history": (means[rows],), "item": (items,), **_batch(pairs, rows)}

        return collate

    def _embed(self, vectors: torch.Tensor) -> np.ndarray:
        with torch.inference_mode():
            return self.module.embed(vectors.to(self.module.head.weight.device)).float().cpu().numpy()

    def items(self, progress: Progress) -> np.ndarray:
        """The head on the items' embeddings."""
        del progress
        return self._embed(torch.from_numpy(self._vectors))

    def users(self, histories: Histories, progress: Progress) -> np.ndarray:
        """The head on the means of the histories' embeddings."""
        del progress
        return self._embed(self._means(histories))

    def save(self, folder: Path) -> None:
        """Write the head; the encoder is the one that the settings name."""
        from safetensors.torch import save_file

        folder.mkdir(parents=True, exist_ok=True)
        save_file(self.module.state_dict(), folder / "head.safetensors")


def make_tower(settings: BiEncoderSettings, texts: Sequence[str], progress: Progress) -> Tower:
    """Make the kind of tower that the settings ask for, untrained."""
    return HeadTower(settings, texts, progress) if settings.frozen else TextTower(settings, texts)

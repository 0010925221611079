"""The two kinds of bi-encoder: one trains the encoder itself, one a head on embeddings of a frozen encoder.

Imports torch: `bi_encoder` imports this module when it trains.
"""

import warnings
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import normalize

from recsys_core.models.base import Progress
from recsys_core.models.embeddings import encode
from recsys_core.models.encoder_files import encoder_fingerprint, resolve_encoder
from recsys_core.models.next_item import Collate, Histories, Network
from recsys_core.models.pairs import Pairs
from recsys_core.models.softmax import NextItemSoftmax
from recsys_core.models.text_encoder import TextEncoder, pooled
from recsys_core.models.text_similarity import unit
from recsys_core.models.token_table import TokenTable, kept_tokens
from recsys_core.settings import BiEncoderSettings

_PAIRS_BETWEEN_CHECKPOINTS = {"cpu": 2_000, "cuda": 50_000}  # about a minute
_COMPILED_AFTER = 3_000  # steps on a GPU: fewer do not win back the one to two minutes that compiling takes


class Tower(Network):
    """What turns histories and items into vectors of length one; one set of weights serves both."""

    @abstractmethod
    def items(self, progress: Progress) -> np.ndarray:
        """Embeddings of all items as the weights stand, (n_items, d) float32."""

    @abstractmethod
    def users(self, histories: Histories, progress: Progress) -> np.ndarray:
        """Embeddings of histories as the weights stand, (len(histories), d) float32."""

    def rank(self, histories: Histories, progress: Progress) -> np.ndarray:
        """Inner products of the embeddings of histories and of all items."""
        items = self.items(progress)
        return self.users(histories, progress) @ items.T

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write the trained weights, as safetensors, with what is needed to use them elsewhere."""


def _candidates(pairs: Pairs, rows: np.ndarray, place: int, settings: BiEncoderSettings) -> tuple[np.ndarray, Any]:
    """Items of a batch, and what the loss has to know of them.

    Items drawn beside those of the batch are met as often as all others: the shares are those of the mixture (Yang et
    al. 2020, Mixed negative sampling).
    """
    drawn = np.random.default_rng([settings.seed, place]).integers(0, pairs.seen.shape[1], settings.drawn_negatives)
    items = np.concatenate([pairs.targets[rows], drawn])
    log_share = pairs.log_share[items]
    if len(drawn):
        part = len(rows) / len(items)
        log_share = np.log(part * np.exp(log_share) + (1 - part) / pairs.seen.shape[1])
    return items, {
        "target": torch.arange(len(rows)),
        "banned": torch.from_numpy(pairs.no_negatives(rows, items)),
        "log_share": torch.from_numpy(log_share.astype(np.float32)),
    }


class _TextModule(NextItemSoftmax):
    def __init__(self, settings: BiEncoderSettings, encoder: TextEncoder) -> None:
        super().__init__(settings.temperature, corrects=settings.popularity_correction)
        self.encoder, self.pooling = encoder.model, encoder.pooling

    def embed(self, *inputs: torch.Tensor) -> torch.Tensor:
        ids, mask = inputs
        return pooled(self.encoder, ids, mask, self.pooling)


class TextTower(Tower):
    """The encoder is trained: a history is read as one text, its latest item first."""

    def __init__(self, settings: BiEncoderSettings, texts: Sequence[str], progress: Progress) -> None:
        self.encoder = TextEncoder(resolve_encoder(settings.encoder), settings.precision)
        self.bf16 = self.encoder.bf16
        self.checkpoint_pairs = _PAIRS_BETWEEN_CHECKPOINTS[self.encoder.model.device.type]
        identity = f"{encoder_fingerprint(settings.encoder)} {settings.max_tokens}"
        self._items = kept_tokens(
            progress.cache, identity, texts, lambda: self.encoder.tokens(texts, settings.max_tokens)
        )
        self._between = self.encoder.tail[:1] or self.encoder.tokens(["; "], 8)[0].tolist()
        self._short = self._items.first(settings.history_tokens).followed_by(self._between)
        self._settings = settings
        self._adapted = self._with_adapters() if settings.lora_rank else None
        if settings.gradient_checkpointing:
            self.encoder.model.activation_checkpointing_enable({"use_reentrant": False})
        self.module: NextItemSoftmax = _TextModule(settings, self.encoder)

    def _with_adapters(self) -> Any:
        from peft import LoraConfig, get_peft_model

        torch.manual_seed(self._settings.seed)
        rank = self._settings.lora_rank
        config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", lora_dropout=0.0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers by names of its last version
            return get_peft_model(self.encoder.model, config)

    def begin(self, steps: int) -> None:
        """Compile the encoder, where that is asked for or pays."""
        compiled, cuda = self._settings.compiled, self.encoder.model.device.type == "cuda"
        if compiled == "on" or (compiled == "auto" and cuda and steps >= _COMPILED_AFTER):
            self.encoder.model.compile(dynamic=True)

    def _histories(self, histories: Histories) -> TokenTable:
        room = self.encoder.limit - self.encoder.around(self.encoder.query)
        counts = np.fromiter(map(len, histories), np.int64, len(histories))
        read = self._short.take(np.concatenate([np.empty(0, np.int64), *histories]).astype(np.int64))
        return read.joined(counts, room, len(self._between))

    def lengths(self, pairs: Pairs) -> np.ndarray:
        """Tokens of each history and item."""
        around = self.encoder.around(self.encoder.query) + self.encoder.around(self.encoder.document)
        return self._histories(pairs.histories).lengths + self._items.lengths[pairs.targets] + around

    def collator(self, pairs: Pairs) -> Collate:
        """Batches of token ids and masks."""

        def collate(rows: np.ndarray, place: int) -> dict[str, Any]:
            items, known = _candidates(pairs, rows, place, self._settings)
            histories = self._histories([pairs.histories[row] for row in rows])
            history = self._tensors(histories, self.encoder.query)
            item = self._tensors(self._items.take(items), self.encoder.document)
            tokens = sum(int(mask.sum()) for _, mask in (history, item))
            return {"history": history, "item": item, "tokens": tokens, **known}

        return collate

    def _tensors(self, texts: TokenTable, prefix: Sequence[int]) -> tuple[torch.Tensor, ...]:
        return tuple(map(torch.from_numpy, self.encoder.padded(texts, prefix)))

    def items(self, progress: Progress) -> np.ndarray:
        """Embeddings of the items' texts."""
        return self.encoder.embed(self._items, progress)

    def users(self, histories: Histories, progress: Progress) -> np.ndarray:
        """Embeddings of the histories' texts."""
        return self.encoder.embed(self._histories(histories), progress, self.encoder.query)

    def end(self) -> None:
        """Add the low-rank matrices to the weights that they adapt."""
        if self._adapted is not None:
            self.encoder.model = self._adapted.merge_and_unload()
            self._adapted = None

    def save(self, folder: Path) -> None:
        """Write the encoder with its tokenizer."""
        self.encoder.save(folder)


class _HeadModule(NextItemSoftmax):
    catalogue: torch.Tensor

    def __init__(self, settings: BiEncoderSettings, vectors: np.ndarray) -> None:
        super().__init__(settings.temperature, corrects=settings.popularity_correction)
        size = vectors.shape[1]
        self.register_buffer("catalogue", torch.from_numpy(vectors), persistent=False)
        self.head = torch.nn.Linear(size, size, bias=False)
        torch.nn.init.zeros_(self.head.weight)  # with the residual: the identity

    def embed(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Vectors given, or those of every item."""
        (vectors,) = inputs or (self.catalogue,)
        return normalize(vectors + self.head(vectors), dim=1)


class HeadTower(Tower):
    """The encoder stays as it is: a residual linear head is trained on means of cached embeddings."""

    module: _HeadModule

    def __init__(self, settings: BiEncoderSettings, texts: Sequence[str], progress: Progress) -> None:
        torch.manual_seed(settings.seed)
        self._settings = settings
        self._vectors = encode(texts, settings.encoder, settings.max_tokens, progress)
        self.module = _HeadModule(settings, self._vectors)

    def _means(self, histories: Histories) -> torch.Tensor:
        means = [self._vectors[items].mean(axis=0) for items in histories]
        return torch.from_numpy(unit(np.array(means).reshape(-1, self._vectors.shape[1])))

    def collator(self, pairs: Pairs) -> Collate:
        """Batches of vectors."""
        means, every = self._means(pairs.histories), torch.from_numpy(self._vectors)

        def collate(rows: np.ndarray, place: int) -> dict[str, Any]:
            if self._settings.negatives == "catalogue":
                target = torch.from_numpy(pairs.targets[rows].astype(np.int64))
                return {"history": (means[rows],), "item": (), "target": target}
            items, known = _candidates(pairs, rows, place, self._settings)
            return {"history": (means[rows],), "item": (every[items],), **known}

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
    return (HeadTower if settings.frozen else TextTower)(settings, texts, progress)

"""A pretrained BERT-like encoder: embedding texts at speed, in the way that its authors say it is to be used."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from recsys_core.answers import message
from recsys_core.models.base import Progress
from recsys_core.models.encoder_files import convention_of, copy_convention
from recsys_core.models.token_table import TokenTable

# Threads that wait for each other by spinning take the cores from whoever else computes: beside one busy process,
# training ran at 3 instead of 41 examples per second. OpenMP reads this when torch is first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

_TOKENS_AT_ONCE = {"cpu": 2048, "cuda": 65_536}  # of one batch, padding included
_MULTIPLE = {"cpu": 1, "cuda": 8}  # of padded lengths


class TextEncoder:
    """A pretrained encoder and its tokenizer.

    Attributes
    ----------
    model
        The torch module; its pooler, which no pooling here uses, is left out.
    tokenizer
        As transformers made it.
    pooling
        What of the token states makes a text's vector: "mean", "cls" or "last".
    head, tail
        Ids of the tokens that open and close a text ([CLS] and [SEP] in BERT), lists that may be empty.
    query, document
        Ids of the tokens that stand before a text that is looked with, and before one that is looked for; mostly none.
    bf16
        Whether matrix products are computed in bfloat16: cosine to float32 above .999 with MiniLM.
    """

    def __init__(self, folder: Path, precision: str = "auto") -> None:
        import torch
        from transformers import AutoModel, AutoTokenizer
        from transformers.utils import logging

        before = logging.get_verbosity()
        logging.set_verbosity_error()  # "weights not used": the pooler and heads that nobody asks for
        logging.disable_progress_bar()
        try:
            self.model: Any = AutoModel.from_pretrained(folder, use_safetensors=True, dtype=torch.float32)
            self.tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        finally:
            logging.set_verbosity(before)
        if getattr(self.model, "pooler", None) is not None:
            self.model.pooler = None
        around = self.tokenizer("")["input_ids"]
        self.head, self.tail = around[: len(around) // 2], around[len(around) // 2 :]
        convention = convention_of(folder)
        self._folder, self.pooling = folder, convention.pooling
        self.query, self.document = (self._ids(text) for text in (convention.query, convention.document))
        self.model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
        self.bf16 = bf16_is_fast() if precision == "auto" else precision == "bf16"

    def _ids(self, prefix: str) -> list[int]:
        """Tokens of a prefix; the blank at its end belongs to the word that follows."""
        return self.tokenizer(prefix.rstrip(), add_special_tokens=False)["input_ids"] if prefix else []

    @property
    def limit(self) -> int:
        """Most tokens of one text."""
        positions = int(getattr(self.model.config, "max_position_embeddings", 512))
        return min(positions, int(min(self.tokenizer.model_max_length, 1 << 20)))

    def around(self, prefix: Sequence[int]) -> int:
        """Tokens that stand around a text."""
        return len(self.head) + len(prefix) + len(self.tail)

    def tokens(self, texts: Sequence[str], max_tokens: int) -> TokenTable:
        """Token ids of texts, without those around them, cut so that with them they fit `max_tokens`."""
        longest = max(len(self.document), len(self.query))
        room = max(1, min(max_tokens, self.limit) - len(self.head) - len(self.tail) - longest)
        if not texts:
            return TokenTable.of([])
        made = self.tokenizer(
            list(texts), add_special_tokens=False, truncation=True, max_length=room, return_attention_mask=False
        )
        return TokenTable.of(made["input_ids"])

    def padded(self, table: TokenTable, prefix: Sequence[int] = ()) -> tuple[np.ndarray, ...]:
        """Ids and mask of a batch, with the tokens around each; lengths that a GPU's matrix units like."""
        return table.padded([*self.head, *prefix], self.tail, _MULTIPLE[self.model.device.type])

    def embed(
        self, texts: TokenTable, progress: Progress | None = None, prefix: Sequence[int] | None = None
    ) -> np.ndarray:
        """Vectors of texts, by the encoder's pooling, of length one: (n, d) float32.

        Equal texts are computed once. Texts of like length go together, so that little is padding.

        Parameters
        ----------
        texts
            As `tokens` made them; may be empty.
        prefix
            What stands before each: `document`, which is the default, or `query`.
        """
        before = self.document if prefix is None else prefix
        places: dict[bytes, int] = {}
        inverse = np.fromiter((places.setdefault(ids.tobytes(), len(places)) for ids in texts), np.int64, len(texts))
        distinct = texts.take(np.unique(inverse, return_index=True)[1])
        vectors = np.zeros((len(distinct), self.model.config.hidden_size), dtype=np.float32)
        embedded = 0
        for rows in token_batches(distinct.lengths + self.around(before), _TOKENS_AT_ONCE[self.model.device.type]):
            vectors[rows] = self._forward(distinct.take(rows), before)
            embedded += len(rows)
            if progress is not None:
                progress(embedded / len(distinct), message("progress-text", place=embedded, texts=len(distinct)))
        return vectors[inverse]

    def _forward(self, texts: TokenTable, prefix: Sequence[int]) -> np.ndarray:
        import torch

        ids, mask = (torch.from_numpy(array).to(self.model.device) for array in self.padded(texts, prefix))
        was_training = self.model.training
        self.model.eval()
        with torch.inference_mode(), torch.autocast(self.model.device.type, torch.bfloat16, self.bf16):
            # not compiled: that would compile a second time
            vectors = pooled(self.model.forward, ids, mask, self.pooling)
        self.model.train(was_training)
        return vectors.float().cpu().numpy()

    def save(self, folder: Path) -> None:
        """Write the encoder, its tokenizer and how it is to be used, as any program that reads such folders can."""
        self.model.save_pretrained(folder, safe_serialization=True)
        self.tokenizer.save_pretrained(folder)
        copy_convention(self._folder, folder)


def bf16_is_fast() -> bool:
    """Whether this machine multiplies bfloat16 matrices in hardware: a GPU of 2020 or later, AVX-512 BF16, AMX."""
    import torch

    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported(including_emulation=False)
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def pooled(model: Any, ids: Any, mask: Any, pooling: str = "mean") -> Any:
    """Vectors of length one from the last layer (torch tensors).

    Parameters
    ----------
    pooling
        "mean" over real tokens, which is the convention of MiniLM's authors; "cls", the first; "last", the last real
        one. Padding stands behind the text.
    """
    from torch.nn.functional import normalize

    states = model(input_ids=ids, attention_mask=mask).last_hidden_state.float()
    if pooling == "cls":
        return normalize(states[:, 0], dim=1)
    if pooling == "last":
        last = mask.sum(1).clamp(min=1) - 1
        return normalize(states.gather(1, last[:, None, None].expand(-1, 1, states.shape[2])).squeeze(1), dim=1)
    weights = mask.unsqueeze(-1).float()
    return normalize((states * weights).sum(1) / weights.sum(1).clamp(min=1), dim=1)


def token_batches(lengths: np.ndarray, budget: int) -> Iterator[np.ndarray]:
    """Rows in batches of like length, the longest first, at most `budget` tokens each with padding."""
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        size = max(1, budget // max(1, int(lengths[order[start]])))
        yield order[start : start + size]
        start += size

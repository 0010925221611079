"""A BERT of two small layers, made in a folder, and a log in which users keep to one topic."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from recsys_core.data.splitting import Events, TrainingData

WORDS = ("sea", "ship", "storm", "sail", "moon", "star", "night", "orbit", "bread", "salt", "oven", "flour")
DAY = 86_400


def make_tiny_bert(folder: Path, seed: int = 0, words: Sequence[str] = WORDS) -> Path:
    import torch
    from transformers import BertConfig, BertModel, BertTokenizer

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]))
    torch.manual_seed(seed)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    config = BertConfig(vocab_size=5 + len(words), max_position_embeddings=64, **sizes)
    BertModel(config).save_pretrained(folder)
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


def topic_log(users: int = 60, items: int = 24, each: int = 6) -> TrainingData:
    """Items of three topics, four words each; every user takes items of one topic, and the last item is cold."""
    rng = np.random.default_rng(3)
    topics = np.arange(items) % 3
    texts = tuple(" ".join(rng.choice(WORDS[4 * topic : 4 * topic + 4], 3)) for topic in topics)
    rows = []
    for user in range(users):
        liked = np.flatnonzero(topics[:-1] == user % 3)
        days = np.sort(rng.integers(0, 100 * DAY, each))
        rows += [(user, item, day) for item, day in zip(rng.permutation(liked)[:each], days, strict=True)]
    u, i, t = (np.array(column) for column in zip(*rows, strict=True))
    ids = np.array([f"u{n}" for n in range(users)], object), np.array([f"i{n}" for n in range(items)], object)
    events = Events(u.astype(np.int32), i.astype(np.int32), t.astype(np.int64))
    return TrainingData(*ids, texts, events, 100 * DAY, 85 * DAY)

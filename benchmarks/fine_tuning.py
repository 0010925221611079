"""Fine-tuning the packaged MiniLM on the sample study, against the loop that tutorials show, at equal final loss.

Both learn from the same pairs of five items and the next one (47 tokens a text on average), in batches of 32, one pass,
with the same learning rate and schedule. The outcome is the loss of later pairs, in float32 without dropout.
"""

from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from benchmarks.run import Job

PAIRS: Final = 512
HELD_OUT: Final = 256
BATCH: Final = 32
RATE: Final = 5e-5
_SAMPLE = Path(__file__).parents[1] / "sample_data"
_SETTINGS = {"batch_size": BATCH, "learning_rate": RATE, "popularity_correction": False, "history_tokens": 10}


@cache
def texts() -> tuple[str, ...]:
    """Titles of the sample study's items and how their descriptions begin: 20 words."""
    items = pd.read_csv(_SAMPLE / "items.csv")
    return tuple(" ".join(text.split()[:20]) for text in items["title"] + ". " + items["description"])


@cache
def pairs() -> tuple[Any, Any]:
    """Earlier and later pairs of the sample study's log: what is learnt, and what the loss is read on."""
    from recsys_core.data.splitting import Events
    from recsys_core.models.pairs import Pairs

    log = pd.read_csv(_SAMPLE / "interactions.csv.gz")
    codes = pd.Index(pd.read_csv(_SAMPLE / "items.csv")["item"]).get_indexer(log["item"])
    users = pd.factorize(log["user"])[0]
    times = pd.to_datetime(log["time"], utc=True).astype("int64").to_numpy() // 10**9
    order = np.lexsort((times, users))
    events = Events(users[order].astype(np.int32), codes[order].astype(np.int32), times[order])
    shape = (int(users.max()) + 1, len(texts()))
    cut = int(np.quantile(times, 0.9))
    learnt = Pairs.latest(events.where(events.times < cut), shape, 5, PAIRS)
    later = Pairs.latest(events, shape, 5, HELD_OUT)
    return learnt, later


def product(count: int = PAIRS, **values: Any) -> Any:
    """Train one epoch as the product does, and return the tower."""
    from recsys_core.models.base import Progress
    from recsys_core.models.pairs import batches_of_pairs
    from recsys_core.models.towers import make_tower
    from recsys_core.models.training import train
    from recsys_core.models.training_plan import Plan
    from recsys_core.settings import BiEncoderSettings

    settings = BiEncoderSettings(**(_SETTINGS | values))
    learnt = _first(pairs()[0], count)
    tower = make_tower(settings, texts(), Progress())
    batches = batches_of_pairs(tower.lengths(learnt), BATCH, settings.batch_tokens, 1, 1)
    rate = settings.head_learning_rate if settings.frozen else settings.learning_rate
    plan = Plan(batches, 1, settings.accumulation, rate, 1, 1, 0, 1 << 40, tower.bf16, "benchmark")
    train(tower.module, tower.collator(learnt), None, plan, Progress())
    tower.end()
    return tower


def tutorial(count: int = PAIRS) -> Any:
    """Train one epoch as tutorials do: each batch tokenised and padded to 128 tokens, float32, no buckets."""
    import torch
    from transformers import get_linear_schedule_with_warmup

    from recsys_core.models.encoder_files import resolve_encoder
    from recsys_core.models.text_encoder import TextEncoder

    torch.manual_seed(1)
    encoder, learnt = TextEncoder(resolve_encoder(""), "fp32"), _first(pairs()[0], count)
    encoder.model.train()
    optimizer = torch.optim.AdamW(encoder.model.parameters(), lr=RATE, weight_decay=0.01)
    steps = count // BATCH
    schedule = get_linear_schedule_with_warmup(optimizer, steps // 10, steps)
    order = np.random.default_rng(1).permutation(count)
    for start in range(0, steps * BATCH, BATCH):
        loss = _loss(encoder, learnt, order[start : start + BATCH])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(encoder.model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    return encoder


def _read(learnt: Any, rows: np.ndarray) -> tuple[list[str], list[str]]:
    """Texts of histories and of next items."""
    short = [" ".join(text.split()[:8]) for text in texts()]
    histories = [" [SEP] ".join(short[item] for item in learnt.histories[row]) for row in rows]
    return histories, [texts()[learnt.targets[row]] for row in rows]


def _loss(encoder: Any, learnt: Any, rows: np.ndarray) -> Any:
    import torch

    from recsys_core.models.text_encoder import pooled

    def embedded(batch: list[str]) -> Any:
        tokens = encoder.tokenizer(batch, padding="max_length", truncation=True, max_length=128, return_tensors="pt")
        tokens = tokens.to(encoder.model.device)
        return pooled(encoder.model, tokens["input_ids"], tokens["attention_mask"])

    histories, items = _read(learnt, rows)
    logits = embedded(histories) @ embedded(items).T / 0.05
    banned = torch.from_numpy(learnt.no_negatives(rows, learnt.targets[rows])).to(logits.device)
    return torch.nn.functional.cross_entropy(
        logits.masked_fill(banned, -torch.inf), torch.arange(len(logits)).to(logits.device)
    )


def final_loss(trained: Any) -> float:
    """Mean loss of the later pairs in batches of 32, read by the trained encoder in float32 without dropout."""
    import torch

    encoder = getattr(trained, "encoder", trained)
    encoder.model.eval()
    with torch.inference_mode():
        rows = np.arange(HELD_OUT).reshape(-1, BATCH)
        return float(np.mean([float(_loss(encoder, pairs()[1], batch)) for batch in rows]))


def _first(learnt: Any, count: int) -> Any:
    from dataclasses import replace

    return replace(
        learnt, users=learnt.users[:count], targets=learnt.targets[:count], histories=learnt.histories[:count]
    )


_SETUP = "from benchmarks.fine_tuning import final_loss, product, tutorial\nproduct(64); tutorial(64)"
_SIZE = f"{PAIRS} pairs"
JOBS = (
    Job("fine-tune, fp32", _SIZE, "tutorial loop", setup=_SETUP, ours='made = product(precision="fp32")',
        against="made = tutorial()", outcome="final_loss(made)", bar=1 / 2),
    Job("fine-tune, bf16", _SIZE, "tutorial loop", setup=_SETUP, ours='made = product(precision="bf16")',
        against="made = tutorial()", outcome="final_loss(made)", bar=1 / 3.3),
    Job("fine-tune, LoRA", _SIZE, "tutorial loop", setup=_SETUP,
        ours='made = product(precision="fp32", lora_rank=16, learning_rate=5e-4)', against="made = tutorial()",
        outcome="final_loss(made)"),
    Job("fine-tune, frozen, first epoch", _SIZE, "tutorial loop", setup=_SETUP, ours="product(frozen=True)",
        against="tutorial()", bar=1 / 7),
)  # fmt: skip

"""Encoding titles and fine-tuning a bi-encoder with the packaged MiniLM, against the loops that tutorials show.

python -m benchmarks.text     how much of the machine's own matrix rate fine-tuning reaches at 128 tokens
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.run import Job

TITLES, PAIRS, BATCH = 400, 512, 32
_ITEMS = Path(__file__).parents[1] / "sample_data" / "items.csv"
_ENCODER = """
from benchmarks.text import one_by_one, titles
from recsys_core.models.text_encoder import TextEncoder, resolve_encoder
texts = titles()
encoder = TextEncoder(resolve_encoder(""))
encoder.embed(encoder.tokens(texts[:8], 64))
"""
_TRAINING = """
from benchmarks.text import fine_tune, tutorial_loop
fine_tune(64)
"""


def titles() -> list[str]:
    """Titles of the sample study."""
    return pd.read_csv(_ITEMS)["title"].astype(str).tolist()[:TITLES]


def one_by_one(encoder: Any, texts: list[str]) -> np.ndarray:
    """Encode as tutorials do: a text at a time, padded to 128 tokens, in float32."""
    import torch

    found = []
    with torch.inference_mode():
        for text in texts:
            made = encoder.tokenizer(text, padding="max_length", truncation=True, max_length=128, return_tensors="pt")
            states = encoder.model(**made.to(encoder.model.device)).last_hidden_state
            mask = made["attention_mask"].unsqueeze(-1)
            mean = (states * mask).sum(1) / mask.sum(1)
            found.append(torch.nn.functional.normalize(mean)[0].cpu().numpy())
    return np.array(found)


def _pairs(count: int) -> Any:
    """Histories of five sample items and a next item, at random."""
    from recsys_core.data.splitting import Events
    from recsys_core.models.pairs import Pairs

    rng = np.random.default_rng(0)
    items = np.concatenate([rng.permutation(TITLES)[:6] for _ in range(count)]).astype(np.int32)
    users = np.repeat(np.arange(count, dtype=np.int32), 6)
    events = Events(users, items, np.tile(np.arange(6), count))
    last = Pairs.latest(events, (count, TITLES), 5, count)
    assert len(last) == count  # noqa: S101
    return last


def fine_tune(count: int = PAIRS, *, frozen: bool = False) -> None:
    """Train one epoch as the product does: Trainer, batches of like length, the machine's own precision."""
    from recsys_core.models.base import Progress
    from recsys_core.models.pairs import order_of_pairs
    from recsys_core.models.towers import make_tower
    from recsys_core.models.training import Plan, train
    from recsys_core.settings import BiEncoderSettings

    pairs = _pairs(count)
    tower = make_tower(BiEncoderSettings(frozen=frozen, history_tokens=24), titles(), Progress())
    order = order_of_pairs(tower.lengths(pairs.histories), BATCH, 1, 1)
    plan = Plan(order, 1, BATCH, 5e-5, 1, 1, 1, 1 << 40, tower.bf16, "benchmark")
    train(tower.module, tower.collator(pairs), lambda _: 0.0, plan, Progress())


def tutorial_loop(count: int = PAIRS) -> None:
    """Train one epoch as tutorials do: every text padded to 128 tokens, float32, no buckets."""
    import torch

    from recsys_core.models.text_encoder import TextEncoder, pooled, resolve_encoder

    encoder, pairs, texts = TextEncoder(resolve_encoder("")), _pairs(count), titles()
    encoder.model.train()
    optimizer = torch.optim.AdamW(encoder.model.parameters(), lr=5e-5)

    def embedded(batch: list[str]) -> Any:
        made = encoder.tokenizer(batch, padding="max_length", truncation=True, max_length=128, return_tensors="pt")
        made = made.to(encoder.model.device)
        return pooled(encoder.model, made["input_ids"], made["attention_mask"])

    for start in range(0, count, BATCH):
        rows = range(start, start + BATCH)
        histories = embedded(["; ".join(texts[item] for item in pairs.histories[row]) for row in rows])
        logits = histories @ embedded([texts[pairs.targets[row]] for row in rows]).T / 0.05
        torch.nn.functional.cross_entropy(logits, torch.arange(BATCH).to(logits.device)).backward()
        optimizer.step()
        optimizer.zero_grad()


JOBS = (
    Job("encode titles", f"{TITLES}", "one by one, padded to 128", setup=_ENCODER,
        ours="encoder.embed(encoder.tokens(texts, 64))", against="one_by_one(encoder, texts)"),
    Job("fine-tune bi-encoder", f"{PAIRS} pairs", "tutorial loop", setup=_TRAINING,
        ours="fine_tune()", against="tutorial_loop()"),
    Job("fine-tune, frozen", f"{PAIRS} pairs", "the whole encoder", setup=_TRAINING,
        ours="fine_tune(frozen=True)", against="fine_tune()"),
)  # fmt: skip


def _rate(work: Callable[[], Any], flop: float, rounds: int) -> float:
    """FLOP per second of some work, the device's queue emptied before and after."""
    import torch

    wait = torch.cuda.synchronize if torch.cuda.is_available() else (lambda: None)
    work()
    wait()
    start = time.perf_counter()
    for _ in range(rounds):
        work()
    wait()
    return rounds * flop / (time.perf_counter() - start)


def main() -> None:
    """Print the machine's matrix rate in bfloat16 and what fine-tuning at 128 tokens makes of it."""
    import torch

    from recsys_core.models.text_encoder import TextEncoder, pooled, resolve_encoder

    device = "cuda" if torch.cuda.is_available() else "cpu"
    size, rounds, batch = (8192, 50, 512) if device == "cuda" else (2048, 5, 32)
    square = torch.randn(size, size, device=device, dtype=torch.bfloat16)
    peak = _rate(lambda: square @ square, 2 * size**3, rounds)
    model = TextEncoder(resolve_encoder(""), "bf16").model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-5, fused=True)
    ids = torch.randint(1000, 20_000, (batch, 128), device=device)
    weights = sum(part.numel() for name, part in model.named_parameters() if "embeddings" not in name)
    flop = 6 * batch * 128 * (weights + 2 * model.config.num_hidden_layers * 128 * model.config.hidden_size)

    def step() -> None:
        with torch.autocast(device, torch.bfloat16):
            found = pooled(model, ids, torch.ones_like(ids))
        (found @ found.T).logsumexp(1).mean().backward()
        optimizer.step()
        optimizer.zero_grad()

    rate = _rate(step, flop, rounds)
    print(f"{device}: matrix product {peak / 1e9:,.0f} GFLOP/s in bfloat16; fine-tuning {rate / 1e9:,.0f} GFLOP/s, "
          f"{rate / flop * batch:,.0f} texts of 128 tokens per second, {rate / peak:.0%} of it")  # fmt: skip


if __name__ == "__main__":
    main()

"""Fine-tuning on a GPU by the product's own code: speed, share of the matrix rate, memory, batches, kill and resume.

    python -m benchmarks.gpu [--out FILE.md] [--smoke]

Encoders have the shapes of MiniLM, BERT-base and BERT-large with weights at random: nothing has to be downloaded, and
speed does not depend on weights. Every text is 128 tokens with its opening and closing ones. docs/gpu.md says how to
read the figures. `--smoke` runs the same code on a tiny shape, so that it is known to work before a GPU is at hand.
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

TOKENS: Final = 128
_VOCABULARY: Final = 30_522
_ITEMS: Final = 2_000
_KILLED_AT: Final = 12
_FRAME: Final = 2  # opening and closing token
_MADE: Final = 8  # batches made to see what that takes


@dataclass(frozen=True)
class Shape:
    """Sizes of an encoder, and pairs in a batch that fill a card of 80 GB."""

    name: str
    hidden: int
    layers: int
    heads: int
    pairs: int
    vocabulary: int = _VOCABULARY


SHAPES: Final = (
    Shape("MiniLM, 6 layers of 384", 384, 6, 12, 512),
    Shape("BERT-base, 12 layers of 768", 768, 12, 12, 256),
    Shape("BERT-large, 24 layers of 1,024", 1024, 24, 16, 128),
)
SMOKE: Final = (Shape("tiny, 2 layers of 32", 32, 2, 2, 8, 500),)


@dataclass(frozen=True)
class Way:
    """A way of training, as settings of the bi-encoder.

    `pairs` is the batch, 0 for the shape's own; `varied` makes texts of 8 to 126 words instead of 126 each.
    """

    name: str
    values: dict[str, Any]
    pairs: int = 0
    varied: bool = False


_EAGER: Final = {"precision": "bf16", "compiled": "off"}
_COMPILED: Final = {"precision": "bf16", "compiled": "on"}
WAYS: Final = (
    Way("fp32", {"precision": "fp32", "compiled": "off"}, 128),
    Way("bf16", _EAGER),
    Way("bf16, compiled", _COMPILED),
    Way("bf16, checkpointing", _EAGER | {"gradient_checkpointing": True}),
    Way("bf16, LoRA 16", _EAGER | {"lora_rank": 16}),
    Way("bf16, 64 pairs of all lengths", _EAGER, 64, varied=True),
    Way("bf16, compiled, 64 pairs of all lengths", _COMPILED, 64, varied=True),
)


def make_encoder(folder: Path, shape: Shape) -> Path:
    """Write an encoder of a shape, weights at random, with a tokenizer of made-up words."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizer

    folder.mkdir(parents=True)
    words = [f"w{number}" for number in range(shape.vocabulary - 5)]
    (folder / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]))
    config = BertConfig(
        vocab_size=shape.vocabulary, hidden_size=shape.hidden, num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads, intermediate_size=4 * shape.hidden,
    )  # fmt: skip
    torch.manual_seed(0)
    BertModel(config).save_pretrained(folder)
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


def make_texts(shape: Shape, *, varied: bool) -> list[str]:
    """Items' texts of 126 made-up words, or of 8 to 126."""
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, shape.vocabulary - 5, (_ITEMS, TOKENS - _FRAME))
    most = rng.integers(8, TOKENS - _FRAME + 1, _ITEMS) if varied else np.full(_ITEMS, TOKENS - _FRAME)
    return [" ".join(f"w{word}" for word in row[:cut]) for row, cut in zip(drawn, most, strict=True)]


def make_pairs(count: int) -> Any:
    """Histories of five items and a next one, at random."""
    from recsys_core.data.splitting import Events
    from recsys_core.models.pairs import Pairs

    rng = np.random.default_rng(1)
    items = np.concatenate([rng.permutation(_ITEMS)[:6] for _ in range(count)]).astype(np.int32)
    users = np.repeat(np.arange(count, dtype=np.int32), 6)
    return Pairs.latest(Events(users, items, np.tile(np.arange(6), count)), (count, _ITEMS), 5, count)


@contextmanager
def _encoders(shapes: Sequence[Shape]) -> Iterator[dict[str, Path]]:
    with tempfile.TemporaryDirectory() as place:
        yield {shape.name: make_encoder(Path(place) / str(n), shape) for n, shape in enumerate(shapes)}


class Clock:
    """A progress that notes when each step was told."""

    folder: Path | None = None
    cache = board = None

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.told: list[tuple[int, float, float]] = []

    def __call__(self, share: float, message: str, figures: Any = None) -> None:
        """Note the moment of a loss."""
        del share, message
        if figures and "loss" in figures:
            self.told.append((int(figures["step"]), time.perf_counter(), float(figures["loss"])))

    def seconds(self, skipped: int) -> float:
        """Seconds a step takes, the first ones left out: they compile and warm up."""
        later = [entry for entry in self.told if entry[0] > skipped]
        return (later[-1][1] - later[0][1]) / (later[-1][0] - later[0][0])


def train(encoder: Path, shape: Shape, way: Way, steps: int, folder: Path | None = None) -> tuple[Any, Clock, Any]:
    """Train so many steps as the product does; return the tower, the clock and the batches' maker."""
    from recsys_core.models.pairs import batches_of_pairs
    from recsys_core.models.towers import make_tower
    from recsys_core.models.training import train as run
    from recsys_core.models.training_plan import Plan
    from recsys_core.settings import BiEncoderSettings

    pairs = way.pairs or shape.pairs
    settings = BiEncoderSettings(
        encoder=str(encoder), batch_size=pairs, batch_tokens=1 << 24, max_tokens=TOKENS, history_tokens=24, **way.values
    )
    clock = Clock(folder)
    learnt = make_pairs(pairs * steps)
    tower = make_tower(settings, make_texts(shape, varied=way.varied), clock)  # type: ignore[arg-type]
    batches = batches_of_pairs(tower.lengths(learnt), pairs, settings.batch_tokens, 1, 1)
    plan = Plan(batches, 1, 1, 1e-4, 1, 1, 0, 8 if folder else 1 << 40, tower.bf16, "gpu")
    tower.begin(1 << 30)
    collate = tower.collator(learnt)
    run(tower.module, collate, None, plan, clock)  # type: ignore[arg-type]
    return tower, clock, lambda place: collate(batches[place % len(batches)], place)


def flop_of(model: Any, tokens: float) -> float:
    """Floating-point operations of learning from tokens: 6 per weight, and those of attention over 128 tokens."""
    weights = sum(part.numel() for name, part in model.named_parameters() if "embeddings" not in name)
    attention = 2 * model.config.num_hidden_layers * TOKENS * model.config.hidden_size
    return 6 * tokens * (weights + attention)


def matrix_rate(size: int, rounds: int) -> float:
    """FLOP per second of a square matrix product in bfloat16 of normal numbers."""
    import torch

    device, wait = ("cuda", torch.cuda.synchronize) if torch.cuda.is_available() else ("cpu", lambda: None)
    left, right = (torch.randn(size, size, device=device, dtype=torch.bfloat16) for _ in range(2))
    return _rate(lambda: left @ right, wait, 2 * size**3, rounds)


def _rate(work: Callable[[], Any], wait: Callable[[], Any], flop: float, rounds: int) -> float:
    for _ in range(3):
        work()
    wait()
    start = time.perf_counter()
    for _ in range(rounds):
        work()
    wait()
    return rounds * flop / (time.perf_counter() - start)


def measure(encoder: Path, shape: Shape, way: Way, steps: int, peak: float) -> dict[str, Any]:
    """Train, and tell what it took."""
    import torch

    cuda = torch.cuda.is_available()
    if cuda:
        torch.cuda.reset_peak_memory_stats()
    start = time.perf_counter()
    tower, clock, batch = train(encoder, shape, way, steps)
    whole, pairs = time.perf_counter() - start, way.pairs or shape.pairs
    seconds = clock.seconds(steps // 3)
    begun, tokens = time.perf_counter(), 0
    for place in range(_MADE):
        texts = batch(place)
        tokens += int(texts["history"][1].sum() + texts["item"][1].sum())
    making = (time.perf_counter() - begun) / _MADE
    rate = flop_of(tower.encoder.model, tokens / _MADE) / seconds
    figures = {
        "shape": shape.name, "way": way.name, "pairs": pairs, "step": seconds, "texts": 2 * pairs / seconds,
        "tokens": tokens / _MADE / seconds, "rate": rate, "share": rate / peak, "batch": making / seconds,
        "memory": torch.cuda.max_memory_allocated() / 2**30 if cuda else float("nan"), "whole": whole,
    }  # fmt: skip
    del tower
    if cuda:
        torch.cuda.empty_cache()
        torch.compiler.reset()
    return figures


def resume(encoder: Path, shape: Shape) -> dict[str, float]:
    """Kill a training with -9, go on from its checkpoint, and compare the losses with an undisturbed one."""
    with tempfile.TemporaryDirectory() as place:
        plain, killed = Path(place) / "plain", Path(place) / "killed"
        for folder, at in ((plain, 0), (killed, _KILLED_AT)):
            ended = subprocess.run(
                [sys.executable, "-m", "benchmarks.gpu", "--train", str(encoder), shape.name, str(folder), str(at)],
                check=False,
            )
            assert ended.returncode == (-signal.SIGKILL if at else 0), ended  # noqa: S101
        size = sum(path.stat().st_size for path in (killed / "training" / "checkpoint-8").iterdir())
        start = time.perf_counter()
        command = [sys.executable, "-m", "benchmarks.gpu", "--train", str(encoder), shape.name, str(killed), "0"]
        subprocess.run(command, check=True)
        whole = time.perf_counter() - start
        one, other = (_losses(folder) for folder in (plain, killed))
        return {
            "apart": max(abs(one[step] - other[step]) for step in one), "steps": len(one), "resumed": min(other),
            "size": size / 2**20, "seconds": whole, "equal": float(_weights(plain) == _weights(killed)),
        }  # fmt: skip


def _losses(folder: Path) -> dict[int, float]:
    curve = json.loads((folder / "training" / "curve.json").read_text())
    return {int(point["step"]): point["loss"] for point in curve if "loss" in point}


def _weights(folder: Path) -> bytes:
    return (folder / "training" / "best.safetensors").read_bytes()


def _train_and_die(encoder: str, name: str, folder: str, at: str) -> None:
    """Train in this process, which kills itself when it tells step `at`."""
    shape = next(shape for shape in (*SHAPES, *SMOKE) if shape.name == name)
    undisturbed = Clock.__call__

    def die(self: Clock, share: float, message: str, figures: Any = None) -> None:
        undisturbed(self, share, message, figures)
        if int(at) and figures and figures.get("step", 0) >= int(at):
            os.kill(os.getpid(), signal.SIGKILL)

    Clock.__call__ = die  # type: ignore[method-assign]
    train(Path(encoder), shape, Way("bf16", _EAGER, min(64, shape.pairs)), 24, Path(folder))


def report(rows: Sequence[dict[str, Any]], resumed: dict[str, float], peak: float) -> str:
    """Write what was measured as a page of Markdown."""
    import torch
    import transformers

    device = torch.cuda.get_device_name() if torch.cuda.is_available() else f"{platform.machine()} processor"
    lines = [
        f"{device}, torch {torch.__version__}, transformers {transformers.__version__}. A matrix product in bfloat16 "
        f"ran at {peak / 1e12:,.1f} TFLOP/s.", "",
        "| encoder | way | pairs a batch | step, ms | texts a second | tokens a second | TFLOP/s | share of the matrix "
        "rate | making a batch, share of a step | memory, GiB | start and all steps, s |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    lines += [
        f"| {row['shape']} | {row['way']} | {row['pairs']:,} | {1e3 * row['step']:,.0f} | {row['texts']:,.0f} | "
        f"{row['tokens']:,.0f} | {row['rate'] / 1e12:,.1f} | {row['share']:.0%} | {row['batch']:.0%} | "
        f"{row['memory']:.1f} | {row['whole']:.0f} |"
        for row in rows
    ]
    lines += [
        "", f"Killed with -9 at step {_KILLED_AT} and resumed from the checkpoint of {resumed['size']:,.0f} MiB at "
        f"step 8: losses of {resumed['steps']:.0f} steps at most {resumed['apart']:.1e} from those of an undisturbed "
        f"training, final weights {'equal' if resumed['equal'] else 'not equal'} bit for bit.",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _wanted(only: str, shape: Shape, way: Way) -> bool:
    pairs = [part.partition("/")[::2] for part in only.split(";")] if only else [("", "")]
    return any(one in shape.name and other in {way.name, ""} for one, other in pairs)


def main(arguments: Sequence[str]) -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("--out", type=Path, help="write the table here too")
    parser.add_argument("--smoke", action="store_true", help="a tiny shape, a few steps")
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument(
        "--only",
        default="",
        help="'SHAPE/WAY': part of a shape's name, a way's whole name or nothing; split by semicolons",
    )
    parser.add_argument("--train", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.train:
        _train_and_die(*options.train)
        return
    import torch

    if not torch.cuda.is_available() and not options.smoke:
        raise SystemExit("torch sees no GPU here. `--smoke` runs the same code on a tiny shape.")
    shapes, steps = (SMOKE, 8) if options.smoke else (SHAPES, options.steps)
    peak = matrix_rate(512 if options.smoke else 8192, 10 if options.smoke else 50)
    with _encoders(shapes) as encoders:
        rows = []
        for shape in shapes:
            for way in WAYS:
                if _wanted(options.only, shape, way) and not (options.smoke and way.values["compiled"] == "on"):
                    rows.append(measure(encoders[shape.name], shape, way, steps, peak))
                    print(json.dumps(rows[-1]), flush=True)
        page = report(rows, resume(encoders[shapes[0].name], shapes[0]), peak)
    print(page)
    if options.out:
        from recsys_core.workspace import write_atomic

        write_atomic(options.out, page)


if __name__ == "__main__":
    main(sys.argv[1:])

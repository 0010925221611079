"""A training that is killed, again and again, ends with the weights of one that nobody disturbed."""

import itertools
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.models.tiny_bert import make_tiny_bert

ROOT = Path(__file__).parents[2]
STEPS = 12 * 2 + 2  # two epochs, and the pass over the validation period
PROGRAM = """
import os, pathlib, signal, sys
from recsys_core.models.base import Progress
from recsys_core.models.registry import make_model
from recsys_core.models import towers
from recsys_core.settings import BiEncoderSettings
from tests.models.tiny_bert import topic_log

tiny, folder, out, step, half_save = sys.argv[1:]
towers._PAIRS_BETWEEN_CHECKPOINTS["cpu"] = 80  # five steps

def die():
    os.kill(os.getpid(), signal.SIGKILL)

class Mortal(Progress):
    folder = pathlib.Path(folder)
    def __call__(self, share, message, figures=None):
        if figures and "loss" in figures and figures["step"] >= int(step):
            if half_save == "no":
                die()
            from recsys_core.models import trainer
            def half(weights, path):
                pathlib.Path(path).write_bytes(b"half")
                die()
            trainer.save_file = half

settings = BiEncoderSettings(
    encoder=tiny, batch_size=16, epochs=2, learning_rate=2e-3, precision="fp32", max_pairs=200, evaluations=1)
make_model(settings).fit(topic_log(), Mortal()).save(pathlib.Path(out))
"""


def start(tiny: Path, folder: Path, out: Path, step: int, half_save: str = "no") -> int:
    arguments = [str(tiny), str(folder), str(out), str(step), half_save]
    return subprocess.run([sys.executable, "-c", PROGRAM, *arguments], cwd=ROOT, check=False).returncode


@pytest.mark.slow
def test_killed_at_random_steps_and_while_saving(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    tiny = make_tiny_bert(tmp_path / "bert")
    assert start(tiny, tmp_path / "whole", tmp_path / "a", STEPS + 1) == 0
    moments = sorted(random.SystemRandom().sample(range(2, STEPS), 10))
    print("killed at steps", moments)
    for moment, half_save in zip(moments, itertools.cycle(("no", "yes", "no")), strict=False):
        assert start(tiny, tmp_path / "killed", tmp_path / "b", moment, half_save) == -signal.SIGKILL
    assert start(tiny, tmp_path / "killed", tmp_path / "b", STEPS + 1) == 0
    for name in ("model.safetensors", "encoder/model.safetensors"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()

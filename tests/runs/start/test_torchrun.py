"""A run under torchrun: two processes on the processor, the same command, the same model."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from recsys_core.models.registry import load_model
from recsys_core.runs.life.run import figures, find_run, run_folder
from tests.models.tiny_bert import make_tiny_bert

ROOT = Path(__file__).parents[3]


def train(space, dataset, processes, *assignments):
    """Call the command line under torchrun; its first process prints JSON."""
    start = [sys.executable, "-m"]
    if processes > 1:
        start += ["torch.distributed.run", "--standalone", "--nproc_per_node", str(processes), "-m"]
    settings = [part for assignment in assignments for part in ("--set", assignment)]
    call = ["recsys_core", "train", dataset.dataset_id, "--model", "bi-encoder", "--wait", "--json"]
    return subprocess.run(
        [*start, *call, "--workspace", str(space.home), *settings],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": ""}, timeout=240,
    )  # fmt: skip


@pytest.mark.slow
def test_two_processes_make_the_run_that_one_makes(space, dataset, tmp_path):
    tiny = make_tiny_bert(tmp_path / "bert")
    settings = (
        f"encoder={tiny}", "epochs=25", "batch_size=8", "accumulation=2", "learning_rate=0.002", "precision=fp32",
        "evaluations=1", "patience=100", "refit=false", "inactivity_days=7",
    )  # fmt: skip
    done = train(space, dataset, 2, *settings)
    assert done.returncode == 0, done.stderr
    two = json.loads(done.stdout)
    assert (two["state"], two["cached"]) == ("finished", False)
    told = [point for point in figures(space, two["run_id"]) if "loss" in point]
    assert len(told) >= 100, "so many steps are compared"
    load_model(run_folder(space, two["run_id"]) / "model")
    again = json.loads(train(space, dataset, 2, *settings).stdout)
    assert again["cached"]
    run_folder(space, two["run_id"]).rename(tmp_path / "of two")
    one = json.loads(train(space, dataset, 1, *settings).stdout)
    assert one["run_id"] == two["run_id"]
    other = [point for point in figures(space, one["run_id"]) if "loss" in point]
    assert [point["step"] for point in told] == [point["step"] for point in other]
    assert max(abs(a["loss"] - b["loss"]) for a, b in zip(told, other, strict=True)) < 1e-3


@pytest.mark.slow
def test_batches_that_cannot_be_shared_are_said(space, dataset, tmp_path):
    tiny = make_tiny_bert(tmp_path / "bert")
    done = train(space, dataset, 2, f"encoder={tiny}", "batch_size=8", "inactivity_days=7")
    assert done.returncode == 1
    assert "2 processes cannot share the batches of a step: accumulation is 1. Set accumulation to 2" in done.stderr
    (run,) = [path.name for path in (space.home / "runs").iterdir() if path.is_dir()]
    assert find_run(space, run).state == "failed"

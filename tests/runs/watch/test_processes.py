"""Real processes: they start once, outlive who started them, and are missed when they are killed."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from recsys_core.runs.life.run import find_run, list_runs, log_tail, registry, run_folder
from recsys_core.runs.start import launch
from recsys_core.runs.watch import processes
from tests.runs.reading import words
from tests.runs.slow import wait_for

ROOT: Final = Path(__file__).parents[3]


def test_ten_at_once_start_one_process(space, dataset, ask, monkeypatch):
    begun = []
    original = launch._start_process
    monkeypatch.setattr(launch, "_start_process", lambda *given: (begun.append(given), original(*given)))
    with ThreadPoolExecutor(10) as pool:
        runs = list(pool.map(lambda _: ask(), range(10)))
    assert len({run.run_id for run in runs}) == len(begun) == 1
    done = launch.follow(space, runs[0])
    assert done.state == "finished", log_tail(space, done.run_id)
    assert ask(wait=True).cached
    assert len(begun) == 1
    wait_for(lambda: processes.reap() or not processes._children)


def test_a_run_outlives_its_shell_and_a_killed_one_goes_on(space, dataset, slow):
    command = [sys.executable, "-m", "recsys_core", "train", dataset.dataset_id, "--model", "popular", "--json"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(slow), str(ROOT)))}

    def shell():
        options = ["--set", "inactivity_days=7", "--workspace", str(space.home)]
        done = subprocess.run([*command, *options], capture_output=True, text=True, env=environment, check=True)
        return json.loads(done.stdout)

    told = shell()
    assert (told["state"], told["cached"], told["resumed"]) == ("queued", False, False)
    run_id = told["run_id"]
    wait_for(lambda: words(find_run(space, run_id).message) == "slow")  # the shell is gone, its run is not
    pid = registry(space).row(run_id)["pid"]
    assert os.getsid(pid) == pid
    os.kill(pid, signal.SIGKILL)
    lost = wait_for(lambda: (run := find_run(space, run_id)).retrying and run)
    assert words(lost.message).startswith("starts again in 5 s after: Its process ended without a word")
    assert lost.kind == "run-killed"
    assert "it was killed, often for want of memory" in words(lost.error)
    assert not (run_folder(space, run_id) / "model").exists()
    (slow / "go").touch()
    again = shell()
    assert (again["run_id"], again["resumed"]) == (run_id, True)
    done = launch.follow(space, find_run(space, run_id))
    assert done.state == "finished", log_tail(space, run_id)
    told = (run_folder(space, run_id) / "progress.jsonl").read_text().splitlines()
    assert [json.loads(line)["message"]["values"]["text"] for line in told] == ["fresh", "resumed"]
    assert [run.run_id for run in list_runs(space, dataset.dataset_id)] == [run_id]


def test_a_cached_answer_imports_nothing_slow(space, dataset, ask, work):
    run = ask()
    work()
    program = f"""
import sys
from recsys_core.__main__ import main
options = ["--model", "popular", "--set", "inactivity_days=7", "--workspace", {str(space.home)!r}]
assert main(["train", {dataset.dataset_id!r}, *options]) == 0
assert not {{"torch", "transformers", "lifelines", "duckdb"}} & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{run.run_id}  finished earlier")


def test_a_process_that_cannot_be_started_is_said(space, dataset, ask, monkeypatch):
    monkeypatch.setattr(launch.sys, "executable", "/no/such/python")
    with pytest.raises(launch.WorkspaceError, match=r"could not be started: No such file or directory. Close other"):
        ask()
    (run,) = list_runs(space, dataset.dataset_id)
    assert (run.state, run.kind) == ("failed", "run-process-not-started")
    assert words(run.error) == "Its process could not be started: No such file or directory."

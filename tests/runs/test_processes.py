"""Real processes: they start once, outlive who started them, and are missed when they are killed."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from recsys_core.runs import launch, processes
from recsys_core.runs.run import find_run, list_runs, log_tail, registry, run_folder

ROOT: Final = Path(__file__).parents[2]
PATIENCE: Final = 60
# imported by every Python that finds it: makes the simplest model slow, and keep checkpoints, until a file says go
SLOW: Final = """
import time
from pathlib import Path
from recsys_core.models.popular import Popular

def learn(self, data, progress):
    mark = progress.folder / "mark"
    progress(0.5, "resumed" if mark.exists() else "fresh", {"loss": 1.0})
    mark.touch()
    while not Path(__file__).with_name("go").exists():
        progress(0.5, "slow")
        time.sleep(0.05)

Popular._learn = learn
"""


def wait_for(condition):
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)
    return found


@pytest.fixture
def slow(tmp_path, monkeypatch):
    """A folder that makes learning slow in processes started from now on; a file `go` in it ends that."""
    folder = tmp_path / "slow"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(SLOW)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return folder


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
    wait_for(lambda: find_run(space, run_id).message == "slow")  # the shell is gone, its run is not
    pid = registry(space).row(run_id)["pid"]
    assert os.getsid(pid) == pid
    os.kill(pid, signal.SIGKILL)
    lost = wait_for(lambda: (run := find_run(space, run_id)).message.startswith("starts again in 5 s") and run)
    assert "it was killed, often for want of memory" in lost.error
    assert not (run_folder(space, run_id) / "model").exists()
    (slow / "go").touch()
    again = shell()
    assert (again["run_id"], again["resumed"]) == (run_id, True)
    done = launch.follow(space, find_run(space, run_id))
    assert done.state == "finished", log_tail(space, run_id)
    told = (run_folder(space, run_id) / "progress.jsonl").read_text().splitlines()
    assert [json.loads(line)["message"] for line in told] == ["fresh", "resumed"]
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
    assert (run.state, run.error) == ("failed", "Its process could not be started: No such file or directory.")

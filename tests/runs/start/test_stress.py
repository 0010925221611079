"""Real processes treated badly: killed servers, many starters, full queues and disks, workers that hang."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise

import pytest

from recsys_core.answers import verbatim
from recsys_core.errors import WorkspaceError
from recsys_core.models.cards import card_of, registered
from recsys_core.runs.life import attempts, queueing
from recsys_core.runs.life import run_registry as registry
from recsys_core.runs.life.registry_file import DiskFullError
from recsys_core.runs.life.run import find_run, list_runs, log_tail, run_folder
from recsys_core.runs.life.run import registry as book_of
from recsys_core.runs.start import launch, worker
from recsys_core.runs.watch import deaths
from recsys_core.runs.watch.failures import FULL
from recsys_core.settings import PopularSettings, RecentPopularSettings, RetentionSettings, SplitSettings
from tests.runs.reading import words
from tests.runs.slow import SLOW, gone, path_with, wait_for

RETENTION = RetentionSettings(inactivity_days=7)
FULL_DISK = DiskFullError("registry-full", path="registry.sqlite", reason="database or disk is full")
# starts one run from `many` processes at the same moment, each of which prints its answer; then waits if told to
STARTERS = """
import json, os, sys, time
from pathlib import Path
from recsys_core.data.dataset import Dataset
from recsys_core.runs.start import launch
from recsys_core.settings import PopularSettings, RetentionSettings, SplitSettings
from recsys_core.workspace import Workspace

home, many, stay = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
space = Workspace(Path(home))
dataset = Dataset.open(space, space.dataset_ids()[0])
begin = time.monotonic() + 0.3
for _ in range(many):
    if os.fork() == 0:
        while time.monotonic() < begin:
            pass
        run = launch.train(space, dataset, PopularSettings(), SplitSettings(), RetentionSettings(inactivity_days=7))
        os.write(1, (json.dumps([run.run_id, run.active, run.cached, run.resumed]) + "\\n").encode())
        time.sleep(stay)
        os._exit(0)
for _ in range(many):
    os.wait()
"""


@pytest.fixture
def starters(space, dataset, slow):
    """A function that starts the run from some processes, in a session of their own."""
    launch.resolved_split_time(space, dataset, SplitSettings(), RETENTION)

    def start(many, stay=0.0):
        return subprocess.Popen(
            [sys.executable, "-c", STARTERS, str(space.home), str(many), str(stay)],
            stdout=subprocess.PIPE, text=True, start_new_session=True, env=os.environ | {"PYTHONPATH": path_with(slow)},
        )  # fmt: skip

    return start


def in_slow_step(space, dataset):
    """Wait until the only run is in its slow step."""
    slow = verbatim("slow")
    return wait_for(lambda: next((run for run in list_runs(space, dataset.dataset_id) if run.message == slow), None))


@pytest.mark.slow
def test_twenty_processes_start_one_and_get_one_answer(space, dataset, slow, starters):
    with starters(20) as begun:
        answers, _ = begun.communicate(timeout=60)
    lines = answers.splitlines()
    assert len(lines) == 20
    assert len(set(lines)) == 1, set(lines)
    (slow / "go").touch()
    (run,) = list_runs(space, dataset.dataset_id)
    done = launch.follow(space, run)
    assert (done.state, done.attempts, len(done.history)) == ("finished", 1, 1), log_tail(space, run.run_id)
    assert sum("start 1 of" in line for line in log_tail(space, run.run_id)) == 1


@pytest.mark.slow
def test_a_run_goes_on_when_the_servers_whole_group_is_killed(space, dataset, slow, starters):
    with starters(1, stay=600.0) as server:
        run = in_slow_step(space, dataset)
        os.killpg(server.pid, signal.SIGKILL)
    assert find_run(space, run.run_id).state == "running"
    (slow / "go").touch()
    done = launch.follow(space, run)
    assert (done.state, done.attempts) == ("finished", 1), log_tail(space, run.run_id)


def test_eight_runs_on_a_limit_of_one_finish_in_order(space, ask, monkeypatch):
    monkeypatch.setattr(queueing, "devices", lambda: ())
    monkeypatch.setattr(worker, "_WAIT_SECONDS", 0.02)
    monkeypatch.setattr(launch, "_start_process", lambda _book, _folder, plan, n: started.append((plan.run_id, n)))
    started = []
    with registered(replace(card_of("recent-popular"), needs=frozenset({"torch"}))):
        runs = [ask(RecentPopularSettings(window_days=float(days)), priority=0) for days in range(2, 10)]
        with ThreadPoolExecutor(8) as pool:  # the last that was queued is there first
            list(pool.map(lambda run: worker.work(space, *run), reversed(started)))
    ended = [find_run(space, run.run_id) for run in runs]
    assert [run.state for run in ended] == ["finished"] * 8
    assert [run.run_id for run in sorted(ended, key=lambda run: run.started)] == [run.run_id for run in runs]
    assert all(one.finished <= other.started for one, other in pairwise(ended))


CHILD = """
import subprocess, sys
if "recsys_core.runs.start.worker" in sys.orig_argv:
    begun = subprocess.Popen(["sleep", "600"], start_new_session=True)
    Path(__file__).with_name("child").write_text(str(begun.pid))
"""


@pytest.mark.slow
def test_a_stopped_worker_is_cancelled_with_all_that_it_started(space, dataset, ask, slow, monkeypatch):
    (slow / "sitecustomize.py").write_text(SLOW + CHILD)
    monkeypatch.setattr(deaths, "GRACE_SECONDS", 0.3)
    monkeypatch.setattr(deaths, "KILL_SECONDS", 0.3)
    ask()
    run = in_slow_step(space, dataset)
    pid, child = book_of(space).row(run.run_id)["pid"], int((slow / "child").read_text())
    os.kill(pid, signal.SIGSTOP)
    launch.cancel(space, run.run_id)
    done = launch.follow(space, run)
    assert (done.state, done.kind, done.error) == ("cancelled", "", None)
    wait_for(lambda: gone(pid) and gone(child))


@pytest.mark.slow
def test_a_hung_worker_is_found_and_started_again_by_one_of_many(space, dataset, ask, slow, monkeypatch):
    monkeypatch.setattr(deaths, "STALE_SECONDS", 3.0)
    monkeypatch.setattr(registry, "DOUBT_SECONDS", 0.1)
    monkeypatch.setattr(attempts, "RETRY_SECONDS", (0.5, 1.0, 1.0))
    ask()
    run = in_slow_step(space, dataset)
    pid = book_of(space).row(run.run_id)["pid"]
    os.kill(pid, signal.SIGSTOP)
    hung = wait_for(lambda: (found := find_run(space, run.run_id)).retrying and found)
    assert hung.kind == "run-process-stopped"
    assert "somebody stopped its process (SIGSTOP)" in words(hung.message)
    assert hung.active
    wait_for(lambda: gone(pid))
    (slow / "go").touch()
    time.sleep(0.5)
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda _: launch.tend(space), range(20)))
    done = launch.follow(space, run)
    assert (done.state, done.attempts) == ("finished", 2), log_tail(space, run.run_id)
    assert [attempt.state for attempt in done.history] == ["lost", "finished"]
    told = (run_folder(space, run.run_id) / "progress.jsonl").read_text().splitlines()
    assert [json.loads(line)["message"]["values"]["text"] for line in told] == ["fresh", "resumed"]


@contextmanager
def small_disk(home):
    """A disk of 4 MB in a folder, where one may be mounted; else a limit of 4 MB for files. Yields which it is."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(home)], capture_output=True, check=False
    ).returncode == 0  # fmt: skip
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(home)], check=True)


FILLS = """
import resource
from recsys_core.answers import verbatim
from recsys_core.runs.life import disk_room as space
from recsys_core.models.popular import Popular
space._SPARE_BYTES = 0

def learn(self, data, progress):
    progress(0.5, verbatim("writes a checkpoint"), {"loss": 1.0})
    if LIMITED:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 22, 1 << 22))
    with (progress.folder / "checkpoint").open("wb", buffering=0) as out:
        while True:
            out.write(bytes(4096))

Popular._learn = learn
"""


@pytest.mark.slow
def test_a_disk_that_is_full_during_a_checkpoint_is_said(space, dataset, slow, monkeypatch):
    monkeypatch.setattr("recsys_core.runs.life.disk_room._SPARE_BYTES", 0)
    runs = space.home / "runs"
    runs.mkdir(exist_ok=True)
    with small_disk(runs) as mounted:
        (slow / "sitecustomize.py").write_text(FILLS.replace("LIMITED", str(not mounted)))
        run = launch.train(space, dataset, PopularSettings(), SplitSettings(), RETENTION)
        done = launch.follow(space, run)
        assert done.state == "failed", log_tail(space, run.run_id)
        assert done.error == FULL
        assert (done.kind, done.history[-1].reason) == ("run-disk-full", FULL)
        (run_folder(space, run.run_id) / "checkpoints" / "checkpoint").unlink()
        (slow / "sitecustomize.py").unlink()
        again = launch.follow(space, launch.resume(space, run.run_id))
        assert (again.state, again.attempts) == ("finished", 2), log_tail(space, run.run_id)


def test_the_end_is_entered_as_soon_as_there_is_room(space, ask, work, monkeypatch, capfd):
    monkeypatch.setattr(worker, "BEAT_SECONDS", 0.01)
    refused, end = [], registry.Registry.end

    def full(self, *given, **options):
        if len(refused) < 3:
            refused.append(given)
            raise DiskFullError("registry-full", path="registry.sqlite", reason="database or disk is full")
        return end(self, *given, **options)

    monkeypatch.setattr(registry.Registry, "end", full)
    run = ask()
    work()
    assert find_run(space, run.run_id).state == "finished"
    assert capfd.readouterr().out.count("database or disk is full.") == 3


def test_the_room_kept_for_it_is_given_up_once(space, ask, started, monkeypatch):
    run, book = ask(), book_of(space)
    assert book.reserve.stat().st_size == 1 << 18
    writing = type(book)._writing

    def refuse(self):
        if self.reserve.exists():
            raise FULL_DISK
        return writing(self)

    monkeypatch.setattr(type(book), "_writing", refuse)
    assert book.beat(run.run_id, 1) == "go on"
    assert not book.reserve.exists()
    monkeypatch.setattr(type(book), "_writing", lambda _self: (_ for _ in ()).throw(FULL_DISK))
    with pytest.raises(WorkspaceError, match="full"):
        book.end(run.run_id, 1, "failed")


def test_a_file_that_may_not_grow_is_a_full_disk(tmp_path):
    book = registry.Registry(tmp_path / "runs")
    program = (
        "import resource, sys; from pathlib import Path\n"
        "from recsys_core.runs.life.run_registry import Registry\n"
        "from recsys_core.runs.life.registry_file import DiskFullError\n"
        "book = Registry(Path(sys.argv[1]))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try: book.keep_split_time('x' * 100_000, 1)\n"
        "except DiskFullError as err: print(err)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(book.folder)],
        capture_output=True, text=True, check=True, env=os.environ | {"PYTHONPATH": path_with(tmp_path)}, timeout=30,
    )  # fmt: skip
    assert "See that its folder may be written to and has room" in done.stdout

"""One file, many processes: claims, lanes, signs of life."""

import os
import sqlite3
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from recsys_core.answers import verbatim
from recsys_core.errors import WorkspaceError
from recsys_core.runs.life import queueing, run_registry
from recsys_core.runs.life.registry_schema import Entry
from recsys_core.runs.life.run import Run
from recsys_core.runs.life.run_registry import Registry
from recsys_core.runs.watch import processes
from recsys_core.runs.watch.processes import ProcessId
from tests.runs.reading import error_of, error_words, words


@pytest.fixture
def book(tmp_path):
    return Registry(tmp_path / "runs")


def entry(name="popular", digit="0", *, heavy=False):
    return Entry(f"{name}-{digit * 16}", "d" * 16, name, heavy, "{}", 0, 1.0)


def state(book, run_id):
    return book.row(run_id)["state"]


def change(book, columns):
    with closing(sqlite3.connect(book.path, isolation_level=None)) as db:
        db.execute(f"UPDATE runs SET {columns}")


def test_ten_claims_at_once_are_one(tmp_path):
    gate = threading.Barrier(10)

    def claim(_):
        book = Registry(tmp_path / "runs")
        gate.wait()
        return book.claim(entry())

    with ThreadPoolExecutor(10) as pool:
        assert sorted(filter(None, pool.map(claim, range(10)))) == [1]


def test_many_writers_at_once_lose_nothing(tmp_path):
    def write(number):
        book = Registry(tmp_path / "runs")
        run = entry(digit=f"{number:x}")
        attempt = book.claim(run)
        for step in range(10):
            book.tell(run.run_id, attempt, step / 10, verbatim(f"step {step}"))
            book.beat(run.run_id, attempt)
        return book.end(run.run_id, attempt, "finished", metrics={"ndcg": number / 10})

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(write, range(8)))
    rows = Registry(tmp_path / "runs").rows("d" * 16)
    assert [(row["state"], row["share"]) for row in rows] == [("finished", 1.0)] * 8


def test_a_finished_run_cannot_be_claimed_and_an_ended_one_can(book):
    run = entry()
    assert book.claim(run) == 1
    book.end(run.run_id, 1, "failed", error=verbatim("No."))
    assert book.claim(run) == 2
    assert (book.row(run.run_id)["kind"], error_of(book.row(run.run_id))) == ("", None)
    book.end(run.run_id, 2, "finished")
    assert book.claim(run) is None
    book.reopen(run.run_id)
    assert book.row(run.run_id)["kind"] == "run-folder-gone"
    assert error_words(book.row(run.run_id)) == "Its folder is gone from the workspace."
    assert book.claim(run) == 3


def test_an_attempt_that_is_over_writes_nothing(book):
    run = entry()
    book.claim(run)
    book.end(run.run_id, 1, "cancelled")
    book.claim(run)
    book.tell(run.run_id, 1, 0.9, verbatim("a ghost"))
    assert book.beat(run.run_id, 1) == "over"
    assert not book.end(run.run_id, 1, "finished")
    assert not book.hand_over(run.run_id, 1, ProcessId.own())
    assert (state(book, run.run_id), book.row(run.run_id)["share"]) == ("queued", 0)


def test_a_process_that_is_gone_is_found_at_once(book):
    run = entry()
    book.claim(run)
    child = subprocess.Popen(["sleep", "60"])
    process = ProcessId.of(child.pid)
    assert process.runs()
    book.hand_over(run.run_id, 1, process)
    assert state(book, run.run_id) == "queued"
    child.kill()
    while process.runs():  # a zombie does not run, although its number is still taken
        time.sleep(0.01)
    os.kill(child.pid, 0)
    found = book.row(run.run_id)
    assert (found["state"], found["retries"], found["retry_clock"] is None) == ("queued", 0, False)
    assert found["kind"] == "run-killed"
    assert error_words(found).startswith("Its process ended without a word: it was killed, often for want of")
    child.wait()


def test_a_number_given_again_is_another_process(book):
    run, own = entry(), ProcessId.own()
    book.claim(run)
    book.hand_over(run.run_id, 1, ProcessId(own.host, own.pid, "1"))
    assert book.row(run.run_id)["kind"] == "run-killed"


def test_a_process_elsewhere_is_lost_after_silence_and_lives_again_with_its_next_sign(book, monkeypatch):
    monkeypatch.setattr(run_registry, "DOUBT_SECONDS", 0.0)
    run = entry()
    book.claim(run)
    book.hand_over(run.run_id, 1, ProcessId("elsewhere", 1, "1", "its boot"))
    assert book.row(run.run_id)["retry_clock"] is None
    change(book, "heartbeat = heartbeat - 31")
    lost = book.row(run.run_id)
    assert lost["retry_clock"] is not None
    assert lost["kind"] == "run-out-of-reach"
    assert error_words(lost).startswith("There was no sign of life from it for 31 s: its computer may be off, or out")
    assert book.beat(run.run_id, 1) == "go on"
    found = book.row(run.run_id)
    assert (found["state"], found["kind"], error_of(found)) == ("queued", "", None)
    assert (found["retry_clock"], found["history"]) == (None, "[]")


def test_a_process_is_known_where_there_is_no_proc(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "_PROC", tmp_path)
    own = ProcessId.own()
    assert own.start
    assert own.runs()
    assert not ProcessId.of(2**22 + 1).runs()


def test_heavy_models_run_one_at_a_time_and_the_first_goes_first(book):
    first, second, third = (entry("bi-encoder", digit, heavy=True) for digit in "123")
    for run in (first, second, third):
        book.claim(run)
    assert book.enter(second.run_id, 1) == ("bi-encoder",)
    assert book.enter(first.run_id, 1) == ()
    assert book.enter(third.run_id, 1) == ("bi-encoder", "bi-encoder")
    book.end(first.run_id, 1, "finished")
    assert book.enter(second.run_id, 1) == ()
    assert state(book, second.run_id) == "running"


def test_light_models_run_as_many_as_there_are_cores(book, monkeypatch):
    monkeypatch.setattr(queueing.os, "cpu_count", lambda: 2)
    runs = [entry(digit=digit) for digit in "123"]
    heavy = entry("bi-encoder", heavy=True)
    for run in (heavy, *runs):
        book.claim(run)
    assert [book.enter(run.run_id, 1) for run in (*runs, heavy)] == [(), (), ("popular", "popular"), ()]


def test_cancel_reaches_the_next_sign_of_life(book):
    run = entry()
    book.claim(run)
    assert book.beat(run.run_id, 1) == "go on"
    assert book.ask_cancel(run.run_id)
    assert book.beat(run.run_id, 1) == "stop"
    book.tell(run.run_id, 1, 0.5, verbatim("goes on a little"))
    run_now = Run.from_row(book.row(run.run_id))
    assert (run_now.stopping, words(run_now.message)) == (True, "stops")
    book.end(run.run_id, 1, "cancelled")
    assert not book.ask_cancel(run.run_id)


def test_a_damaged_file_is_said_in_words(book):
    book.path.write_bytes(b"no database" * 100)
    with pytest.raises(WorkspaceError, match=r"The registry of runs, .*registry.sqlite, cannot be used: file is not a"):
        book.rows()

"""Death is found and said: by process, by silence, whatever the clock shows; and what follows from it."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from recsys_core import machine
from recsys_core.answers import message
from recsys_core.runs.life import attempts, run_registry
from recsys_core.runs.life.run import Run
from recsys_core.runs.life.run_registry import Registry
from recsys_core.runs.watch import deaths, processes
from recsys_core.runs.watch.failures import each_time
from recsys_core.runs.watch.processes import MARK, ProcessId
from tests.runs.life.test_run_registry import change, entry
from tests.runs.reading import error_of, error_words
from tests.runs.slow import gone, wait_for

HOUR = 3600


@pytest.fixture(autouse=True)
def no_doubt(monkeypatch):
    monkeypatch.setattr(run_registry, "DOUBT_SECONDS", 0.0)


@pytest.fixture
def book(tmp_path):
    return Registry(tmp_path / "runs")


@contextmanager
def begun(*command, **options):
    """A process of its own session that does not outlive the test."""
    with subprocess.Popen(command, start_new_session=True, **options) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def child(book):
    """A process that does nothing, entered as that of a running run; ended afterwards."""
    run = entry()
    book.claim(run)
    with begun("sleep", "600", env=os.environ | {MARK: book.mark(run.run_id, 1)}) as process:
        book.hand_over(run.run_id, 1, processes.adopt(process))
        book.enter(run.run_id, 1)
        yield process


def only(book):
    (row,) = book.rows()
    return row


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_clock_that_is_set_loses_no_run_and_hides_no_death(book, child, monkeypatch, hours):
    true_time = time.time
    monkeypatch.setattr(time, "time", lambda: true_time() + hours * HOUR)
    assert only(book)["state"] == "running"
    assert book.beat(only(book)["run_id"], 1) == "go on"
    change(book, "clock = clock - 31")
    assert only(book)["kind"] == "run-process-stuck"
    assert "no sign of life from it for 31 s: its process was there, and stuck" in error_words(only(book))
    assert only(book)["retry_clock"] == pytest.approx(time.monotonic() + 5, abs=1)
    assert only(book)["seconds"] < 60
    wait_for(lambda: gone(child.pid))


def test_the_queue_keeps_its_order_when_the_clock_goes_back(book, monkeypatch):
    first, second = (entry("bi-encoder", digit, heavy=True) for digit in "12")
    book.claim(first)
    monkeypatch.setattr(time, "time", lambda: 1e9)
    book.claim(second)
    assert book.enter(second.run_id, 1) == ("bi-encoder",)
    assert book.enter(first.run_id, 1) == ()


def test_a_stopped_process_is_found_and_killed(book, child):
    os.kill(child.pid, signal.SIGSTOP)
    assert only(book)["state"] == "running"
    change(book, "clock = clock - 26")
    row = only(book)
    assert row["kind"] == "run-process-stopped"
    assert error_words(row).endswith("for 26 s: somebody stopped its process (SIGSTOP).")
    assert row["state"] == "queued"
    wait_for(lambda: gone(child.pid))


def test_a_sign_of_life_while_in_doubt_is_in_time(book, child, monkeypatch):
    run_id = only(book)["run_id"]
    change(book, "clock = clock - 31")  # the whole computer was paused
    monkeypatch.setattr(run_registry.time, "sleep", lambda _seconds: Registry(book.folder).beat(run_id, 1))
    assert (only(book)["state"], only(book)["history"]) == ("running", "[]")
    assert not gone(child.pid)


def test_a_process_that_computes_may_be_silent_for_longer(book):
    run = entry()
    book.claim(run)
    with begun(sys.executable, "-S", "-c", "while True: pass") as busy:
        book.hand_over(run.run_id, 1, ProcessId.of(busy.pid))
        wait_for(lambda: ProcessId.of(busy.pid).cpu_seconds() > deaths._BUSY_CPU)
        change(book, "clock = clock - 40")
        assert only(book)["error"] == ""
        change(book, f"clock = clock - {deaths.BUSY_SECONDS}")
        assert only(book)["kind"] == "run-process-stuck"
        wait_for(lambda: gone(busy.pid))


def test_a_restart_of_the_computer_ends_all_at_once(book):
    for digit in "123":
        book.claim(entry(digit=digit))
    change(book, "boot = 'an earlier one'")
    rows = book.rows()
    assert {row["kind"] for row in rows} == {"run-computer-restarted"}
    assert {error_words(row) for row in rows} == {"The computer was restarted while it ran."}
    change(book, "retry_boot = 'an earlier one'")  # restarted again: nobody knows that clock
    assert len(book.due()) == 3


def test_a_start_that_was_never_handed_over_is_found(book):
    book.claim(entry())
    change(book, "clock = clock - 31")
    assert (only(book)["kind"], error_words(only(book))) == ("run-never-started", "Its process was never started.")


def test_want_of_memory_is_said_and_not_tried_again(book, child, monkeypatch):
    assert json.loads(only(book)["kills"]) == deaths.oom_kills()
    change(book, """kills = '{"counter": 4}'""")
    monkeypatch.setattr(deaths, "oom_kills", lambda: {"counter": 5})
    os.kill(child.pid, signal.SIGKILL)
    row = wait_for(lambda: (row := only(book))["state"] == "lost" and row)
    assert error_of(row) == deaths.MEMORY
    assert error_words(row).startswith("The kernel killed its process for want of memory. It is not started again by")
    assert row["retry_clock"] is None


@pytest.mark.parametrize(
    ("code", "failure", "words"),
    [
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
            message("error-run-ended-by-signal", signal="SIGSEGV"), "Its process was ended by SIGSEGV.",
        ),
        (
            "raise SystemExit(3)", message("error-run-ended-with-code", exit_code=3),
            "Its process ended with exit code 3 and without a word; the log may hold more.",
        ),
    ],
)  # fmt: skip
def test_the_parent_knows_how_a_process_ended(book, code, failure, words):
    run = entry()
    book.claim(run)
    process = processes.adopt(subprocess.Popen([sys.executable, "-S", "-c", code]))
    book.hand_over(run.run_id, 1, process)
    assert wait_for(lambda: error_of(only(book))) == failure
    assert error_words(only(book)) == words


def test_counters_of_memory_kills_are_found_where_the_kernel_keeps_them(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "_CGROUPS", tmp_path)
    for name in ("memory.events", "memory/memory.oom_control"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("low 0\noom 3\noom_kill 2\n")
    (tmp_path / "groups").write_text("4:memory:/a\n1:cpu:/\n0::/b\n")
    monkeypatch.setattr(machine, "_OWN_GROUPS", tmp_path / "groups")
    assert deaths.oom_kills() == {
        str(tmp_path / "memory.events"): 2, str(tmp_path / "memory/memory.oom_control"): 2,
    }  # fmt: skip


def test_a_run_is_started_again_three_times_and_by_one_of_many(book, monkeypatch):
    monkeypatch.setattr(attempts, "RETRY_SECONDS", (0.0, 30.0, 120.0))
    run = entry()
    book.claim(run)
    change(book, "boot = 'an earlier one'")
    assert book.due() == [run.run_id]
    with ThreadPoolExecutor(20) as pool:
        taken = list(pool.map(lambda _: Registry(book.folder).claim_again(run.run_id), range(20)))
    assert sorted(filter(None, taken)) == [2]
    for wait in (30, 120):
        change(book, "boot = 'an earlier one'")
        assert only(book)["retry_clock"] == pytest.approx(time.monotonic() + wait, abs=2)
        assert book.due() == []
        assert book.claim_again(run.run_id) is None
        change(book, "retry_clock = 0")
        assert book.claim_again(run.run_id)
    change(book, "boot = 'an earlier one'")
    row = only(book)
    assert (row["state"], row["attempt"], row["retries"], row["retry_clock"]) == ("lost", 4, 3, None)
    assert (row["kind"], error_of(row)) == ("run-computer-restarted", each_time(deaths.RESTARTED, 3))
    assert error_words(row).endswith("while it ran. It was started again 3 times and ended so each time.")
    history = Run.from_row(row).history
    assert [(ended.attempt, ended.state, ended.kind, ended.reason) for ended in history] == [
        (attempt, "lost", "run-computer-restarted", deaths.RESTARTED) for attempt in (1, 2, 3, 4)
    ]
    assert book.claim(run) == 5, "somebody asks: it begins anew"
    assert only(book)["retries"] == 0


def test_a_run_that_waits_to_be_started_again_can_be_cancelled_or_started_at_once(book):
    run = entry()
    book.claim(run)
    change(book, "boot = 'an earlier one'")
    book.rows()
    assert book.claim(run) == 2
    change(book, "boot = 'an earlier one'")
    book.rows()
    assert book.ask_cancel(run.run_id)
    assert (only(book)["state"], only(book)["retry_clock"]) == ("cancelled", None)
    assert not book.ask_cancel(run.run_id)


def test_what_failed_by_itself_is_not_tried_again(book):
    run = entry()
    book.claim(run)
    failure = message("error-run-unexpected", exception="ValueError: odd")
    book.end(run.run_id, 1, "failed", error=failure)
    assert (only(book)["state"], only(book)["retry_clock"]) == ("failed", None)
    (ended,) = Run.from_row(only(book)).history
    assert (ended.kind, ended.reason) == ("run-unexpected", failure)


def test_one_that_does_not_stop_when_asked_is_told_then_killed(book, child, monkeypatch):
    sent = []
    monkeypatch.setattr(run_registry, "end_run", lambda process, _mark, number: sent.append((process.pid, number)))
    book.ask_cancel(only(book)["run_id"])
    assert (Run.from_row(only(book)).stopping, sent) == (True, [])
    change(book, "cancel_clock = cancel_clock - 15")
    book.ask_cancel(only(book)["run_id"])  # asking again gives no more time
    only(book)
    change(book, "cancel_clock = cancel_clock - 5")
    only(book)
    assert sent[-1] == (child.pid, signal.SIGKILL)
    assert set(sent[:-1]) == {(child.pid, signal.SIGTERM)}
    child.kill()
    child.wait()
    assert (only(book)["state"], only(book)["error"]) == ("cancelled", "")


def test_a_number_given_again_and_the_own_group_are_never_signalled(book, child):
    process = ProcessId.of(child.pid)
    strange = ProcessId(process.host, process.pid, "1", process.boot)
    processes.end_run(strange, "another run's", signal.SIGKILL)
    processes.end_run(ProcessId.own(), "another run's", signal.SIGKILL)
    own = subprocess.Popen(["sleep", "20"], env=os.environ | {MARK: "ours"})
    processes.end_run(strange, "ours", signal.SIGKILL)
    assert not gone(own.pid), "it is of the own group"
    own.kill()
    own.wait()
    assert not gone(child.pid)
    processes.end_run(process, "another run's", signal.SIGTERM)
    wait_for(lambda: gone(child.pid))

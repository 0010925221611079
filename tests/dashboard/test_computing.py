"""Processes that compute: once for all who ask, in turn, and never longer than somebody wants it."""

import os
import signal
import threading
import time

import psutil
import pytest

from dashboard.results import computing as room
from dashboard.results.computing import Computing, computing
from dashboard.results.result_memory import ResultMemory
from recsys_core.asked import Asked
from recsys_core.errors import SettingsError, WorkspaceError
from recsys_core.result_files import NOTHING
from tests.dashboard import slow_steps

HOME = "anywhere"


class LeftError(Exception):
    """A page is run anew."""


@pytest.fixture
def processes(monkeypatch, tmp_path):
    """One process, which sleeps for as long as it is told, and notes each beginning and end."""
    monkeypatch.setattr(room, "work", slow_steps.work)
    made = Computing(1)
    yield made, tmp_path / "notes"
    made.stop()


def asked(notes, name, seconds):
    return Asked(name, detail=f"{seconds} {notes}")


def in_thread(made, what, session, told=None):
    """Ask in a thread; returns what will hold the answer."""
    answer = []

    def run():
        try:
            answer.append(made.ask(HOME, what, session, told or (lambda _before: None)))
        except (LeftError, WorkspaceError) as err:
            answer.append(err)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, answer


def until(what, seconds=30.0):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def lines(notes):
    return notes.read_text().splitlines() if notes.exists() else []


def test_all_who_ask_for_the_same_get_one_computation(processes):
    made, notes = processes
    threads = [in_thread(made, asked(notes, "a", 0.5), f"session {at}") for at in range(5)]
    for thread, _ in threads:
        thread.join(30)
    assert [answer for _, answer in threads] == [["a"]] * 5
    assert lines(notes) == ["begin a", "end a"]


def test_who_waits_is_told_how_many_come_before(processes):
    made, notes = processes
    first, _ = in_thread(made, asked(notes, "a", 1.5), "one")
    until(lambda: lines(notes) == ["begin a"])
    told = []
    second, _ = in_thread(made, asked(notes, "b", 0.1), "two", lambda before: told.append(("b", before)))
    until(lambda: told)
    third, answer = in_thread(made, asked(notes, "c", 0.1), "three", lambda before: told.append(("c", before)))
    for thread in (first, second, third):
        thread.join(30)
    assert answer == ["c"]
    assert ("b", 1) in told
    assert ("c", 2) in told


def test_a_newer_question_of_a_session_ends_its_older_one(processes):
    made, notes = processes

    def leave(_before):
        if lines(notes):
            raise LeftError

    gone, answer = in_thread(made, asked(notes, "a", 60), "one", leave)
    gone.join(30)
    assert isinstance(answer[0], LeftError)
    assert lines(notes) == ["begin a"]
    again, answer = in_thread(made, asked(notes, "b", 0.1), "one")
    again.join(30)
    assert answer == ["b"], "it need not wait for a minute"
    assert "end a" not in lines(notes)


def test_what_is_computed_already_is_ended_for_nobody_while_others_wait(processes):
    made, notes = processes

    def leave(_before):
        if lines(notes):
            raise LeftError

    gone, _ = in_thread(made, asked(notes, "a", 1.5), "one", leave)
    gone.join(30)
    waits, answer = in_thread(made, asked(notes, "b", 0), "two")
    until(lambda: made._tickets and any(ticket.waiting for ticket in made._tickets.values()))
    newer, newest = in_thread(made, asked(notes, "c", 0), "one")
    for thread in (waits, newer):
        thread.join(30)
    assert (answer, newest) == (["b"], ["c"])
    assert lines(notes)[:2] == ["begin a", "end a"]


def test_what_others_wait_for_goes_on_and_so_does_what_is_asked_again(processes):
    made, notes = processes
    first = asked(notes, "a", 2)
    stays, kept = in_thread(made, first, "two")
    until(lambda: lines(notes))

    def leave(_before):
        raise LeftError

    gone, _ = in_thread(made, first, "one", leave)
    gone.join(30)
    other, _ = in_thread(made, asked(notes, "b", 0.1), "one")
    again, back = in_thread(made, first, "one")
    for thread in (stays, other, again):
        thread.join(30)
    assert kept == back == ["a"]
    assert lines(notes).count("begin a") == 1


def test_what_nobody_came_back_for_is_not_kept_in_memory(processes):
    made, notes = processes

    def leave(_before):
        raise LeftError

    gone, _ = in_thread(made, asked(notes, "a", 0.3), "one", leave)
    gone.join(30)
    until(lambda: "end a" in lines(notes))
    time.sleep(0.5)
    made.ask(HOME, asked(notes, "b", 0), "two", lambda _before: None)
    assert made._tickets == {}
    again, answer = in_thread(made, asked(notes, "a", 0), "one")
    again.join(30)
    assert answer == ["a"]


def test_a_process_ended_from_outside_is_said_and_the_next_question_answered(processes):
    made, notes = processes
    thread, answer = in_thread(made, asked(notes, "pid", 60), "one")
    until(lambda: len(lines(notes)) > 1)
    os.kill(int(lines(notes)[1]), signal.SIGKILL)
    thread.join(30)
    assert isinstance(answer[0], WorkspaceError)
    assert answer[0].kind == "computing-died"
    again, answer = in_thread(made, asked(notes, "b", 0), "one")
    again.join(30)
    assert answer == ["b"]


def test_an_error_for_the_user_arrives_as_itself(processes):
    made, notes = processes
    with pytest.raises(WorkspaceError) as met:
        made.ask(HOME, asked(notes, "error", 0), "one", lambda _before: None)
    assert (met.value.kind, met.value.values["path"]) == ("no-such-thing", "x")


def test_stopping_leaves_no_process(processes):
    made, notes = processes
    made.ask(HOME, asked(notes, "pid", 0), "one", lambda _before: None)
    worker = psutil.Process(int(lines(notes)[1]))
    made.stop()
    until(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE)


def test_the_environment_says_how_many(monkeypatch):
    monkeypatch.setenv(room.AT_ONCE, "0")
    assert computing() is None
    monkeypatch.setenv(room.AT_ONCE, "3")
    assert computing() is computing()
    monkeypatch.setenv(room.AT_ONCE, "many")
    with pytest.raises(SettingsError, match="many"):
        computing()


def test_the_memory_is_bounded_in_bytes_and_gives_out_the_same_object():
    memory = ResultMemory(most=10_000)
    found = [object() for _ in range(5)]
    for at, each in enumerate(found):
        memory.put((str(at),), each, 4000)
        memory.get(("0",))
    assert [memory.get((str(at),)) is each for at, each in enumerate(found)] == [True, False, False, False, True]
    assert memory.get(("1",)) is NOTHING
    memory.put(("0",), found[1], 9000)
    assert memory.get(("0",)) is found[1]
    memory.put(("huge",), found[2], 10**9)
    assert memory.get(("huge",)) is found[2], "one is always kept"

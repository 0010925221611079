"""What a worker does, here in the test's own process."""

import json
import re
import threading
from dataclasses import replace

import numpy as np
import pytest

from recsys_core.answers import message, verbatim
from recsys_core.errors import DataError, WorkspaceError
from recsys_core.evaluation.evaluate import Evaluation
from recsys_core.models.base import Recommender
from recsys_core.models.cards import card_of, registered
from recsys_core.models.popular import Popular
from recsys_core.models.registry import load_model
from recsys_core.runs.life.run import (
    figures,
    find_run,
    finished_runs,
    is_complete,
    list_runs,
    log_tail,
    registry,
    run_folder,
)
from recsys_core.runs.start import launch, worker
from recsys_core.settings import RecentPopularSettings, SplitSettings
from tests.runs.reading import words


def steps(model, data, progress, stop_at=None):
    """Learn in ten steps with checkpoints; `stop_at` fails there."""
    mark = progress.folder / "step"
    for step in range(int(mark.read_text()) if mark.exists() else 0, 10):
        if step == stop_at:
            raise DataError("test-file-changed", file="loss")
        progress((step + 1) / 10, verbatim(f"step {step + 1} of 10"), {"loss": 1 / (step + 1)})
        mark.write_text(str(step + 1))


def learns(monkeypatch, **how):
    monkeypatch.setattr(Popular, "_learn", lambda *given: steps(*given, **how))


def test_a_run_ends_with_a_model_an_evaluation_and_metrics(space, ask, work, started):
    run = ask()
    assert (run.state, run.cached, run.resumed) == ("queued", False, False)
    assert (run.message, words(run.message)) == (message("progress-run-starts"), "starts")
    work()
    done = ask()
    assert (done.state, done.cached, done.share) == ("finished", True, 1.0)
    assert len(started) == 1, "the second call started nothing"
    folder = run_folder(space, run.run_id)
    found = Evaluation.load(folder / "evaluation")
    assert done.metrics["ndcg"] == pytest.approx(found.metrics(10)["ndcg"])
    assert isinstance(load_model(folder / "model"), Popular)
    assert json.loads((folder / "settings.json").read_text())["model"] == {"name": "popular"}
    assert found.now == done.test_from
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []
    assert not (folder / "checkpoints").exists(), "there is nothing to go on from"
    assert finished_runs(space, run.dataset_id) == (find_run(space, run.run_id),)
    assert finished_runs(space, run.dataset_id, test_from=1) == ()
    assert finished_runs(space, run.dataset_id, split=done.split) != ()


def test_the_time_of_a_split_is_looked_for_once(ask, started, monkeypatch):
    first = ask()
    monkeypatch.setattr("recsys_core.retention.population.landmark.split_time", lambda *_: pytest.fail("looked again"))
    assert ask().test_from == first.test_from


def test_a_run_under_way_is_joined(ask, started):
    first, second = ask(), ask()
    assert first.run_id == second.run_id
    assert (second.state, second.cached, len(started)) == ("queued", False, 1)


def test_an_error_of_ours_is_told_as_it_is(space, ask, work, monkeypatch):
    learns(monkeypatch, stop_at=3)
    run = ask()
    work()
    failed = find_run(space, run.run_id)
    assert (failed.state, failed.kind) == ("failed", "test-file-changed")
    assert failed.error == message("error-test-file-changed", file="loss")
    assert words(failed.error) == str(DataError("test-file-changed", file="loss"))
    assert failed.resumable
    assert not is_complete(run_folder(space, run.run_id))


@pytest.mark.parametrize(
    ("error", "kind", "pattern"),
    [
        (ValueError("one\ntwo"), "run-unexpected", r"^ValueError: two. The log holds the whole story.$"),
        (KeyError(), "run-unexpected", r"^KeyError. The log"),
        (
            MemoryError(), "run-out-of-memory",
            r"^There was not enough memory \(MemoryError\). Close other programs, or choose smaller",
        ),
        (
            RuntimeError("DefaultCPUAllocator: not enough memory: you tried"), "run-out-of-memory",
            "^There was not enough memory",
        ),
    ],
)  # fmt: skip
def test_other_errors_are_put_in_words(space, ask, work, monkeypatch, error, kind, pattern, capfd):
    def fail(*_):
        raise error

    monkeypatch.setattr(Popular, "_learn", fail)
    run = ask()
    work()
    found = find_run(space, run.run_id)
    assert (found.state, found.kind) == ("failed", kind)
    assert re.search(pattern, words(found.error))
    assert "Traceback" in capfd.readouterr().err


def test_a_failed_run_goes_on_from_its_checkpoints(space, ask, work, started, monkeypatch):
    learns(monkeypatch, stop_at=4)
    run = ask()
    work()
    learns(monkeypatch)
    again = ask()
    assert (again.state, again.resumed, again.run_id) == ("queued", True, run.run_id)
    assert started == [(run.run_id, 1), (run.run_id, 2)]
    work()
    assert find_run(space, run.run_id).state == "finished"
    losses = [told["loss"] for told in figures(space, run.run_id)]
    assert losses == pytest.approx([1 / n for n in range(1, 11)])


def test_what_a_resumed_run_told_twice_is_drawn_once(space, ask, work, monkeypatch):
    run = ask()
    learns(monkeypatch)
    work()
    path = run_folder(space, run.run_id) / "progress.jsonl"
    lines = path.read_text().splitlines()
    again = [json.dumps(json.loads(line) | {"attempt": 2}) for line in lines[5:]]
    path.write_text("\n".join([*lines, *again[:2], '{"attempt": 2, "sha']))
    assert len(figures(space, run.run_id)) == 7
    worker._end_line(path)
    assert path.read_text().endswith("\n")


def test_cancel_stops_at_the_next_progress(space, ask, work, monkeypatch):
    monkeypatch.setattr(worker, "BEAT_SECONDS", 0.01)
    reached, run = threading.Event(), ask()

    def learn(_model, _data, progress):
        launch.cancel(space, run.run_id)
        for _ in range(500):
            reached.wait(0.01)
            progress(0.5, verbatim("goes on"))

    monkeypatch.setattr(Popular, "_learn", learn)
    work()
    found = find_run(space, run.run_id)
    assert (found.state, found.kind, found.error, found.resumable) == ("cancelled", "", None, True)
    with pytest.raises(WorkspaceError, match="is cancelled: only a run that waits or runs can be cancelled"):
        launch.cancel(space, run.run_id)
    assert launch.resume(space, run.run_id).resumed


def test_a_run_that_waits_says_for_whom_and_can_be_cancelled(space, ask, started, monkeypatch):
    monkeypatch.setattr("recsys_core.runs.life.queueing.os.cpu_count", lambda: 1)
    monkeypatch.setattr(worker, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(worker, "_WAIT_SECONDS", 0.01)
    first, second = ask(), ask(RecentPopularSettings())
    waiting = threading.Thread(target=worker.work, args=(space, *started[1]))
    waiting.start()
    waits = message("progress-run-waits", models=("popular",))
    while (found := find_run(space, second.run_id)).message != waits:
        assert found.state == "queued"
    assert words(waits) == "waits for popular to finish"
    launch.cancel(space, second.run_id)
    waiting.join()
    assert find_run(space, second.run_id).state == "cancelled"
    worker.work(space, *started[0])
    assert find_run(space, first.run_id).state == "finished"


def test_a_step_that_cannot_be_asked_to_stop_is_ended(space, ask, work, monkeypatch):
    ended = threading.Event()
    monkeypatch.setattr(worker, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(worker, "GRACE_SECONDS", 0.02)
    monkeypatch.setattr(worker.os, "_exit", lambda _code: ended.set())
    run = ask()

    def learn(*_):
        launch.cancel(space, run.run_id)
        assert ended.wait(10)

    monkeypatch.setattr(Popular, "_learn", learn)
    work()
    assert find_run(space, run.run_id).state == "cancelled"


def test_a_superseded_attempt_does_nothing(space, ask, work, started, monkeypatch):
    run = ask()
    registry(space).end(run.run_id, 1, "cancelled")
    ask()
    monkeypatch.setattr(Popular, "_learn", lambda *_: pytest.fail("learnt"))
    worker.work(space, run.run_id, 1)
    assert find_run(space, run.run_id).state == "queued"


def test_half_a_model_never_counts(space, ask, work, started, monkeypatch):
    def save(_model, folder):
        (folder / "model.json").write_text("{}")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Recommender, "save", save)
    run = ask()
    work()
    folder = run_folder(space, run.run_id)
    assert not (folder / "model").exists()
    failed = find_run(space, run.run_id)
    assert failed.kind == "run-disk-full"
    assert words(failed.error).startswith("The disk is full: no more could be written. Delete what")


def test_a_finished_run_whose_folder_is_gone_is_trained_again(space, ask, work, started):
    run = ask()
    work()
    (run_folder(space, run.run_id) / "model" / "model.json").unlink()
    assert finished_runs(space, run.dataset_id) == ()
    assert ask().resumed
    work()
    assert ask().cached


def test_a_test_file_that_changed_meanwhile_is_refused(space, dataset, ask, work):
    path = space.home / "test.csv"
    path.write_text("user_id,item_id\n")
    run = ask(split=SplitSettings(method="file", test_file=str(path)))
    path.write_text("user_id,item_id\nuser-1,item-1\n")
    work()
    failed = find_run(space, run.run_id)
    assert failed.kind == "test-file-changed"
    assert "is not what it was when this run was asked for. Train again" in words(failed.error)


def test_time_left_is_at_the_pace_since_this_start(space, ask, started):
    run, book = ask(), registry(space)
    book.enter(run.run_id, 1)
    assert find_run(space, run.run_id).eta_seconds is None
    book.tell(run.run_id, 1, 0.5, verbatim("resumed in the middle"))
    assert find_run(space, run.run_id).eta_seconds is None
    with book._writing() as db:
        db.execute("UPDATE runs SET first_time = first_time - 10")
    book.tell(run.run_id, 1, 0.75, verbatim("on"))
    assert find_run(space, run.run_id).eta_seconds == pytest.approx(10, abs=0.5)
    assert np.isclose(find_run(space, run.run_id).share, 0.75)


def test_runs_that_there_are_not(space, dataset):
    unknown = "popular-0123456789abcdef"
    assert list_runs(space, dataset.dataset_id) == ()
    assert (log_tail(space, unknown), figures(space, unknown)) == ((), ())
    with pytest.raises(WorkspaceError, match=f"The workspace holds no run '{unknown}'. `runs DATASET` lists"):
        launch.resume(space, unknown)
    with pytest.raises(WorkspaceError, match="'../../key' is no id of a run"):
        log_tail(space, "../../key")


def test_a_run_without_its_settings_cannot_be_resumed(space, ask, started):
    run = ask()
    registry(space).end(run.run_id, 1, "failed", error=verbatim("No."))
    (run_folder(space, run.run_id) / "settings.json").write_text("{")
    with pytest.raises(
        WorkspaceError,
        match=r"is missing or damaged. Delete the run with .* and train the model again",
    ):
        launch.resume(space, run.run_id)


def test_settings_under_another_version_make_another_run(space, ask, started):
    run = ask()
    registry(space).end(run.run_id, 1, "failed", error=verbatim("No."))
    with registered(replace(card_of("popular"), version=2)):
        again = launch.resume(space, run.run_id)
    assert (again.model, again.resumed) == ("popular", False)
    assert again.run_id != run.run_id


def test_a_registry_that_is_busy_for_a_moment_ends_no_run(space, ask, started, monkeypatch, capfd):
    monkeypatch.setattr(worker, "BEAT_SECONDS", 0.01)
    run, book, told = ask(), registry(space), threading.Event()

    def beat(*_):
        told.set()
        raise WorkspaceError("registry-not-usable", path="registry.sqlite", reason="database is locked")

    monkeypatch.setattr(book, "beat", beat)
    with worker.Attempt(book, run.run_id, 1) as attempt:
        assert told.wait(10)
        attempt.check()
    assert "cannot be used: database is locked." in capfd.readouterr().out

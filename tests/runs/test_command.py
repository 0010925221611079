"""The commands train, runs and cancel, in the test's own process."""

import json

import pytest

from recsys_core import __main__ as command_line
from recsys_core.runs import command, launch, worker
from recsys_core.runs.run import find_run, registry
from recsys_core.settings import StudySettings


@pytest.fixture
def call(space, capfd):
    """Run a command; returns the exit code, standard output and standard error."""

    def run(*arguments):
        code = command_line.main([*arguments, "--workspace", str(space.home)])
        shown = capfd.readouterr()
        return code, shown.out, shown.err

    return run


@pytest.fixture
def inline(space, monkeypatch):
    """Runs are carried out at once, in this process."""
    monkeypatch.setattr(
        launch, "_start_process", lambda _book, _folder, plan, number: worker.work(space, plan.run_id, number)
    )


def test_train_prints_one_object_and_is_cached_the_second_time(call, dataset, inline, monkeypatch):
    monkeypatch.setattr(worker, "print", lambda *_, **__: None, raising=False)
    options = ["train", dataset.dataset_id, "--model", "recent-popular", "--set", "window_days=3", "--json", "--wait"]
    code, out, _ = call(*options)
    first = json.loads(out)
    assert (code, first["state"], first["cached"], first["resumed"]) == (0, "finished", False, False)
    assert first["run_id"].startswith("recent-popular-")
    assert {"ndcg", "recall", "coverage"} <= set(first["metrics"])
    code, out, _ = call(*options)
    assert json.loads(out) | {"cached": False} == first
    code, out, _ = call("train", dataset.dataset_id, "--model", "recent-popular", "--set", "window_days=3")
    assert out.startswith(f"{first['run_id']}  finished earlier, ")
    code, out, _ = call("runs", dataset.dataset_id, "--json")
    assert [run["run_id"] for run in json.loads(out)["runs"]] == [first["run_id"]]


def test_a_failure_is_told_with_the_end_of_the_log(call, dataset, started, monkeypatch, space):
    call("train", dataset.dataset_id, "--model", "popular")

    def end(_space, run, _say):
        registry(space).end(run.run_id, 1, "failed", error="The loss ran away.")
        return find_run(space, run.run_id)

    monkeypatch.setattr(launch, "follow", end)
    folder = space.home / "runs" / started[0][0]
    (folder / "log.txt").write_text("first\nlast\n")
    code, out, err = call("train", dataset.dataset_id, "--model", "popular", "--wait", "--json")
    assert (code, out) == (1, "")
    assert err.endswith("failed. The loss ran away.\nThe end of its log:\nfirst\nlast\n")
    code, out, err = call("train", dataset.dataset_id, "--model", "popular")
    assert "is started again; it goes on from its last checkpoint" in err
    assert out.endswith("queued  0% starts again\n")


def test_an_interrupted_wait_leaves_the_run_running(call, dataset, started, monkeypatch):
    monkeypatch.setattr(launch.time, "sleep", lambda _seconds: (_ for _ in ()).throw(KeyboardInterrupt))
    code, out, err = call("train", dataset.dataset_id, "--model", "popular", "--wait")
    assert (code, out) == (130, "")
    assert err.splitlines()[-1] == f"{started[0][0]} goes on without this command. `cancel {started[0][0]}` stops it."


def test_cancel_waits_for_the_end(call, dataset, started, space, monkeypatch):
    call("train", dataset.dataset_id, "--model", "popular")
    run_id = started[0][0]
    monkeypatch.setattr(launch.time, "sleep", lambda _seconds: registry(space).end(run_id, 1, "cancelled"))
    assert call("cancel", run_id) == (0, f"{run_id}  cancelled\n", "")
    assert call("cancel", run_id)[2].startswith(f"{run_id} is cancelled: only a run that waits or runs")
    assert call("runs", dataset.dataset_id)[1] == f"{run_id}  cancelled\n"


def test_no_runs_yet(call, dataset):
    assert call("runs", dataset.dataset_id)[1] == "no runs yet\n"
    assert call("runs", "nothing")[0] == 1


def test_settings_reach_their_stages():
    asked = command.train_request(
        StudySettings(), "bpr", ["seed=4", "factors=8", "method=random", "landmark_days=7", "inactivity_days=9"]
    )
    assert (asked.model.seed, asked.model.factors, asked.split.seed, asked.split.method) == (4, 8, 4, "random")
    assert (asked.retention.landmark_days, asked.retention.inactivity_days) == (7, 9)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "gru"], "There is no model 'gru'. The models are: popular, recent-popular,"),
        (["--model", "popular", "--set", "colour=red"], "--set colour=red is not field=value with one of: events,"),
        (["--model", "popular", "--set", "horizon_days=9"], "--set horizon_days=9 is not field=value with one of"),
        (["--model", "ease", "--set", "regularisation=no"], "ease.regularisation is 'no', but it must be a number"),
        (["--model", "popular", "--set", "test_from=then"], "split.test_from is 'then'; write it as 2026-08-27"),
        (["--model", "popular", "--set", "events=buy"], "split.events names 'buy', which the log does not have"),
    ],
)
def test_what_cannot_be_trained_is_one_sentence(call, dataset, started, arguments, words):
    code, out, err = call("train", dataset.dataset_id, *arguments)
    assert (code, out, started) == (1, "", [])
    assert words in err
    assert err.count("\n") == 1

"""The commands train, runs and cancel, in the test's own process."""

import json

import pytest

from recsys_core import __main__ as command_line
from recsys_core.answers import message
from recsys_core.runs.life.run import find_run, registry
from recsys_core.runs.start import launch, run_commands, worker
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
        failure = message("error-run-unexpected", exception="ValueError: odd")
        registry(space).end(run.run_id, 1, "failed", error=failure)
        return find_run(space, run.run_id)

    monkeypatch.setattr(launch, "follow", end)
    folder = space.home / "runs" / started[0][0]
    (folder / "log.txt").write_text("first\n  last\n")
    code, out, err = call("train", dataset.dataset_id, "--model", "popular", "--wait", "--json")
    assert (code, json.loads(out)["error"]["kind"]) == (1, "run-not-finished")
    assert err.endswith("failed. ValueError: odd. The log holds the whole story.\nThe end of its log:\nfirst\n  last\n")
    code, out, err = call("train", dataset.dataset_id, "--model", "popular")
    assert "is started again; it goes on from its last checkpoint" in err
    assert out.endswith("queued  0 % starts again\n")
    (run,) = json.loads(call("runs", dataset.dataset_id, "--json")[1])["runs"]
    assert (run["message"], run["doing"]["code"]) == ("starts again", "progress-run-resumes")
    (ended,) = run["history"]
    assert (ended["state"], ended["kind"]) == ("failed", "run-unexpected")
    assert ended["reason"] == "ValueError: odd. The log holds the whole story."
    assert ended["failure"]["exception"] == "ValueError: odd"


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
    asked = run_commands.train_request(
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


def test_train_says_what_changed_against_the_nearest_run(call, dataset, inline, monkeypatch):
    monkeypatch.setattr(worker, "print", lambda *_, **__: None, raising=False)
    options = ["train", dataset.dataset_id, "--model", "recent-popular", "--wait", "--set"]
    assert "Not from the cache" not in call(*options, "window_days=3")[2]
    assert (
        "Not from the cache: window was 3 days, is 2.5 days (against recent-popular-"
        in call(*options, "window_days=2.5")[2]
    )
    assert "Not from the cache" not in call(*options, "window_days=3")[2]


def test_the_cache_is_listed_pinned_and_deleted(call, dataset, inline, monkeypatch, tmp_path):
    monkeypatch.setattr(worker, "print", lambda *_, **__: None, raising=False)
    first, second = (
        json.loads(
            call("train", dataset.dataset_id, "--model", "recent-popular", "--set", f"window_days={days}", "--json")[1]
        )["run_id"]
        for days in (3, 4)
    )
    found = json.loads(call("cache", "--json")[1])
    assert {run["run_id"] for run in found["runs"]} == {first, second}
    assert found["bytes"]["runs"] == sum(run["bytes"] for run in found["runs"]) > 0
    assert "2 runs, " in call("cache", "list")[1]
    assert json.loads(call("cache", "pin", first, "--json")[1])["pinned"] is True
    assert call("cache", "delete", first)[0] == 1
    assert call("cache", "room", "9000TB")[1].splitlines()[0] == "Would be deleted, the least recently used first:"
    assert json.loads(call("cache", "room", "1kB", "--json")[1])["runs"] == []
    assert json.loads(call("cache", "room", "9000 TB", "--yes", "--json")[1])["enough"] is False
    assert [run["run_id"] for run in json.loads(call("cache", "--json")[1])["runs"]] == [first]
    assert call("cache", "unpin", first)[1] == f"{first} is not pinned: it may be deleted\n"
    out = tmp_path / "run.zip"
    made = json.loads(call("export-run", first, "--out", str(out), "--json")[1])
    assert (made["bytes"], made["left_out"]) == (out.stat().st_size, [])
    assert json.loads(call("import-run", str(out), "--json")[1])["cached"] is True
    assert call("cache", "delete", first)[1].startswith(f"{first} is deleted, ")
    back = json.loads(call("import-run", str(out), "--json")[1])
    assert (back["run_id"], back["state"], back["cached"]) == (first, "finished", False)
    assert call("import-run", str(tmp_path / "none.zip"))[0] == 1
    assert call("cache", "delete", "embeddings")[1] == "embeddings and tokens are deleted, 0 bytes are free again\n"


def test_differences_of_two_runs(call, dataset, started):
    first, second = (
        json.loads(
            call("train", dataset.dataset_id, "--model", "ease", "--set", f"regularisation={value}", "--json")[1]
        )["run_id"]
        for value in (300, 50)
    )
    assert call("differences", first, second)[1] == "Regularisation: 300 -> 50\n"
    assert json.loads(call("differences", first, second, "--json")[1])["differences"] == [
        {"field": "regularisation", "what": "Regularisation", "first": "300", "second": "50"}
    ]
    assert call("differences", first, first)[1] == "Nothing: they are the same run.\n"
    assert call("differences", first, "ease-0000000000000000")[0] == 1


@pytest.mark.parametrize("arguments", [["pin"], ["room"], ["list", "this"], ["burn"]])
def test_wrong_usage_of_cache_leaves_with_2(call, arguments):
    with pytest.raises(SystemExit) as left:
        call("cache", *arguments)
    assert left.value.code == 2


def test_a_size_is_told_as_it_should_be(call, space):
    assert "'much' is no size. Give bytes, or a number with its unit" in call("cache", "room", "much")[2]

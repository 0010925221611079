"""Which runs a study compares; training happens in this process."""

from dataclasses import replace

import pytest

from recsys_core.answers import message, verbatim
from recsys_core.errors import DataError, SettingsError
from recsys_core.runs.life.run import list_runs, registry
from recsys_core.runs.start import launch, run_comparison, worker
from recsys_core.settings import CompareSettings, EaseSettings, RetentionSettings, StudySettings
from recsys_core.steps import Steps
from tests.runs.conftest import RETENTION
from tests.runs.reading import words

STUDY = StudySettings(retention=RETENTION, compare=CompareSettings(resamples=100))


@pytest.fixture
def at_once(space, monkeypatch):
    """Every run is done as soon as it is asked for."""
    monkeypatch.setattr(
        launch, "_start_process", lambda _book, _folder, plan, number: worker.work(space, plan.run_id, number)
    )


@pytest.fixture
def waiting(monkeypatch):
    monkeypatch.setattr(launch, "_start_process", lambda *_args: None)


def named(*models):
    return replace(STUDY, compare=STUDY.compare.changed({"models": models}))


def models_of(runs):
    return [run.model for run in runs]


def test_named_models_and_the_baseline_are_trained_first(space, dataset, at_once):
    told = []
    runs = run_comparison.train_missing(space, dataset, named("popular"), told.append)
    assert models_of(runs) == ["popular", "recent-popular"]
    assert told[0] == message("progress-run-needed-first", model="popular", place="split")
    assert words(told[0]) == "popular has no finished run on this split: it is trained first"
    found = Steps(space).comparison([run.run_id for run in runs], STUDY.compare)
    assert {model.name for model in found.models} == {"popular", "recent-popular"}


def test_what_is_finished_is_not_trained_again(space, dataset, at_once):
    first = run_comparison.train_missing(space, dataset, named("popular"))
    again = run_comparison.train_missing(space, dataset, STUDY)
    assert [run.run_id for run in again] == [run.run_id for run in first]


def test_nothing_trained_and_nothing_named_is_said(space, dataset):
    with pytest.raises(
        SettingsError, match=r"No model is trained on this split yet.* `train .* --model item-knn --wait`"
    ):
        run_comparison.train_missing(space, dataset, STUDY)


def test_a_model_that_fails_is_told_with_its_reason(space, dataset, monkeypatch):
    def fail(book, _folder, plan, number):
        failure = message("error-run-out-of-memory", exception="MemoryError")
        book.end(plan.run_id, number, "failed", error=failure)

    monkeypatch.setattr(launch, "_start_process", fail)
    with pytest.raises(
        DataError, match=r"ease-\w+ failed. There was not enough memory \(MemoryError\). .* `runs \w+` says more"
    ) as raised:
        run_comparison.train_missing(space, dataset, named("ease"))
    assert raised.value.kind == "needed-run-not-finished"


def test_of_two_runs_of_a_model_the_latest_counts(space, dataset, at_once, ask):
    ask(EaseSettings(regularisation=1.0))
    latest = ask(EaseSettings(regularisation=2.0))
    (run,) = run_comparison.comparable_runs(space, dataset, STUDY)
    assert run.run_id == latest.run_id


def test_runs_on_another_split_are_not_compared(space, dataset, at_once, ask):
    ask()
    assert models_of(run_comparison.comparable_runs(space, dataset, STUDY)) == ["popular"]
    other = STUDY.changed("split", {"method": "leave-last-out"})
    assert run_comparison.comparable_runs(space, dataset, other) == ()


def test_only_named_models_and_the_baseline_are_listed(space, dataset, at_once):
    run_comparison.train_missing(space, dataset, named("popular", "ease"))
    assert models_of(run_comparison.comparable_runs(space, dataset, named("ease"))) == ["ease", "recent-popular"]


def test_runs_that_wait_are_active(space, dataset, waiting, ask):
    run = ask()
    assert models_of(run_comparison.active_runs(space, dataset, STUDY)) == ["popular"]
    registry(space).end(run.run_id, 1, "failed", error=verbatim("no"))
    assert run_comparison.active_runs(space, dataset, STUDY) == ()


def test_the_baseline_is_started_once(space, dataset, waiting):
    assert run_comparison.start_baseline(space, dataset, STUDY).model == "recent-popular"
    assert run_comparison.start_baseline(space, dataset, STUDY) is None
    assert models_of(list_runs(space, dataset.dataset_id)) == ["recent-popular"]


def test_options_and_assignments_change_every_stage_that_has_the_field():
    found = run_comparison.compare_request(
        STUDY, {"models": "ease,popular", "k": "5"}, ["seed=7", "method=random", "inactivity_days=9"]
    )
    assert (found.compare.models, found.compare.k) == (("ease", "popular"), 5)
    assert (found.compare.seed, found.split.seed, found.split.method) == (7, 7, "random")
    assert found.retention == RetentionSettings(inactivity_days=9)


@pytest.mark.parametrize("assignment", ["speed=3", "k"])
def test_assignments_that_are_refused(assignment):
    with pytest.raises(SettingsError, match=f"--set {assignment} is not field=value with one of: arm_models, events"):
        run_comparison.compare_request(STUDY, {}, [assignment])

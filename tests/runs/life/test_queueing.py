"""How many run at once, in which order, on which GPU."""

import os
from dataclasses import replace

import pytest

from recsys_core.errors import SettingsError
from recsys_core.models.cards import card_of, registered
from recsys_core.models.popular import Popular
from recsys_core.runs.life import queueing
from recsys_core.runs.life.run import find_run
from recsys_core.runs.life.run_registry import Registry
from recsys_core.settings import StudySettings
from tests.runs.life.test_run_registry import change, entry


@pytest.fixture
def book(tmp_path):
    return Registry(tmp_path / "runs")


def heavy(digit, priority=0):
    made = entry("bi-encoder", digit, heavy=True)
    return type(made)(**{**vars(made), "priority": priority})


def test_a_higher_priority_goes_first_then_who_was_queued_first(book):
    runs = [heavy("1"), heavy("2"), heavy("3", 5), heavy("4", 5), heavy("5", -1)]
    for run in runs:
        book.claim(run)
    order = []
    while waiting := [run for run in runs if run not in order]:
        (entered,) = [run for run in waiting if book.enter(run.run_id, 1) == ()]
        order.append(entered)
        book.end(entered.run_id, 1, "finished")
    assert "".join(run.run_id[-1] for run in order) == "34125"


def test_asking_again_with_a_higher_priority_moves_a_waiting_run_forward(book):
    for run in (heavy("1"), heavy("2"), heavy("2", 3), heavy("2", 1)):
        book.claim(run)
    assert book.row(heavy("2").run_id)["priority"] == 3
    assert book.enter(heavy("1").run_id, 1) == ("bi-encoder",)
    assert book.enter(heavy("2").run_id, 1) == ()


def test_as_many_heavy_runs_as_the_environment_says(book, monkeypatch):
    monkeypatch.setenv("STAYING_POWER_RUNS", "2")
    for digit in "123":
        book.claim(heavy(digit))
    assert [book.enter(heavy(digit).run_id, 1) for digit in "123"] == [(), (), ("bi-encoder", "bi-encoder")]
    monkeypatch.setattr(queueing.os, "cpu_count", lambda: 8)
    assert queueing.threads() == 4


@pytest.mark.parametrize("value", ["0", "many", "-1", "1.5", ""])
def test_a_number_of_runs_that_is_none_is_refused_before_anything_is_entered(ask, started, monkeypatch, value):
    monkeypatch.setenv("STAYING_POWER_RUNS", value)
    with pytest.raises(SettingsError, match=f"STAYING_POWER_RUNS is '{value}'; it must be a whole number, 1 or more"):
        ask()
    assert started == []


def test_each_gpu_is_leased_to_one_run(book, monkeypatch):
    monkeypatch.setattr(queueing, "devices", lambda: ("0", "1"))
    for digit in "123":
        book.claim(heavy(digit))
    assert [book.enter(heavy(digit).run_id, 1) for digit in "123"] == [(), (), ("bi-encoder", "bi-encoder")]
    assert [book.device(heavy(digit).run_id) for digit in "123"] == ["0", "1", ""]
    change(book, "boot = 'an earlier one' WHERE device = '0'")  # it dies
    assert book.enter(heavy("3").run_id, 1) == ()
    assert book.device(heavy("3").run_id) == "0"
    assert book.beat(heavy("1").run_id, 1) == "over", "one taken for dead cannot come back to a GPU that is leased"


def test_a_worker_sees_its_gpu_alone(space, ask, work, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,GPU-5f1c")
    seen = []
    monkeypatch.setattr(Popular, "_learn", lambda *_: seen.append(os.environ["CUDA_VISIBLE_DEVICES"]))
    with registered(replace(card_of("popular"), needs=frozenset({"torch"}))):
        run = ask()
        work()
    assert seen == ["3"]
    assert find_run(space, run.run_id).device == "3"


def test_gpus_are_counted_without_torch(tmp_path, monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    for lines, found in (("GPU 0: A (UUID: GPU-1)\n  MIG 1g: x\nGPU 1: A (UUID: GPU-2)", ("0", "1")), ("", ())):
        (tmp_path / "nvidia-smi").write_text(f"#!/bin/sh\necho '{lines}'\n")
        (tmp_path / "nvidia-smi").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
        queueing._gpus.cache_clear()
        assert queueing.devices() == found
    (tmp_path / "nvidia-smi").unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(queueing, "_GPUS", tmp_path / "gpus")
    queueing._gpus.cache_clear()
    assert queueing.devices() == ()
    (tmp_path / "gpus" / "0000:01:00.0").mkdir(parents=True)
    queueing._gpus.cache_clear()
    assert queueing.devices() == ("0",)
    queueing._gpus.cache_clear()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert queueing.devices() == ()


def test_a_study_says_its_priority(space, dataset, ask, started):
    assert StudySettings.from_dict({"train": {"priority": 4}}).train.priority == 4
    with pytest.raises(SettingsError, match=r"train.priority is 101"):
        StudySettings.from_dict({"train": {"priority": 101}})
    run = ask(priority=7)
    assert find_run(space, run.run_id).priority == 7

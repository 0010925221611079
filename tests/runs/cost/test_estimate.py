import pytest

from recsys_core.runs.cost.estimate import (
    Estimate,
    disk_of,
    estimate,
    megabytes,
    memory_of,
    seconds_beside_steps,
    shortfall,
    total,
    work_of,
)
from recsys_core.runs.life.run import registry
from recsys_core.settings import BiEncoderSettings, IalsSettings, ItemKnnSettings


def test_the_first_run_is_estimated_by_a_rule(space, dataset):
    found = estimate(space, dataset, ItemKnnSettings())
    assert found.basis == "by a rule of thumb"
    assert found.seconds == pytest.approx(4 + 1e-5 * dataset.rows)


def test_passes_and_pairs_take_time(dataset):
    assert work_of(dataset, IalsSettings(iterations=30)) > work_of(dataset, IalsSettings(iterations=15))
    trained, frozen = (work_of(dataset, BiEncoderSettings(frozen=frozen)) for frozen in (False, True))
    assert trained > frozen > work_of(dataset, ItemKnnSettings())
    assert work_of(dataset, BiEncoderSettings(epochs=2)) > trained


def test_later_runs_are_scaled_from_the_last_one(space, ask, started, dataset):
    run = ask(IalsSettings(iterations=10))
    book = registry(space)
    book.enter(run.run_id, 1)
    with book._writing() as db:
        db.execute("UPDATE runs SET started_clock = started_clock - 20, work = 8.0")
    book.end(run.run_id, 1, "finished")
    found = estimate(space, dataset, IalsSettings(iterations=10))
    assert found.seconds == pytest.approx(20 * work_of(dataset, IalsSettings(iterations=10)) / 8, rel=0.01)
    assert found.basis == "going by the last run of this model on this computer"
    assert estimate(space, dataset, ItemKnnSettings()).basis == "by a rule of thumb"


def test_memory_and_disk_grow_with_what_is_kept(dataset):
    assert memory_of(dataset, BiEncoderSettings(batch_size=128)) > memory_of(dataset, BiEncoderSettings(batch_size=8))
    assert memory_of(dataset, BiEncoderSettings(frozen=True)) < memory_of(dataset, BiEncoderSettings())
    assert memory_of(dataset, IalsSettings(factors=64)) > memory_of(dataset, IalsSettings(factors=8))
    assert disk_of(dataset, BiEncoderSettings()) > 500 > disk_of(dataset, ItemKnnSettings())


def test_evaluations_and_the_refit_take_time_beside_the_steps(dataset):
    few, many = (BiEncoderSettings(evaluations=n) for n in (1, 5))
    assert seconds_beside_steps(dataset, many, 1.0) > seconds_beside_steps(dataset, few, 1.0)
    without = BiEncoderSettings(evaluations=1, refit=False)
    assert seconds_beside_steps(dataset, without, 1.0) < seconds_beside_steps(dataset, few, 1.0)


def test_heavy_runs_take_turns_with_the_memory():
    light, heavy = Estimate(10, 300, 5, "a"), Estimate(100, 2000, 900, "a")
    both = total([light, heavy, heavy], [False, True, True])
    assert (both.seconds, both.memory_mb, both.disk_mb, both.basis) == (210, 2300, 1805, "a")
    assert total([light, Estimate(1, 1, 1, "b")], [False, False]).basis.startswith("from measurements")


def test_what_does_not_fit_is_said_with_what_to_change(space):
    model = BiEncoderSettings(batch_size=64)
    assert shortfall(space, model, Estimate(1, 10, 1, "a")) == ""
    said = shortfall(space, model, Estimate(1, 1e9, 1, "a"))
    assert "needs about 1000000.0 GB of memory" in said
    assert "Lower its batch size to 32, or close other programs." in said
    assert "Lower its factors" in shortfall(space, IalsSettings(), Estimate(1, 1e9, 1, "a"))
    assert "needs about 1000000.0 GB of disk" in shortfall(space, model, Estimate(1, 1, 1e9, "a"))
    assert "8.0 GB are free" in shortfall(space, model, Estimate(1, 9000, 1, "a", device_mb=8000))


def test_amounts_are_told_in_their_unit():
    assert [megabytes(value) for value in (0.2, 310.4, 999.6, 6400)] == ["1 MB", "310 MB", "1.0 GB", "6.4 GB"]

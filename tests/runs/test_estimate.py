import pytest

from recsys_core.runs.estimate import estimate, work_of
from recsys_core.runs.run import registry
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

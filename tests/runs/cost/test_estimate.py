import pytest

from recsys_core.answers import message
from recsys_core.models.cards import card_of, registered
from recsys_core.runs.cost.estimate import LAST, RULE, Estimate, estimate, shortfall, total, work_of
from recsys_core.runs.life.disk_room import needed_bytes
from recsys_core.runs.life.run import registry
from recsys_core.settings import BiEncoderSettings, IalsSettings, ItemKnnSettings
from recsys_core.wording.sentences import say
from tests.toys import TOY, ToySettings

OTHER = message("basis-several")


def cost(dataset, model):
    return card_of(model.stage).cost(dataset, model)


def test_the_first_run_is_estimated_by_a_rule(space, dataset):
    found = estimate(space, dataset, ItemKnnSettings())
    assert found.basis == RULE
    assert say(found.basis) == "by a rule of thumb"
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
    assert found.basis == LAST
    assert say(found.basis) == "going by the last run of this model on this computer"
    assert estimate(space, dataset, ItemKnnSettings()).basis == RULE


def test_memory_and_disk_grow_with_what_is_kept(dataset):
    def memory(model):
        return cost(dataset, model).memory_mb

    assert memory(BiEncoderSettings(batch_size=128)) > memory(BiEncoderSettings(batch_size=8))
    assert memory(BiEncoderSettings(frozen=True)) < memory(BiEncoderSettings())
    assert memory(IalsSettings(factors=64)) > memory(IalsSettings(factors=8))
    tuned, plain = (cost(dataset, model).disk_bytes / 1e6 for model in (BiEncoderSettings(), ItemKnnSettings()))
    assert tuned > 500 > plain


def test_evaluations_and_the_refit_take_time_beside_the_steps(dataset):
    few, many = (cost(dataset, BiEncoderSettings(evaluations=n)).beside_seconds for n in (1, 5))
    without = cost(dataset, BiEncoderSettings(evaluations=1, refit=False)).beside_seconds
    assert many > few > without


def test_a_neural_model_without_the_options_of_the_bi_encoder_has_all_estimates(space, dataset):
    """It has batch_size and max_pairs, and no `frozen`: five of six estimates once raised KeyError."""
    model = ToySettings()
    assert "frozen" not in model.to_dict()
    with registered(TOY):
        takes = estimate(space, dataset, model)
        assert (takes.basis, work_of(dataset, model)) == (RULE, takes.seconds)
        assert needed_bytes(dataset, model) == takes.disk_mb * 1e6
        assert cost(dataset, model).step_seconds > 0
        assert cost(dataset, model).beside_seconds > 0
        lack = shortfall(space, model, Estimate(1, 1e9, 1, RULE, smaller=takes.smaller))
    assert lack.values["relief"] == message("relief-lower", option="Batch size", value=32)


def test_heavy_runs_take_turns_with_the_memory():
    light, heavy = Estimate(10, 300, 5, RULE), Estimate(100, 2000, 900, RULE)
    both = total([light, heavy, heavy], [False, True, True])
    assert (both.seconds, both.memory_mb, both.disk_mb, both.basis) == (210, 2300, 1805, RULE)
    mixed = total([light, Estimate(1, 1, 1, LAST)], [False, False])
    assert mixed.basis == OTHER
    assert say(mixed.basis).startswith("from measurements")


def test_what_does_not_fit_is_said_with_what_to_change(space):
    model, batch, factors = BiEncoderSettings(batch_size=64), {"smaller": "batch_size"}, {"smaller": "factors"}
    assert shortfall(space, model, Estimate(1, 10, 1, RULE)) is None
    lack = shortfall(space, model, Estimate(1, 1e9, 1, RULE, **batch))
    assert (lack.code, lack.values["needed"]) == ("memory-short", 1e15)
    assert "needs about 1000000.0 GB of memory" in say(lack)
    assert "Lower its batch size to 32, or close other programs." in say(lack)
    lack = shortfall(space, IalsSettings(), Estimate(1, 1e9, 1, RULE, **factors))
    assert "Lower its factors" in say(lack)
    assert lack.values["relief"].values["value"] == 16
    least = shortfall(space, BiEncoderSettings(batch_size=2), Estimate(1, 1e9, 1, RULE, **batch))
    assert least.values["relief"].code == "relief-other-model"
    lack = shortfall(space, model, Estimate(1, 1, 1e9, RULE))
    assert lack.code == "disk-short"
    assert "needs about 1000000.0 GB of disk" in say(lack)
    assert "8.0 GB are free" in say(shortfall(space, model, Estimate(1, 9000, 1, RULE, device_mb=8000)))

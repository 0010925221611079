"""A model that is new takes a class and a card: everything else goes by the card."""

import json
import shutil

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from recsys_core.charts import theme
from recsys_core.errors import SettingsError
from recsys_core.evaluation.compare import compare
from recsys_core.models.base import Cancelled
from recsys_core.models.cards import card_of, registered
from recsys_core.models.registry import load_model
from recsys_core.runs.cost.estimate import RULE, estimate
from recsys_core.runs.cost.measure_run import measure
from recsys_core.runs.life.keys import inputs_of, plan_run
from recsys_core.runs.life.run import find_run, plan_of, registry, run_folder
from recsys_core.runs.start import launch, worker
from recsys_core.runs.start.affinity_runs import default_pair
from recsys_core.settings import (
    CompareSettings,
    EaseSettings,
    ItemKnnSettings,
    PopularSettings,
    SplitSettings,
    StudySettings,
)
from recsys_core.steps import Steps
from tests.pages.conftest import APP
from tests.pages.reading import button, html_of, text_of
from tests.runs.conftest import RETENTION
from tests.toys import RERANKER, TOY, Reranker, RerankerSettings, ToySettings

FAST = ToySettings(batch_size=8, epochs=3, learning_rate=0.05, max_pairs=200)


@pytest.fixture(autouse=True)
def toys():
    with registered(TOY), registered(RERANKER):
        yield


@pytest.fixture
def finished(ask, work, space):
    """Train a model in this process; the run."""

    def train(model, **options):
        run = ask(model, **options)
        work()
        return find_run(space, run.run_id)

    return train


def test_a_neural_model_trains_is_cached_and_compared(space, dataset, finished, ask):
    run = finished(FAST)
    assert (run.state, run.model) == ("finished", "toy")
    assert ask(FAST).cached
    assert {"torch", "transformers", "code"} == set(plan_of(space, run.run_id).key["versions"])
    runs = [run, *(finished(model) for model in (PopularSettings(), ItemKnnSettings()))]
    found = compare(Steps(space).evaluations([run.run_id for run in runs]), CompareSettings(resamples=100))
    assert {model.name for model in found.models} == {"toy", "popular", "item-knn"}
    folder = run_folder(space, run.run_id) / "model"
    np.testing.assert_array_equal(load_model(folder).scores(np.arange(5)), load_model(folder).table[:5])
    assert default_pair(["popular", "toy", "item-knn"]) == ("toy", "item-knn")
    assert theme.family_of("toy") == "sequence"


def test_it_learns_what_it_is_shown(space, dataset, finished):
    from recsys_core.runs.life.run import figures

    run = finished(FAST.changed({"refit": False, "patience": 100}))
    losses = [point["loss"] for point in figures(space, run.run_id) if "loss" in point]
    assert len(losses) > 20
    assert np.mean(losses[-5:]) < np.mean(losses[:5])


def test_it_is_resumed_from_its_checkpoint(space, dataset, ask, work, finished, monkeypatch):
    """Cancelled in the middle and taken up again, it ends with the weights of one that nobody disturbed."""
    whole = finished(FAST)
    table = load_model(run_folder(space, whole.run_id) / "model").table
    shutil.rmtree(run_folder(space, whole.run_id))
    real = worker.RunProgress.__call__

    def stops(self, share, message, figures=None):
        real(self, share, message, figures)
        if figures and figures.get("step") == 9 and "loss" in figures:
            raise Cancelled

    with monkeypatch.context() as patch:
        patch.setattr(worker.RunProgress, "__call__", stops)
        assert finished(FAST).state == "cancelled"
    assert list(run_folder(space, whole.run_id).rglob("checkpoint-*"))
    assert finished(FAST).state == "finished"
    np.testing.assert_array_equal(load_model(run_folder(space, whole.run_id) / "model").table, table)


def test_it_is_estimated_by_its_card_and_measured(space, dataset):
    takes, cost = estimate(space, dataset, ToySettings()), card_of("toy").cost(dataset, ToySettings())
    assert (takes.basis, takes.seconds, takes.memory_mb) == (RULE, cost.seconds, cost.memory_mb)
    assert takes.smaller == "batch_size"
    at = launch.resolved_split_time(space, dataset, SplitSettings(), RETENTION)
    found = measure(space, plan_run(dataset, FAST, SplitSettings(), at))
    assert found.basis.code == "measured-batches"
    assert found.seconds > 0


@pytest.fixture
def train_page(space, dataset, monkeypatch):
    """Open the page Train with its form, on the workspace of these tests."""
    from recsys_core.study import save_study

    save_study(dataset, StudySettings(title="A log").changed("retention", {"inactivity_days": 7}))
    monkeypatch.setenv("STAYING_POWER_HOME", str(space.home))

    def open_page(**query):
        st.cache_resource.clear()
        st.cache_data.clear()
        app = AppTest.from_file(str(APP), default_timeout=60).run()
        app.query_params.update(query)
        app.switch_page("pages/train.py").run()
        assert not app.exception
        return app

    yield open_page
    st.cache_resource.clear()
    st.cache_data.clear()


def test_the_train_page_shows_it(train_page, started):
    app = train_page(**{"toy.size": "4"})
    app = next(found for found in app.button if found.key == "open_train_form").click().run()
    assert not app.exception
    assert "The next item by the last one, through a bottleneck." in text_of(app)
    app = app.checkbox(key="train_toy").check().run()
    assert not app.exception
    assert app.number_input(key="toy.size").value == 4
    app = app.checkbox(key="train_popular").uncheck().run()
    app = button(app, "Start").click().run()
    assert not app.exception
    assert [run_id.rpartition("-")[0] for run_id, _ in started] == ["toy"]
    assert "sp-family-sequence" in html_of(app)


def test_settings_of_a_study_know_it():
    study = StudySettings.from_dict({"train": {"models": ["toy", "ease"]}, "models": {"toy": {"size": 3}}})
    assert study.models["toy"] == ToySettings(size=3)
    assert "size = 3" in study.to_toml()
    with pytest.raises(SettingsError, match="allowed are 'popular', .*'toy'"):
        StudySettings.from_dict({"train": {"models": ["unheard"]}})


# ---- a run on top of another -----------------------------------------------------------------------------------------


def test_a_run_builds_on_another_one(space, dataset, finished):
    first = finished(ItemKnnSettings())
    run = finished(RerankerSettings())
    assert run.state == "finished"
    plan, kept = plan_of(space, run.run_id), json.loads((run_folder(space, run.run_id) / "settings.json").read_text())
    assert inputs_of(plan.model) == {"first": first.run_id}
    assert plan.key["settings"]["first"] == kept["model"]["first"] == first.run_id
    shutil.rmtree(run_folder(space, first.run_id))  # it stands on its own from now on
    model = load_model(run_folder(space, run.run_id) / "model")
    assert model.inputs["first"].name == "item-knn"
    scores, before = model.scores(np.arange(9)), model.inputs["first"].scores(np.arange(9))
    best, old = (np.sort(np.argsort(-table, axis=1, kind="stable")[:, :6]) for table in (scores, before))
    np.testing.assert_array_equal(best, old)
    assert (np.argmax(scores, axis=1) != np.argmax(before, axis=1)).any()


def test_a_reranker_is_asked_for_the_candidates_alone(space, finished):
    finished(ItemKnnSettings())
    run = finished(RerankerSettings())
    model = load_model(run_folder(space, run.run_id) / "model")
    Reranker.asked.clear()
    candidates = np.arange(50)[:20].reshape(4, 5)
    assert model.scores(np.arange(4), candidates).shape == (4, 5)
    model.recommend(list(model.user_ids[:3]), 2, list(model.item_ids[:7]))
    assert Reranker.asked == [(4, 5), (3, 7)]


def test_what_it_builds_on_makes_another_run(dataset):
    def run_id(model, others=None):
        return plan_run(dataset, model, SplitSettings(), 1_777_000_000, others).run_id

    knn = RerankerSettings()
    assert run_id(knn) != run_id(RerankerSettings(first="popular"))
    other = {"item-knn": ItemKnnSettings(neighbours=7)}
    assert run_id(knn) != run_id(knn, other)
    assert run_id(knn) == run_id(RerankerSettings(first=run_id(ItemKnnSettings())))


def test_what_it_builds_on_has_to_be_there(space, ask, finished, started):
    with pytest.raises(SettingsError) as caught:
        ask(RerankerSettings())
    assert caught.value.kind == "input-not-finished"
    assert "Train that one first" in caught.value.advice
    assert started == []
    elsewhere = finished(EaseSettings(), split=SplitSettings(method="leave-last-out"))
    with pytest.raises(SettingsError) as caught:
        ask(RerankerSettings(first=elsewhere.run_id))
    assert caught.value.kind == "input-on-another-split"


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        ("", "input-no-run"),
        ("no-such-model", "input-no-run"),
        ("../evil", "input-no-run"),
        ("toy-reranker", "input-with-inputs"),
    ],
)
def test_what_it_builds_on_is_a_model_or_a_run(dataset, first, kind):
    with pytest.raises(SettingsError) as caught:
        plan_run(dataset, RerankerSettings(first=first), SplitSettings(), 1_777_000_000)
    assert caught.value.kind == kind


def test_a_run_that_vanished_meanwhile_fails_the_other(space, ask, work, finished):
    first = finished(ItemKnnSettings())
    run = ask(RerankerSettings())
    shutil.rmtree(run_folder(space, first.run_id) / "model")
    work()
    assert registry(space).row(run.run_id)["state"] == "failed"

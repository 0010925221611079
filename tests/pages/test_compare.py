"""The page Compare: nothing trained, models in training, and a comparison; training happens in this process."""

import pytest

from recsys_core.answers import verbatim
from recsys_core.data.dataset import Dataset
from recsys_core.runs.life.run import list_runs, registry
from recsys_core.runs.start import launch, worker
from recsys_core.settings import MODELS, RetentionSettings, SplitSettings
from tests.logs import arm_log
from tests.pages.reading import button, html_of, sentence_of, state_of, text_of

RETENTION = RetentionSettings(inactivity_days=7)


@pytest.fixture
def study(bring):
    return bring(arm_log({"popular": 0.02, "ease": 0.05}, users=120), inactivity_days=7, horizon_days=20)


@pytest.fixture
def train(space, study, monkeypatch):
    """Train a model at once; with `wait` it stays in the queue."""

    def run(model, *, wait=False):
        with monkeypatch.context() as patch:
            start = (lambda *_args: None) if wait else lambda _b, _f, plan, n: worker.work(space, plan.run_id, n)
            patch.setattr(launch, "_start_process", start)
            settings = RETENTION.changed({"horizon_days": 20})
            return launch.train(space, Dataset.open(space, study), MODELS[model](), SplitSettings(), settings).run_id

    return run


@pytest.fixture(autouse=True)
def started(space, monkeypatch):
    """Runs that the page itself starts; they stay in the queue."""
    found = []
    monkeypatch.setattr(launch, "_start_process", lambda _book, _folder, plan, _n: found.append(plan.run_id))
    return found


def test_without_models_one_button_leads_to_training(open_page, study, started):
    app = open_page("compare")
    assert "No model is trained on this log yet." in text_of(app)
    assert button(app, "Train models").proto.type == "primary"
    assert started == []


def test_models_in_training_are_named(open_page, study, train):
    train("ease", wait=True)
    assert "In training: ease 0 %. This page takes them in when they are ready." in text_of(open_page("compare"))


def test_the_baseline_is_trained_where_it_is_missing(open_page, space, study, train, started):
    train("ease")
    app = open_page("compare")
    assert [run_id.rsplit("-", 1)[0] for run_id in started] == ["recent-popular"]
    assert state_of(app) == "One model, no comparison"
    assert "Baseline warn, missing" in text_of(app)
    assert "In training: recent-popular" in text_of(app)
    registry(space).end(started[0], 1, "failed", error=verbatim("no"))
    open_page("compare")
    assert len(started) == 1, "one that failed is not started at every look"


def test_a_comparison_has_its_verdict_checks_and_tables(open_page, study, train):
    for model in ("popular", "recent-popular", "item-knn"):
        train(model)
    app = open_page("compare")
    text, html = text_of(app), html_of(app)
    assert state_of(app)
    assert "NDCG at 10" in text
    for said in (
        "Same users pass, for every model", "Baseline pass, included", "Ranking quality of three models",
        "Is it better than the best?", "p values corrected by Holm over all pairs of models",
        "Ranking well is not keeping users.", "Known items, new items, new users", "Short and long histories",
        "Example users", "How this was counted", "Sum of 1 / log2(rank + 1)",
    ):  # fmt: skip
        assert said in text
    assert "sp-shape-square" in html
    assert len(app.get("plotly_chart")) == 2, "one for the desk, one for the phone"
    assert len(app.tabs) == 5
    assert "No model" not in sentence_of(app)


def test_arms_named_like_models_stand_beside_them(open_page, study, train):
    for model in ("popular", "recent-popular", "ease"):
        train(model)
    text = text_of(open_page("compare"))
    assert "Offline quality and days kept" in text
    assert "In this study the model of the popular arm ranks" in text


def test_a_pair_that_is_none_is_said_on_the_card(open_page, study, train):
    for model in ("popular", "recent-popular"):
        train(model)
    app = open_page("compare", {"study": study, "compare.arm_models": "cf=popular"})
    assert "write arm=model with one of the arms ease, popular" in text_of(app)


def test_a_shorter_list_changes_every_figure(open_page, study, train):
    for model in ("popular", "recent-popular"):
        train(model)
    text = text_of(open_page("compare", {"study": study, "compare.k": "5"}))
    assert "NDCG at 5" in text
    assert "NDCG at 10" not in text


def test_a_split_that_is_not_possible_is_said(open_page, study):
    app = open_page("compare", {"study": study, "split.test_from": "1999-01-01"})
    assert "The models cannot be compared." in text_of(app)
    assert "outside the log" in text_of(app)


def test_an_evaluation_that_is_gone_is_said(open_page, space, study, train):
    train("popular")
    run_id = train("recent-popular")
    (space.home / "runs" / run_id / "evaluation" / "evaluation.json").unlink()
    app = open_page("compare")
    assert "holds no finished evaluation" in text_of(app)
    assert len(list_runs(space, study)) == 2

"""Affinity cohorts on the pages: refused with what to do, shown once two models are trained, never moved."""

import random
from datetime import timedelta

import pytest

from recsys_core.data.dataset import Dataset
from recsys_core.report.build import build_report
from recsys_core.runs.start import launch, worker
from recsys_core.settings import MODELS, RetentionSettings, SplitSettings, StudySettings
from recsys_core.steps import Steps
from recsys_core.study import StudyResult
from tests.logs import START
from tests.pages.reading import html_of, sentence_of, text_of

ASKED = {
    "retention.cohort": "affinity",
    "retention.models": "popular,recent-popular",
    "retention.landmark_days": "10",
    "retention.inactivity_days": "7",
}


def browsing_log(users=300, days=100):
    """Users come on one day in three, leave some day, and take one of 200 items."""
    draw = random.Random(3)  # noqa: S311 - no secret is drawn
    lines = ["user_id,item_id,timestamp"]
    for user in range(users):
        day, leaves = draw.random() * days * 0.6, draw.expovariate(1 / 50)
        end = min(day + leaves, days)
        while day < end:
            item = int(200 * draw.random() ** 2)
            lines.append(f"user-{user},item-{item},{START + timedelta(days=day):%Y-%m-%dT%H:%M:%SZ}")
            day += draw.expovariate(1 / 3)
    lines.append(f"user-0,item-0,{START + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def study(bring):
    return bring(browsing_log())


@pytest.fixture
def trained(space, study, monkeypatch):
    """Two models trained in this process."""
    monkeypatch.setattr(launch, "_start_process", lambda _b, _f, plan, number: worker.work(space, plan.run_id, number))
    asked = RetentionSettings(inactivity_days=7, landmark_days=10)
    for name in ("popular", "recent-popular"):
        launch.train(space, Dataset.open(space, study), MODELS[name](), SplitSettings(), asked)


def test_untrained_models_are_named_with_the_split_they_need(study, open_page):
    said = text_of(open_page("retention", ASKED))
    assert "Retention cannot be computed." in said
    assert "No finished runs of popular and recent-popular share a split that leaves 10 days of landmark window" in said
    assert "Choose" not in text_of(open_page("retention", {})), "the other cohorts are as they were"


def test_a_log_too_short_is_refused_with_figures(study, open_page):
    said = text_of(open_page("retention", ASKED | {"retention.landmark_days": "60"}))
    assert "too short for affinity cohorts with a landmark window of 60 days and a gap of 7 days" in said


def test_trained_models_make_cohorts(trained, open_page):
    app = open_page("retention", ASKED)
    said = text_of(app)
    assert "next items" in sentence_of(app)
    assert "Unadjusted: these curves only describe." in said
    assert "Lapsed by the landmark" in said
    assert "contrast, adjusted" in html_of(app)
    assert "log-rank" not in said
    assert "Back on day N" not in said
    assert "The landmark, 2026-0" in said
    labels = {box.label: box for box in (*app.selectbox, *app.multiselect, *app.number_input)}
    assert "affinity" in labels["Compare users by"].options
    assert labels["Models of the affinity cohorts"].value == ["popular", "recent-popular"]
    assert labels["Landmark window, days"].value == 10


def test_affinity_cohorts_are_never_moved(trained, open_page):
    app = open_page("what_if", ASKED)
    assert "There is no scenario to show." in text_of(app)
    assert "Affinity cohorts cannot be moved" in text_of(app)
    assert len(app.slider) == 0


def test_the_report_says_what_the_page_says_and_moves_nobody(trained, space, study, open_page):
    assert "The report is ready to send." in text_of(open_page("report", ASKED))
    settings = StudySettings().changed("retention", {k.split(".")[1]: v for k, v in ASKED.items()})
    dataset = Dataset.open(space, study)
    found = Steps(space).retention(dataset, settings)
    html = build_report(StudyResult(settings, dataset, found, None))
    assert "Days since the landmark" in html
    assert "these curves only describe" in html
    assert "Standardised over new items in the window, other events in the window and events before the split" in html
    assert "no user was served by these models" in html
    assert "first exposure" not in html
    assert "What if users were moved" not in html

"""Said in nonsense, no page and no report holds an English sentence of a result: the catalogue has them all."""

import pytest

from recsys_core.data.dataset import Dataset
from recsys_core.runs.start import launch, worker
from recsys_core.settings import MODELS, RetentionSettings, SplitSettings
from recsys_core.wording.catalogue import speaking
from tests.logs import arm_log
from tests.pages.reading import html_of, text_of
from tests.risk.conftest import made_log
from tests.wording.nonsense import english_files, english_in, long_texts, nonsense_catalogue

TWO = {"old": 0.06, "new": 0.02}
ADDRESSES = {
    "data": {}, "train": {}, "compare": {}, "retention": {}, "what_if": {}, "report": {}, "at_risk": {},
    "retention: a bad setting": {"retention.inactivity_days": "abc"},
    "retention: a day too late": {"retention.report_day": "3000"},
    "retention: no such study": {"study": "0123456789abcdef"},
    "what_if: no such arm": {"scenario.source": "gru"},
    "at_risk: too far ahead": {"risk.days": "300"},
    "compare: affinity": {"retention.cohort": "affinity", "retention.models": "popular,recent-popular"},
}  # fmt: skip


@pytest.fixture(scope="module")
def texts():
    return long_texts(english_files())


@pytest.fixture
def nonsense():
    with speaking(nonsense_catalogue(english_files())) as catalogue:
        yield catalogue


def train(space, study, monkeypatch, names):
    """Train models in this process."""
    monkeypatch.setattr(launch, "_start_process", lambda _b, _f, plan, number: worker.work(space, plan.run_id, number))
    dataset = Dataset.open(space, study)
    for name in names:
        launch.train(space, dataset, MODELS[name](), SplitSettings(), RetentionSettings())


def english_on(app, texts):
    """The long texts of the catalogue that a page says, charts' and controls' words among them."""
    frames = " ".join(frame.proto.srcdoc for frame in app.get("iframe"))
    figures = " ".join(chart.proto.spec + chart.proto.alt for chart in app.get("plotly_chart"))
    tips = " ".join(html_of(app).split('title="'))
    return english_in(" ".join((text_of(app), tips, frames, figures)).replace("\u00a0", " "), texts)


@pytest.mark.parametrize("where", ADDRESSES)
def test_no_page_says_a_result_in_english(where, bring, open_page, nonsense, texts):
    bring(arm_log(TWO, 300))
    assert english_on(open_page(where.partition(":")[0], ADDRESSES[where]), texts) == []


@pytest.mark.parametrize("page", ["train", "compare", "retention", "report"])
def test_no_page_says_a_result_in_english_once_models_are_trained(
    page, bring, open_page, space, monkeypatch, nonsense, texts
):
    study = bring(arm_log(TWO, 300))
    train(space, study, monkeypatch, ("popular", "recent-popular"))
    assert english_on(open_page(page), texts) == []


@pytest.mark.parametrize("page", ["at_risk", "retention", "what_if"])
def test_no_page_says_a_result_in_english_without_arms(page, bring, open_page, nonsense, texts):
    log, _ = made_log(900, 5)
    bring(log.to_csv(index=False), inactivity_days=7)
    assert english_on(open_page(page), texts) == []


def test_blocked_verdicts_are_said_by_the_catalogue_alone(bring, open_page, nonsense, texts):
    rows = arm_log(TWO, 400).splitlines()
    there = [row for row in rows if not (row.endswith("new") and int(row.split("-", 1)[1].split(",")[0]) % 3)]
    bring("\n".join(there) + "\n")
    for page in ("retention", "report"):
        assert english_on(open_page(page), texts) == []

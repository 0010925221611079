"""Training seen in Chromium: started from the page, watched, its worker killed, resumed, compared, reported."""

import os
import re
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from recsys_core.data.import_log import import_log
from recsys_core.runs.life.run import Run, has_checkpoint, list_runs, registry
from recsys_core.settings import StudySettings
from recsys_core.study import save_study
from recsys_core.workspace import Workspace
from tests.browser.driving import Server, Watch, settle, visit
from tests.models.tiny_bert import WORDS, make_tiny_bert

pytestmark = pytest.mark.browser

START = datetime(2026, 3, 1, tzinfo=UTC)
DAYS, USERS, ITEMS = 120, 300, 90
MODELS = ("recent-popular", "item-knn", "bi-encoder")


def write_log(folder: Path) -> None:
    """Users keep to one of three topics, told by the words of its items, and leave for good some day."""
    rng = np.random.default_rng(5)
    topics = np.arange(ITEMS) % 3
    titles = [" ".join(rng.choice(WORDS[4 * topic : 4 * topic + 4], 3)) for topic in topics]
    (folder / "items.csv").write_text("item,title\n" + "".join(f"i{n},{title}\n" for n, title in enumerate(titles)))
    lines = ["user,item,time"]
    for user in range(USERS):
        day, taken = rng.uniform(0, DAYS / 2), rng.permutation(np.flatnonzero(topics == user % 3))
        for item in taken:
            lines.append(f"u{user},i{item},{(START + timedelta(days=day)).strftime('%Y-%m-%dT%H:%M:%SZ')}")
            day += rng.exponential(2.5)
            if day > DAYS or rng.random() < 0.03:
                break
    (folder / "log.csv").write_text("\n".join(lines) + "\n")


@pytest.fixture
def study(server: Server, tmp_path: Path) -> str:
    """A log with texts and without arms in the server's workspace, to be trained with a BERT of two small layers."""
    write_log(tmp_path)
    encoder = make_tiny_bert(tmp_path / "bert")
    values = {
        "title": "Three topics",
        "data": {"log": "log.csv", "items": "items.csv", "text": ["title"]},
        "train": {"models": MODELS},
        "models": {
            "bi-encoder": {"encoder": str(encoder), "epochs": 4, "batch_size": 16, "max_pairs": 4000, "patience": 100}
        },
        "retention": {"inactivity_days": 7, "landmark_days": 14},
    }
    settings = StudySettings.from_dict(values, folder=tmp_path)
    dataset = import_log(Workspace.open(server.home), settings.data, folder=tmp_path, title=settings.title)
    save_study(dataset, settings)
    return dataset.dataset_id


def test_from_training_to_affinity_and_report(browser: Browser, server: Server, study: str, tmp_path: Path) -> None:
    watch = Watch()
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    watch.follow(context)
    page = context.new_page()

    start_all(page, server, study)
    kill_worker(server, study)
    see_it_start_again(page)
    compare(page)
    read_affinity(page, server, study)
    download_report(page, tmp_path)
    context.close()
    assert watch.strangers == []
    assert watch.complaints == []


def start_all(page: Page, server: Server, study: str) -> None:
    visit(page, f"{server.address}/train?study={study}")
    expect(page.get_by_role("heading", name="Nothing is trained on this split yet.")).to_be_visible()
    page.get_by_role("button", name="Train all three models").click()
    expect(page.locator('[class*="st-key-card_run_"]')).to_have_count(3, timeout=30_000)
    expect(card(page, "item-knn")).to_contain_text("ready", timeout=60_000)
    expect(card(page, "bi-encoder")).to_contain_text(re.compile("Epoch .* step"), timeout=90_000)


def card(page: Page, model: str) -> "object":
    return page.locator(f'[class*="st-key-card_run_{model}"]')


def bi_encoder(server: Server, study: str) -> Run:
    return next(run for run in list_runs(Workspace.open(server.home), study) if run.model == "bi-encoder")


def kill_worker(server: Server, study: str) -> None:
    """Kill the process of the bi-encoder once it has a checkpoint to go on from."""
    space, deadline = Workspace.open(server.home), time.monotonic() + 60
    run = bi_encoder(server, study)
    while not has_checkpoint(space, run.run_id):
        assert time.monotonic() < deadline, "no checkpoint within a minute"
        time.sleep(0.05)
    row = registry(space).row(run.run_id)
    assert row is not None
    assert row["state"] == "running", "it finished before it could be killed"
    os.kill(row["pid"], signal.SIGKILL)


def see_it_start_again(page: Page) -> None:
    expect(card(page, "bi-encoder")).to_contain_text(re.compile("Starts again in . s after: "), timeout=30_000)
    expect(page.get_by_role("heading", name="Three models are ready.")).to_be_visible(timeout=180_000)
    card(page, "bi-encoder").get_by_text("Details").click()
    expect(page.get_by_text(re.compile("2 starts"))).to_be_visible()
    page.keyboard.press("Escape")


def compare(page: Page) -> None:
    page.get_by_test_id("stSidebar").get_by_role("link", name="Compare").click()
    page.wait_for_url(re.compile("/compare"))
    settle(page)
    expect(page.locator("h1.sp-sentence")).to_contain_text("rank")
    expect(page.get_by_role("heading", name="Ranking quality of three models")).to_be_visible()
    expect(page.get_by_role("heading", name="Does better ranking go with staying?")).to_be_visible()


def read_affinity(page: Page, server: Server, study: str) -> None:
    asked = "retention.cohort=affinity&retention.models=bi-encoder%2Citem-knn"
    visit(page, f"{server.address}/retention?study={study}&{asked}")
    expect(page.locator(".sp-state")).not_to_have_text("Clear winner")
    expect(page.get_by_text(re.compile("descri")).first).to_be_visible()
    expect(page.locator(".js-plotly-plot").first).to_be_visible()


def download_report(page: Page, folder: Path) -> None:
    page.get_by_test_id("stSidebar").get_by_role("link", name="Report").click()
    page.wait_for_url(re.compile("/report"))
    settle(page)
    with page.expect_download() as coming:
        page.get_by_role("button", name=re.compile("^Download HTML")).click()
    coming.value.save_as(folder / "report.html")
    text = (folder / "report.html").read_text(encoding="utf-8")
    for words in (
        "Ranking quality, offline",
        "Does better ranking go with staying?",
        "bi-encoder",
        "since the landmark",
    ):
        assert words in text

"""One journey through the real server in Chromium, from an empty workspace to a report, and back after a restart."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.driving import Server, Watch, query, settle, visit
from tests.logs import arm_log

pytestmark = pytest.mark.browser


def test_from_an_empty_workspace_to_a_report_and_back(browser, server, tmp_path):
    log = tmp_path / "two arms.csv"
    log.write_text(arm_log({"old": 0.06, "new": 0.02}, 600), encoding="utf-8")
    watch = Watch()
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    watch.follow(context)
    page = context.new_page()

    find_nothing(page, server)
    study = bring_log(page, server, log)
    sentence = read_verdict(page)
    changed = change_gap(page, sentence)
    kept = page.url
    assert query(page) == {"study": [study], "retention.inactivity_days": ["9"]}
    report = download_report(page, tmp_path)
    read_offline(browser, watch, report, changed)

    page.close()
    server.kill()
    server.start()
    page = context.new_page()
    find_again(page, server, kept, changed)
    context.close()
    assert watch.strangers == []
    assert watch.complaints == []


def find_nothing(page: Page, server: Server) -> None:
    visit(page, f"{server.address}/retention")
    expect(page.get_by_role("heading", name="Retention needs a data set.")).to_be_visible()
    expect(page).to_have_title("Retention · Staying Power")
    links = page.get_by_test_id("stSidebar").get_by_test_id("stPageLink")
    expect(links).to_have_text(
        ["Home", "Data", "Train", "Compare", "Retention", "At risk", "What-if", "Report", "Glossary"]
    )


def bring_log(page: Page, server: Server, log: Path) -> str:
    """Import a log through the form and return its id."""
    page.get_by_role("button", name="Import a file").click()
    page.wait_for_url(re.compile("/data"))
    settle(page)
    page.locator('input[type="file"]').first.set_input_files(log)
    page.get_by_role("button", name="Import", exact=True).click()
    page.wait_for_url(re.compile(r"/data\?study=[0-9a-f]{16}"))
    settle(page)
    expect(page.get_by_role("heading", name=re.compile("^600 users"))).to_be_visible()
    (study,) = query(page)["study"]
    assert (server.home / "datasets" / study / "dataset.json").is_file()
    return study


def read_verdict(page: Page) -> str:
    page.get_by_test_id("stSidebar").get_by_role("link", name="Retention").click()
    page.wait_for_url(re.compile("/retention"))
    settle(page)
    expect(page.locator(".sp-state")).to_have_text("Clear winner")
    sentence = page.locator("h1.sp-sentence").inner_text()
    assert sentence.startswith("Users first served by new stay engaged ")
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    return sentence


def change_gap(page: Page, before: str) -> str:
    """Set the gap to 9 days in the settings and return the new answer."""
    page.get_by_role("button", name="Change settings").click()
    field = page.get_by_role("spinbutton", name="Lapsed after, days")
    field.fill("9")
    field.press("Enter")
    page.wait_for_url(re.compile("inactivity_days=9"))
    settle(page)
    expect(page.get_by_text("Lapsed after 9 days without activity")).to_be_visible()
    sentence = page.locator("h1.sp-sentence").inner_text()
    assert sentence == before, "what decides knows no gap"
    page.keyboard.press("Escape")
    return sentence


def download_report(page: Page, folder: Path) -> Path:
    page.get_by_test_id("stSidebar").get_by_role("link", name="Report").click()
    page.wait_for_url(re.compile("/report"))
    settle(page)
    with page.expect_download() as coming:
        page.get_by_role("button", name=re.compile("^Download HTML")).click()
    assert coming.value.suggested_filename == "two-arms-report.html"
    path = folder / "report.html"
    coming.value.save_as(path)
    assert path.stat().st_size < 6e6
    return path


def read_offline(browser: Browser, watch: Watch, report: Path, sentence: str) -> None:
    context = browser.new_context(offline=True)
    watch.follow(context)
    page = context.new_page()
    page.goto(report.as_uri())
    expect(page.get_by_text(sentence).first).to_be_visible()
    context.close()


def find_again(page: Page, server: Server, kept: str, sentence: str) -> None:
    visit(page, kept)
    expect(page.locator("h1.sp-sentence")).to_have_text(sentence)
    expect(page.get_by_text("Lapsed after 9 days without activity")).to_be_visible()
    visit(page, server.address)
    expect(page.locator("table.sp-table")).to_contain_text("two arms")

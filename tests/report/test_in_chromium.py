from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from recsys_core.report.build import build_report

pytestmark = pytest.mark.browser
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


@pytest.fixture
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def report_file(study, tmp_path) -> str:
    path = tmp_path / "report.html"
    path.write_text(build_report(study), encoding="utf-8")
    return path.as_uri()


def watch(page: Page) -> list[str]:
    """Collect what a page says on the console, throws, and asks for beyond itself."""
    seen: list[str] = []
    page.on("console", lambda message: seen.append(message.text))
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("request", lambda asked: asked.url.split(":")[0] in {"file", "data", "blob"} or seen.append(asked.url))
    return seen


@pytest.mark.parametrize("width", [1100, 400])
def test_the_report_opens_offline_and_quietly(browser, report_file, width):
    context = browser.new_context(viewport={"width": width, "height": 900})
    context.set_offline(True)
    page = context.new_page()
    seen = watch(page)
    page.goto(report_file)
    page.wait_for_selector("html[data-figures=drawn]")
    assert page.locator(".plot .main-svg").count() >= 4
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("[...document.fonts].filter((font) => font.status === 'loaded').length") == 2
    assert seen == []
    context.close()


def test_print_draws_the_wide_figures_even_from_a_phone(browser, report_file):
    page = browser.new_page(viewport={"width": 400, "height": 900})
    page.goto(report_file)
    page.wait_for_selector("html[data-figures=drawn]")
    forest = page.locator(".plot").nth(1)
    narrow = forest.evaluate("(plot) => plot._fullLayout.width")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert forest.evaluate("(plot) => plot._fullLayout.width") == 680
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert forest.evaluate("(plot) => plot._fullLayout.width") == narrow < 400


def test_without_scripts_a_sentence_stands_in(browser, report_file):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(report_file)
    said = page.locator("p.noscript")  # text selectors pass over what stands in noscript
    assert said.is_visible()
    assert "drawn by a script" in said.inner_text()

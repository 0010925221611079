"""One journey through the real server in Chromium, from an empty workspace to a report, and back after a restart."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

from tests.logs import arm_log

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip


@dataclass
class Server:
    """The dashboard over a workspace, on a port that stays the same when it is started anew."""

    home: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true",
                   "--server.port", str(self.port)]  # fmt: skip
        env = {**os.environ, "STAYING_POWER_HOME": str(self.home)}
        with (self.home / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=1).close()  # noqa: S310
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                time.sleep(0.1)
            else:
                return
        raise AssertionError((self.home / "server.log").read_text())

    def kill(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()


# Opened at /PAGE, Streamlit's client looks for its server under /PAGE/ first, in case a proxy put it there, and asks
# the root next. Both probes are answered 404, and the browser notes each in its console.
PROBES = ("/retention/_stcore/health", "/retention/_stcore/host-config")


@dataclass
class Watch:
    """What the browser complained of and whom it asked; Streamlit's own two probes are let pass."""

    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def follow(self, context: BrowserContext) -> None:
        context.on("request", self._asked)
        context.on("response", self._answered)
        context.on("weberror", lambda error: self.complaints.append(f"error: {error.error}"))
        context.on("console", self._said)

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob", "file", "about") and parts.hostname != "127.0.0.1":
            self.strangers.append(request.url)

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and urlsplit(response.url).path not in PROBES:
            self.complaints.append(f"{response.status}: {response.url}")

    def _said(self, message: ConsoleMessage) -> None:
        place = message.location["url"]
        probe = "status of 404" in message.text and urlsplit(place).path in PROBES
        if message.type == "error" and not probe:
            self.complaints.append(f"{message.text} ({place})")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    home = tmp_path / "workspace"
    home.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    served = Server(home, port)
    served.start()
    yield served
    served.kill()


@pytest.fixture
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield started
        started.close()


def settle(page: Page) -> None:
    """Wait until the page's script has run to its end."""
    page.wait_for_timeout(300)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=60_000)
    page.wait_for_timeout(300)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def visit(page: Page, address: str) -> None:
    page.goto(address)
    settle(page)


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


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
    expect(links).to_have_text(["Home", "Data", "Train", "Compare", "Retention", "What-if", "Report"])


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
    assert sentence.startswith("Users first served by new stayed ")
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
    assert sentence != before
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

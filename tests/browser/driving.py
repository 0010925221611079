"""The dashboard's server and the browser's complaints, for journeys through the real thing."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response, expect

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
        env.pop("STAYING_POWER_COMPUTING", None)  # a server computes as it does for users
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
PROBES = re.compile(r"/\w+/_stcore/(health|host-config)")


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
        if response.status >= 400 and not PROBES.fullmatch(urlsplit(response.url).path):
            self.complaints.append(f"{response.status}: {response.url}")

    def _said(self, message: ConsoleMessage) -> None:
        place = message.location["url"]
        probe = "status of 404" in message.text and bool(PROBES.fullmatch(urlsplit(place).path))
        if message.type == "error" and not probe:
            self.complaints.append(f"{message.text} ({place})")


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

"""Make the screenshots of the README anew: the sample study in Chromium, wide, dark and narrow.

python docs/screenshots/make.py [PAGE ...]        (from the root, or `make screenshots`)

Serves the dashboard on a free port over a workspace that is thrown away afterwards, opens the sample study by
its button on the home page, and writes PAGE.png, PAGE-dark.png and PAGE-narrow.png beside this file.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Browser, Page, expect, sync_playwright

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
PAGES: Final = ("home", "data", "train", "compare", "retention", "what_if", "report")
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")
VIEWS: Final[tuple[tuple[str, int, int, Literal["light", "dark"]], ...]] = (
    ("", 1440, 900, "light"),
    ("-dark", 1440, 900, "dark"),
    ("-narrow", 400, 900, "light"),
)


@contextmanager
def dashboard() -> Iterator[str]:
    """Serve the dashboard over an empty workspace; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    options = ("--server.headless", "true", "--server.address", "127.0.0.1", "--server.port", str(port),
               "--server.fileWatcherType", "none")  # fmt: skip
    command = [sys.executable, "-m", "streamlit", "run", "app.py", *options]
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "STAYING_POWER_HOME": home}
        with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL) as server:  # noqa: S603
            try:
                wait_until_up(server, address)
                yield address
            finally:
                server.terminate()


def wait_until_up(server: subprocess.Popen[bytes], address: str) -> None:
    """Wait until the server answers, at most a minute."""
    for _ in range(300):
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).close()  # noqa: S310
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
        else:
            return
    raise SystemExit("The dashboard did not start; its message is above. Try it by itself: make app")


def settle(page: Page) -> None:
    """Wait until the page's script has run and its charts are drawn."""
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=60_000)
    page.wait_for_timeout(700)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def take(browser: Browser, address: str, names: Sequence[str]) -> Iterator[Path]:
    """Take every page in every view; yields the files."""
    for suffix, width, height, scheme in VIEWS:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        page = context.new_page()
        page.goto(address)
        settle(page)
        page.get_by_role("button", name=re.compile("sample", re.IGNORECASE)).first.click()
        page.locator(".sp-study").first.wait_for(timeout=60_000)  # the sample is imported and open
        settle(page)
        if {"train", "compare"} & set(names):
            train(page, address)
        for name in names:
            page.goto(f"{address}/{'' if name == 'home' else name}")
            settle(page)
            file = HERE / f"{name}{suffix}.png"
            page.screenshot(path=file)
            yield file
        context.close()


def train(page: Page, address: str) -> None:
    """Train all models from the page, unless they are trained, and wait until none is left."""
    page.goto(f"{address}/train")
    settle(page)
    ready = page.get_by_role("heading", name=re.compile("models are ready.$"))
    button = page.get_by_role("button", name=re.compile("^Train all"))
    expect(ready.or_(button).first).to_be_visible(timeout=60_000)
    if button.count():
        button.click()
    expect(ready).to_be_visible(timeout=1_200_000)


def main(names: Sequence[str]) -> None:
    """Make the screenshots of the named pages, or of all."""
    chromium = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if chromium is None:
        raise SystemExit(f"No Chromium on the PATH (looked for {', '.join(BROWSERS)}). Debian: apt install chromium")
    with dashboard() as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=list(FLAGS))
        for file in take(browser, address, names or PAGES):
            print(f"{file.relative_to(ROOT)}  {file.stat().st_size / 1024:,.0f} KiB", flush=True)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])

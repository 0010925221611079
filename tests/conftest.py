"""What all tests share: a workspace of their own, Chromium where there is one, and slow tests last."""

import os
import shutil
from pathlib import Path
from typing import Final

import pytest

from recsys_core.wording.catalogue import Catalogue

os.environ.setdefault("STAYING_POWER_COMPUTING", "0")  # pages compute where a test can see it; servers have their own
os.environ.setdefault("OMP_NUM_THREADS", "1")  # tiny models: threads that wait for each other cost ten times more
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")

Catalogue.strict = True  # a sentence that cannot be said is a defect


def chromium_path() -> str | None:
    """Path of the first Chromium found on the PATH; None where there is none."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def require_chromium(path: str | None, *, ci: bool) -> str:
    """Return the path; without one, skip on a developer's machine and fail in continuous integration."""
    if path is not None:
        return path
    reason = f"no Chromium on the PATH (looked for {', '.join(BROWSERS)}); Debian: apt install chromium"
    if ci:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _chromium() -> str:
    return require_chromium(chromium_path(), ci=os.environ.get("CI", "").lower() in {"1", "true"})


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the Chromium to drive; tests that ask for it carry the marker `browser`."""
    return _chromium()


@pytest.fixture
def workspace_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace folder that only this test uses, also by the processes it starts."""
    home = tmp_path / "workspace"
    monkeypatch.setenv("STAYING_POWER_HOME", str(home))
    return home


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the slow tests last, in their own order."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test marked `browser` is judged before any server is started for it."""
    if item.get_closest_marker("browser") is not None:
        _chromium()

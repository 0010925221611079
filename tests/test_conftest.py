import os
from types import ModuleType
from unittest.mock import Mock

import pytest


@pytest.fixture
def shared(request: pytest.FixtureRequest) -> ModuleType:
    return request.config.pluginmanager.get_plugin(str(request.path.with_name("conftest.py")))


def test_chromium_is_the_first_on_the_path(shared, monkeypatch):
    monkeypatch.setattr(shared.shutil, "which", {"chromium-browser": "/b", "google-chrome": "/c"}.get)
    assert shared.chromium_path() == "/b"
    monkeypatch.setattr(shared.shutil, "which", {}.get)
    assert shared.chromium_path() is None


def test_without_chromium_a_developer_skips_and_ci_fails(shared):
    assert shared.require_chromium("/usr/bin/chromium", ci=True) == "/usr/bin/chromium"
    with pytest.raises(pytest.skip.Exception, match=r"no Chromium on the PATH .* apt install chromium"):
        shared.require_chromium(None, ci=False)
    with pytest.raises(pytest.fail.Exception, match=r"no Chromium on the PATH .* apt install chromium"):
        shared.require_chromium(None, ci=True)


def test_slow_tests_run_last_and_keep_their_order(shared):
    def item(name: str, *, slow: bool) -> Mock:
        return Mock(label=name, get_closest_marker=lambda marker: (slow and marker == "slow") or None)

    items = [item("a", slow=True), item("b", slow=False), item("c", slow=True), item("d", slow=False)]
    shared.pytest_collection_modifyitems(items)
    assert [each.label for each in items] == ["b", "d", "a", "c"]


def test_every_test_has_a_workspace_of_its_own(workspace_home, tmp_path):
    assert os.environ["STAYING_POWER_HOME"] == str(workspace_home)
    assert workspace_home.parent == tmp_path

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.studies import SAMPLE
from recsys_core.data.import_log import import_log
from recsys_core.settings import DataSettings, StudySettings
from recsys_core.study import save_study
from recsys_core.workspace import Workspace

APP = Path(__file__).parents[2] / "app.py"


def _clear_caches() -> None:
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def space(workspace_home: Path) -> Iterator[Workspace]:
    """An empty workspace that the pages open."""
    _clear_caches()
    yield Workspace.open(workspace_home)
    _clear_caches()


@pytest.fixture
def bring(space: Workspace, tmp_path: Path) -> Callable[..., str]:
    """Import a CSV log into the workspace as a study; returns its id."""

    def run(content: str, title: str = "A log", **retention: object) -> str:
        (tmp_path / "log.csv").write_text(content, encoding="utf-8")
        dataset = import_log(space, DataSettings(log="log.csv"), folder=tmp_path, title=title)
        save_study(dataset, StudySettings(title=title).changed("retention", retention))
        return dataset.dataset_id

    return run


@pytest.fixture
def open_page() -> Callable[..., AppTest]:
    """Open a page as a browser does: by its name and the settings in its address."""

    def run(page: str, query: Mapping[str, str] | None = None) -> AppTest:
        app = AppTest.from_file(str(APP), default_timeout=60).run()
        app.query_params.update(query or {})
        if page != "home":
            app.switch_page(f"pages/{page}.py")
        app.run()
        assert not app.exception
        return app

    return run


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A workspace that holds the sample study; returns the study's id."""
    home = tmp_path_factory.mktemp("sample")
    study = StudySettings.from_toml(SAMPLE)
    dataset = import_log(Workspace.open(home), study.data, folder=study.folder, title=study.title)
    save_study(dataset, study)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STAYING_POWER_HOME", str(home))
        _clear_caches()
        yield dataset.dataset_id
    _clear_caches()

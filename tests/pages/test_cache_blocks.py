"""What is kept of training, on a page of its own here: listed, pinned, deleted, taken out and in; what changed."""

import zipfile
from io import BytesIO

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import cache_blocks
from recsys_core.data.dataset import Dataset
from recsys_core.runs.kept import cache
from recsys_core.runs.life.run import find_run
from recsys_core.runs.start import launch, worker
from recsys_core.settings import PopularSettings, RecentPopularSettings, RetentionSettings, SplitSettings
from tests.logs import arm_log
from tests.pages.reading import button, html_of, text_of

PAGE = """
from dashboard import cache_blocks, studies
from recsys_core.runs.life.run import list_runs

study, _ = studies.open_study()
cache_blocks.show_cache(study)
cache_blocks.show_differences(study, list_runs(studies.workspace(), study.dataset.dataset_id))
"""


@pytest.fixture
def trained(space, bring, monkeypatch):
    """Train a model on the open study; returns the run's id."""
    monkeypatch.setattr(launch, "_start_process", lambda _b, _f, plan, number: worker.work(space, plan.run_id, number))
    dataset = Dataset.open(space, bring(arm_log({"": 0.02}, users=20), inactivity_days=7))

    def train(model):
        return launch.train(space, dataset, model, SplitSettings(), RetentionSettings(inactivity_days=7)).run_id

    return train


@pytest.fixture
def opened():
    def run():
        app = AppTest.from_string(PAGE, default_timeout=60).run()
        assert not app.exception
        return app

    return run


def test_an_empty_workspace_keeps_nothing_and_takes_runs_in(trained, opened):
    app = opened()
    assert "0 runs of all data sets, 0 bytes. The disk has " in text_of(app)
    assert (len(app.dataframe), len(app.selectbox), len(app.get("file_uploader"))) == (0, 0, 1)


def test_runs_are_listed_pinned_and_deleted(space, trained, opened):
    first, second = trained(PopularSettings()), trained(RecentPopularSettings())
    (space.home / "embeddings").mkdir()
    (space.home / "embeddings" / "embeddings-0a1b-1.safetensors").write_bytes(b"12345")
    (space.home / "embeddings" / "embeddings-0a1b-2.safetensors").write_bytes(b"12345")
    (space.home / "embeddings" / "tokens-2c3d.npy").write_bytes(b"123")
    app = opened()
    assert "2 runs of all data sets" in text_of(app)
    assert "embeddings 2 10 bytes" in text_of(app)
    assert "tokens 1 3 bytes" in text_of(app)
    table = app.dataframe[0].value
    assert list(table["model"]) == ["recent-popular", "popular"]
    assert list(table["size"]) == [cache.find_kept(space, run_id).size for run_id in (second, first)]
    app = app.selectbox(key="kept_run").select(first).run()
    app = button(app, "Pin").click().run()
    assert cache.find_kept(space, first).pinned
    assert list(app.dataframe[0].value["state"]) == ["finished", "finished, pinned"]
    assert "It is pinned, so it cannot be deleted." in text_of(app)
    app = button(app, "Unpin").click().run()
    app = button(app, "Delete it for good").click().run()
    assert not app.exception
    assert "popular is deleted; " in text_of(app)
    assert [run.run_id for run in cache.list_kept(space).runs] == [second]
    app = button(app, "Delete them all").click().run()
    assert "Embeddings are deleted; 13 bytes are free again." in text_of(app)
    assert cache.list_kept(space).embeddings == ()
    assert "deleted;" not in text_of(app.run())


def test_what_does_not_work_is_said_once(space, trained, opened):
    run_id = trained(PopularSettings())
    app = opened()
    cache.pin(space, run_id)
    app = app.button(key=f"delete_{run_id}").click().run()
    assert f"That did not work. {run_id} is pinned, so it is not deleted." in text_of(app)
    assert "That did not work." not in text_of(app.run())


def test_a_run_is_taken_out_and_in(space, trained, opened, tmp_path):
    run_id = trained(PopularSettings())
    given = cache_blocks._zipped(space, run_id)
    assert "model/model.json" in zipfile.ZipFile(BytesIO(given)).namelist()
    assert not list((space.home / "tmp").iterdir())
    cache.delete(space, run_id)
    app = opened()
    app = app.get("file_uploader")[0].upload("run.zip", given, "application/zip").run()
    assert not app.exception
    assert "popular is imported." in text_of(app)
    assert find_run(space, run_id).state == "finished"
    assert not list((space.home / "uploads").iterdir())
    app = app.get("file_uploader")[0].upload("run.zip", b"no zip", "application/zip").run()
    assert "That did not work. This file cannot be read as a zip file" in text_of(app)


def test_a_large_run_is_taken_out_by_the_command_line(space, trained, opened, monkeypatch):
    run_id = trained(PopularSettings())
    assert len(opened().get("download_button")) == 1
    monkeypatch.setattr(cache_blocks, "_BROWSER_BYTES", 10)
    app = opened()
    assert len(app.get("download_button")) == 0
    assert f"export-run {run_id} --out run.zip" in text_of(app)


def test_what_changed_between_two_runs_is_shown(trained, opened):
    first = trained(RecentPopularSettings(window_days=3))
    assert [box.key for box in opened().selectbox] == ["kept_run"]
    trained(PopularSettings())
    trained(RecentPopularSettings(window_days=5))
    app = opened()
    assert app.selectbox(key="differences_first").value == first, "the nearest"
    assert '<td class="sp-left">Window</td>' in html_of(app)
    assert "Window 3 days 5 days" in text_of(app)
    app = app.selectbox(key="differences_second").select(first).run()
    assert "Nothing changed: they are the same run of A log." in text_of(app)

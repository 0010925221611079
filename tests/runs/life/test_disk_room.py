"""Room on the disk: estimated, asked for before a start, and its want told."""

import shutil
from types import SimpleNamespace

import pytest

from recsys_core.errors import WorkspaceError
from recsys_core.runs.life import disk_room as room
from recsys_core.runs.life.run import find_run, list_runs
from recsys_core.settings import (
    BiEncoderSettings,
    EaseSettings,
    IalsSettings,
    ItemKnnSettings,
    PopularSettings,
    TextSimilaritySettings,
)
from tests.models.tiny_bert import make_tiny_bert
from tests.runs.reading import words


def test_what_each_model_writes(dataset, tmp_path):
    def needed(settings):
        return room.needed_bytes(dataset, settings) - room.needed_bytes(dataset, PopularSettings())

    assert needed(EaseSettings()) == dataset.items**2 * 4
    assert needed(ItemKnnSettings(neighbours=10)) == dataset.items * 10 * 8
    assert needed(IalsSettings(factors=16)) == (dataset.items + dataset.users) * 16 * 4
    encoder = make_tiny_bert(tmp_path / "bert")
    weights = (encoder / "model.safetensors").stat().st_size
    tuned = BiEncoderSettings(encoder=str(encoder))
    assert needed(tuned) == 10 * weights + needed(tuned.changed({"frozen": True}))
    assert needed(TextSimilaritySettings()) == needed(tuned.changed({"frozen": True}))


def test_a_run_that_has_no_room_is_not_started(space, dataset, ask, started, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=7_000_000))
    with pytest.raises(
        WorkspaceError, match=r"A run needs about 21 MB for checkpoints and model, and the disk of .* has"
    ):
        ask()
    assert (started, list_runs(space, dataset.dataset_id)) == ([], ())


def test_a_run_that_has_no_room_when_its_turn_comes_fails(space, ask, work, started, monkeypatch):
    run = ask()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=7_000_000))
    assert ask().active, "one that waits already is joined"
    work()
    found = find_run(space, run.run_id)
    assert (found.state, found.kind) == ("failed", "run-disk-too-small")
    assert "has 7 MB left. Delete what is not needed" in words(found.error)

"""What the workspace keeps of training: listed, pinned, deleted whole, and deleted to make room."""

import shutil
import time

import pytest

from recsys_core.errors import WorkspaceError
from recsys_core.result_files import ResultFiles
from recsys_core.runs.kept import cache
from recsys_core.runs.kept.cache import delete, find_kept, list_kept, make_room, pin
from recsys_core.runs.life.run import finished_runs, list_runs, registry, run_folder
from recsys_core.settings import EaseSettings, PopularSettings, RecentPopularSettings
from recsys_core.steps import Steps
from recsys_core.workspace import Workspace


@pytest.fixture
def finished(ask, work, space):
    """Train a model here; returns its id. `used` is when it was last used, days ago."""

    def train(model=None, used=0.0):
        run_id = ask(model or PopularSettings()).run_id
        work()
        at = time.time() - used * 86_400
        with registry(space)._writing() as db:
            db.execute("UPDATE runs SET created = ?, finished = ? WHERE run_id = ?", (at, at, run_id))
        return run_id

    return train


def test_a_run_is_listed_with_its_size_and_its_data_set(space, finished, dataset):
    run_id = finished(used=2)
    (run_folder(space, run_id) / "model" / "more").write_bytes(b"x" * 1000)
    (space.home / "embeddings").mkdir()
    (space.home / "embeddings" / "embeddings-1.safetensors").write_bytes(b"12345")
    found = list_kept(space)
    (run,) = found.runs
    assert (run.run_id, run.model, run.title, run.state, run.pinned) == (run_id, "popular", "log", "finished", False)
    files = [path for path in run_folder(space, run_id).rglob("*") if path.is_file()]
    assert run.size == sum(path.stat().st_size for path in files) == found.runs_size > 1000
    assert time.time() - run.last_used == pytest.approx(2 * 86_400, abs=60)
    assert ([file.name for file in found.embeddings], found.embeddings_size) == (["embeddings-1.safetensors"], 5)
    assert found.free > 0


def test_an_answer_from_the_cache_counts_as_use(space, finished, ask):
    run_id = finished(used=9)
    before = find_kept(space, run_id).last_used
    assert ask().cached
    assert find_kept(space, run_id).last_used > before + 8 * 86_400


def test_a_comparison_counts_as_use(space, finished, dataset):
    finished(used=9)
    (run,) = finished_runs(space, dataset.dataset_id)
    Steps(space).evaluations([run.run_id])
    assert find_kept(space, run.run_id).last_used > time.time() - 60


def test_a_pinned_run_is_not_deleted(space, finished):
    run_id = finished()
    assert pin(space, run_id).pinned
    with pytest.raises(WorkspaceError, match=f"{run_id} is pinned, so it is not deleted. Unpin it first"):
        delete(space, run_id)
    assert find_kept(space, run_id).state == "finished"
    assert not pin(space, run_id, on=False).pinned
    delete(space, run_id)


def test_a_run_under_way_is_not_deleted(space, ask, started):
    run_id = ask().run_id
    with pytest.raises(WorkspaceError, match=f"{run_id} is under way, so it is not deleted. Stop it first"):
        delete(space, run_id)
    assert run_folder(space, run_id).is_dir()


def test_a_deleted_run_is_gone_and_is_trained_again(space, finished, ask, dataset):
    run_id, kept = finished(), ResultFiles(space)
    kept.write("comparison", (run_id,), "names users", space.forgotten)
    delete(space, run_id)
    assert list((space.home / "results").iterdir()) == []
    assert (list_kept(space).runs, list_runs(space, dataset.dataset_id)) == ((), ())
    assert not run_folder(space, run_id).exists()
    assert list((space.home / "tmp").iterdir()) == []
    again = ask()
    assert (again.run_id, again.cached, again.attempts) == (run_id, False, 1)
    with pytest.raises(WorkspaceError, match="The workspace keeps no run 'ease-0000000000000000'"):
        delete(space, "ease-0000000000000000")
    with pytest.raises(WorkspaceError, match="is no id of a run"):
        delete(space, "../datasets")


def test_a_killed_delete_leaves_no_half_run_and_is_swept(space, finished, monkeypatch):
    run_id = finished()

    def killed(*_args, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(cache.shutil, "rmtree", killed)
    with pytest.raises(KeyboardInterrupt):
        delete(space, run_id)
    monkeypatch.undo()
    assert list_kept(space).runs == ()
    assert [path.name.startswith(f"deleted-{run_id}-") for path in (space.home / "tmp").iterdir()] == [True]
    Workspace.open(space.home)
    assert list((space.home / "tmp").iterdir()) == []


def test_a_delete_that_cannot_take_the_folder_away_changes_nothing(space, finished, monkeypatch):
    run_id = finished()
    monkeypatch.setattr(cache.Path, "rename", lambda *_: (_ for _ in ()).throw(PermissionError(13, "no")))
    with pytest.raises(PermissionError):
        delete(space, run_id)
    monkeypatch.undo()
    assert find_kept(space, run_id).state == "finished"


def test_a_folder_that_the_registry_does_not_know_is_listed_and_can_go(space, finished):
    run_id = finished()
    for path in (space.home / "runs").glob("registry.sqlite*"):
        path.unlink()
    run = find_kept(space, run_id)
    assert (run.state, run.title, run.model, run.size > 0) == ("unlisted", "log", "popular", True)
    (space.home / "runs" / "something else").mkdir()
    delete(space, run_id)
    assert list_kept(space).runs == ()


def test_a_row_whose_folder_is_gone_can_go(space, finished):
    run_id = finished()
    shutil.rmtree(run_folder(space, run_id))
    assert find_kept(space, run_id).size == 0
    delete(space, run_id)
    assert list_kept(space).runs == ()


def test_room_is_made_by_what_was_used_least_lately(space, finished, ask, monkeypatch):
    old = finished(PopularSettings(), used=30)
    pinned = finished(EaseSettings(), used=60)
    new = finished(RecentPopularSettings(), used=1)
    waiting = ask(RecentPopularSettings(window_days=3)).run_id
    pin(space, pinned)
    monkeypatch.setattr(cache, "free_disk", lambda _folder: 1000)
    size = find_kept(space, old).size
    assert make_room(space, 1000).runs == ()
    room = make_room(space, 1000 + size)
    assert ([run.run_id for run in room.runs], room.free_then, room.enough) == ([old], 1000 + size, True)
    room = make_room(space, 10**12)
    assert ([run.run_id for run in room.runs], room.enough) == ([old, new], False)
    assert len(list_kept(space).runs) == 4, "nothing goes unless it is asked for"
    room = make_room(space, 1001, dry_run=False)
    assert [run.run_id for run in room.runs] == [old]
    assert {run.run_id for run in list_kept(space).runs} == {pinned, new, waiting}


def test_what_was_pinned_meanwhile_stays(space, finished, monkeypatch):
    run_id = finished(used=3)
    found = list_kept(space)
    monkeypatch.setattr(cache, "list_kept", lambda _space: found)
    (run_folder(space, run_id) / "pinned").touch()
    room = make_room(space, 10**18, dry_run=False)
    assert (room.runs, room.enough, run_folder(space, run_id).is_dir()) == ((), False, True)


def test_links_are_not_counted(space, finished, tmp_path):
    run_id = finished()
    before = find_kept(space, run_id).size
    (tmp_path / "large").write_bytes(b"x" * 10_000)
    (run_folder(space, run_id) / "link").symlink_to(tmp_path / "large")
    assert find_kept(space, run_id).size == before

"""A workspace comes back from its backup as it was, and what is no backup, or a damaged one, leaves nothing behind."""

import hashlib
import json
import sqlite3
import stat
import zipfile

import pytest

from recsys_core.care import backup, restore
from recsys_core.command_line.parser import main
from recsys_core.data.dataset import Dataset
from recsys_core.errors import WorkspaceError
from recsys_core.runs.kept.cache import list_kept
from recsys_core.runs.life.run import registry
from recsys_core.workspace import Workspace


@pytest.fixture
def saved(space, bring, tmp_path):
    """A backup of a workspace with a data set."""
    bring()
    (space.home / "reports" / "a.html").write_text("<p>")
    return backup.back_up(space, tmp_path / "saved.zip").path


def content(home):
    return {
        str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*")
        if path.is_file() and not path.name.startswith(("registry", "audit", ".reserve"))
    }  # fmt: skip


def changed(path, target, change):
    """Write a zip anew; `change` may replace, add or take out parts by name."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    with zipfile.ZipFile(target, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return target


def test_all_of_a_workspace_comes_back_private_and_works(space, bring, train, tmp_path, capsys):
    dataset = bring()
    run = train(dataset)
    (space.home / "uploads" / "raw.csv").write_text("raw")
    with registry(space)._writing() as db:  # held open, as by a server
        db.execute("UPDATE runs SET state = 'running', host = 'elsewhere', heartbeat = 9e10, clock = 1e12")
    file, home = tmp_path / "b.zip", tmp_path / "deep" / "again"
    assert main(["backup", str(file), "--workspace", str(space.home)]) == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert main(["restore", str(file), "--workspace", str(home)]) == 0
    assert "1 data set is in the workspace" in capsys.readouterr().out
    before = content(space.home)
    del before["uploads/raw.csv"]
    assert content(home) == before
    assert all(stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 for path in (home, *home.rglob("*")))
    again = Workspace.open(home)
    assert Dataset.open(again, dataset.dataset_id) == Dataset(
        **{**vars(dataset), "folder": again.home / "datasets" / dataset.dataset_id}
    )
    assert again.secret() == space.secret()
    assert [(kept.run_id, kept.state) for kept in list_kept(again).runs] == [(run.run_id, "lost")]
    assert [path.name for path in home.parent.iterdir()] == ["again"]
    told = [json.loads(line)["what"] for line in (home / "audit.jsonl").read_text().splitlines()]
    assert told[-1] == "restore"


def test_a_file_that_changes_meanwhile_makes_it_be_copied_again_and_an_older_backup_stays(
    space, bring, saved, tmp_path, monkeypatch
):
    first, add, turns = saved.read_bytes(), backup._add, []

    def busy(archive, source, name):
        if name.endswith("study.toml") and len(turns) < most:
            turns.append(name)
            (space.home / name).write_text((space.home / name).read_text() + " ")
        return add(archive, source, name)

    monkeypatch.setattr(backup, "_add", busy)
    most = 3
    with pytest.raises(WorkspaceError, match="changes faster than it can be copied"):
        backup.back_up(space, saved)
    assert saved.read_bytes() == first
    turns.clear()
    most = 1
    backup.back_up(space, saved)
    assert len(restore.restore(saved, tmp_path / "again").dataset_ids()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again", "files-1", "home", "saved.zip"]


def test_a_backup_does_not_lie_in_its_workspace(space, saved):
    with pytest.raises(WorkspaceError, match="lies in the workspace"):
        backup.back_up(space, space.home / "reports" / "b.zip")


def a_name(parts, name):
    parts[name] = b"x"
    card = json.loads(parts["manifest.json"])
    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    card["files"].append({"name": name, "bytes": 1, "sha256": digest})
    parts["manifest.json"] = json.dumps(card).encode()


def a_format(parts, value):
    parts["manifest.json"] = json.dumps({**json.loads(parts["manifest.json"]), "format": value}).encode()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda parts: parts.update({"reports/a.html": b"<q>"}), "'reports/a.html' is damaged"),
        (lambda parts: parts.update({"reports/a.html": b"<p>more"}), "holds other files"),
        (lambda parts: parts.pop("key"), "holds other files"),
        (lambda parts: parts.update({"reports/b.html": b""}), "holds other files"),
        (lambda parts: a_name(parts, "../outside"), "which no backup holds"),
        (lambda parts: a_name(parts, "/etc/outside"), "which no backup holds"),
        (lambda parts: a_name(parts, "reports/../../outside"), "which no backup holds"),
        (lambda parts: a_name(parts, "reports\\outside"), "which no backup holds"),
        (lambda parts: a_name(parts, "tmp/outside"), "which no backup holds"),
        (lambda parts: a_name(parts, "REPORTS/a.html"), "which no backup holds"),
        (lambda parts: a_name(parts, "reports/A.html"), "holds other files"),
        (lambda parts: parts.pop("manifest.json"), "is no backup of a workspace"),
        (lambda parts: parts.update({"manifest.json": b"[]"}), "is no backup of a workspace"),
        (lambda parts: a_format(parts, 2), "is of format 2"),
    ],
)
def test_what_is_no_backup_leaves_nothing(saved, tmp_path, change, told):
    bad = changed(saved, tmp_path / "bad.zip", change)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(WorkspaceError, match=told):
        restore.restore(bad, tmp_path / "again")
    assert sorted(tmp_path.iterdir()) == before
    assert not (tmp_path.parent / "outside").exists()


def test_a_link_a_cut_file_and_a_file_that_is_no_zip_are_refused(saved, tmp_path):
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        info = zipfile.ZipInfo("reports/link")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    (tmp_path / "cut.zip").write_bytes(saved.read_bytes()[:-100])
    (tmp_path / "text.zip").write_text("no zip")
    for name, told in (
        ("link", "no backup holds"),
        ("cut", "cannot be read as a zip"),
        ("text", "cannot be read as a"),
    ):
        with pytest.raises(WorkspaceError, match=told):
            restore.restore(tmp_path / f"{name}.zip", tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_sizes_are_bounded_and_so_is_the_disk(saved, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(restore, "LIMIT_BYTES", 10)
        with pytest.raises(WorkspaceError, match="more than can be restored"):
            restore.restore(saved, tmp_path / "again")
    monkeypatch.setattr(restore, "free_disk", lambda _: 10)
    with pytest.raises(WorkspaceError, match="has not that much free"):
        restore.restore(saved, tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_a_workspace_that_holds_something_is_left_as_it_is(space, saved, tmp_path, capsys):
    before = content(space.home)
    assert main(["restore", str(saved), "--workspace", str(space.home)]) == 1
    assert "is not empty, so nothing was restored" in capsys.readouterr().err
    assert content(space.home) == before
    empty = Workspace.open(tmp_path / "empty")
    assert len(restore.restore(saved, empty.home).dataset_ids()) == 1


def test_the_copy_of_the_registry_is_whole(space, bring, train, saved, tmp_path):
    train(bring())
    backup.back_up(space, saved)
    with zipfile.ZipFile(saved) as archive:
        archive.extract("runs/registry.sqlite", tmp_path)
        assert not [name for name in archive.namelist() if name.endswith(("-wal", "-shm"))]
    with sqlite3.connect(tmp_path / "runs" / "registry.sqlite") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("SELECT state FROM runs").fetchall() == [("finished",)]


def test_a_damaged_data_set_does_not_take_the_place_of_a_whole_backup(space, bring, saved):
    first = saved.read_bytes()
    path = space.home / "datasets" / space.dataset_ids()[0] / "interactions.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(WorkspaceError, match=r"would keep the damage: datasets/.*interactions.parquet"):
        backup.back_up(space, saved)
    assert saved.read_bytes() == first


def test_a_backup_whose_data_are_not_what_was_imported_is_refused(space, bring, saved, tmp_path):
    with zipfile.ZipFile(saved) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = next(name for name in parts if name.endswith("interactions.parquet"))
    parts[name] = parts[name][:-1] + b"x"  # and the manifest agrees with it
    card = json.loads(parts["manifest.json"])
    next(file for file in card["files"] if file["name"] == name)["sha256"] = hashlib.sha256(parts[name]).hexdigest()
    parts["manifest.json"] = json.dumps(card).encode()
    with zipfile.ZipFile(saved, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    with pytest.raises(WorkspaceError, match="interactions.parquet.* is damaged in the backup"):
        restore.restore(saved, tmp_path / "again")
    assert not (tmp_path / "again").exists()

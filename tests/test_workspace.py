import json
import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from recsys_core.errors import WorkspaceError
from recsys_core.workspace import Workspace, whole_file, whole_folder, write_atomic, write_json

ROOT = Path(__file__).parents[1]
KNOWN = "0123456789abcdef"


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "home")


def finished(space: Workspace, dataset_id: str = KNOWN) -> Path:
    folder = space.home / "datasets" / dataset_id
    folder.mkdir()
    (folder / "dataset.json").write_text("{}")
    return folder


def test_open_makes_the_folders_where_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAYING_POWER_HOME", str(tmp_path / "named"))
    assert Workspace.open().home == tmp_path / "named"
    assert Workspace.open(tmp_path / "given").home == tmp_path / "given"
    assert sorted(p.name for p in (tmp_path / "given").iterdir()) == [
        "datasets",
        "reports",
        "results",
        "tmp",
        "uploads",
    ]
    monkeypatch.delenv("STAYING_POWER_HOME")
    monkeypatch.chdir(tmp_path)
    assert Workspace.open().home == tmp_path / "workspace"


def test_a_file_is_no_workspace(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        WorkspaceError, match=r"The workspace .*file cannot be used: .* Give a folder that you may write"
    ):
        Workspace.open(tmp_path / "file")


def test_readers_see_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    path, stop, seen = tmp_path / "deep" / "value.json", threading.Event(), set[str]()
    write_json(path, ["a"] * 20_000)

    def read() -> None:
        while not stop.is_set():
            values = json.loads(path.read_text())
            seen.add(f"{set(values)} {len(values)}")

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(60):
        write_json(path, ["ab"[n % 2]] * 20_000)
    stop.set()
    reader.join()
    assert seen <= {"{'a'} 20000", "{'b'} 20000"}
    assert [p.name for p in path.parent.iterdir()] == ["value.json"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "value.json"
    write_json(path, {"text": "千と千尋"})
    assert "千と千尋" in path.read_text(encoding="utf-8")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomic(path, b"new")
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(path, float("nan"))
    assert json.loads(path.read_text(encoding="utf-8")) == {"text": "千と千尋"}
    assert [p.name for p in tmp_path.iterdir()] == ["value.json"]


def test_a_file_written_by_others_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "array.bin"
    with whole_file(path) as draft:
        draft.write_bytes(b"old")
        assert not path.exists()
    with pytest.raises(TypeError, match="data must be str"), whole_file(path) as draft:
        draft.write_text(1)  # type: ignore[arg-type]
    assert path.read_bytes() == b"old"
    assert [p.name for p in path.parent.iterdir()] == ["array.bin"]


def test_a_folder_takes_the_place_of_an_older_one_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "model"
    target.mkdir()
    (target / "old").touch()
    (tmp_path / ".model").mkdir()
    (tmp_path / ".model" / "left by a killed process").touch()
    with pytest.raises(TypeError, match="data must be str"), whole_folder(target) as draft:
        (draft / "new").write_text(1)  # type: ignore[arg-type]
    assert [p.name for p in target.iterdir()] == ["old"]
    with whole_folder(target) as draft:
        assert list(draft.iterdir()) == []
        (draft / "new").touch()
    assert [p.name for p in target.iterdir()] == ["new"]
    assert [p.name for p in tmp_path.iterdir()] == ["model"]


def test_a_new_folder_appears_whole_or_not_at_all(space: Workspace) -> None:
    target = space.home / "datasets" / KNOWN
    with pytest.raises(TypeError, match="data must be str"), space.new_folder(target) as draft:
        (draft / "a").write_text(1)  # type: ignore[arg-type]
    assert not target.exists()
    with space.new_folder(target) as draft:
        (draft / "a").write_text("whole")
        assert not target.exists()
    assert (target / "a").read_text() == "whole"
    assert not any((space.home / "tmp").iterdir())


def test_the_folder_that_was_first_stands(space: Workspace) -> None:
    target = space.home / "datasets" / KNOWN
    with space.new_folder(target) as slow:
        (slow / "a").write_text("second")
        with space.new_folder(target) as quick:
            (quick / "a").write_text("first")
    assert (target / "a").read_text() == "first"
    assert not any((space.home / "tmp").iterdir())


def test_another_failure_of_the_rename_is_not_hidden(space: Workspace) -> None:
    with pytest.raises(FileNotFoundError), space.new_folder(space.home / "nowhere" / KNOWN):
        pass


def test_only_stale_work_is_swept(space: Workspace) -> None:
    tmp = space.home / "tmp"
    for name in ("old-folder", "new-folder"):
        (tmp / name).mkdir()
        (tmp / name / "part").write_text("x")
    for name in ("old-file", "new-file"):
        (tmp / name).write_text("x")
    (tmp / "broken-link").symlink_to(tmp / "nothing")
    day_ago = time.time() - 86_500
    for name in ("old-folder", "old-file"):
        os.utime(tmp / name, (day_ago, day_ago))
    Workspace.open(space.home)
    assert sorted(p.name for p in tmp.iterdir()) == ["broken-link", "new-file", "new-folder"]


def test_data_sets_are_listed_newest_first_without_half_written_ones(space: Workspace) -> None:
    for age, dataset_id in enumerate((KNOWN, KNOWN[::-1])):
        mark = finished(space, dataset_id) / "dataset.json"
        os.utime(mark, (1_000 - age, 1_000 - age))
    (space.home / "datasets" / ("f" * 16)).mkdir()
    finished(space, "notes")
    assert space.dataset_ids() == [KNOWN, KNOWN[::-1]]


@pytest.mark.parametrize("bad", ["", "..", f"../datasets/{KNOWN}", f"{KNOWN}/", f"{KNOWN}\n", KNOWN.upper(), "a\0b"])
def test_malformed_ids_are_refused(space: Workspace, bad: str) -> None:
    finished(space)
    with pytest.raises(WorkspaceError, match=rf"The workspace holds no data set .* It holds: {KNOWN}. Import a log"):
        space.dataset_folder(bad)


def test_ids_that_are_not_there(space: Workspace) -> None:
    (space.home / "datasets" / KNOWN).mkdir()
    with pytest.raises(WorkspaceError, match=r"holds no data set '0123456789abcdef'. It holds: none yet"):
        space.dataset_folder(KNOWN)
    space.remove_half_written(space.home / "datasets" / KNOWN)
    folder = finished(space)
    space.remove_half_written(folder)
    assert space.dataset_folder(KNOWN) == folder


def test_the_key_is_made_once_and_is_for_its_owner_only(space: Workspace) -> None:
    key = space.secret()
    assert len(key) == 32
    assert key == space.secret() == Workspace.open(space.home).secret()
    assert stat.S_IMODE((space.home / "key").stat().st_mode) == 0o600
    assert not any((space.home / "tmp").iterdir())


def test_processes_that_race_for_the_key_get_the_same(space: Workspace) -> None:
    program = (
        "import sys\nfrom recsys_core.workspace import Workspace\nspace = Workspace.open(sys.argv[1])\n"
        "print('ready', flush=True)\nsys.stdin.readline()\nprint(space.secret().hex())"
    )
    command = [sys.executable, "-c", program, str(space.home)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
    children = [subprocess.Popen(command, **pipes) for _ in range(5)]  # type: ignore[call-overload]
    for child in children:
        assert child.stdout.readline() == "ready\n"
    for child in children:
        child.stdin.write("go\n")
        child.stdin.flush()
    assert {child.communicate()[0].strip() for child in children} == {space.secret().hex()}


@pytest.mark.parametrize("content", ["", "zz", "ab" * 31])
def test_a_damaged_key_is_not_replaced_in_silence(space: Workspace, content: str) -> None:
    (space.home / "key").write_text(content)
    with pytest.raises(
        WorkspaceError, match=r"The key of the pseudonyms, .*key, is damaged. Put it back from a backup"
    ):
        space.secret()
    assert (space.home / "key").read_text() == content

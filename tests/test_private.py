"""Who may read the workspace, where temporary files lie, and what is left of processes that were killed."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recsys_core import private
from recsys_core.command_line.parser import main
from recsys_core.data.import_log import import_log
from recsys_core.settings import DataSettings
from recsys_core.workspace import Workspace
from tests.logs import arm_log

ROOT = Path(__file__).parents[1]
LOG = arm_log({"old": 0.06, "new": 0.02}, 40)
READY = "print('ready', flush=True)\ntime.sleep(60)\n"


def modes(home: Path) -> set[tuple[bool, str]]:
    """Kinds of entries (True: folder) with their modes, links left out."""
    found = [home, *(path for path in home.rglob("*") if not path.is_symlink())]
    return {(path.is_dir(), oct(stat.S_IMODE(path.stat().st_mode))) for path in found}


def killed_after_ready(program: str, *arguments: str) -> None:
    with subprocess.Popen([sys.executable, "-c", program, *arguments], cwd=ROOT, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        child.send_signal(signal.SIGKILL)


@pytest.mark.parametrize("umask", [0o000, 0o177])
def test_all_that_an_import_writes_is_for_the_owner_only(tmp_path, umask):
    (tmp_path / "log.csv").write_text(LOG)
    before = os.umask(umask)
    try:
        space = Workspace.open(tmp_path / "home")
        import_log(space, DataSettings(log="log.csv"), folder=tmp_path)
    finally:
        os.umask(before)
    assert (space.home / "key").is_file()
    assert modes(space.home) == {(True, "0o700"), (False, "0o600")}


def test_what_stood_open_is_closed_and_links_are_not_followed(tmp_path):
    space, outside = Workspace.open(tmp_path / "home"), tmp_path / "outside.csv"
    folder = space.home / "reports" / "old"
    folder.mkdir()
    (folder / "a.html").write_text("x")
    outside.write_text("x")
    (folder / "link").symlink_to(outside)
    for path, mode in ((folder / "a.html", 0o664), (folder, 0o755), (space.home, 0o777), (outside, 0o644)):
        path.chmod(mode)
    assert Workspace.open(space.home).of_others == 0
    assert modes(space.home) == {(True, "0o700"), (False, "0o600")}
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644


def test_a_folder_that_holds_other_things_keeps_its_mode_and_they_theirs(tmp_path):
    (tmp_path / "program.sh").write_text("x")
    (tmp_path / "program.sh").chmod(0o755)
    tmp_path.chmod(0o755)
    Workspace.open(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "program.sh").stat().st_mode) == 0o755
    assert modes(tmp_path / "datasets") == {(True, "0o700")}


def test_files_of_another_user_are_left_alone_and_told(tmp_path, monkeypatch, capsys):
    (tmp_path / "log.csv").write_text(LOG)
    home = Workspace.open(tmp_path / "home").home
    theirs = home / "reports" / "theirs.html"
    theirs.write_text("x")
    theirs.chmod(0o644)
    original = Path.lstat

    class Theirs:
        def __init__(self, found):
            self.st_mode, self.st_mtime, self.st_uid = found.st_mode, found.st_mtime, found.st_uid + 1

    monkeypatch.setattr(Path, "lstat", lambda path: Theirs(original(path)) if path == theirs else original(path))
    assert main(["import", str(tmp_path / "log.csv"), "--workspace", str(home)]) == 0
    assert "1 file or folder in the workspace" in capsys.readouterr().err
    assert stat.S_IMODE(theirs.stat().st_mode) == 0o644


def test_what_a_killed_process_left_goes_at_once_and_what_a_living_one_uses_stays(tmp_path):
    space = Workspace.open(tmp_path / "home")
    program = (
        "import sys, time\nfrom recsys_core import private\nfrom recsys_core.workspace import Workspace\n"
        "space = Workspace.open(sys.argv[1])\n"
        "upload = space.home / 'uploads' / private.marked('upload')\nupload.mkdir()\n"
        "(upload / 'log.csv').write_text('raw')\n"
        "with private.work_folder(space.tmp, 'text') as folder:\n"
        "    (folder / 'plain.csv').write_text('raw')\n    " + READY.replace("\n", "\n    ")
    )
    with private.work_folder(space.tmp, "text") as mine:
        (mine / "plain.csv").write_text("mine")
        killed_after_ready(program, str(space.home))
        assert len(list(space.home.rglob("*.csv"))) == 3
        Workspace.open(space.home)
        assert list(space.home.rglob("*.csv")) == [mine / "plain.csv"]
    assert list(space.tmp.iterdir()) == []


def test_a_name_that_was_given_again_is_not_taken_for_the_process_that_left_it(tmp_path):
    own = private.marked("text")
    start = own.split("-")[3]
    for name in (own, own.replace(f"-{start}-", "-1-")):
        (tmp_path / name).mkdir()
    private.sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [own]


def test_work_of_another_computer_is_swept_after_a_day(tmp_path):
    there = tmp_path / "text-00000000-1-1-00000000"
    there.mkdir()
    private.sweep(tmp_path)
    assert there.exists()
    os.utime(there, (time.time() - 90_000,) * 2)
    private.sweep(tmp_path)
    assert not there.exists()


def test_the_copy_of_a_text_file_lies_in_the_workspace_and_is_swept_after_a_kill(tmp_path, monkeypatch):
    elsewhere = tmp_path / "system"
    elsewhere.mkdir()
    monkeypatch.setenv("TMPDIR", str(elsewhere))
    log, home = tmp_path / "log.csv", tmp_path / "home"
    log.write_bytes(LOG.replace("item-1,", "ätem,").encode("latin-1"))
    program = (
        "import sys, time\nfrom recsys_core.data import text_file\nfrom recsys_core.data.import_log import import_log\n"
        "from recsys_core.settings import DataSettings\nfrom recsys_core.workspace import Workspace\n"
        "copy = text_file._plain_copy\n"
        "def copy_and_wait(*given): copy(*given); print('ready', flush=True); time.sleep(60)\n"
        "text_file._plain_copy = copy_and_wait\n"
        "import_log(Workspace.open(sys.argv[1]), DataSettings(log=sys.argv[2]))\n"
    )
    killed_after_ready(program, str(home), str(log))
    (left,) = home.rglob("plain.csv")
    assert b"user-1," in left.read_bytes()
    assert list(elsewhere.rglob("*.csv")) == []
    Workspace.open(home)
    assert list(home.rglob("*.csv")) == []


def test_without_a_workspace_temporary_files_lie_in_a_private_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(private, "_in_use", [])
    monkeypatch.setattr(private.tempfile, "gettempdir", lambda: str(tmp_path))
    folder = private.temporary()
    assert folder.parent == tmp_path
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert private.temporary() == folder
    folder.rmdir()
    (tmp_path / "trap").mkdir()
    folder.symlink_to(tmp_path / "trap")
    assert private.temporary().resolve() not in (folder.resolve(), tmp_path / "trap")


def test_a_draft_that_a_killed_process_left_beside_its_place_goes_after_a_day(tmp_path):
    space = Workspace.open(tmp_path / "home")
    old, new = (space.home / "reports" / f".a.html.{n * 12}" for n in "0f")
    for path in (old, new):
        path.write_text("x")
    os.utime(old, (time.time() - 90_000,) * 2)
    Workspace.open(space.home)
    assert [path.name for path in (space.home / "reports").iterdir()] == [new.name]

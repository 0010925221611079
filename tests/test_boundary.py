"""What nobody foresaw ends in a sentence with a reference, at the command line; where it was goes to a private log."""

import errno
import json
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from recsys_core import unforeseen
from recsys_core.command_line import care_commands
from recsys_core.command_line.parser import main
from recsys_core.unforeseen import as_unforeseen
from recsys_core.workspace import Workspace

ROOT = Path(__file__).parents[1]
EMAIL = "alice@example.com"


@pytest.fixture
def home(tmp_path):
    return Workspace.open(tmp_path / "home").home


def raising(err):
    def run(*_given):
        raise err

    return run


def audit(home, *more):
    return main(["audit", "--workspace", str(home), *more])


@pytest.mark.parametrize("err", [KeyError(EMAIL), RecursionError(EMAIL), MemoryError(), AssertionError(EMAIL)])
def test_any_error_is_a_sentence_with_a_reference_that_the_log_has(home, monkeypatch, capsys, err):
    monkeypatch.setattr(care_commands, "open_workspace", raising(err))
    assert audit(home) == 70
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 1
    assert "Traceback" not in told.err
    assert EMAIL not in told.err
    log = (home / "errors.log").read_text()
    reference = log.split()[0]
    assert f"reference {reference}" in told.err
    assert type(err).__name__ in log
    assert "command_line/care_commands.py" in log
    assert EMAIL not in log
    assert str(ROOT) not in log
    assert stat.S_IMODE((home / "errors.log").stat().st_mode) == 0o600


def test_with_json_it_is_the_one_object(home, monkeypatch, capsys):
    monkeypatch.setattr(care_commands, "open_workspace", raising(ZeroDivisionError()))
    assert audit(home, "--json") == 70
    found = json.loads(capsys.readouterr().out)["error"]
    assert found["kind"] == "unforeseen"
    assert found["reference"] in (home / "errors.log").read_text()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_has_its_own_sentence(home, monkeypatch, capsys, number):
    monkeypatch.setattr(care_commands, "open_workspace", raising(OSError(number, "no", "/some/file")))
    assert audit(home) == 1
    assert capsys.readouterr().err.startswith("The disk is full. Make room")


def test_a_full_disk_is_told_from_within_a_database_too(home, monkeypatch, capsys):
    monkeypatch.setattr(care_commands, "open_workspace", raising(sqlite3.OperationalError("database or disk is full")))
    assert audit(home) == 1
    assert capsys.readouterr().err.startswith("The disk is full. Make room")


def test_whoever_stops_it_stops_it(home, monkeypatch, capsys):
    monkeypatch.setattr(care_commands, "open_workspace", raising(KeyboardInterrupt()))
    assert audit(home) == 130
    monkeypatch.setattr(care_commands, "open_workspace", raising(SystemExit(3)))
    with pytest.raises(SystemExit, match="3"):
        audit(home)
    assert capsys.readouterr() == ("", "")
    assert not (home / "errors.log").exists()


def test_a_reader_that_has_gone_is_no_error(home):
    line = json.dumps({"time": "t" * 80, "by": "library", "what": "import"})
    (home / "audit.jsonl").write_text(f"{line}\n" * 2000)
    command = f"{sys.executable} -m recsys_core audit --workspace {home} | head -n 1"
    shell = ["bash", "-o", "pipefail", "-c", command]
    done = subprocess.run(shell, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (141, "")
    assert len(done.stdout.splitlines()) == 1


def test_a_log_that_cannot_be_written_changes_the_advice_alone(tmp_path):
    (tmp_path / "file").write_text("")
    told = str(as_unforeseen(ValueError(EMAIL), tmp_path / "file"))
    assert "could not be written down" in told
    assert EMAIL not in told


def test_the_log_is_bounded_and_follows_no_link(home, tmp_path, monkeypatch):
    monkeypatch.setattr(unforeseen, "_MOST_BYTES", 2000)
    for _ in range(100):
        as_unforeseen(ValueError(EMAIL), home)
    assert sum(path.stat().st_size for path in home.glob("errors.log*")) <= 4000
    assert len(list(home.glob("errors.log*"))) == 2
    (home / "errors.log").unlink()
    (home / "errors.log").symlink_to(tmp_path / "elsewhere")
    as_unforeseen(ValueError(EMAIL), home)
    assert not (tmp_path / "elsewhere").exists()

"""A file of an earlier version is copied before it is brought up to date, and is as it was where that fails."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from recsys_core.errors import WorkspaceError
from recsys_core.runs.life import registry_file, registry_schema
from recsys_core.runs.life.run_registry import Registry

COLUMNS = (
    "run_id, dataset_id, model, heavy, split, test_from, work, state, attempt, created, queued, host, pid, pid_start, "
    "heartbeat, error"
)


def content(path):
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA quick_check").fetchone() == ("ok",)
        version = db.execute("PRAGMA user_version").fetchone()[0]
        return version, db.execute("SELECT * FROM runs ORDER BY run_id").fetchall(), registry_file._schema(db)


@pytest.fixture
def old(tmp_path):
    """A file as the first version wrote it, with two runs."""
    folder = tmp_path / "runs"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "registry.sqlite")) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(registry_schema._FIRST)
        for name in "ab":
            row = (
                f"popular-{name * 16}",
                "0" * 16,
                "popular",
                0,
                "{}",
                1,
                1.0,
                "finished",
                1,
                1.0,
                1.0,
                "h",
                1,
                "1",
                1.0,
                "It failed.",
            )
            db.execute(f"INSERT INTO runs ({COLUMNS}) VALUES ({', '.join('?' * len(row))})", row)
        db.commit()
    return folder


def names(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(("-wal", "-shm", ".reserve")))


def test_a_copy_of_what_was_there_stands_beside_the_new(old):
    before = content(old / "registry.sqlite")
    assert {row["run_id"][-1] for row in Registry(old).rows()} == {"a", "b"}
    assert content(old / "registry.sqlite")[0] == len(registry_schema._ADDED)
    assert content(old / "registry.sqlite.of-version-0") == before
    Registry(old)
    assert names(old) == ["registry.sqlite", "registry.sqlite.of-version-0"], "one copy, made once"


def test_a_new_file_has_no_copy(tmp_path):
    Registry(tmp_path / "runs").rows()
    assert names(tmp_path / "runs") == ["registry.sqlite"]


@pytest.mark.parametrize("at", range(len(registry_schema._ADDED[0]) + 2))
def test_what_fails_in_the_middle_leaves_it_as_it_was_and_the_next_goes_through(old, monkeypatch, at):
    before = content(old / "registry.sqlite")
    columns, _ = registry_schema._ADDED
    with monkeypatch.context() as patch:
        bad = (*columns[:at], "1 no column", *columns[at:])
        patch.setattr(registry_schema, "_ADDED", (bad, *registry_schema._ADDED[1:]))
        with pytest.raises(WorkspaceError, match="cannot be"):
            Registry(old)
    assert content(old / "registry.sqlite") == before
    assert len(Registry(old).rows()) == 2


def test_a_file_that_was_half_changed_is_put_back_from_its_copy(old, monkeypatch):
    before = content(old / "registry.sqlite")

    def half(db):
        db.execute("ALTER TABLE runs ADD COLUMN priority INTEGER")  # outside of any transaction
        db.execute("UPDATE runs SET model = 'x'")
        raise sqlite3.OperationalError("no more")

    with monkeypatch.context() as patch:
        patch.setattr(registry_file, "bring_up", half)
        with pytest.raises(WorkspaceError):
            Registry(old)
    assert content(old / "registry.sqlite") == before
    assert len(Registry(old).rows()) == 2


def test_what_another_process_brought_up_meanwhile_is_not_undone(old, monkeypatch):
    def late(db):
        registry_schema.bring_up(db)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(registry_file, "bring_up", late)
        with pytest.raises(KeyboardInterrupt):
            Registry(old)
    assert content(old / "registry.sqlite")[0] == len(registry_schema._ADDED)
    assert content(old / "registry.sqlite.of-version-0")[0] == 0


@pytest.mark.parametrize(
    "statement", ["ADD COLUMN place", "ADD COLUMN kind", "PRAGMA user_version =", "PRAGMA quick_check"]
)
def test_a_process_killed_in_the_middle_loses_nothing(old, statement):
    before = content(old / "registry.sqlite")
    code = f"""
import os, signal, sqlite3, sys
from pathlib import Path
from recsys_core.runs.life import registry_file
from recsys_core.runs.life.run_registry import Registry
whole = registry_file.bring_up
def traced(db):
    db.set_trace_callback(lambda text: os.kill(os.getpid(), signal.SIGKILL) if {statement!r} in text else None)
    whole(db)
registry_file.bring_up = traced
Registry(Path({str(old)!r}))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, env=os.environ, timeout=120)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert content(old / "registry.sqlite") == before
    assert content(old / "registry.sqlite.of-version-0") == before
    assert len(Registry(old).rows()) == 2


def test_a_data_set_that_goes_leaves_no_copy_that_names_it(old):
    book = Registry(old)
    assert (old / "registry.sqlite.of-version-0").exists()
    book.forget("0" * 16)
    assert names(old) == ["registry.sqlite"]

import io
import os
import time
from types import SimpleNamespace

import pytest
import streamlit as st

from dashboard import uploads
from recsys_core.workspace import Workspace


class Given(io.BytesIO):
    """A file as the browser hands it over: bytes and the name it had there."""

    def __init__(self, name: str, content: bytes = b"user_id,item_id\n"):
        super().__init__(content)
        self.name = name


@pytest.fixture
def space(tmp_path, monkeypatch) -> Workspace:
    opened = Workspace.open(tmp_path / "home")
    monkeypatch.setattr(uploads, "workspace", lambda: opened)
    return opened


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("log.csv", "log.csv"),
        ("my log-2.csv.gz", "my log-2.csv.gz"),
        ("журнал.csv", "журнал.csv"),
        ("../../etc/passwd.csv", "passwd.csv"),
        ("/etc/ssh/authorized_keys.txt", "authorized_keys.txt"),
        ("..\\..\\boot.csv", "_.._boot.csv"),
        (".hidden.csv", "hidden.csv"),
        ("a;rm -rf *.csv", "a_rm -rf _.csv"),
        ("a\x00b\n.csv", "a_b_.csv"),
        ("<u>.csv", "_u_.csv"),
        ("...", "upload"),
        ("", "upload"),
    ],
)
def test_a_file_stays_in_the_workspace_under_a_harmless_name(space, name, kept):
    path = uploads._keep(Given(name))
    assert path.name == kept
    assert path.resolve().parent.parent == space.home / "uploads"
    assert path.read_bytes() == b"user_id,item_id\n"


def test_an_endless_name_is_cut(space):
    path = uploads._keep(Given("ж" * 400 + ".csv"))
    assert path.suffix == ".csv"
    assert path.is_file()


def test_files_of_one_name_do_not_meet(space):
    first, second = uploads._keep(Given("log.csv", b"1")), uploads._keep(Given("log.csv", b"2"))
    assert (first.read_bytes(), second.read_bytes()) == (b"1", b"2")


def test_a_forgotten_file_is_removed(space, monkeypatch):
    path = uploads._keep(Given("log.csv"))
    state = SimpleNamespace(get={"uploads": {"log": str(path)}}.get)
    monkeypatch.setattr(st, "session_state", state)
    uploads.forget("log")
    assert list((space.home / "uploads").iterdir()) == []
    assert state.get("uploads") == {}
    uploads.forget("log")


def test_sizes_are_told_as_people_tell_them(tmp_path):
    path = tmp_path / "log.csv"
    path.write_bytes(b"x" * 1234)
    assert uploads._size(path) == "1.2 kB"
    path.write_bytes(b"x" * 1_250_000)
    assert uploads._size(path) == "1.2 MB"


def test_an_upload_that_nobody_looked_at_for_an_hour_goes_with_the_next_one(space):
    old, new = uploads._keep(Given("old.csv")), uploads._keep(Given("new.csv"))
    os.utime(old.parent, (time.time() - 3700,) * 2)
    last = uploads._keep(Given("last.csv"))
    assert sorted((space.home / "uploads").rglob("*.csv")) == sorted((new, last))


def test_an_upload_of_a_dead_server_goes_when_the_next_one_starts(space):
    path = uploads._keep(Given("log.csv"))
    pid = str(os.getpid())
    dead = path.parent.rename(path.parent.with_name(path.parent.name.replace(f"-{pid}-", "-999999999-")))
    alive = uploads._keep(Given("log.csv"))
    Workspace.open(space.home)
    assert alive.is_file()
    assert not dead.exists()

"""What the computer has left, what files take, and what a process is started with."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from recsys_core import machine


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Control groups in a folder of one's own: this process is in /b of version 2, /a of version 1."""
    monkeypatch.setattr(machine, "_CGROUPS", tmp_path)
    monkeypatch.setattr(machine, "_OWN_GROUPS", tmp_path / "groups")
    (tmp_path / "groups").write_text("4:memory:/a\n1:cpu:/\n0::/b\n")
    return tmp_path


def test_free_memory_is_that_of_the_system_or_less_in_a_container(groups, monkeypatch):
    system = SimpleNamespace(available=1_024_000, total=2_048_000)
    monkeypatch.setattr(machine.psutil, "virtual_memory", lambda: system)
    assert (machine.free_memory(), machine.total_memory()) == (1_024_000, 2_048_000), "no limits are to be read"
    (groups / "memory.max").write_text("max\n")
    (groups / "memory.current").write_text("900000\n")
    assert (machine.free_memory(), machine.total_memory()) == (1_024_000, 2_048_000)
    (groups / "memory.max").write_text("1000000\n")
    assert (machine.free_memory(), machine.total_memory()) == (100_000, 1_000_000)
    (groups / "memory.max").write_text("800000\n")
    assert machine.free_memory() == 0
    (groups / "memory.max").write_text("max\n")
    (groups / "memory" / "a").mkdir(parents=True)
    (groups / "memory" / "a" / "memory.limit_in_bytes").write_text("500000\n")
    (groups / "memory" / "a" / "memory.usage_in_bytes").write_text("400000\n")
    assert (machine.free_memory(), machine.total_memory()) == (100_000, 500_000)


def test_the_groups_of_a_process_are_its_own_and_the_topmost(groups, monkeypatch):
    assert machine.memory_groups() == [groups / "memory/a", groups / "memory", groups / "b", groups]
    (groups / "groups").write_text("0::/\n")
    assert machine.memory_groups() == [groups]
    monkeypatch.setattr(machine, "_OWN_GROUPS", groups / "none")
    assert machine.memory_groups() == []


def test_this_computer_has_memory_and_disk(tmp_path):
    assert 1 << 20 < machine.free_memory() <= machine.total_memory()
    assert machine.free_disk(tmp_path) > 0


def test_a_folder_takes_what_its_files_take(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a").write_bytes(b"12345")
    (tmp_path / "b").write_bytes(b"123")
    (tmp_path / "link").symlink_to(tmp_path / "b")
    assert machine.folder_size(tmp_path) == 8
    assert machine.folder_size(tmp_path / "none") == 0


def test_several_files_are_hashed_as_one(tmp_path):
    (tmp_path / "a").write_bytes(b"first")
    (tmp_path / "b").write_bytes(b"second")
    assert machine.sha256_of(tmp_path / "a") == hashlib.sha256(b"first").hexdigest()
    assert machine.sha256_of(tmp_path / "a", tmp_path / "b") == hashlib.sha256(b"firstsecond").hexdigest()


def test_a_child_finds_the_package_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    code = "import recsys_core.machine as m; print(m.ROOT)"
    environment = machine.child_environment()
    shown = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert Path(shown.stdout.strip()) == machine.ROOT
    assert environment["PYTHONPATH"].split(os.pathsep) == [str(machine.ROOT), str(tmp_path)]

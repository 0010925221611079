"""Files that settings and commands name: read where they may lie, and only where they have an end."""

import json
import os
import struct
import zipfile

import pandas as pd
import pytest

from recsys_core.command_line.parser import main
from recsys_core.data.import_log import import_log
from recsys_core.errors import SettingsError, WorkspaceError
from recsys_core.named_files import allowed_place, open_regular
from recsys_core.runs.kept.import_archive import import_run
from recsys_core.settings import DataSettings, StudySettings
from recsys_core.study import load_study, run
from recsys_core.workspace import Workspace
from tests.logs import arm_log


@pytest.fixture
def space(workspace_home):
    return Workspace.open(workspace_home)


@pytest.fixture
def pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    return str(tmp_path / "pipe.csv")


def test_what_has_no_end_is_not_opened(tmp_path, pipe):
    (tmp_path / "link").symlink_to("/dev/zero")
    for path in ("/dev/zero", pipe, str(tmp_path), str(tmp_path / "link")):
        with pytest.raises(SettingsError, match="is no regular file but a folder, a device or a pipe"):
            open_regular(tmp_path / path)
    (tmp_path / "log").write_bytes(b"12345")
    with open_regular(tmp_path / "log", 5) as file:
        assert file.read() == b"12345"
    with pytest.raises(SettingsError, match="has 5 bytes; what it is named for takes 4 bytes at most"):
        open_regular(tmp_path / "log", 4)
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "none")


def test_places_that_a_setting_may_name(tmp_path, monkeypatch):
    study, home, other = tmp_path / "study", tmp_path / "home", tmp_path / "other"
    for folder in (study, home, other):
        folder.mkdir()
        (folder / "a.csv").touch()
    (study / "out.csv").symlink_to(other / "a.csv")
    assert allowed_place("a.csv", "s.f", [study, home]) == study / "a.csv"
    assert allowed_place(str(home / "a.csv"), "s.f", [study, home]) == home / "a.csv"
    for name in (str(other / "a.csv"), "../other/a.csv", "out.csv", "~nobody-of-that-name/x", "/etc/passwd"):
        with pytest.raises(SettingsError, match=r"s.f names .* outside the folders .* STAYING_POWER_FOLDERS"):
            allowed_place(name, "s.f", [study, home])
    monkeypatch.setenv("STAYING_POWER_FOLDERS", os.pathsep.join(["", str(other)]))
    assert allowed_place("out.csv", "s.f", [study, home]) == other / "a.csv"


@pytest.mark.parametrize(
    "arguments",
    [["import", "{}"], ["import", "log.csv", "--users", "{}"], ["import", "log.csv", "--set", "items={}"],
     ["import-run", "{}"], ["survival", "{}", "--duration", "a", "--event", "b"], ["run", "{}"],
     ["report", "{}", "--out", "report.html"], ["train", "{dataset}", "--model", "popular", "--set", "test_file={}"],
     ["compare", "{dataset}", "--set", "test_file={}"]],
)  # fmt: skip
@pytest.mark.parametrize("device", ["/dev/zero", "pipe"])
def test_no_command_reads_a_device(space, tmp_path, pipe, monkeypatch, capsys, arguments, device):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "log.csv").write_text(arm_log({"": 0.1}, 20))
    dataset = import_log(space, DataSettings(log="log.csv"), folder=tmp_path).dataset_id
    named = device if device.startswith("/") else pipe
    filled = [part.format(named, dataset=dataset) for part in arguments]
    assert main([*filled, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "file-not-regular"


def test_a_zip_that_promises_a_long_table_of_contents_is_not_read(space, tmp_path):
    path = tmp_path / "run.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("settings.json", "{}")
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, 20 << 20, 0, 0)  # a table of 20 MiB
    path.write_bytes(b"\0" * (21 << 20) + end)
    with pytest.raises(WorkspaceError, match="20971520 bytes of contents"):
        import_run(space, path)


@pytest.fixture
def study_folder(tmp_path):
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "log.csv").write_text(arm_log({"old": 0.06, "new": 0.02}, 120))
    (tmp_path / "secret.csv").write_text("user_id,item_id\nuser-1,item-1\n")
    return folder


@pytest.mark.parametrize(
    ("lines", "setting"),
    [
        ('[data]\nlog = "{}/secret.csv"', "data.log"),
        ('[data]\nlog = "log.csv"\nusers = "../secret.csv"', "data.users"),
        ('[data]\nlog = "log.csv"\n[split]\nmethod = "file"\ntest_file = "../secret.csv"', "split.test_file"),
        ('[data]\nlog = "log.csv"\n[models.bi-encoder]\nencoder = "{}"', "models.bi-encoder.encoder"),
    ],
)
def test_a_study_file_names_nothing_outside_its_folder(space, tmp_path, study_folder, lines, setting):
    (study_folder / "study.toml").write_text(lines.format(tmp_path))
    with pytest.raises(SettingsError) as err:
        run(StudySettings.from_toml(study_folder / "study.toml"), space, train=False)
    assert (err.value.kind, err.value.values["setting"]) == ("place-not-allowed", setting)
    assert space.dataset_ids() == []


def test_a_test_file_is_kept_with_the_study(space, study_folder):
    (study_folder / "test.csv").write_text("user_id,item_id\nuser-1,item-1\n")
    (study_folder / "study.toml").write_text(
        '[data]\nlog = "log.csv"\n[split]\nmethod = "file"\ntest_file = "test.csv"\n[train]\nenabled = false\n'
    )
    study = StudySettings.from_toml(study_folder / "study.toml")
    kept = load_study(run(study, space).dataset).split.test_file
    assert kept.endswith("/test.csv.parquet")
    assert list(pd.read_parquet(space.home / kept)["item_id"]) == ["item-1"]
    assert kept.startswith("datasets/")
    assert not list((space.home / "tmp").iterdir())

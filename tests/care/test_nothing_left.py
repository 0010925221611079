"""Bytes of a whole workspace are searched: what should not be there, or not any more, stands nowhere."""

import hashlib
import io
import json
import re
import shutil
import sqlite3
import tempfile
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from recsys_core.care.deletion import delete_dataset
from recsys_core.care.forgetting import forget_user
from recsys_core.care.settling import settled
from recsys_core.command_line.parser import main
from recsys_core.data import splitting
from recsys_core.data.import_log import stored_users
from recsys_core.errors import SettingsError
from recsys_core.runs.kept.archive import export_run
from recsys_core.runs.life.keys import plan_run
from recsys_core.runs.life.run import plan_of, run_folder
from recsys_core.settings import EaseSettings, PopularSettings, SplitSettings, StudySettings
from recsys_core.study import load_study, run, save_study
from recsys_core.workspace import Workspace
from tests.logs import arm_log

RAW = re.compile(rb"user-\d+")


def contents(name: str, content: bytes):
    """A file as it lies there, and what is packed in it: tables column by column, archives part by part."""
    yield name, content
    if content[:4] == b"PAR1":
        table = pq.read_table(io.BytesIO(content))
        yield name, "\n".join(str(value) for column in table.columns for value in column.to_pylist()).encode()
    elif content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for part in archive.namelist():
                yield from contents(f"{name}/{part}", archive.read(part))


def found(needle: "re.Pattern[bytes] | str", *folders: Path) -> list[str]:
    """Where a text stands: in names of files and folders, and in bytes, those of free pages of databases among them."""
    pattern = re.compile(re.escape(needle.encode())) if isinstance(needle, str) else needle
    places = set()
    for folder in folders:
        for path in folder.rglob("*"):
            name = str(path.relative_to(folder))
            parts = contents(name, path.read_bytes()) if path.is_file() else [(name, b"")]
            places |= {part for part, content in parts if pattern.search(part.encode() + b"\0" + content)}
    return sorted(places)


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


@pytest.fixture
def study(tmp_path):
    """A study with a test file: every second user's first item, and people who are in no log."""
    folder = tmp_path / "study"
    folder.mkdir()
    log = arm_log({"old": 0.03, "new": 0.02}, users=40)
    (folder / "log.csv").write_text(log)
    rows = pd.read_csv(io.StringIO(log), dtype=str)
    user, item = rows.columns[0], next(name for name in rows.columns if name.startswith("item"))
    first = rows.drop_duplicates(user, keep="last")[[user, item]].iloc[::2]
    more = pd.DataFrame({user: ["user-999"], item: [first[item].iloc[0]]})
    pd.concat([first.assign(mail="x@example.org"), more]).to_csv(folder / "test.csv", index=False)
    (folder / "study.toml").write_text(
        '[data]\nlog = "log.csv"\n[split]\nmethod = "file"\ntest_file = "test.csv"\n'
        "[train]\nenabled = false\n[retention]\ninactivity_days = 7\n"
    )
    return StudySettings.from_toml(folder / "study.toml")


@pytest.fixture
def full(space, temporary, study, train):
    """A data set made of a study with a test file, a run, a measurement, reports and archives; and the run."""
    dataset = run(study, space).dataset
    done = train(dataset, EaseSettings(), load_study(dataset).split)
    export_run(space, done.run_id, space.home / "reports" / "run.zip")
    return dataset, done


def test_no_raw_id_of_log_or_test_file_stands_anywhere(space, temporary, study, full):
    dataset, done = full
    assert found(RAW, study.folder) == ["log.csv", "test.csv"], "the search finds what it looks for"
    assert found(RAW, space.home, temporary) == []
    assert found("example.org", space.home, temporary) == []
    (kept,) = splitting.kept_files(dataset.folder)
    assert (kept.name, kept.parent.parent.parent) == ("test.csv.parquet", dataset.folder)
    assert set(pd.read_parquet(kept).columns) == {"user_id", "item_id"}
    assert len(pd.read_parquet(kept)) == len(pd.read_csv(study.folder / "test.csv")) - 1, "who is in no log is not kept"
    assert plan_of(space, done.run_id).split.test_file == kept.relative_to(space.home).as_posix()


def test_the_run_of_a_test_file_is_that_of_the_file_as_it_came(space, study, full, monkeypatch, tmp_path):
    dataset, done = full
    monkeypatch.setenv("STAYING_POWER_FOLDERS", str(study.folder))
    raw = SplitSettings(method="file", test_file=str(study.folder / "test.csv"))
    assert plan_run(dataset, EaseSettings(), raw, 0).run_id == done.run_id


def test_of_a_user_who_is_forgotten_no_row_stays_also_not_in_free_pages(space, study, full):
    dataset, done = full
    test = splitting.kept_files(dataset.folder)[0]
    gone = pd.read_parquet(test)["user_id"].iloc[0]
    rows = len(pd.read_parquet(test))
    standing = found(gone, space.home)
    assert len(standing) > 3
    assert test.relative_to(space.home).as_posix() in standing
    forget_user(space, dataset.dataset_id, pseudonym=gone, reports=True)
    assert found(gone, space.home) == []
    assert found(done.run_id, space.home / "runs", space.home / "reports", space.home / "measured") == []
    assert len(pd.read_parquet(test)) == rows - 1
    assert splitting.take_in(dataset, study.folder / "test.csv") == test.relative_to(space.home).as_posix()
    assert found(gone, space.home) == [], "taking the same file in again does not bring the row back"


def test_a_file_taken_in_after_a_user_was_forgotten_lacks_that_user(space, bring, tmp_path):
    dataset = bring()
    gone, kept = stored_users(dataset, pd.Series(["user-3", "user-4"]))
    forget_user(space, dataset.dataset_id, user="user-3")
    item = dataset.interactions().item_id.execute()[0]
    mapping = dataset.mapping
    (tmp_path / "late.csv").write_text(f"{mapping['user']},{mapping['item']}\nuser-3,{item}\nuser-4,{item}\n")
    splitting.take_in(dataset, tmp_path / "late.csv")
    assert found(gone, space.home) == []
    assert any("tests/" in name for name in found(kept, space.home))
    (tmp_path / "late.csv").write_text(f"{mapping['user']},{mapping['item']}\nuser-3,{item}\n")
    with pytest.raises(SettingsError, match="None of the 1 rows of split.test_file"):
        splitting.take_in(dataset, tmp_path / "late.csv")


def test_of_a_deleted_data_set_only_the_log_of_what_was_done_knows_its_ids(space, full):
    dataset, done = full
    title, users = dataset.title, dataset.interactions().user_id.execute().unique()
    delete_dataset(space, dataset.dataset_id)
    for needle in (dataset.dataset_id, done.run_id, "test.csv", *dataset.content.values(), *users):
        assert [name for name in found(needle, space.home) if name != "audit.jsonl"] == []
    told = (space.home / "audit.jsonl").read_text()
    assert not any(user in told for user in users)
    assert f'"{title}"' not in told
    with sqlite3.connect(space.home / "runs" / "registry.sqlite") as db:
        assert db.execute("SELECT count(*) FROM runs").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM splits").fetchone() == (0,)


def as_before(space, dataset, study, content=None):
    """Let a test file lie where earlier versions kept it, with the study naming it."""
    content = content or (study.folder / "test.csv").read_bytes()
    name = f"files/{hashlib.sha256(content).hexdigest()[:16]}/test.csv"
    (space.home / name).parent.mkdir(parents=True)
    (space.home / name).write_bytes(content)
    shutil.rmtree(dataset.folder / "tests", ignore_errors=True)
    kept = load_study(dataset)
    save_study(dataset, kept.changed("split", {"test_file": name}))
    return name


def test_files_of_earlier_versions_go_to_their_data_sets_and_runs_keep_their_ids(space, study, full, temporary):
    dataset, done = full
    name = as_before(space, dataset, study)
    assert found(RAW, space.home) != []
    settled(Workspace.open(space.home))
    assert found(RAW, space.home, temporary) == []
    assert not (space.home / "files").exists()
    split = load_study(dataset).split
    assert split.test_file == name
    assert plan_run(dataset, EaseSettings(), split, 0).run_id == done.run_id
    assert splitting.test_pairs(dataset, split).count().execute() > 0
    delete_dataset(space, dataset.dataset_id)
    assert found(done.run_id, space.home / "runs") == []


def test_an_earlier_file_stays_while_the_key_is_damaged_and_goes_where_no_split_can_be_made_of_it(space, study, full):
    dataset, _ = full
    as_before(space, dataset, study)
    key = (space.home / "key").read_text()
    (space.home / "key").write_text("no key")
    settled(Workspace.open(space.home))
    assert len(list((space.home / "files").glob("*/*"))) == 1
    (space.home / "key").write_text(key)
    settled(Workspace.open(space.home))
    assert len(splitting.kept_files(dataset.folder)) == 1
    as_before(space, dataset, study, b"a,b\n1,2\n")
    settled(Workspace.open(space.home))
    assert not (space.home / "files").exists()
    assert splitting.kept_files(dataset.folder) == ()


def test_a_command_takes_its_test_file_to_the_data_set(space, study, full, temporary, capsys):
    dataset, _ = full
    rows = (study.folder / "test.csv").read_text().splitlines()
    (study.folder / "other.csv").write_text("\n".join(rows[:-3]) + "\n")
    place = ["--workspace", str(space.home), "--json"]
    given = ["--set", "method=file", "--set", f"test_file={study.folder / 'other.csv'}"]
    assert main(["train", dataset.dataset_id, "--model", PopularSettings.stage, *given, *place]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    split = plan_of(space, told["run_id"]).split
    assert split.test_file.endswith("/other.csv.parquet")
    assert len(splitting.kept_files(dataset.folder)) == 2
    assert run_folder(space, told["run_id"]).is_dir()
    assert found(RAW, space.home, temporary) == []

"""Pseudonyms, the id of a data set, and imports that are killed or run at the same time."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from recsys_core.data.dataset import Dataset
from recsys_core.data.import_log import import_log
from recsys_core.errors import WorkspaceError
from recsys_core.settings import DataSettings
from recsys_core.workspace import Workspace

ROOT = Path(__file__).parents[2]
MOVIES = ROOT / "../shared/data/movietweetings-100k"
USERS = "user_id,plan\n" + "".join(f"user-{n},{'free' if n % 2 else 'paid'}\n" for n in range(7))


def test_no_raw_user_id_in_any_file(bring: Callable[..., Dataset], space: Workspace, tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text(USERS)
    data = bring(users="users.csv")
    for path in space.home.rglob("*"):
        assert not path.is_file() or b"user-" not in path.read_bytes(), path
    log, users = data.interactions(), data.users_table()
    assert log.user_id.nunique().execute() == 7
    assert log.join(users, "user_id").count().execute() == data.rows == 60
    assert set(log.user_id.execute().str.fullmatch("u[0-9a-f]{20}")) == {True}


def test_pseudonyms_differ_between_workspaces_and_ids_do_not(tmp_path: Path, small_log: str) -> None:
    (tmp_path / "log.csv").write_text(small_log)
    here, there = (
        import_log(Workspace.open(tmp_path / name), DataSettings(log="log.csv"), folder=tmp_path) for name in ("a", "b")
    )
    assert here.dataset_id == there.dataset_id
    assert not set(here.interactions().user_id.execute()) & set(there.interactions().user_id.execute())


def test_pseudonyms_can_be_switched_off(bring: Callable[..., Dataset], space: Workspace) -> None:
    data = bring(pseudonymise=False)
    assert set(data.interactions().user_id.execute()) == {f"user-{n}" for n in range(7)}
    assert not (space.home / "key").exists()
    assert bring().dataset_id != data.dataset_id


def test_the_id_follows_content_mapping_and_rules(
    bring: Callable[..., Dataset], tmp_path: Path, small_log: str
) -> None:
    (tmp_path / "users.csv").write_text(USERS)
    log = small_log.replace("timestamp\n", "timestamp,score\n").replace("Z\n", "Z,1\n")
    ids = [
        bring(log).dataset_id,
        bring(log + "x,y,2026-03-01T00:00:00Z,2\n").dataset_id,
        bring(log, event="score").dataset_id,
        bring(log, drop_isolated_times=False).dataset_id,
        bring(log, users="users.csv").dataset_id,
    ]
    assert len(set(ids)) == 5
    assert bring(log, name="renamed.csv").dataset_id == ids[0]
    assert bring(log, user="user_id", item="item_id").dataset_id == ids[0]


def test_a_second_import_writes_nothing(
    bring: Callable[..., Dataset],
    listing: Callable[[], dict[str, bytes]],
    space: Workspace,
    temporary: Callable[[], set[str]],
) -> None:
    first = bring()
    before = listing()
    assert bring() == first
    assert listing() == before
    assert Dataset.open(space, first.dataset_id) == first
    assert not any((space.home / "tmp").iterdir())
    assert temporary() == set()


def test_the_card_names_files_without_their_folders(bring: Callable[..., Dataset], tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text(USERS)
    data = bring(users=str(tmp_path / "users.csv"))
    assert data.settings == {**DataSettings().to_dict(), "log": "log.csv", "users": "users.csv"}
    assert str(tmp_path) not in (data.folder / "dataset.json").read_text()
    assert (data.title, data.days) == ("log", pytest.approx((data.log_end - data.first_time) / 86_400))


@pytest.mark.parametrize("content", ["{", "[]", '{"steps": []}', '{"steps": [], "issues": [], "more": 1}'])
def test_a_damaged_card_is_named(bring: Callable[..., Dataset], space: Workspace, content: str) -> None:
    data = bring()
    (data.folder / "sums.json").unlink()  # as an earlier version stored it
    (data.folder / "dataset.json").write_text(content)
    with pytest.raises(WorkspaceError, match=r"The card of data set .* is damaged or of another version. Restore"):
        Dataset.open(space, data.dataset_id)


KILLED = """
import sys, time
from pathlib import Path
from recsys_core.data import import_log as module
from recsys_core.settings import DataSettings
from recsys_core.workspace import Workspace
def slow(path, value):
    print("written", flush=True)
    time.sleep(60)
module.write_json = slow
module.import_log(Workspace.open(sys.argv[1]), DataSettings(log=sys.argv[2]))
"""


def test_a_killed_import_breaks_nothing(
    bring: Callable[..., Dataset], space: Workspace, tmp_path: Path, small_log: str
) -> None:
    (tmp_path / "log.csv").write_text(small_log)
    command = [sys.executable, "-c", KILLED, str(space.home), str(tmp_path / "log.csv")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"written\n"
        child.send_signal(signal.SIGKILL)
    assert [p.name for p in (space.home / "tmp").rglob("*.parquet")] == ["interactions.parquet"]
    assert Workspace.open(space.home).dataset_ids() == []
    data = bring()
    assert (data.rows, space.dataset_ids()) == (60, [data.dataset_id])
    old = time.time() - 90_000
    for left in (space.home / "tmp").iterdir():
        os.utime(left, (old, old))
    Workspace.open(space.home)
    assert not any((space.home / "tmp").iterdir())


def test_a_half_written_data_set_is_made_anew(bring: Callable[..., Dataset], space: Workspace) -> None:
    data = bring()
    (data.folder / "dataset.json").unlink()
    (data.folder / "interactions.parquet").write_bytes(b"half")
    assert Workspace.open(space.home).dataset_ids() == []
    assert bring() == data
    assert data.interactions().count().execute() == 60


def test_imports_at_the_same_time_agree(space: Workspace, tmp_path: Path, small_log: str) -> None:
    (tmp_path / "log.csv").write_text(small_log)
    settings = DataSettings(log="log.csv")
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: import_log(space, settings, folder=tmp_path), range(8)))
    assert len({data.dataset_id for data in found}) == 1
    assert not any((space.home / "tmp").iterdir())
    assert json.loads((found[0].folder / "dataset.json").read_text())["rows"] == 60


@pytest.mark.skipif(not MOVIES.exists(), reason=f"MovieTweetings is not at {MOVIES.resolve()}")
def test_movietweetings_needs_no_options(space: Workspace) -> None:
    data = import_log(space, DataSettings(log="ratings.dat", items="movies.dat"), folder=MOVIES)
    assert (data.rows, data.users, data.items) == (100_000, 16_554, 10_506)
    assert data.mapping == {"user": "column 1", "item": "column 2", "time": "column 4", "value": "column 3"}
    assert [step.rows_in - step.rows_out for step in data.steps] == [0] * 7
    items = data.items_table()
    text = items.filter(items.item_id == "0110912").text.execute().tolist()
    assert text == ["Pulp Fiction (1994). Crime|Thriller"]
    assert data.has_text

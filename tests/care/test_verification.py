"""Whatever is damaged is named, with what to do, by `verify` and by what reads it; what is sound goes on working."""

import json
import shutil
import sqlite3

import pytest

from recsys_core import sums
from recsys_core.care.verification import verify
from recsys_core.command_line.parser import main
from recsys_core.data.dataset import Dataset
from recsys_core.runs.cost.measurements import Measured, keep, measured, path_of
from recsys_core.runs.kept.cache import list_kept
from recsys_core.workspace import Workspace
from tests.care import conftest

TYPES = ['{"created": 1e300}', "[]", "{}", "NaN", '{"a": NaN}', "[" * 20_000, '"x"', "null", "7"]


def flip(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 0x55]) + content[middle + 1 :]


DAMAGE = {
    "flip": flip,
    "cut": lambda content: content[: len(content) // 2],
    "empty": lambda _: b"",
    "garbage": lambda _: b"\xff\xfe\x00garbage" * 9,
}


def wrong_types(content):
    """Cards in which one value after the other is of another type, and one by one is missing."""
    card = json.loads(content)
    for name in card:
        for value in (1e300, [[]], {"a": {}}, "text", None, True):
            if type(value) is not type(card[name]):
                yield json.dumps(card | {name: value})
        if name != "pseudonym_key":  # earlier versions wrote none
            yield json.dumps({other: value for other, value in card.items() if other != name})
    yield from TYPES


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A workspace with two data sets, a run, a measurement, a study each, a report; and the ids."""
    place = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        space = Workspace.open(place / "home")
        bring = conftest.bring.__wrapped__(space, place)
        first, second = bring(1), bring(2)
        run = conftest.train.__wrapped__(space, patch)(first)
        keep(space, run.run_id, Measured(seconds=3.0))
        (space.home / "reports" / "a.html").write_text(f"<!doctype html><p>{first.dataset_id}</p></html>\n")
    return space.home, first.dataset_id, second.dataset_id, run.run_id


@pytest.fixture
def copy(made, tmp_path):
    shutil.copytree(made[0], tmp_path / "home")
    return Workspace.open(tmp_path / "home"), *made[1:]


def command(capsys, space, *words):
    """Exit code and what was said; never a traceback, never the boundary."""
    code = main([*words, "--workspace", str(space.home)])
    told = capsys.readouterr()
    assert code in (0, 1)
    assert "Traceback" not in told.err + told.out
    return code, told.out + told.err


def problems(space):
    return [(one.kind, one.name) for one in verify(space) if one.state == "damaged"]


def test_a_sound_workspace_is_said_to_be_one(copy, capsys):
    space, first, second, run = copy
    code, told = command(capsys, space, "verify")
    assert code == 0
    assert told.startswith("Nothing of 9 things is damaged.")
    found = verify(space)
    assert {one.name for one in found} >= {first, second, run, "a.html", "key", "registry.sqlite"}
    assert {one.state for one in found} == {"ok"}
    assert [one.name for one in verify(space, [run])] == [run]
    assert [one.kind for one in verify(space, [second])] == ["dataset", "study"]
    assert command(capsys, space, "verify", "0" * 16)[0] == 1


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize(
    "name", ["interactions.parquet", "items.parquet", "users.parquet", "dataset.json", "sums.json"]
)
def test_a_data_set(copy, capsys, name, how):
    space, first, second, _ = copy
    path = space.home / "datasets" / first / name
    path.write_bytes(DAMAGE[how](path.read_bytes()))
    assert ("dataset", first) in problems(space)
    code, told = command(capsys, space, "verify", first)
    assert code == 1
    assert str(path) in told or (name, how) == ("sums.json", "flip")
    assert "Restore a backup" in told
    if name != "items.parquet":
        code, told = command(capsys, space, "retention", first, "--set", "covariates=plan")
        assert (code, path.parent.name in told) == (1, True)
    code, told = command(capsys, space, "backup", str(space.home.parent / "b.zip"))
    assert code == 1
    assert not (space.home.parent / "b.zip").exists()
    assert Dataset.open(space, second).interactions().count().execute() > 0
    assert command(capsys, space, "runs", second)[0] == 0
    assert command(capsys, space, "delete", "dataset", first, "--yes")[0] == 0
    assert problems(space) == []


def test_cards_without_sums_of_all_wrong_types(copy):
    space, first, second, _ = copy
    path = space.home / "datasets" / first / "dataset.json"
    (path.parent / "sums.json").unlink()
    for content in wrong_types(path.read_text()):
        path.write_text(content)
        assert ("dataset", first) in problems_of(space, first), content[:200]
        assert space.dataset_ids()
    assert problems_of(space, second) == []


def problems_of(space, *ids):
    return [(one.kind, one.name) for one in verify(space, ids) if one.state == "damaged"]


def test_data_sets_of_before_are_not_called_good_until_they_were_read_whole(copy, capsys):
    space, first, _, _ = copy
    (space.home / "datasets" / first / "sums.json").unlink()
    code, told = command(capsys, space, "verify", first)
    assert code == 0
    assert f"not recorded  data set {first}" in told
    assert "no sums were kept" in told
    code, told = command(capsys, space, "verify", first, "--record")
    assert (code, told.count("ok ")) == (0, 2)
    assert set(sums.recorded(space.home / "datasets" / first)) == {
        "dataset.json", "interactions.parquet", "items.parquet", "users.parquet",
    }  # fmt: skip


@pytest.mark.parametrize("how", ["cut", "empty", "garbage"])
def test_damage_is_never_recorded_as_what_was_imported(copy, capsys, how):
    space, first, _, _ = copy
    path = space.home / "datasets" / first / "interactions.parquet"
    (path.parent / "sums.json").unlink()
    path.write_bytes(DAMAGE[how](path.read_bytes()))
    assert command(capsys, space, "verify", first, "--record")[0] == 1
    assert not (path.parent / "sums.json").exists()
    assert command(capsys, space, "verify", first)[0] == 1


@pytest.mark.parametrize("how", ["flip", "cut"])
def test_evaluations(copy, capsys, how):
    space, first, _, run = copy
    for path in sorted((space.home / "runs" / run / "evaluation").iterdir()):
        whole = path.read_bytes()
        path.write_bytes(DAMAGE[how](whole))
        assert problems(space) == [("run", run)], path
        assert command(capsys, space, "compare", first)[0] == 1, path
        path.write_bytes(whole)
    assert problems(space) == []


@pytest.mark.parametrize("how", ["cut", "empty", "garbage"])
def test_models_settings_and_measurements(copy, capsys, how):
    space, _, _, run = copy
    folder = space.home / "runs" / run
    for path in (*sorted((folder / "model").iterdir()), folder / "settings.json", path_of(space, run)):
        whole = path.read_bytes()
        path.write_bytes(DAMAGE[how](whole))
        assert problems(space) in ([("run", run)], [("measurement", path.name)]), path
        assert command(capsys, space, "cache", "list")[0] == 0
        path.write_bytes(whole)


def test_settings_and_measurements_of_wrong_types(copy):
    space, _, _, run = copy
    for path in (space.home / "runs" / run / "settings.json", path_of(space, run)):
        whole = path.read_text()
        for content in wrong_types(whole):
            path.write_text(content)
            assert problems_of(space, run) or measured(space, run) is None, (path.name, content[:200])
        path.write_text(whole)


def test_lines_of_progress_that_are_none_are_passed_over(copy):
    from recsys_core.runs.life.run import figures

    space, _, _, run = copy
    whole = '{"attempt": 1, "seconds": 1.0, "share": 0.5, "figures": {"loss": 1.0}}'
    wrong = [*TYPES, '{"attempt": "a", "seconds": 1, "share": 1, "figures": {"loss": 1}}', whole.replace("1.0", "null")]
    (space.home / "runs" / run / "progress.jsonl").write_text("\n".join([*wrong, whole]))
    assert figures(space, run) == ({"attempt": 1, "seconds": 1.0, "share": 0.5, "loss": 1.0},)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("created", 1e300), ("created", "soon"), ("created", -5.0), ("finished", b"\xff"), ("split", "["),
        ("split", "[]"), ("metrics", '{"ndcg": "much"}'), ("metrics", '{"ndcg": NaN}'), ("state", "well"),
        ("message", "{}"), ("error", "Words."), ("history", "{}"), ("history", '[{"a": 1}]'), ("share", "half"),
        ("dataset_id", b"\x00\xff"), ("model", b"x"), ("test_from", 1.5), ("attempt", 2**60), ("kills", "[1]"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("state", ["finished", "running"])
def test_rows_of_the_registry(copy, capsys, column, value, state):
    space, first, second, run = copy
    with sqlite3.connect(space.home / "runs" / "registry.sqlite") as db:
        db.execute("UPDATE runs SET state = ?", (state,))
        db.execute(f"UPDATE runs SET {column} = ?", (value,))
    db.close()
    assert ("run", run) in problems(space)
    assert command(capsys, space, "cache", "list")[0] == 0
    code, told = command(capsys, space, "runs", first)
    assert code == 0
    assert column == "dataset_id" or f"{run}  damaged" in told
    assert command(capsys, space, "runs", second)[0] == 0
    code, told = command(capsys, space, "cancel", run)
    assert code == 1
    (kept,) = list_kept(space).runs
    assert (kept.state, kept.deletable) == ("damaged", True)
    assert command(capsys, space, "cache", "delete", run)[0] == 0
    assert problems(space) == []


@pytest.mark.parametrize("how", ["cut", "empty", "garbage"])
def test_the_registry_the_key_studies_and_reports(copy, capsys, how):
    space, first, _, _ = copy
    names = ["runs/registry.sqlite", "key", f"datasets/{first}/study.toml", "reports/a.html"]
    for name in names:
        path = space.home / name
        whole = path.read_bytes()
        path.write_bytes(DAMAGE[how](whole))
        code, told = command(capsys, space, "verify")
        fine = name.endswith("toml") and how in {"cut", "empty"}  # what is left is a study
        assert fine or (code == 1 and str(path) in told), name
        path.write_bytes(whole)
        for mark in path.parent.glob("registry.sqlite-*"):
            mark.unlink()
    (space.home / "key").unlink()
    assert ("key", "key") in problems(space)

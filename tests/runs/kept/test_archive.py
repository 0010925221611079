"""A run goes out as a zip and comes back; whatever is wrong with a zip, nothing of it reaches the workspace."""

import hashlib
import json
import pickle
import shutil
import stat
import warnings
import zipfile
from dataclasses import replace
from io import BytesIO

import numpy as np
import pandas as pd
import pytest

from recsys_core.data.dataset import Dataset
from recsys_core.data.import_log import import_log
from recsys_core.errors import WorkspaceError
from recsys_core.evaluation.evaluate import Evaluation
from recsys_core.models.cards import card_of, registered
from recsys_core.models.popular import Popular, RecentPopular
from recsys_core.models.registry import load_model
from recsys_core.runs.kept import import_archive
from recsys_core.runs.kept.archive import MANIFEST, export_run
from recsys_core.runs.kept.cache import delete, find_kept
from recsys_core.runs.kept.import_archive import import_run
from recsys_core.runs.life.keys import plan_run
from recsys_core.runs.life.run import find_run, list_runs, registry, run_folder
from recsys_core.runs.start import launch, worker
from recsys_core.settings import DataSettings, ItemKnnSettings, RecentPopularSettings, SplitSettings
from recsys_core.workspace import Workspace
from tests.runs.conftest import RETENTION


@pytest.fixture
def run(ask, work):
    """A finished run."""
    run = ask(RecentPopularSettings(window_days=5))
    work()
    return run


@pytest.fixture
def zipped(space, run, tmp_path):
    return export_run(space, run.run_id, tmp_path / "out" / "run.zip").path


@pytest.fixture
def emptied(space, run, zipped):
    """The workspace without the run, which lies zipped beside it."""
    delete(space, run.run_id)
    return space


def contents(path):
    with zipfile.ZipFile(path) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def signed(files, **card):
    """Write the manifest that fits the files, as somebody who wants to get something past it would."""
    told = json.loads(files[MANIFEST]) | card
    told["files"] = [
        {"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in files.items() if name != MANIFEST
    ]  # fmt: skip
    return files | {MANIFEST: json.dumps(told).encode()}


def written(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def refused(space, path, words):
    """Import what must be refused, and see that the workspace is as it was."""
    registry(space)  # makes its folder
    before = sorted(p for p in space.home.rglob("*") if "registry" not in p.name)
    with pytest.raises(WorkspaceError, match=words):
        import_run(space, path)
    assert sorted(p for p in space.home.rglob("*") if "registry" not in p.name) == before
    assert [run.state for run in list_runs(space, space.dataset_ids()[0])] == []


def parquet(frame):
    held = BytesIO()
    frame.to_parquet(held)
    return held.getvalue()


# ---- out and back ----------------------------------------------------------------------------------------------


def test_an_archive_holds_the_run_and_no_checkpoint(space, run, tmp_path):
    folder = run_folder(space, run.run_id)
    (folder / "checkpoints").mkdir()  # a finished run has none; one that an older version left is not taken along
    (folder / "checkpoints" / "step").write_bytes(b"1")
    (folder / "pinned").touch()
    made = export_run(space, run.run_id, tmp_path / "run.zip")
    files = contents(made.path)
    assert {"settings.json", "model/model.json", "model/model.safetensors", "evaluation/lists.parquet"} <= {*files}
    assert {*files} == {*made.files, MANIFEST}
    assert not any("checkpoint" in name or "pinned" in name for name in files)
    card = json.loads(files[MANIFEST])
    assert (card["format"], card["run_id"], card["dataset_id"]) == (1, run.run_id, run.dataset_id)
    assert signed(files) == files | {MANIFEST: json.dumps(card).encode()}, "sizes and hashes fit"
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".zip" or path.name.startswith(".")] == [
        "run.zip"
    ]
    assert export_run(space, run.run_id, tmp_path / "again.zip").path.read_bytes() == made.path.read_bytes()


def test_what_could_run_code_is_left_out_and_said(space, run, tmp_path):
    folder = run_folder(space, run.run_id) / "model"
    (folder / "training_args.bin").write_bytes(pickle.dumps({}))
    (folder / "vocab.txt").write_text("a")
    made = export_run(space, run.run_id, tmp_path / "run.zip")
    assert made.left_out == ("model/training_args.bin",)
    assert "model/vocab.txt" in made.files


def test_only_a_finished_run_is_exported(space, ask, started, tmp_path):
    with pytest.raises(WorkspaceError, match="is queued, and only a finished run whose model is there can be exported"):
        export_run(space, ask().run_id, tmp_path / "run.zip")
    assert not (tmp_path / "run.zip").exists()


def test_an_export_that_fails_leaves_the_file_that_was_there(space, run, zipped, monkeypatch):
    before = zipped.read_bytes()
    monkeypatch.setattr(zipfile.ZipFile, "writestr", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(OSError, match="No space left"):
        export_run(space, run.run_id, zipped)
    assert (zipped.read_bytes(), [path.name for path in zipped.parent.iterdir()]) == (before, ["run.zip"])


def test_a_run_comes_back_as_it_was(space, run, zipped, ask, started):
    before, folder = find_run(space, run.run_id), run_folder(space, run.run_id)
    files = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    delete(space, run.run_id)
    back = import_run(space, zipped)
    same = ("run_id", "dataset_id", "model", "split", "test_from", "state", "created", "finished", "seconds", "metrics")
    assert {name: getattr(back, name) for name in same} == {name: getattr(before, name) for name in same}
    after = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert {name: data for name, data in after.items() if name.name != "used"} == files
    assert isinstance(load_model(folder / "model"), RecentPopular)
    assert Evaluation.load(folder / "evaluation").model == "recent-popular"
    assert ask(RecentPopularSettings(window_days=5)).cached, "training is answered by it"
    assert len(started) == 1
    assert not list((space.home / "tmp").iterdir())


def test_a_run_that_is_here_is_the_answer(space, run, zipped):
    assert import_run(space, zipped).cached
    assert find_kept(space, run.run_id).state == "finished"


def test_a_run_goes_to_another_workspace_with_the_same_users(imported, run, zipped, tmp_path):
    shutil.copytree(imported, tmp_path / "other")
    other = Workspace.open(tmp_path / "other")
    back = import_run(other, zipped)
    assert (back.run_id, back.cached, find_run(other, run.run_id).state) == (run.run_id, False, "finished")


def test_a_sparse_model_comes_back(space, ask, work, tmp_path):
    run = ask(ItemKnnSettings())
    work()
    path = export_run(space, run.run_id, tmp_path / "run.zip").path
    delete(space, run.run_id)
    assert import_run(space, path).state == "finished"


@pytest.mark.parametrize("left", ["cancelled", "no folder", "no row"])
def test_what_was_left_of_the_run_is_replaced(space, run, zipped, left):
    with registry(space)._writing() as db:
        if left == "cancelled":
            db.execute("UPDATE runs SET state = 'cancelled'")
        elif left == "no row":
            db.execute("DELETE FROM runs")
    if left == "no folder":
        shutil.rmtree(run_folder(space, run.run_id))
    else:
        (run_folder(space, run.run_id) / "old").touch()
    back = import_run(space, zipped)
    assert (back.state, back.cached, (run_folder(space, run.run_id) / "old").exists()) == ("finished", False, False)
    assert not list((space.home / "tmp").iterdir())


def test_a_run_that_is_being_trained_is_not_replaced(emptied, ask, zipped):
    run = ask(RecentPopularSettings(window_days=5))
    with pytest.raises(WorkspaceError, match=f"{run.run_id} is being trained here. Wait for its end"):
        import_run(emptied, zipped)
    assert find_run(emptied, run.run_id).state == "queued"


# ---- what does not fit this workspace --------------------------------------------------------------------------


def test_without_the_data_set_the_log_is_asked_for(run, zipped, tmp_path):
    other = Workspace.open(tmp_path / "other")
    with pytest.raises(WorkspaceError, match=f"trained on the data set '{run.dataset_id}', which this workspace does"):
        import_run(other, zipped)
    assert [path.name for path in (other.home / "runs").iterdir() if path.is_dir()] == []


def test_pseudonyms_of_another_workspace_are_found_out(imported, run, zipped, tmp_path):
    other = Workspace.open(tmp_path / "other")
    folder = imported.parent
    settings = DataSettings(log="log.csv", items="items.csv", text=("title",))
    assert import_log(other, settings, folder=folder).dataset_id == run.dataset_id
    refused(other, zipped, "of the 30 users of this run are not in log. User ids are replaced by pseudonyms made with")


def test_users_without_pseudonyms_go_anywhere(imported, tmp_path, monkeypatch):
    monkeypatch.setattr(launch, "_start_process", lambda *_: None)
    spaces = [Workspace.open(tmp_path / name) for name in ("one", "two")]
    settings = DataSettings(log="log.csv", pseudonymise=False)
    first, _ = (import_log(space, settings, folder=imported.parent) for space in spaces)
    run = launch.train(spaces[0], first, RecentPopularSettings(), SplitSettings(), RETENTION)
    worker.work(spaces[0], run.run_id, 1)
    back = import_run(spaces[1], export_run(spaces[0], run.run_id, tmp_path / "run.zip").path)
    assert (back.run_id, back.state) == (run.run_id, "finished")


def test_another_version_of_the_code_is_named(emptied, zipped):
    with registered(replace(card_of("recent-popular"), version=9)):
        refused(emptied, zipped, "recent-popular was saved by version 1 of its code, and this is version 9")


def test_a_later_format_asks_for_an_update(emptied, zipped):
    path = written(zipped, signed(contents(zipped), format=2))
    refused(emptied, path, "exported in format 2, and this version reads up to 1. Update Staying Power")


def test_a_full_disk_is_said_before_anything_is_unpacked(emptied, zipped, monkeypatch):
    monkeypatch.setattr(import_archive, "free_disk", lambda _folder: 10_000_000)
    refused(emptied, zipped, "and the workspace's disk has 10.0 MB free. Make room with `cache room")


# ---- attacks ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["../evil.json", "model/../../evil.json", "/etc/evil.json", "C:/evil.json", "model\\..\\evil.json", "evil.json",
     "model//evil.json", "model/./evil.json", "checkpoints/evil.json", "model", "model/ /evil.json"],
)  # fmt: skip
def test_no_file_lands_outside_the_run(emptied, zipped, tmp_path, name):
    refused(emptied, written(zipped, signed(contents(zipped) | {name: b"{}"})), "does not belong to a run|not read")
    assert not list(tmp_path.rglob("*evil*"))


@pytest.mark.parametrize(
    "name", ["model/args.bin", "model/model.pkl", "model/model.pt", "model/code.py", "model/.hidden.json", "model/x"]
)
def test_no_kind_comes_in_that_could_run(emptied, zipped, name):
    files = contents(zipped) | {name: pickle.dumps({"a": 1})}
    refused(emptied, written(zipped, signed(files)), "such files are not read: they may run code")


def test_no_link_comes_in(emptied, zipped):
    files = signed(contents(zipped) | {"model/link.json": b"/etc/passwd"})
    written(zipped, {name: data for name, data in files.items() if name != "model/link.json"})
    info = zipfile.ZipInfo("model/link.json")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(zipped, "a") as archive:
        archive.writestr(info, b"/etc/passwd")
    refused(emptied, zipped, "which is a link or something else than a plain file")


@pytest.mark.parametrize("name", ["model/model.json", "model/MODEL.json"])
def test_no_name_comes_twice(emptied, zipped, name):
    with zipfile.ZipFile(zipped, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr(name, b"{}")
    refused(emptied, zipped, "twice")


def test_a_folder_is_no_file(emptied, zipped):
    with zipfile.ZipFile(zipped, "a") as archive:
        archive.writestr("model/deep/", b"")
    refused(emptied, zipped, "does not belong to a run")


def test_a_bomb_is_refused_by_what_it_declares(emptied, zipped, monkeypatch):
    monkeypatch.setattr(import_archive, "LIMIT_BYTES", 1_000_000)
    files = contents(zipped) | {"model/zeros.json": b"0" * 2_000_000}
    refused(emptied, written(zipped, signed(files)), "would take 2.0 MB unpacked, and at most 1.0 MB are allowed")


def test_a_bomb_that_declares_little_is_stopped_where_it_should_end(emptied, zipped):
    """The size in the table of contents is lowered, and that in the manifest with it."""
    files = contents(zipped) | {"model/zeros.json": b"0" * 300_000}
    told = json.loads(signed(files)[MANIFEST])
    for file in told["files"]:
        if file["name"] == "model/zeros.json":
            file.update(bytes=300, sha256=hashlib.sha256(b"0" * 300).hexdigest())
    written(zipped, files | {MANIFEST: json.dumps(told).encode()})
    size, low = (300_000).to_bytes(4, "little"), (300).to_bytes(4, "little")
    data = zipped.read_bytes()
    assert data.count(size) >= 2
    zipped.write_bytes(data.replace(size, low))
    refused(emptied, zipped, "cannot be read as a zip file|more in|not what was exported")


def test_too_many_files_are_no_run(emptied, zipped, monkeypatch):
    monkeypatch.setattr(import_archive, "_MOST_FILES", 5)
    refused(emptied, zipped, r"holds \d+ files, and a run has at most 5")


def test_a_changed_byte_is_found(emptied, zipped):
    files = contents(zipped)
    files["settings.json"] += b" "
    refused(emptied, written(zipped, files), "does not fit settings.json")
    files["settings.json"] = files["settings.json"][:-3] + b" }"
    refused(emptied, written(zipped, files), "is damaged: '.*' is not what was exported")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda files: {name: data for name, data in files.items() if name != MANIFEST}, "is no exported run: it"),
        (lambda files: files | {MANIFEST: b"[1]"}, "has a manifest.json that is damaged"),
        (lambda files: files | {MANIFEST: b"[" * 100_000}, "has a manifest.json that is damaged"),
        (lambda files: files | {MANIFEST: b" " * (1 << 21)}, "or one too large"),
        (lambda files: files | {"log2.txt": b""}, "does not belong to a run"),
        (lambda files: files | {"model/more.txt": b"x"}, "holds other files than its manifest.json lists"),
        (lambda files: signed(files, seconds=float("nan")), "does not fit a run"),
        (lambda files: signed(files, created="1; DROP TABLE runs"), "has a manifest.json that is damaged"),
        (lambda files: signed(files, run_id="../../etc"), "is no id of a run"),
        (lambda files: signed(files, run_id="recent-popular-0123456789abcdef"), "is not the run that it says"),
        (lambda files: signed(files | {"settings.json": b"{}"}), "has no settings.json that can be read"),
        (lambda files: signed(files | {"model/vocab.txt": b"a\0b"}), "holds 'model/vocab.txt', which is no text"),
        (lambda files: signed(files | {"model/more.json": b"{"}), "This run cannot be read: JSONDecodeError"),
        (lambda files: signed(files | {"model/more.safetensors": pickle.dumps([1])}), "cannot be read: Safetensor"),
        (lambda files: signed(files | {"model/more.parquet": pickle.dumps([1])}), "cannot be read: ArrowInvalid"),
        (lambda files: signed(files | {"progress.jsonl": b"[1]\n"}), "This run cannot be read: TypeError"),
        (
            lambda files: signed(
                files | {"progress.jsonl": b'{"attempt": 1, "seconds": 1, "share": 1, "figures": {"<b>": 1}}\n'}
            ),
            "its progress.jsonl holds what no model tells",
        ),
        (lambda files: signed({n: d for n, d in files.items() if n != "model/model.safetensors"}), "cannot be read"),
        (lambda files: signed({n: d for n, d in files.items() if not n.startswith("eval")}), "no finished evaluation"),
    ],
)  # fmt: skip
def test_whatever_is_wrong_is_a_sentence(emptied, zipped, change, words):
    refused(emptied, written(zipped, change(contents(zipped))), words)


def test_settings_that_are_not_those_of_the_id_are_found_out(emptied, zipped):
    """The id is a hash of the key alone: what stands beside the key must say the same."""
    files = contents(zipped)
    settings = json.loads(files["settings.json"])
    for part, value in (
        ("model", settings["model"] | {"window_days": 50.0}),
        ("split", settings["split"] | {"filter_seen": False}),
        ("test_from", settings["test_from"] + 1),
        ("dataset_id", "0" * 16),
        ("key", settings["key"] | {"dataset": "0" * 16}),
    ):
        changed = files | {"settings.json": json.dumps(settings | {part: value}).encode()}
        refused(emptied, written(zipped, signed(changed)), "its settings do not give its id")


def test_a_model_that_is_not_known_is_said(emptied, zipped, tmp_path):
    files, path = contents(zipped), tmp_path / "bad.zip"
    settings, card = json.loads(files["settings.json"]), json.loads(files["model/model.json"])
    for name, change, words in (
        ("settings.json", settings | {"model": settings["model"] | {"width": 3}}, "settings that this version does"),
        ("settings.json", settings | {"model": {"name": "gru"}}, "or names a model that this version does not know"),
        ("model/model.json", card | {"name": "popular"}, "its settings are of recent-popular, its model is 'popular'"),
        ("model/model.json", card | {"settings": {"window_days": 1.0}}, "was trained with other settings than it says"),
    ):
        refused(emptied, written(path, signed(files | {name: json.dumps(change).encode()})), words)


def test_a_table_longer_than_the_data_allow_is_refused(emptied, zipped):
    """A few kilobytes of equal ids can stand for millions of rows."""
    many = parquet(pd.DataFrame({"id": pd.Categorical(["u"] * 2_000_000)}))
    assert len(many) < 20_000
    files = contents(zipped) | {"model/users.parquet": many}
    refused(emptied, written(zipped, signed(files)), "has 2,000,000 rows, more than the data set can give")


def test_a_history_that_points_outside_is_refused(emptied, zipped, tmp_path):
    from safetensors.numpy import load, save

    arrays = load(contents(zipped)["model/model.safetensors"])
    for name, place, value in (("indices", 0, 10**6), ("indices", 0, -1), ("indptr", 0, 1), ("indptr", 1, 10**6)):
        changed = {key: array.copy() for key, array in arrays.items()}
        changed[f"history.{name}"][place] = value
        files = contents(zipped) | {"model/model.safetensors": save(changed)}
        refused(emptied, written(tmp_path / "bad.zip", signed(files)), "its history does not fit its users and items")


def test_a_matrix_that_points_outside_is_refused(space, ask, work, tmp_path):
    from safetensors.numpy import load, save

    run = ask(ItemKnnSettings())
    work()
    path = export_run(space, run.run_id, tmp_path / "run.zip").path
    delete(space, run.run_id)
    files = contents(path)
    arrays = load(files["model/model.safetensors"])
    arrays["learnt.indices"] = np.full_like(arrays["learnt.indices"], 10**6)
    refused(space, written(path, signed(files | {"model/model.safetensors": save(arrays)})), "cannot be read: ValueErr")


def test_an_evaluation_of_another_run_is_refused(emptied, zipped):
    files = contents(zipped)
    del files["evaluation/sums.json"]  # whoever changes the files can leave it out
    card = json.loads(files["evaluation/evaluation.json"])
    for change in ({"model": "popular"}, {"now": 1}, {"split": SplitSettings(method="random").to_dict()}):
        changed = files | {"evaluation/evaluation.json": json.dumps(card | change).encode()}
        refused(emptied, written(zipped, signed(changed)), "its evaluation is of another model or split")
    users = pd.read_parquet(BytesIO(files["evaluation/users.parquet"]))
    users.loc[0, "user_id"] = "somebody"
    changed = files | {"evaluation/users.parquet": parquet(users)}
    refused(emptied, written(zipped, signed(changed)), "names users or items that its model does not know")


def test_metrics_are_computed_and_not_believed(emptied, zipped, run):
    path = written(zipped, signed(contents(zipped), metrics={"ndcg": 0.99}))
    assert import_run(emptied, path).metrics["ndcg"] < 0.9


def test_what_is_no_zip_is_said(emptied, tmp_path):
    (tmp_path / "no.zip").write_bytes(b"no zip")
    refused(emptied, tmp_path / "no.zip", "cannot be read as a zip file")


def test_a_plan_of_the_archive_is_the_plan_of_the_page(space, run, dataset):
    plan = plan_run(dataset, RecentPopularSettings(window_days=5), SplitSettings(), run.test_from)
    assert (plan.run_id, Popular.version) == (run.run_id, plan.key["versions"]["code"])
    assert Dataset.open(space, plan.dataset_id) == dataset


@pytest.mark.slow
def test_any_damage_is_a_sentence(emptied, zipped):
    """Bytes changed and cut at random, in the table of contents above all: never another error, never half a run."""
    whole, rng, told = zipped.read_bytes(), np.random.default_rng(3), 0
    table = whole.find(b"PK\x01\x02")
    for turn in range(300):
        data = bytearray(whole)
        for place in rng.integers(table if turn % 2 else 0, len(data), 3):
            data[place] = rng.integers(256)
        zipped.write_bytes(data if turn % 5 else data[: rng.integers(len(data))])
        try:
            import_run(emptied, zipped)
        except WorkspaceError:
            told += 1
        else:
            delete(emptied, list_runs(emptied, emptied.dataset_ids()[0])[0].run_id)
        assert not [path for path in (emptied.home / "runs").iterdir() if path.is_dir()]
    assert told > 200

"""Data sets, studies and reports go for good, with all that is held of them and with nothing else."""

import hashlib
import json

import numpy as np
import pytest
from safetensors.numpy import save_file

from recsys_core.care import deletion
from recsys_core.care.holdings import holdings
from recsys_core.command_line.parser import main
from recsys_core.data.dataset import Dataset
from recsys_core.errors import WorkspaceError
from recsys_core.models.embeddings import HASH_BYTES
from recsys_core.runs.cost import measuring_queue
from recsys_core.runs.cost.measurements import Measured, keep
from recsys_core.runs.kept.archive import export_run
from recsys_core.runs.kept.cache import list_kept, pin
from recsys_core.runs.life.run import registry
from recsys_core.settings import EaseSettings
from recsys_core.workspace import Workspace


def embeddings_of(space, name, *texts):
    keys = b"".join(hashlib.sha256(text.encode()).digest()[:HASH_BYTES] for text in texts)
    hashes = np.frombuffer(keys, dtype=np.uint8).reshape(-1, HASH_BYTES)
    (space.home / "embeddings").mkdir(exist_ok=True)
    rows = np.zeros((len(texts), 2), dtype=np.float32)
    save_file({"hashes": hashes, "embeddings": rows}, space.home / "embeddings" / f"embeddings-{name}.safetensors")


@pytest.fixture
def full(space, bring, train, monkeypatch):
    """A data set with everything that may be held of one, and another one beside it; returns both and a run of each."""
    monkeypatch.setattr(measuring_queue, "_start_next", lambda *_: None)
    ours, theirs = bring(1), bring(2)
    run, other = train(ours), train(theirs)
    for done in (run, other):
        keep(space, done.run_id, Measured(seconds=1))
    measuring_queue.begin(space, deletion_plan(space, run), "a page")
    embeddings_of(space, "ours", "Title 1 of 1", "Title 2 of 1")
    embeddings_of(space, "both", "Title 1 of 1", "Title 1 of 2")
    reports = space.home / "reports"
    (reports / "sub").mkdir()
    (reports / "sub" / "ours.html").write_text(f"<p>Data set {ours.dataset_id}</p>")
    (reports / "theirs.html").write_text(f"<p>Data set {theirs.dataset_id}</p>")
    (reports / f"{ours.dataset_id}.txt").write_text("")
    export_run(space, run.run_id, reports / "ours.zip")
    return ours, theirs, run, other


def deletion_plan(space, run):
    from recsys_core.runs.life.run import plan_of

    return plan_of(space, run.run_id)


def test_nothing_of_a_deleted_data_set_is_found_by_name_or_id_and_others_are_whole(space, full, naming):
    ours, theirs, run, other = full
    assert len(naming(ours.dataset_id, run.run_id)) > 8
    going = deletion.delete_dataset(space, ours.dataset_id)
    assert [kept.run_id for kept in going.runs] == [run.run_id]
    assert going.reports == (f"{ours.dataset_id}.txt", "ours.zip", "sub/ours.html")
    assert going.texts == ("embeddings-ours.safetensors",)
    assert naming(ours.dataset_id, run.run_id, "Log 1", "Study 1", "of 1") == []
    assert list(space.tmp.iterdir()) == []
    assert space.dataset_ids() == [theirs.dataset_id]
    assert Dataset.open(space, theirs.dataset_id).interactions().count().execute() == theirs.rows
    assert [kept.run_id for kept in list_kept(space).runs] == [other.run_id]
    assert sorted(path.name for path in (space.home / "embeddings").iterdir()) == ["embeddings-both.safetensors"]
    assert [path.name for path in (space.home / "measured").iterdir()] == [f"{other.run_id}.json"]
    assert measuring_queue.advance(space) == ()


def test_it_is_listed_first_and_goes_only_when_asked_for(space, full, capsys):
    ours, _, run, _ = full
    command = ["delete", "dataset", ours.dataset_id, "--workspace", str(space.home)]
    assert main(command) == 0
    told = capsys.readouterr().out
    assert f"run {run.run_id}" in told
    assert "report sub/ours.html, which names it" in told
    assert "Nothing is deleted yet; give --yes" in told
    assert ours.dataset_id in space.dataset_ids()
    assert main([*command, "--yes", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["deleted"], answer["runs"]) == (True, [run.run_id])
    assert ours.dataset_id not in space.dataset_ids()


def test_pinned_runs_need_to_be_named_and_runs_under_way_to_be_stopped(space, bring, train):
    dataset = bring()
    run = train(dataset)
    pin(space, run.run_id)
    with pytest.raises(WorkspaceError, match=f"has pinned runs, {run.run_id}"):
        deletion.delete_dataset(space, dataset.dataset_id)
    with registry(space)._writing() as db:
        db.execute("UPDATE runs SET state = 'queued', host = 'elsewhere', heartbeat = 9e10, clock = 1e12")
    with pytest.raises(WorkspaceError, match=f"is in use by {run.run_id}"):
        deletion.delete_dataset(space, dataset.dataset_id, pinned=True)
    assert holdings(space, dataset.dataset_id).pinned == (run.run_id,)
    with registry(space)._writing() as db:
        db.execute("UPDATE runs SET state = 'finished'")
    deletion.delete_dataset(space, dataset.dataset_id, pinned=True)
    assert list_kept(space).runs == ()


@pytest.mark.parametrize("killed_at", ["held_with", "delete", "registry"])
def test_what_a_killed_deletion_left_is_not_listed_and_goes_at_the_next_start(
    space, bring, train, naming, monkeypatch, capsys, killed_at
):
    dataset = bring()
    run = train(dataset)

    def killed(*_given, **_named):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if killed_at == "held_with":
            patch.setattr(deletion, "_finish", killed)
        else:
            patch.setattr(deletion, killed_at, killed)
        with pytest.raises(KeyboardInterrupt):
            deletion.delete_dataset(space, dataset.dataset_id)
    assert space.dataset_ids() == []
    assert main(["cache", "list", "--workspace", str(space.home)]) == 0
    assert "0 runs" in capsys.readouterr().out
    assert naming(dataset.dataset_id, run.run_id) == []


def test_one_that_was_imported_again_after_a_kill_keeps_what_is_its_own(space, bring, train, monkeypatch):
    dataset = bring()
    with monkeypatch.context() as patch:
        patch.setattr(deletion, "_finish", lambda *_: None)
        deletion.delete_dataset(space, dataset.dataset_id)
    again = bring()
    run = train(again)
    deletion.finish_deletions(Workspace.open(space.home))
    assert [kept.run_id for kept in list_kept(space).runs] == [run.run_id]
    assert not list((space.home / "deleting").iterdir())


def test_a_data_set_whose_card_is_damaged_can_be_deleted(space, bring, train):
    dataset = bring()
    train(dataset, EaseSettings())
    (dataset.folder / "dataset.json").write_text("{")
    assert deletion.delete_dataset(space, dataset.dataset_id).title == ""
    assert space.dataset_ids() == []
    assert list_kept(space).runs == ()


@pytest.mark.parametrize("bad", ["..", "../runs", "", "0" * 16])
def test_what_is_no_data_set_is_not_deleted(space, bring, bad):
    dataset = bring()
    with pytest.raises(WorkspaceError, match="holds no data set"):
        deletion.delete_dataset(space, bad)
    assert space.dataset_ids() == [dataset.dataset_id]


def test_a_study_goes_and_its_data_stay(space, bring, capsys):
    dataset = bring()
    command = ["delete", "study", dataset.dataset_id, "--workspace", str(space.home)]
    assert main(command) == 0
    assert "would go; it would open with the defaults" in capsys.readouterr().out
    assert (dataset.folder / "study.toml").is_file()
    assert main([*command, "--yes"]) == 0
    assert not (dataset.folder / "study.toml").exists()
    assert main([*command, "--yes"]) == 0
    assert "has no settings of its own" in capsys.readouterr().out
    assert space.dataset_ids() == [dataset.dataset_id]


def test_a_report_goes_by_its_name_and_nothing_outside_does(space, bring, capsys, tmp_path):
    bring()
    (space.home / "reports" / "a.html").write_text("x")
    (tmp_path / "outside.html").write_text("x")
    command = ["--workspace", str(space.home), "--yes"]
    for name in ("../../outside.html", "../key", str(tmp_path / "outside.html"), "none.html", ""):
        assert main(["delete", "report", name, *command]) == 1
    assert "The workspace's reports/ holds no" in capsys.readouterr().err
    assert (tmp_path / "outside.html").is_file()
    assert main(["delete", "report", "a.html", *command]) == 0
    assert not (space.home / "reports" / "a.html").exists()

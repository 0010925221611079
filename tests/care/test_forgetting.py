"""A user who is forgotten stands nowhere any more, and the data set works on without them."""

import io
import json

import pandas as pd
import pytest

from recsys_core import sums
from recsys_core.care import forgetting
from recsys_core.care.forgetting import forget_user
from recsys_core.command_line.parser import main
from recsys_core.data.dataset import Dataset
from recsys_core.data.import_log import stored_users
from recsys_core.errors import DataError, WorkspaceError
from recsys_core.runs.kept.cache import list_kept, pin
from recsys_core.settings import EaseSettings, StudySettings
from recsys_core.steps import Steps
from recsys_core.wording.sentences import step_name


def stored(dataset, user):
    return stored_users(dataset, pd.Series([user]))[0]


def test_neither_pseudonym_nor_raw_id_is_found_and_the_data_set_works_on(space, bring, train, naming, capsys):
    dataset = bring(pseudonymise=True)
    gone, other = stored(dataset, "user-17"), stored(dataset, "user-18")
    run = train(dataset, EaseSettings())
    (space.home / "reports" / "ours.html").write_text(f"{dataset.dataset_id} {gone}")
    assert len(naming(gone)) >= 4
    capsys.readouterr()  # what the training said
    key = Steps(space).key(dataset.dataset_id)
    command = ["forget", dataset.dataset_id, "--workspace", str(space.home), "--user", "user-17", "--reports", "--json"]
    assert main(command) == 0
    assert json.loads(capsys.readouterr().out)["forgotten"] is False
    assert naming(gone) != []
    assert main([*command, "--yes"]) == 0
    told = capsys.readouterr()
    answer = json.loads(told.out)
    assert (answer["forgotten"], answer["runs"], answer["reports"]) == (True, [run.run_id], ["ours.html"])
    assert gone not in told.out + told.err
    assert naming(gone, "user-17", run.run_id) == []
    assert naming(other) != []
    left = Dataset.open(space, dataset.dataset_id)
    assert left.users == dataset.users - 1
    assert left.rows == dataset.rows - answer["events"] == left.interactions().count().execute()
    assert left.users_table().count().execute() == 39
    assert left.steps[:-1] == dataset.steps
    assert step_name(left.steps[-1]) == "without 1 user who was forgotten on request"
    assert Steps(space).key(dataset.dataset_id) != key
    again = train(left, EaseSettings())
    assert again.run_id == run.run_id
    assert naming(gone) == []
    study = StudySettings().changed("retention", {"inactivity_days": 7})
    assert Steps(space).figures(left, study).arms


def test_importing_the_same_files_again_does_not_bring_the_user_back(space, bring, naming):
    dataset = bring()
    gone = stored(dataset, "user-3")
    forget_user(space, dataset.dataset_id, user="user-3")
    assert bring().dataset_id == dataset.dataset_id
    assert naming(gone) == []


def test_users_are_forgotten_one_after_the_other_and_counted(space, bring):
    dataset = bring()
    for user in ("user-1", " user-2 "):
        forget_user(space, dataset.dataset_id, user=user)
    forget_user(space, dataset.dataset_id, pseudonym=stored(dataset, "user-4"))
    left = Dataset.open(space, dataset.dataset_id)
    assert step_name(left.steps[-1]) == "without 3 users who were forgotten on request"
    assert (left.steps[-1].rows_in, left.steps[-1].rows_out) == (dataset.rows, left.rows)
    assert left.users == dataset.users - 3


def test_without_pseudonyms_the_raw_id_goes(space, bring, naming):
    dataset = bring(pseudonymise=False)
    assert naming("user-17") != []
    forget_user(space, dataset.dataset_id, user="user-17")
    assert naming("user-17") == []


def test_what_cannot_be_done_changes_nothing_and_does_not_say_the_id(space, bring, train, capsys, monkeypatch):
    dataset = bring()
    place = ["--workspace", str(space.home), "--yes"]
    for name in ("nobody@example.org", "", "user-1'; DROP", "USER-1"):
        assert main(["forget", dataset.dataset_id, "--user", name, *place]) == 1
        told = capsys.readouterr().err
        assert "has no user of this id" in told
        assert not name or name not in told
    assert main(["forget", dataset.dataset_id, "--pseudonym", "u0", *place]) == 1
    assert "has no user of this pseudonym" in capsys.readouterr().err
    pin(space, train(dataset).run_id)
    with pytest.raises(WorkspaceError, match="has pinned runs"):
        forget_user(space, dataset.dataset_id, user="user-1")
    assert Dataset.open(space, dataset.dataset_id) == dataset
    monkeypatch.setattr("sys.stdin", io.StringIO("user-1\n"))
    assert main(["forget", dataset.dataset_id, "--user", "-", "--pinned", *place]) == 0
    assert list_kept(space).runs == ()


def test_the_last_user_is_not_forgotten_but_deleted(space, bring):
    dataset = bring()
    users = sorted(set(dataset.interactions().user_id.execute()))
    for user in users[1:3]:
        forget_user(space, dataset.dataset_id, pseudonym=user)
    log = dataset.interactions()
    forgetting.engine.current().write(log.filter(log.user_id == users[0]), dataset.folder / "interactions.parquet")
    sums.record(dataset.folder)
    with pytest.raises(DataError, match="has no other user"):
        forget_user(space, dataset.dataset_id, pseudonym=users[0])


@pytest.mark.parametrize("killed_at", ["registry", "write_json"])
def test_the_same_call_ends_what_a_killed_one_began(space, bring, train, naming, monkeypatch, killed_at):
    dataset = bring()
    train(dataset)
    gone = stored(dataset, "user-5")

    def killed(*_given):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(forgetting, killed_at, killed)
        with pytest.raises(KeyboardInterrupt):
            forget_user(space, dataset.dataset_id, user="user-5")
    assert Dataset.open(space, dataset.dataset_id).interactions().count().execute() > 0
    forget_user(space, dataset.dataset_id, user="user-5")
    left = Dataset.open(space, dataset.dataset_id)
    assert (left.users, left.rows) == (dataset.users - 1, left.interactions().count().execute())
    assert naming(gone) == []


def test_other_data_sets_with_the_same_user_are_told(space, bring, capsys):
    first, second, damaged = (bring(seed) for seed in (1, 2, 3))
    (damaged.folder / "dataset.json").write_text("{")
    assert main(["forget", first.dataset_id, "--user", "user-9", "--yes", "--workspace", str(space.home)]) == 0
    assert f"The same id stands in the data sets {second.dataset_id} too." in capsys.readouterr().out


def test_the_sums_are_those_of_what_was_written_anew(space, bring):
    dataset = bring()
    before = sums.recorded(dataset.folder)
    forget_user(space, dataset.dataset_id, user="user-5")
    after = sums.recorded(dataset.folder)
    assert (
        before.keys() == after.keys() == {path.name for path in dataset.folder.iterdir()} - {"sums.json", "study.toml"}
    )
    assert {name for name in after if after[name] != before[name]} == {
        "dataset.json", "interactions.parquet", "users.parquet",
    }  # fmt: skip
    assert {sums.state_of(dataset.folder / name, anew=True) for name in after} == {"ok"}


def test_sums_of_a_data_set_without_any_are_not_made_by_forgetting(space, bring):
    dataset = bring()
    (dataset.folder / "sums.json").unlink()
    forget_user(space, dataset.dataset_id, user="user-5")
    assert not (dataset.folder / "sums.json").exists()

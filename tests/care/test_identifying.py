"""The way back from a pseudonym: only where it was asked for, only with the key, never without a line in the log."""

import json
import shutil

import pandas as pd
import pytest

from recsys_core import audit, id_table
from recsys_core.care import identifying, rotation
from recsys_core.care.backup import back_up
from recsys_core.care.forgetting import forget_user
from recsys_core.care.restore import restore
from recsys_core.care.rotation import rotate_keys
from recsys_core.command_line.parser import main
from recsys_core.data.dataset import Dataset
from recsys_core.data.import_log import stored_users
from recsys_core.errors import DataError, SettingsError, WorkspaceError
from tests.care.test_nothing_left import RAW, found


def pseudonyms(dataset, *users):
    return stored_users(dataset, pd.Series(users))


@pytest.fixture
def outside(tmp_path, monkeypatch):
    """The key of id tables lies outside the workspace."""
    path = tmp_path / "safe" / "ids.key"
    path.parent.mkdir()
    monkeypatch.setenv("STAYING_POWER_ID_KEY", str(path))
    return path


def test_there_is_no_way_back_unless_it_is_asked_for(space, bring):
    dataset = bring()
    assert id_table.tables(dataset.folder) == ()
    assert not (space.home / "id_key").exists()
    with pytest.raises(WorkspaceError, match="keeps no way back from its pseudonyms"):
        identifying.identify(space, dataset.dataset_id, pseudonyms(dataset, "user-1"))
    plain = bring(2, pseudonymise=False, id_table=True)
    assert id_table.tables(plain.folder) == ()
    with pytest.raises(DataError, match="has no pseudonyms"):
        identifying.identify(space, plain.dataset_id, ["user-1"])


def test_who_has_the_key_is_told_and_it_is_written_down_without_the_ids(space, bring, outside, capsys):
    dataset = bring(id_table=True)
    assert not (space.home / "id_key").exists()
    assert found(RAW, space.home) == [], "encrypted: nothing stands in it in plain"
    one, two = pseudonyms(dataset, "user-1", "user-2")
    place = ["--workspace", str(space.home), "--json"]
    assert main(["identify", dataset.dataset_id, one, two, "u00", *place]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ids"] == {one: "user-1", two: "user-2"}
    assert told["missing"] == ["u00"]
    entry = audit.entries(space)[0][-1]
    assert (entry.what, entry.by, entry.facts["ids"], entry.facts["way"]) == ("identify", "command line", 2, "id table")
    assert entry.facts["user"] == identifying._who() != ""
    assert found(RAW, space.home) == []
    assert one not in (space.home / "audit.jsonl").read_text()


def test_an_import_that_is_asked_for_again_adds_it_without_who_was_forgotten(space, bring):
    dataset = bring()
    gone, kept = pseudonyms(dataset, "user-3", "user-4")
    forget_user(space, dataset.dataset_id, user="user-3")
    again = bring(id_table=True)
    assert again.dataset_id == dataset.dataset_id
    (table,) = id_table.tables(again.folder)
    assert id_table.look_up(table, id_table.id_key(space), [gone, kept]) == {kept: "user-4"}
    bring(id_table=True)
    assert id_table.tables(again.folder) == (table,)


@pytest.mark.parametrize("key", [None, "", "00" * 31, "no key at all", "ab" * 32])
def test_without_the_key_the_log_is_asked_for_and_does(space, bring, outside, tmp_path, key, capsys):
    dataset = bring(id_table=True)
    (one,) = pseudonyms(dataset, "user-1")
    outside.unlink()
    if key is not None:
        outside.write_text(key)
    assert main(["identify", dataset.dataset_id, one, "--workspace", str(space.home)]) == 1
    told = capsys.readouterr()
    assert "--log" in told.err
    assert "user-1" not in told.out + told.err
    assert "identify" not in {entry.what for entry in audit.entries(space)[0]}
    log = tmp_path / "files-1" / "log.csv"
    assert main(["identify", dataset.dataset_id, one, "--log", str(log), "--workspace", str(space.home)]) == 0
    assert f"{one}  user-1\n" in capsys.readouterr().out
    assert audit.entries(space)[0][-1].facts["way"] == "log"
    if key is None:
        with pytest.raises(WorkspaceError, match="is not at"):
            bring(2, id_table=True)
        assert not outside.exists(), "a lost key is not replaced without a word"
        assert space.dataset_ids() == [dataset.dataset_id]


def test_a_log_without_the_users_and_too_many_pseudonyms_are_refused(space, bring, tmp_path):
    dataset = bring()
    (tmp_path / "other.csv").write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(SettingsError, match="has no column .* which held the users"):
        identifying.identify(space, dataset.dataset_id, pseudonyms(dataset, "user-1"), log=tmp_path / "other.csv")
    with pytest.raises(SettingsError, match="more than the 10,000"):
        identifying.identify(space, dataset.dataset_id, ["u"] * 10_001)


def test_a_table_that_was_changed_or_is_of_another_data_set_says_so_and_nothing_else(space, bring):
    first, second = bring(1, id_table=True), bring(2, id_table=True)
    (one,) = pseudonyms(first, "user-1")
    (table,) = id_table.tables(first.folder)
    whole = table.read_bytes()
    for place in range(4, len(whole), len(whole) // 23):
        table.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(WorkspaceError, match=r"is damaged|keeps no way"):
            identifying.identify(space, first.dataset_id, [one])
    table.write_bytes(whole)
    assert identifying.identify(space, first.dataset_id, [one]).ids == {one: "user-1"}
    (other,) = id_table.tables(second.folder)
    other.unlink()
    shutil.copy(table, other.with_name(table.name))
    with pytest.raises(WorkspaceError, match="is not of the data set that it lies with"):
        identifying.identify(space, second.dataset_id, [one])


def test_who_is_forgotten_leaves_the_table_and_without_its_key_nobody_is(space, bring, outside, capsys):
    dataset = bring(id_table=True)
    gone, kept = pseudonyms(dataset, "user-3", "user-4")
    key = outside.read_text()
    outside.unlink()
    with pytest.raises(WorkspaceError):
        forget_user(space, dataset.dataset_id, user="user-3")
    outside.write_text("ab" * 32)
    with pytest.raises(WorkspaceError, match="so nobody was forgotten"):
        forget_user(space, dataset.dataset_id, user="user-3")
    assert Dataset.open(space, dataset.dataset_id) == dataset
    outside.write_text(key)
    forget_user(space, dataset.dataset_id, user="user-3")
    (table,) = id_table.tables(dataset.folder)
    assert id_table.look_up(table, id_table.id_key(space), [gone, kept]) == {kept: "user-4"}
    outside.write_text("ab" * 32)
    place = ["--workspace", str(space.home)]
    assert main(["delete", "ids", dataset.dataset_id, *place]) == 0
    assert "would go" in capsys.readouterr().out
    assert id_table.tables(dataset.folder) == (table,)
    assert main(["delete", "ids", dataset.dataset_id, "--yes", *place]) == 0
    assert id_table.tables(dataset.folder) == ()
    forget_user(space, dataset.dataset_id, user="user-4")


# ---- rotation --------------------------------------------------------------------------------------------------------


def test_new_keys_hold_from_then_on_and_what_is_there_works_on(space, bring, tmp_path, capsys):
    before = bring(1, id_table=True)
    (one,) = pseudonyms(before, "user-1")
    card = json.loads((before.folder / "dataset.json").read_text())
    del card["pseudonym_key"]  # as earlier versions wrote it
    (before.folder / "dataset.json").write_text(json.dumps(card))
    (before.folder / "sums.json").unlink()
    old, old_id = space.secret(), id_table.id_key(space)
    place = ["--workspace", str(space.home)]
    assert main(["rotate-keys", *place]) == 0
    assert "Nothing is changed yet" in capsys.readouterr().out
    assert space.secret() == old
    for _ in range(2):
        assert main(["rotate-keys", "--yes", *place]) == 0
    assert "1 data set keeps the earlier one" in capsys.readouterr().out
    assert space.secret() != old
    assert id_table.id_key(space) != old_id
    after = bring(2, id_table=True)
    first = Dataset.open(space, before.dataset_id)
    assert pseudonyms(first, "user-1") == [one]
    assert pseudonyms(after, "user-1") != [one]
    for dataset in (first, after):
        (stored,) = pseudonyms(dataset, "user-1")
        assert identifying.identify(space, dataset.dataset_id, [stored]).ids == {stored: "user-1"}
    with pytest.raises(WorkspaceError, match="is damaged"):
        id_table.look_up(id_table.tables(first.folder)[0], old_id, [one])
    traced = forget_user(space, first.dataset_id, user="user-1")
    assert traced.elsewhere == (after.dataset_id,), "the same user is found under another key"
    back = restore(back_up(space, tmp_path / "b.zip").path, tmp_path / "again")
    assert pseudonyms(Dataset.open(back, first.dataset_id), "user-2") == pseudonyms(first, "user-2")


def test_an_earlier_key_goes_with_the_last_data_set_that_needs_it(space, bring):
    from recsys_core.care.deletion import delete_dataset

    dataset, old = bring(1), space.secret()
    rotate_keys(space)
    rotate_keys(space)
    assert old.hex() in {path.read_text() for path in (space.home / "old_keys").iterdir()}
    delete_dataset(space, dataset.dataset_id)
    rotate_keys(space)
    assert found(old.hex(), space.home) == []


def test_a_key_that_is_gone_is_said_and_not_made_anew(space, bring):
    dataset = bring()
    rotate_keys(space)
    shutil.rmtree(space.home / "old_keys")
    with pytest.raises(WorkspaceError, match="is not there any more"):
        pseudonyms(Dataset.open(space, dataset.dataset_id), "user-1")


@pytest.mark.parametrize("turn", range(8))
def test_a_rotation_that_is_killed_leaves_every_way_back_whole(space, bring, monkeypatch, turn):
    datasets = [bring(seed, id_table=True) for seed in (1, 2)]
    wanted = [pseudonyms(dataset, "user-1")[0] for dataset in datasets]
    turns = []

    def killed(write):
        def call(*given, **named):
            turns.append(write)
            if len(turns) > turn // 2 and turn % 2 == 0:
                raise KeyboardInterrupt
            done = write(*given, **named)
            if len(turns) > turn // 2 and turn % 2:
                raise KeyboardInterrupt
            return done

        return call

    with monkeypatch.context() as patch:
        patch.setattr(id_table, "write", killed(id_table.write))
        patch.setattr(rotation, "write_atomic", killed(rotation.write_atomic))
        with pytest.raises(KeyboardInterrupt):
            rotate_keys(space)
    for dataset, one in zip(datasets, wanted, strict=True):
        assert identifying.identify(space, dataset.dataset_id, [one]).ids == {one: "user-1"}
        assert pseudonyms(dataset, "user-1") == [one]
    rotate_keys(space)
    for dataset, one in zip(datasets, wanted, strict=True):
        assert len(id_table.tables(dataset.folder)) == 1
        assert identifying.identify(space, dataset.dataset_id, [one]).ids == {one: "user-1"}
        assert pseudonyms(dataset, "user-1") == [one]


def test_a_rotation_that_cannot_read_a_table_changes_nothing(space, bring, outside):
    dataset = bring(id_table=True)
    old, tables = space.secret(), id_table.tables(dataset.folder)
    outside.write_text("ab" * 32)
    with pytest.raises(WorkspaceError, match="is not the one"):
        rotate_keys(space)
    assert (space.secret(), id_table.tables(dataset.folder)) == (old, tables)

import numpy as np
import pytest

from recsys_core.data.import_log import import_log
from recsys_core.data.splitting import split_dataset
from recsys_core.errors import DataError, SettingsError
from recsys_core.settings import DataSettings, SplitSettings
from recsys_core.workspace import Workspace

LOG = """user,item,time,event
b,x,2026-01-01T00:00:00Z,click
a,y,2026-01-02T00:00:00Z,click
a,x,2026-01-02T00:00:00Z,click
a,z,2026-01-05T00:00:00Z,impression
a,z,2026-01-06T00:00:00Z,click
b,y,2026-01-07T00:00:00Z,click
c,z,2026-01-08T00:00:00Z,click
"""
ITEMS = "item,title\nx,Apples\ny,Pears\nz,Plums\n"
JANUARY_6 = 1767657600


@pytest.fixture
def dataset(tmp_path, monkeypatch):
    monkeypatch.setenv("STAYING_POWER_FOLDERS", str(tmp_path))
    (tmp_path / "log.csv").write_text(LOG)
    (tmp_path / "items.csv").write_text(ITEMS)
    settings = DataSettings(log="log.csv", items="items.csv", text=("title",))
    return import_log(Workspace.open(tmp_path / "home"), settings, folder=tmp_path)


def named(split, events):
    return [(split.train.user_ids[u], split.train.item_ids[i]) for u, i in zip(events.users, events.items, strict=True)]


def test_global_time_learns_before_and_tests_after(dataset):
    split = split_dataset(dataset, SplitSettings(), JANUARY_6)
    assert (split.train.events.times < JANUARY_6).all()
    assert (split.test.times >= JANUARY_6).all()
    assert [item for _, item in named(split, split.train.events)].count("z") == 0, "an impression is not learnt from"
    assert (len(split.train.events), len(split.test)) == (3, 3)
    assert split.train.texts == ("Apples", "Pears", "Plums")
    assert split.tie_rate == pytest.approx(1 / 6)
    assert not split.leaky


def test_events_are_sorted_by_user_time_item(dataset):
    events = split_dataset(dataset, SplitSettings(), JANUARY_6).train.events
    keys = list(zip(events.users, events.times, events.items, strict=True))
    assert keys == sorted(keys)


def test_leave_last_out_keeps_single_events_in_training(dataset):
    split = split_dataset(dataset, SplitSettings(method="leave-last-out"), 0)
    assert sorted(item for _, item in named(split, split.test)) == ["y", "z"]
    assert split.leaky


def test_a_test_file_is_matched_under_pseudonyms(dataset, tmp_path):
    (tmp_path / "test.csv").write_text("user,item\na,y\nb,y\nnobody,y\n")
    split = split_dataset(dataset, SplitSettings(method="file", test_file=str(tmp_path / "test.csv")), 0)
    assert [item for _, item in named(split, split.test)] == ["y", "y"]
    assert len(split.train.events) == 4


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("who,item\na,y\n", "has no column 'user'; it needs the log's own columns 'user' and 'item'"),
        ("user,item\nq,y\n", "None of the 1 rows of split.test_file is an event of this log"),
    ],
)
def test_test_files_that_are_refused(dataset, tmp_path, content, words):
    (tmp_path / "test.csv").write_text(content)
    with pytest.raises(SettingsError, match=words):
        split_dataset(dataset, SplitSettings(method="file", test_file=str(tmp_path / "test.csv")), 0)


def test_a_test_file_elsewhere_is_not_read(dataset, monkeypatch, tmp_path):
    monkeypatch.delenv("STAYING_POWER_FOLDERS")
    (tmp_path / "test.csv").write_text("user,item\na,y\n")
    (tmp_path / "home" / "link.csv").symlink_to(tmp_path / "test.csv")
    for name in (str(tmp_path / "test.csv"), "../test.csv", "link.csv", "/dev/zero"):
        with pytest.raises(SettingsError, match=r"split.test_file names .* outside the folders") as err:
            split_dataset(dataset, SplitSettings(method="file", test_file=name), 0)
        assert err.value.kind == "place-not-allowed"


def test_a_missing_test_file_is_named(dataset):
    with pytest.raises(SettingsError, match="which is no file"):
        split_dataset(dataset, SplitSettings(method="file", test_file="none.csv"), 0)


def test_a_split_that_leaves_nothing_says_so(dataset):
    with pytest.raises(DataError, match="leaves no event to train on: 0 before and 6 after it"):
        split_dataset(dataset, SplitSettings(), 0)


def test_unknown_events_are_named(dataset):
    with pytest.raises(SettingsError, match=r"split.events names 'buy', which the log does not have"):
        split_dataset(dataset, SplitSettings(events=("buy",)), JANUARY_6)


def test_validation_is_the_end_of_training(dataset):
    train = split_dataset(dataset, SplitSettings(validation_share=0.34), JANUARY_6).train
    assert len(train.validation()) + len(train.before_validation().events) == len(train.events)
    assert train.before_validation().now == train.validation_from
    assert np.max(train.before_validation().events.times) < train.validation_from

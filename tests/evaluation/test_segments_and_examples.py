"""Users by history, arms and models, and example users with names."""

from dataclasses import replace

import numpy as np
import pytest

from recsys_core.data.import_log import import_log
from recsys_core.data.lookup import events_of, item_names
from recsys_core.data.splitting import split_dataset
from recsys_core.errors import SettingsError
from recsys_core.evaluation.arm_models import resolve_arm_models
from recsys_core.evaluation.evaluate import evaluate
from recsys_core.evaluation.examples import Listed, choose_users, examples
from recsys_core.evaluation.history_groups import by_history
from recsys_core.models.registry import make_model
from recsys_core.settings import DataSettings, PopularSettings, SplitSettings
from recsys_core.wording.sentences import say
from recsys_core.workspace import Workspace
from tests.rankings import Fixed, made_evaluation

LOG = """user,item,time,event
a,x,2026-01-01T00:00:00Z,click
a,y,2026-01-02T00:00:00Z,click
a,x,2026-01-03T00:00:00Z,click
a,w,2026-01-03T12:00:00Z,impression
a,z,2026-01-06T00:00:00Z,click
b,z,2026-01-01T00:00:00Z,click
b,y,2026-01-07T00:00:00Z,click
c,x,2026-01-08T00:00:00Z,click
c,z,2026-01-09T00:00:00Z,click
"""
ITEMS = f"item,title,description\nw,Walnuts,\nx,Apples,{'long ' * 30}\ny,Pears,\nz,,Plums\n"
JANUARY_5 = 1767571200


@pytest.fixture
def dataset(tmp_path):
    (tmp_path / "log.csv").write_text(LOG)
    (tmp_path / "items.csv").write_text(ITEMS)
    settings = DataSettings(
        log="log.csv", items="items.csv", text=("title", "description"), pseudonymise=False, guess=True
    )
    return import_log(Workspace.open(tmp_path / "home"), settings, folder=tmp_path)


def test_segments_by_history():
    found = made_evaluation("ease", np.where(np.arange(8) < 4, 1.0, 99.0))
    history = [0, 1, 2, 3, 9, 10, 29, 30]
    users = found.users.assign(history=history, cold_user=[n == 0 for n in history])
    segments = by_history({"ease": replace(found, users=users)}, 10)
    assert [(s.label.code, s.low, s.high) for s in segments][2:] == [
        ("history-from-to", 10, 29), ("history-or-more", 30, None),
    ]  # fmt: skip
    assert [(say(s.label), s.users, s.ndcg["ease"]) for s in segments] == [
        ("1 to 2 items", 2, 1.0), ("3 to 9 items", 2, 0.5), ("10 to 29 items", 2, 0.0), ("30 or more items", 1, 0.0),
    ]  # fmt: skip


def test_arms_stand_for_the_named_models():
    assert resolve_arm_models(("cf=item-knn", " bert = bi-encoder"), ("bert", "cf", "x")) == {
        "bert": "bi-encoder", "cf": "item-knn",
    }  # fmt: skip


def test_without_pairs_only_exact_names_count():
    assert resolve_arm_models((), ("bert", "item-knn", "popularity")) == {"item-knn": "item-knn"}


@pytest.mark.parametrize(
    ("pair", "kind", "words"),
    [
        ("bert", "arm-model-without-arm", "has 'bert'; write arm=model with one of the arms bert, cf"),
        ("gpt=ease", "arm-model-without-arm", "has 'gpt=ease'; write arm=model with one of the arms bert, cf"),
        ("bert=gpt", "arm-model-without-model", "has 'bert=gpt'; the models are: popular, recent-popular"),
    ],
)
def test_pairs_that_are_refused(pair, kind, words):
    with pytest.raises(SettingsError, match=words) as raised:
        resolve_arm_models((pair,), ("bert", "cf"))
    assert raised.value.kind == kind


def test_a_log_without_arms_has_none_to_name():
    with pytest.raises(SettingsError, match=r"with one of the arms \(none\)\.$"):
        resolve_arm_models(("bert=ease",), ())


def test_items_are_named_by_title_then_by_id(dataset):
    assert item_names(dataset, ["x", "z", "q"]) == {"x": "Apples", "z": "z", "q": "q"}


def test_long_texts_are_cut(dataset):
    names = item_names(replace(dataset, item_attributes=()), ["x", "y"])
    assert names["y"] == "Pears"
    assert names["x"].startswith("Apples")
    assert names["x"].endswith("…")
    assert len(names["x"]) <= 60


def test_without_an_items_table_ids_are_names(dataset):
    assert item_names(replace(dataset, item_attributes=(), has_text=False), ["x"]) == {"x": "x"}


def test_events_of_users_leave_impressions_out(dataset):
    found = events_of(dataset, ["a"])
    assert found["item_id"].tolist() == ["x", "y", "x", "z"]


def test_an_example_has_history_lists_and_what_came_later(dataset):
    split = split_dataset(dataset, SplitSettings(), JANUARY_5)
    popular = evaluate(make_model(PopularSettings()).fit(split.train), split)
    assert choose_users({"popular": popular}, 5, 2, 1) != []
    found = examples({"popular": popular}, dataset, users=5, k=2)
    first = next(one for one in found if one.history == ("Apples", "Pears"))
    assert (first.later, first.later_count) == (("z",), 1)
    assert first.lists["popular"][0] == Listed("z", hit=True)


def test_leaky_splits_keep_what_is_not_tested(dataset):
    split = split_dataset(dataset, SplitSettings(method="leave-last-out"), 0)
    table = np.tile(np.arange(len(split.train.item_ids), dtype=float), (len(split.train.user_ids), 1))
    found = examples({"m": evaluate(Fixed(table, "m").fit(split.train), split)}, dataset, k=3)
    assert ("Apples", "Pears") in [one.history for one in found]


def test_where_no_model_finds_anything_there_is_no_example(dataset):
    nothing = made_evaluation("ease", np.full(5, 99.0))
    assert examples({"ease": nothing}, dataset) == ()

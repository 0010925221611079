"""What every recommender keeps, whatever it learns; parametrised over all models that the registry makes."""

import json
from pathlib import Path

import numpy as np
import pytest

from recsys_core.data.splitting import TrainingData
from recsys_core.errors import SettingsError, WorkspaceError
from recsys_core.models.base import Cancelled, Progress, Recommender
from recsys_core.models.cards import all_cards, card_of
from recsys_core.models.registry import load_model, make_model, model_class
from recsys_core.settings import MODELS
from recsys_core.wording.sentences import say
from tests.models.conftest import ITEMS, USERS, small_data, small_settings

K = 5
PICKLES = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK\x03\x04")  # first bytes; PK: archives that hold one
KINDS = {".json", ".parquet", ".safetensors"}


@pytest.fixture(scope="module", params=[card.name for card in all_cards()])
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("contract")


@pytest.fixture(scope="module")
def model(name: str, folder: Path, data: TrainingData) -> Recommender:
    return make_model(small_settings(name, folder)).fit(data)


@pytest.fixture(scope="module")
def saved(model: Recommender, folder: Path) -> Path:
    model.save(folder / model.name)
    return folder / model.name


def everybody(model: Recommender, k: int = K, **options: object) -> tuple[list, np.ndarray]:
    found = model.recommend(list(model.user_ids), k, **options)
    return found.items.tolist(), found.scores


def assert_same(one: Recommender, other: Recommender) -> None:
    (items, scores), (other_items, other_scores) = everybody(one), everybody(other)
    assert items == other_items
    np.testing.assert_array_equal(scores, other_scores)


def history(data: TrainingData, user: int) -> set[str]:
    return set(data.item_ids[data.events.items[data.events.users == user]])


def test_its_name_is_that_of_its_settings(name, model):
    assert model.name == name == model.settings.stage
    assert (model.card, model.version) == (card_of(name), card_of(name).version)


def test_same_seed_same_lists(name, model, folder, data):
    assert_same(model, make_model(small_settings(name, folder)).fit(data))


def test_a_refit_forgets_what_was_learnt_before(name, model, folder, data):
    again = make_model(small_settings(name, folder)).fit(small_data(seed=9))
    before, _ = everybody(again)
    assert_same(model, again.fit(data))
    assert before != everybody(again)[0], "another log gives other lists"


def test_it_comes_back_from_its_folder(model, saved):
    assert_same(model, load_model(saved))
    assert load_model(saved).settings == model.settings


@pytest.mark.slow
@pytest.mark.parametrize("reader", ["text-similarity", "bi-encoder"])
def test_with_the_encoder_that_is_installed_it_comes_back_too(reader, data, tmp_path):
    model = make_model(MODELS[reader]()).fit(data)
    model.save(tmp_path)
    assert_same(model, load_model(tmp_path))


def test_its_folder_holds_no_pickle(saved):
    files = [path for path in saved.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} <= KINDS
    assert not [path for path in files if path.read_bytes().startswith(PICKLES)]
    assert not [path for path in files if path.name.startswith(".")], "a draft was left"


def test_lists_are_full_and_in_order(model):
    items, scores = everybody(model)
    assert scores.shape == (USERS, K)
    assert scores.dtype == np.float32
    assert all(len(set(row)) == K and None not in row for row in items)
    assert np.isfinite(scores).all()
    assert (np.diff(scores, axis=1) <= 0).all()


def test_seen_items_are_left_out(model, data):
    items, _ = everybody(model)
    assert all(not history(data, user) & set(row) for user, row in enumerate(items))


def test_seen_items_are_there_when_asked_for(model, data):
    items, _ = everybody(model, ITEMS, seen=True)
    assert all(set(row) == set(data.item_ids) for row in items)


def test_users_it_does_not_know_get_what_is_popular(model):
    unknown, without_history, warm = "a stranger", model.user_ids[-1], model.user_ids[0]
    found = model.recommend([warm, unknown, without_history, unknown], K)
    assert found.users == (warm, unknown, without_history, unknown)
    assert found.fallback.tolist() == [False, True, True, True]
    popular = model.item_ids[np.argsort(-model.cold_scores(), kind="stable")[:K]].tolist()
    assert found.items[1:].tolist() == [popular] * 3


def test_a_list_does_not_hang_on_who_else_asks(model):
    items, scores = everybody(model)
    for user in (0, 17, USERS - 1):
        alone = model.recommend([model.user_ids[user]], K)
        np.testing.assert_allclose(alone.scores[0], scores[user], rtol=1e-4, atol=1e-5)
        apart = np.append(np.diff(scores[user]) < -1e-4, True) & np.insert(np.diff(scores[user]) < -1e-4, 0, True)
        assert alone.items[0][apart].tolist() == np.array(items[user])[apart].tolist()


def test_nobody_asks(model):
    assert model.recommend([], K).items.shape == (0, K)


def test_only_candidates_are_recommended(model, data):
    candidates = ["item-01", "no such item", "item-22", "item-30"]
    items, scores = everybody(model, 3, candidates=candidates)
    for user, row in enumerate(items):
        expected = {"item-01", "item-22", "item-30"} - history(data, user)
        assert {item for item in row if item} == expected
        assert np.isfinite(scores[user]).sum() == len(expected)
    assert everybody(model, 2, candidates=["no such item"])[0] == [[None, None]] * USERS


def test_more_than_the_catalogue(model, data):
    items, scores = everybody(model, ITEMS + 3)
    assert scores.shape == (USERS, ITEMS + 3)
    for user, row in enumerate(items):
        rest = ITEMS - len(history(data, user))
        assert set(row[:rest]) == set(data.item_ids) - history(data, user)
        assert row[rest:] == [None] * (ITEMS + 3 - rest)
        assert np.isneginf(scores[user, rest:]).all()


def test_scores_cover_every_item_and_do_not_share_memory_with_the_model(model):
    users = np.arange(USERS)
    scores = model.scores(users)
    assert scores.shape == (USERS, ITEMS)
    assert np.isfinite(scores).all()
    first = scores.copy()
    model.recommend(list(model.user_ids), K)
    np.testing.assert_array_equal(model.scores(users), first)


def test_candidates_have_the_scores_that_they_have_among_all_items(model):
    users, shared = np.arange(USERS), np.array([30, 1, 22, 1])
    scores = model.scores(users)
    np.testing.assert_array_equal(model.scores(users, shared), scores[:, shared])
    own = np.random.default_rng(4).integers(0, ITEMS, (USERS, 7))
    np.testing.assert_array_equal(model.scores(users, own), np.take_along_axis(scores, own, axis=1))
    few = np.array([USERS - 1, 5])
    np.testing.assert_array_equal(model.scores(few, own[few]), np.take_along_axis(model.scores(few), own[few], axis=1))
    assert model.scores(few, shared[:0]).shape == (2, 0)
    assert model.scores(few[:0], shared).shape == (0, 4)


def test_an_empty_folder_is_no_model(name, tmp_path):
    with pytest.raises(WorkspaceError, match="holds no finished model. Train it again"):
        model_class(name).load(tmp_path)
    with pytest.raises(WorkspaceError, match="holds no finished model. Train it again"):
        load_model(tmp_path / "nowhere")


def test_another_version_is_refused(name, saved, tmp_path):
    card = json.loads((saved / "model.json").read_text())
    (tmp_path / "model.json").write_text(json.dumps(card | {"version": 0}))
    version = model_class(name).version
    with pytest.raises(WorkspaceError, match=rf"holds {name} version 0, but this is {name} version {version}\. Train"):
        load_model(tmp_path)


class _Diary(Progress):
    def __init__(self, stop=False):
        self.told, self.stop = [], stop

    def __call__(self, share, message, figures=None):  # noqa: ARG002
        self.told.append((share, message))
        if self.stop:
            raise Cancelled


def test_progress_is_told_and_stops_it(name, folder, data):
    diary = _Diary()
    make_model(small_settings(name, folder)).fit(data, diary)
    shares = [share for share, _ in diary.told]
    assert all(0 <= share <= 1 for share in shares)
    assert shares == sorted(shares)
    assert all(say(message).endswith(".") for _, message in diary.told)
    if shares:  # the popular ones are done before there is anything to tell
        with pytest.raises(Cancelled):
            make_model(small_settings(name, folder)).fit(data, _Diary(stop=True))


def test_every_model_that_can_be_set_can_be_made():
    assert [card.name for card in all_cards()] == list(MODELS)
    assert all(model_class(name).card is card_of(name) for name in MODELS)


def test_a_model_that_is_not_there_is_named():
    with pytest.raises(SettingsError, match="There is no model 'oracle'. The models are: popular, recent-popular"):
        model_class("oracle")

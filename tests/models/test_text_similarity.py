from dataclasses import replace

import numpy as np
import pytest

from recsys_core.errors import DataError
from recsys_core.models.registry import load_model, make_model
from recsys_core.models.text_similarity import unit, whitened
from recsys_core.settings import TextSimilaritySettings
from tests.models.tiny_bert import topic_log


def fitted(tiny, **values):
    return make_model(TextSimilaritySettings(encoder=str(tiny), **values)).fit(topic_log())


def test_a_profile_is_the_mean_of_what_the_user_took(tiny):
    model = fitted(tiny, whitened_size=0)
    taken = model.history[7].indices
    profile = unit(model.items[taken].mean(axis=0, keepdims=True))
    assert model.scores(np.array([7]))[0] == pytest.approx((profile @ model.items.T)[0], abs=1e-5)


def test_recency_weighs_the_last_items_more(tiny):
    model = fitted(tiny, whitened_size=0, half_life_events=2)
    own = topic_log().events.where(topic_log().events.users == 7).items
    weights = 0.5 ** (np.arange(len(own))[::-1] / 2)
    profile = unit(weights[None] @ model.items[own])
    assert model.profiles[7] == pytest.approx(profile[0], abs=1e-5)


def test_whitened_components_have_variance_one_before_they_are_normalised():
    rng = np.random.default_rng(0)
    rows = (rng.normal(size=(500, 6)) * [9, 5, 3, 2, 1, 0] + 4).astype(np.float32)
    found = whitened(rows, 3)
    centred = rows - rows.mean(axis=0)
    _, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    expected = unit(centred @ axes[:3].T / sizes[:3])
    assert np.abs((found * expected).sum(axis=0)) == pytest.approx(np.square(expected).sum(axis=0), rel=1e-3)
    assert whitened(rows, 64).shape == (500, 5)  # the sixth column varies not at all
    assert whitened(np.ones((4, 3), np.float32), 2).tolist() == [[0], [0], [0], [0]]


def test_a_cold_item_is_ranked_by_its_text(tiny):
    model = fitted(tiny)
    cold = len(model.item_ids) - 1
    assert model.popularity[cold] == 0
    best = model.recommend([f"u{n}" for n in range(60)], 5).items
    assert (best[2::3] == model.item_ids[cold]).any()  # its topic's users
    assert model.recommend(["u2"], 3, candidates=["i23"]).items.tolist() == [["i23", None, None]]


def test_saved_and_loaded(tiny, tmp_path):
    model = fitted(tiny, whitened_size=8)
    model.save(tmp_path)
    users = np.arange(60)
    assert np.array_equal(load_model(tmp_path).scores(users), model.scores(users))


@pytest.mark.parametrize("texts", [None, ("", " ") * 12])
def test_without_texts(tiny, texts):
    with pytest.raises(DataError, match="text-similarity reads item texts, and this data set has none. Import the log"):
        make_model(TextSimilaritySettings(encoder=str(tiny))).fit(replace(topic_log(), texts=texts))

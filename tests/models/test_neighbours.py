import numpy as np
import pytest

from recsys_core.data.splitting import Events, TrainingData
from recsys_core.models import neighbours
from recsys_core.models.neighbours import ItemKnn, recency_weights
from recsys_core.settings import ItemKnnSettings

# takers: a: 0 1 2, b: 0 1, c: 0 2, d: 2, e: nobody; in this order in time
TAKEN = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 0), (2, 3), (2, 2), (2, 0)]
A, B, C, D, E = range(5)


def training(pairs=TAKEN, items=5) -> TrainingData:
    users, codes = (np.array(column, dtype=np.int32) for column in zip(*pairs, strict=True))
    ids = [np.array([f"{kind}{n}" for n in range(size)], dtype=object) for kind, size in (("u", 3), ("i", items))]
    return TrainingData(*ids, None, Events(users, codes, np.arange(len(pairs))), len(pairs), len(pairs))


def fitted(**settings) -> ItemKnn:
    return ItemKnn(ItemKnnSettings(**{"half_life_events": 0} | settings)).fit(training())


def similarity(model: ItemKnn) -> np.ndarray:
    return model.similarity.toarray()


def test_cosine_with_shrink_by_hand():
    found = similarity(fitted(shrink=1))
    assert found[A, B] == pytest.approx(2 / (6**0.5 + 1))
    assert found[B, C] == pytest.approx(1 / (2 + 1))
    assert found[B, D] == 0
    assert not found[:, E].any()
    assert not found.diagonal().any()
    np.testing.assert_allclose(found, found.T)


def test_only_the_nearest_count_of_the_candidate_or_of_what_was_taken():
    candidate = similarity(fitted(neighbours=1, shrink=0))
    taken = similarity(fitted(neighbours=1, shrink=0, neighbours_of="taken"))
    # a is nearest to b and to c, which are equally near to a: the first of them stays
    assert (candidate[:, A] > 0).tolist() == [False, True, False, False, False]
    assert (candidate[A] > 0).tolist() == [False, True, True, False, False]
    np.testing.assert_array_equal(candidate, taken.T)


def test_score_is_the_sum_over_what_the_user_took():
    model = fitted(shrink=1)
    expected = similarity(model)[[B, A]].sum(axis=0)
    np.testing.assert_allclose(model.scores(np.array([1]))[0], expected, rtol=1e-6)


def test_later_events_count_more():
    # half-life of one event: the last counts 1, the one before 1/2, then 1/4; pairs are sorted by user and item
    weights = recency_weights(training().events, 5, 1.0)
    assert weights.tolist() == [0.25, 0.5, 1, 1, 0.5, 1, 0.5, 0.25]
    assert weights.dtype == np.float32


def test_an_item_taken_again_weighs_as_its_latest_event():
    events = training([(0, 0), (0, 1), (0, 0), (1, 2)]).events
    assert recency_weights(events, 5, 1.0).tolist() == [1, 0.5, 1]
    assert recency_weights(events, 5, 0.0).tolist() == [1, 1, 1]


def test_recency_reaches_the_scores():
    model = fitted(shrink=1, half_life_events=1)
    near = similarity(model)
    both = model.scores(np.array([2, 1]))
    np.testing.assert_allclose(both[1], near[A] + near[B] / 2, rtol=1e-6)
    np.testing.assert_allclose(both[0], near[A] + near[C] / 2 + near[D] / 4, rtol=1e-6)


def test_blocks_of_items_do_not_change_the_neighbours(monkeypatch):
    whole = similarity(fitted())
    monkeypatch.setattr(neighbours, "_BLOCK_PAIRS", 3)
    np.testing.assert_array_equal(similarity(fitted()), whole)
    blocks = list(neighbours._item_blocks(fitted().history))
    assert len(blocks) > 2
    assert [block.start for block in blocks[1:]] == [block.stop for block in blocks[:-1]]
    assert blocks[-1].stop == 5


def test_a_history_without_neighbours_gets_what_is_popular():
    data = training([(0, 0), (0, 1), (1, 0), (1, 1), (2, 4)])
    model = ItemKnn(ItemKnnSettings()).fit(data)
    assert model.scores(np.array([2])).tolist() == [[2, 2, 0, 0, 1]]
    assert model.recommend(["u2"], 2).items.tolist() == [["i0", "i1"]]

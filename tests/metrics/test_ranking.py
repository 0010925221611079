from math import log2

import numpy as np
import pytest

from recsys_core.metrics import ranking
from recsys_core.metrics.ranking import average_precision, hit, mrr, ndcg, precision, recall

METRICS = {metric.__name__: metric for metric in (hit, recall, precision, ndcg, average_precision, mrr)}

# user 0: targets at places 1, 3 and 5; user 1: none; user 2: one at place 2; user 3: one that is not ranked
RANKS = np.array([3, 2, 1, np.inf, 5])
OWNERS = np.array([0, 2, 0, 3, 0])
NAN = np.nan


@pytest.mark.parametrize(
    ("name", "k", "expected"),
    [
        ("hit", 3, [1, NAN, 1, 0]),
        ("hit", 1, [1, NAN, 0, 0]),
        ("recall", 3, [2 / 3, NAN, 1, 0]),
        ("recall", 1, [1 / 3, NAN, 0, 0]),  # one place, three held out: at most a third
        ("precision", 3, [2 / 3, NAN, 1 / 3, 0]),
        ("precision", 10, [0.3, NAN, 0.1, 0]),
        ("ndcg", 3, [(1 + 1 / 2) / (1 + 1 / log2(3) + 1 / 2), NAN, 1 / log2(3), 0]),
        ("ndcg", 2, [1 / (1 + 1 / log2(3)), NAN, 1 / log2(3), 0]),  # ideal list of two, though three are held out
        ("average_precision", 3, [(1 + 2 / 3) / 3, NAN, 1 / 2, 0]),
        ("average_precision", 2, [1 / 2, NAN, 1 / 2, 0]),
        ("average_precision", 5, [(1 + 2 / 3 + 3 / 5) / 3, NAN, 1 / 2, 0]),
        ("mrr", 3, [1, NAN, 1 / 2, 0]),
        ("mrr", 1, [1, NAN, 0, 0]),
        ("mrr", None, [1, NAN, 1 / 2, 0]),
    ],
)
def test_by_hand(name, k, expected):
    np.testing.assert_allclose(METRICS[name](RANKS, OWNERS, 4, k), expected)


def test_mrr_without_a_cut_off_goes_to_the_end_of_the_catalogue():
    assert ranking.mrr(np.array([40.0, 80.0]), np.array([0, 0]), 1, None).tolist() == [1 / 40]


def test_a_tie_stands_in_the_middle():
    # two targets share places 1 and 2: both have rank 1.5, and both places are theirs
    ranks, owners = np.array([1.5, 1.5]), np.array([0, 0])
    assert ranking.average_precision(ranks, owners, 1, 2).tolist() == [1]
    assert ranking.recall(ranks, owners, 1, 1).tolist() == [0], "rank 1.5 is not within 1"
    np.testing.assert_allclose(ranking.ndcg(ranks, owners, 1, 2), 2 / log2(2.5) / (1 + 1 / log2(3)))


def test_places_among_targets_are_counted_per_user():
    # user 0: a target at 1, two that tie at 3.5; user 1: the same ranks, in another order
    ranks, owners = np.array([3.5, 1, 3.5, 3.5, 3.5, 1]), np.array([1, 0, 0, 0, 1, 1])
    expected = (1 + 2.5 / 3.5 + 2.5 / 3.5) / 3
    np.testing.assert_allclose(ranking.average_precision(ranks, owners, 2, 5), [expected, expected])


@pytest.mark.parametrize("name", METRICS)
def test_nothing_exceeds_one_where_all_items_tie(name):
    # a catalogue of three items, all held out, all with one score: each has rank 2
    value = METRICS[name](np.full(3, 2.0), np.zeros(3, dtype=int), 1, 2)
    assert 0 < value[0] <= 1


@pytest.mark.parametrize("name", METRICS)
def test_a_perfect_list_and_no_targets_at_all(name):
    perfect = METRICS[name](np.array([1.0, 2.0, 3.0]), np.zeros(3, dtype=int), 1, 3)
    assert perfect.tolist() == [1]
    assert np.isnan(METRICS[name](np.empty(0), np.empty(0, dtype=int), 2, 3)).all()


@pytest.mark.parametrize("name", METRICS)
def test_values_do_not_hang_on_the_order_of_targets(name):
    rng = np.random.default_rng(3)
    ranks, owners = rng.integers(2, 60, 200) / 2, rng.integers(0, 20, 200)
    order = rng.permutation(200)
    here = METRICS[name](ranks, owners, 20, 10)
    np.testing.assert_allclose(METRICS[name](ranks[order], owners[order], 20, 10), here)

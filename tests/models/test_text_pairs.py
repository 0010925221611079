import numpy as np
import pytest

from recsys_core.data.splitting import Events
from recsys_core.models.pairs import Histories, Pairs, Probe, batches_of_pairs


def events(*rows):
    users, items, times = (np.array(column) for column in zip(*rows, strict=True))
    return Events(users.astype(np.int32), items.astype(np.int32), times.astype(np.int64))


#             user, item, time; user 0 meets item 1 twice
LOG = events((0, 1, 10), (0, 2, 20), (0, 1, 30), (0, 3, 40), (2, 0, 5), (2, 3, 50))


def test_histories_hold_each_item_once_the_latest_first():
    known = Histories.of(LOG, 4)
    assert known.starts.tolist() == [0, 3, 3, 5, 5]
    assert [h.tolist() for h in known.last(np.array([0, 1, 2, 3]), 2)] == [[3, 2], [], [3, 0], []]
    assert [h.tolist() for h in known.before(np.array([2, 1, 0, 4]), 5)] == [[2, 1], [1], [], [0]]


def test_pairs_are_the_latest_and_their_shares_are_of_targets():
    pairs = Pairs.latest(LOG, (4, 5), 5, 10)
    assert pairs.users.tolist() == [0, 0, 2]
    assert pairs.targets.tolist() == [2, 3, 3]
    assert [h.tolist() for h in pairs.histories] == [[1], [2, 1], [0]]
    assert np.exp(pairs.log_share[[2, 3]]) == pytest.approx([1 / 3, 2 / 3])
    latest = Pairs.latest(LOG, (4, 5), 1, 2)
    assert latest.targets.tolist() == [3, 3]
    assert [h.tolist() for h in latest.histories] == [[2], [0]]
    assert Pairs.latest(LOG, (4, 5), 5, 10, since=41).users.tolist() == [2]
    assert len(Pairs.latest(events((0, 1, 1), (1, 1, 1)), (2, 2), 5, 9)) == 0


def test_own_items_and_the_same_target_are_no_negatives():
    pairs = Pairs.latest(LOG, (4, 5), 5, 10)
    assert pairs.no_negatives(np.array([0, 1, 2]), pairs.targets).tolist() == [
        [False, True, True],  # user 0 has item 3
        [True, False, True],  # item 2 is user 0's, item 3 is the target itself
        [False, True, False],  # user 2 has not met item 2
    ]


def test_drawn_items_are_no_negatives_where_the_user_has_them():
    pairs = Pairs.latest(LOG, (4, 5), 5, 10)
    assert pairs.no_negatives(np.array([0, 2]), np.array([2, 3, 4, 0])).tolist() == [
        [False, True, False, False],
        [False, False, False, True],  # user 2 has met item 0
    ]


def test_batches_are_of_like_length_and_reach_every_pair():
    lengths = np.random.default_rng(0).integers(5, 100, 1000)
    found = batches_of_pairs(lengths, 10, 10_000, 2, seed=1)
    assert {len(batch) for batch in found} == {10}
    assert sorted(np.concatenate(found[:100])) == sorted(np.concatenate(found[100:])) == list(range(1000))
    assert np.mean([np.ptp(lengths[batch]) for batch in found]) < 10
    means = np.array([lengths[batch].mean() for batch in found[:100]])
    assert abs(np.corrcoef(means[1:], means[:-1])[0, 1]) < 0.3  # short and long ones are mixed over the epoch
    again, other = (batches_of_pairs(lengths, 10, 10_000, 2, seed=seed) for seed in (1, 2))
    assert all(map(np.array_equal, found, again))
    assert not all(map(np.array_equal, found, other))
    assert list(map(len, batches_of_pairs(lengths[:25], 10, 10_000, 3, seed=1))) == [10] * 6
    assert list(map(len, batches_of_pairs(lengths[:5], 10, 10_000, 1, seed=1))) == [5]


@pytest.mark.parametrize("tokens", [10, 300, 1000])
def test_batches_of_long_texts_hold_fewer_pairs(tokens):
    lengths = np.random.default_rng(0).integers(5, 100, 641)
    found = batches_of_pairs(lengths, 64, tokens, 1, seed=1)
    assert sorted(np.concatenate(found)) == sorted(set(np.concatenate(found)))
    assert sum(map(len, found)) == 640
    assert min(map(len, found)) >= 2
    costs = [len(batch) * lengths[batch].max() for batch in found if len(batch) > 3]
    assert max(costs, default=0) <= tokens
    assert max(map(len, found)) <= 64


def test_ndcg_by_hand():
    before = events((0, 0, 1), (1, 1, 1))
    after = events((0, 0, 2), (0, 2, 3), (0, 3, 3), (1, 0, 2), (2, 0, 2))
    probe = Probe.of(before, after, (3, 5), 5, 10)
    assert probe.users.tolist() == [0, 1]  # user 2 has no history
    assert probe.targets.toarray().tolist() == [[0, 0, 1, 1, 0], [1, 0, 0, 0, 0]]  # item 0 was seen by user 0
    scores = np.array([[9, 5, 4, 3, 1], [2, 9, 2, 2, 3.0]])
    first = (1 / np.log2(3) + 1 / np.log2(4)) / (1 + 1 / np.log2(3))  # ranks 2 and 3: item 0 is left out
    second = 1 / np.log2(2 + 2)  # behind item 4, in the middle of three that tie
    assert probe.ndcg(scores.copy()) == pytest.approx([first, second])
    assert probe.ndcg(scores.copy(), k=2) == pytest.approx([1 / np.log2(3) / (1 + 1 / np.log2(3)), 0])
    assert len(Probe.of(before, after, (3, 5), 5, 1).users) == 1

"""Ranks and figures that can be counted by hand."""

import json

import numpy as np
import pytest

from recsys_core.answers import message
from recsys_core.errors import DataError, WorkspaceError
from recsys_core.evaluation import evaluate as module
from recsys_core.evaluation.evaluate import FRAMES, Evaluation, evaluate
from recsys_core.models.base import Progress
from recsys_core.models.registry import make_model
from recsys_core.settings import PopularSettings
from recsys_core.wording.sentences import say
from tests.rankings import Fixed, make_split

TABLE = [[9, 3, 5, 3, 1], [9, 8, 7, 1, 1], [0, 0, 0, 0, 0]]


@pytest.fixture
def small():
    """Three users and five items; u0 took i0, u1 took i0 and i1, u2 nothing. Nobody took i3 and i4 in training."""
    train = [(0, 0, 1), (1, 0, 2), (1, 1, 3), (1, 2, 4)]
    test = [(0, 1, 110), (0, 3, 105), (0, 1, 101), (0, 0, 120), (1, 0, 107), (2, 0, 104), (1, 4, 130)]
    return make_split(train, test, (3, 5))


def judged(split, table=TABLE):
    return evaluate(Fixed(table).fit(split.train), split)


def ranks(found):
    return {(row.user_id, row.item_id): row.rank for row in found.targets.itertuples()}


def test_ties_stand_in_the_middle_and_seen_items_are_no_candidates(small):
    found = judged(small)
    # u0 took i0: i2 leads with 5, i1 and i3 share places 2 and 3. u1 took i0 to i2: i3 and i4 tie for 1 and 2.
    # u2 is unknown and gets what is popular: i0 leads with two takers.
    assert ranks(found) == {("u0", "i1"): 2.5, ("u0", "i3"): 2.5, ("u1", "i4"): 1.5, ("u2", "i0"): 1.0}
    assert found.score_ties == 0.75


def test_with_seen_items_every_test_item_is_a_target():
    split = make_split([(0, 0, 1)], [(0, 0, 110), (0, 1, 120)], (1, 3), filter_seen=False)
    assert ranks(judged(split, [[3, 1, 2]])) == {("u0", "i0"): 1.0, ("u0", "i1"): 3.0}


def test_targets_carry_their_first_time_and_whether_the_item_is_new(small):
    targets = judged(small).targets.set_index(["user_id", "item_id"])
    assert targets.loc[("u0", "i1"), "time"] == 101
    assert targets["cold_item"].to_dict() == {
        ("u0", "i1"): False, ("u0", "i3"): True, ("u1", "i4"): True, ("u2", "i0"): False,
    }  # fmt: skip


def test_users_items_and_counts(small):
    found = judged(small)
    assert found.users.to_dict("list") == {
        "user_id": ["u0", "u1", "u2"], "history": [1, 3, 0], "targets": [2, 1, 1], "cold_user": [False, False, True],
    }  # fmt: skip
    assert found.items["takers"].tolist() == [2, 1, 1, 0, 0]
    assert found.learners == 2
    assert found.counts() == {
        "warm_users": 2, "cold_users": 1, "warm_items": 3, "cold_items": 2, "warm_targets": 1, "cold_targets": 2,
    }  # fmt: skip


def test_lists_hold_what_can_be_recommended(small):
    lists = judged(small).lists
    assert lists[lists.user_id == "u1"].item_id.tolist() == ["i3", "i4"]
    assert lists[lists.user_id == "u0"].item_id.tolist() == ["i2", "i1", "i3", "i4"]
    assert lists[lists.user_id == "u0"]["rank"].tolist() == [1, 2, 3, 4]


def test_metrics_are_means_over_users_with_a_history(small):
    found = judged(small).metrics(2)
    # u0: both targets at 2.5, beyond 2; u1: one target at 1.5
    assert found["hit"] == 0.5
    assert found["recall"] == 0.5
    assert found["precision"] == 0.25
    assert found["mrr"] == pytest.approx(0.5 / 1.5)
    assert found["ndcg"] == pytest.approx(0.5 / np.log2(2.5))
    assert found["coverage"] == 4 / 5, "i0 is in nobody's list of two"
    # i2 and i1 have one taker of two users (1 bit); i3 and i4 count as taken by one user too
    assert found["novelty"] == pytest.approx(1.0)


def test_new_items_are_ranked_among_all(small):
    found = judged(small).per_user(3, "new")
    assert found.loc["u0", "ndcg"] == pytest.approx(1 / np.log2(3.5))
    assert found.loc["u1", "ndcg"] == pytest.approx(1 / np.log2(2.5))
    assert np.isnan(found.loc["u2", "ndcg"])


def test_blocks_change_nothing(small, monkeypatch):
    whole = judged(small)
    monkeypatch.setattr(module, "blocks", lambda users, _items: (slice(n, n + 1) for n in range(users)))
    monkeypatch.setattr(module, "_CHUNK", 1)
    for name in FRAMES:
        assert getattr(judged(small), name).equals(getattr(whole, name))


def test_ranks_agree_with_sorting():
    draw = np.random.default_rng(3)
    scores = draw.integers(0, 6, size=(4, 30)).astype(np.float32)
    owners, items = np.array([0, 0, 1, 3]), np.array([2, 9, 4, 0])
    found, tied = module._ranks(scores, owners, items)
    for place, (owner, item) in enumerate(zip(owners, items, strict=True)):
        row = np.sort(scores[owner])[::-1]
        first, last = np.flatnonzero(row == scores[owner, item])[[0, -1]] + 1
        assert found[place] == (first + last) / 2
        assert tied[place] == (last > first)


def test_saved_and_loaded(small, tmp_path):
    found = judged(small)
    found.save(tmp_path)
    again = Evaluation.load(tmp_path)
    assert again.metrics(2) == found.metrics(2)
    assert again.split == found.split
    for name in FRAMES:
        assert getattr(again, name).equals(getattr(found, name))


@pytest.mark.parametrize("lost", ["evaluation.json", "lists.parquet"])
def test_a_half_written_folder_is_not_finished(small, tmp_path, lost):
    judged(small).save(tmp_path)
    (tmp_path / lost).unlink()
    with pytest.raises(WorkspaceError, match=r"holds no finished evaluation. Train the model again") as raised:
        Evaluation.load(tmp_path)
    assert raised.value.kind == "evaluation-not-finished"


def test_a_save_that_is_cut_off_leaves_no_card(small, tmp_path, monkeypatch):
    judged(small).save(tmp_path)

    def cut_off(*_args):
        raise OSError("disk full")

    monkeypatch.setattr(module, "write_json", cut_off)
    with pytest.raises(OSError, match="disk full"):
        judged(small).save(tmp_path)
    assert not (tmp_path / "evaluation.json").exists()


def test_the_card_is_plain_json(small, tmp_path):
    judged(small).save(tmp_path)
    card = json.loads((tmp_path / "evaluation.json").read_text())
    assert card["model"] == "fixed"
    assert card["learners"] == 2


def test_progress_is_told(small):
    heard = []

    class Ear(Progress):
        def __call__(self, share, message, _figures=None):
            heard.append((share, message))

    evaluate(make_model(PopularSettings()).fit(small.train), small, Ear())
    assert heard == [(0.0, message("progress-ranks", items=5)), (1.0, message("progress-ranked"))]
    assert [say(told) for _, told in heard] == ["ranks 5 items", "ranked"]


def test_a_model_of_other_data_is_refused(small):
    other = make_split([(0, 0, 1)], [(0, 1, 110)], (2, 5))
    with pytest.raises(DataError, match="fixed was trained on another data set or split") as raised:
        evaluate(Fixed(TABLE).fit(other.train), small)
    assert raised.value.kind == "evaluated-on-other-data"


def test_scores_that_are_no_numbers_are_refused(small):
    with pytest.raises(DataError, match="fixed gives scores that are no numbers: its training ran away") as raised:
        judged(small, np.full((3, 5), np.nan))
    assert raised.value.kind == "scores-no-numbers"


def test_nothing_new_to_find_is_said():
    split = make_split([(0, 0, 1)], [(0, 0, 110)], (1, 2))
    with pytest.raises(DataError, match="None of the 1 test events is on an item new to its user") as raised:
        judged(split, [[1, 2]])
    assert raised.value.kind == "no-new-item-in-test"

"""The sentence that is read first: a baseline that wins, a model that wins, models that cannot be told apart."""

import pytest

from recsys_core.answers import Interval
from recsys_core.evaluation.comparison import NEW_ITEMS, Difference, Group, ModelScore
from recsys_core.evaluation.ranking_verdict import reach_verdict
from recsys_core.wording.sentences import sentence, support, title

NOBODY = Group(0, 0, None)


def score(name, ndcg, new=None):
    cold = Group(50, 60, Interval(new, new - 0.01, new + 0.01)) if new is not None else NOBODY
    return ModelScore(name, {"ndcg": Interval(ndcg, ndcg - 0.005, ndcg + 0.005)}, NOBODY, cold, NOBODY)


def answer(*scores, level=(), new_differs=()):
    """Judge models in the given order; those in `level` cannot be told apart from the first."""
    first, *others = scores
    differences = []
    for other in others:
        gap = other.metrics["ndcg"].estimate - first.metrics["ndcg"].estimate
        p = 0.4 if other.name in level else 0.001
        differences.append(Difference(other.name, first.name, "ndcg", gap, gap - 0.005, gap + 0.005, p, p))
        if other.cold.ndcg and first.cold.ndcg:
            more = other.cold.ndcg.estimate - first.cold.ndcg.estimate
            p = 0.001 if other.name in new_differs else 0.4
            differences.append(Difference(other.name, first.name, NEW_ITEMS, more, more - 0.01, more + 0.01, p / 2, p))
    return reach_verdict(scores, differences, 10)


def test_a_simple_baseline_that_wins_is_said_first():
    found = answer(score("item-knn", 0.104), score("ease", 0.103), score("bi-encoder", 0.087), level={"ease"})
    assert (found.state, found.code, found.values) == ("winner", "ranking-baseline-not-beaten", {"best": "item-knn"})
    assert [part.code for part in found.support] == ["ranking-against", "ranking-level-with"]
    assert title(found) == "A simple baseline wins"
    assert sentence(found) == "item-knn ranks best; no BERT or sequence model beats it on this log."
    assert support(found) == (
        "NDCG at 10 is **0.104** against 0.087 for bi-encoder. It cannot be told apart from ease."
    )
    assert (found.difference.model, found.difference.reference) == ("bi-encoder", "item-knn")
    assert found.difference.estimate == pytest.approx(-0.017)


def test_new_items_may_turn_the_order():
    found = answer(
        score("item-knn", 0.104, 0.004), score("sasrec", 0.098, 0.012), score("bi-encoder", 0.087, 0.071),
        new_differs={"sasrec", "bi-encoder"},
    )  # fmt: skip
    turn = found.support[-1]
    assert (turn.code, turn.values["model"], turn.values["best"]) == (
        "ranking-new-items-turn",
        "bi-encoder",
        "item-knn",
    )
    assert support(found).endswith(
        "On items nobody has seen yet the order turns: bi-encoder reaches 0.071, item-knn 0.004."
    )


def test_new_items_within_chance_are_not_mentioned():
    found = answer(score("item-knn", 0.104, 0.004), score("bi-encoder", 0.087, 0.02))
    assert "ranking-new-items-turn" not in [part.code for part in found.support]
    assert "nobody has seen" not in support(found)


def test_a_collaborative_filter_that_wins():
    found = answer(score("ease", 0.12), score("item-knn", 0.11), score("sasrec", 0.1))
    assert (found.state, found.code) == ("winner", "ranking-collaborative-not-beaten")
    assert title(found) == "Collaborative filtering wins"
    assert sentence(found) == "ease ranks best; no BERT or sequence model beats it on this log."


def test_a_bert_model_that_wins_names_the_best_baseline():
    found = answer(score("bi-encoder", 0.15), score("sasrec", 0.12), score("item-knn", 0.1))
    assert (found.state, found.code) == ("winner", "ranking-winner")
    assert title(found) == "Clear winner"
    assert sentence(found) == "bi-encoder ranks best of three models."
    assert support(found) == (
        "NDCG at 10 is **0.150** against 0.120 for sasrec. The best simple baseline, item-knn, reaches 0.100. It "
        "differs from every other model."
    )
    assert (found.difference.model, found.difference.reference) == ("bi-encoder", "sasrec")
    assert found.difference.estimate > 0


def test_without_elaborate_models_the_sentence_says_so():
    found = answer(score("recent-popular", 0.1), score("popular", 0.05))
    assert (found.state, found.code) == ("winner", "ranking-baseline-best")
    assert title(found) == "A simple baseline wins"
    assert sentence(found) == ("recent-popular ranks best of two models; no BERT or sequence model is among them.")


def test_a_collaborative_filter_among_its_like_is_a_clear_winner():
    found = answer(score("ease", 0.1), score("popular", 0.05))
    assert (found.state, found.code) == ("winner", "ranking-collaborative-best")
    assert title(found) == "Clear winner"
    assert sentence(found) == "ease ranks best of two models; no BERT or sequence model is among them."


def test_a_bert_model_level_with_a_baseline_does_not_win():
    found = answer(score("bi-encoder", 0.105), score("item-knn", 0.104), score("popular", 0.05), level={"item-knn"})
    assert (found.state, found.code) == ("tie", "ranking-tie")
    assert found.values == {"models": ("bi-encoder", "item-knn"), "others": 0}
    assert title(found) == "No clear winner"
    assert sentence(found) == "bi-encoder and item-knn rank about equally well; this log cannot tell them apart."
    assert support(found) == (
        "Difference in NDCG at 10, bi-encoder minus item-knn: 0.001 (−0.004 to 0.006). item-knn is a simple "
        "baseline: nothing here is shown to beat it. popular ranks lower."
    )


def test_a_baseline_level_with_a_bert_model_does_not_win_either():
    found = answer(score("item-knn", 0.105), score("bi-encoder", 0.104), level={"bi-encoder"})
    assert found.state == "tie"


def test_many_level_models_are_counted():
    names = ("sasrec", "bert4rec", "hybrid", "ease", "ials", "bpr")
    found = answer(*(score(name, 0.1 - 0.001 * i) for i, name in enumerate(names)), level=set(names))
    assert found.values == {"models": ("sasrec", "bert4rec", "hybrid"), "others": 3}
    assert sentence(found).startswith("sasrec, bert4rec, hybrid and 3 others rank about equally well")


def test_one_model_has_nothing_to_be_compared_with():
    found = answer(score("ease", 0.1))
    assert (found.state, found.code, found.difference) == ("single", "ranking-single", None)
    assert sentence(found) == "ease is the only model, so there is nothing to compare it with."

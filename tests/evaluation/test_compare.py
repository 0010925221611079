"""Comparisons whose answer is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from recsys_core.command_line.comparison_lines import comparison_lines
from recsys_core.errors import DataError, SettingsError
from recsys_core.evaluation.compare import compare
from recsys_core.evaluation.comparison import NEW_ITEMS
from recsys_core.evaluation.evaluate import evaluate
from recsys_core.metrics.significance import holm
from recsys_core.objects.ranking_objects import comparison_object
from recsys_core.settings import MODELS, CompareSettings
from recsys_core.wording.sentences import check_detail, check_name, check_short, pairs, sentence
from tests.rankings import Fixed, make_split
from tests.rankings import made_evaluation as made

K2 = CompareSettings(k=2, resamples=400)


def with_first(share, users=200):
    """Ranks of one target per user: first for a share of the users, far away for the others."""
    return np.where(np.arange(users) < share * users, 1.0, 99.0)


def test_models_stand_in_order_of_ndcg():
    found = compare({"ease": made("ease", with_first(0.2)), "ials": made("ials", with_first(0.5))}, K2)
    assert [model.name for model in found.models] == ["ials", "ease"]
    assert found.best.metrics["ndcg"].estimate == 0.5
    assert found.best.metrics["precision"].estimate == 0.25


def test_limits_are_those_of_a_share():
    ndcg = compare({"ease": made("ease", with_first(0.5))}, K2).best.metrics["ndcg"]
    half = 1.96 * np.sqrt(0.25 / 200)
    assert (ndcg.lower, ndcg.upper) == pytest.approx((0.5 - half, 0.5 + half), abs=0.012)


def test_differences_are_paired_by_user():
    # 100 users each; both find the target of the same users but for ten that only one finds
    one, other = with_first(0.5), with_first(0.45)
    (found,) = compare({"ease": made("ease", one), "ials": made("ials", other)}, K2).against("ease")
    assert (found.model, found.reference) == ("ials", "ease")
    assert found.estimate == pytest.approx(-0.05)
    half = 1.96 * np.sqrt(0.05 * 0.95 / 200)  # unpaired it would be three times as wide
    assert (found.lower, found.upper) == pytest.approx((-0.05 - half, -0.05 + half), abs=0.008)
    # ten users differ, all in one direction: 2 of 2^10 sign patterns are as far from 0
    assert found.p == pytest.approx(2 / 1024, abs=0.001)


def test_holm_is_over_all_pairs_of_models():
    ranks = {"ease": 0.5, "ials": 0.485, "bpr": 0.3}
    evaluations = {name: made(name, with_first(share)) for name, share in ranks.items()}
    near, far = compare(evaluations, K2).against("ease")
    (third,) = compare({name: evaluations[name] for name in ("ials", "bpr")}, K2).against("ials")
    expected = holm([near.p, far.p, third.p])
    assert (near.p_holm, far.p_holm) == pytest.approx(expected[:2])
    assert far.p_holm == pytest.approx(3 * far.p)
    assert near.p > 0.05


def test_with_equal_models_pairs_that_differ_are_rare():
    """In 100 draws of six equal models a corrected p below .05 happens in about 5; 12 or more has a chance of .4 %."""
    draw, hits = np.random.default_rng(8), 0
    for _ in range(100):
        ranks = {name: np.where(draw.random(150) < 0.3, 1.0, 99.0) for name in MODELS if name != "bi-encoder"}
        found = compare({name: made(name, row) for name, row in list(ranks.items())[:6]}, K2)
        hits += any(d.differs for d in found.against(found.best.name))
    assert hits < 12


def test_a_difference_turned_round():
    (found,) = compare({"ease": made("ease", with_first(0.5)), "bpr": made("bpr", with_first(0.3))}, K2).against("ease")
    turned = found.turned()
    assert (turned.model, turned.estimate, turned.lower) == ("ease", -found.estimate, -found.upper)


def test_the_best_simple_baseline_is_a_second_reference():
    found = compare(
        {
            "bi-encoder": made("bi-encoder", with_first(0.5)),
            "ease": made("ease", with_first(0.4)),
            "item-knn": made("item-knn", with_first(0.3)),
            "popular": made("popular", with_first(0.1)),
        },
        K2,
    )
    assert [d.model for d in found.against("bi-encoder")] == ["ease", "item-knn", "popular"]
    assert [d.model for d in found.against("item-knn")] == ["bi-encoder", "ease"]
    assert found.against("item-knn")[0].estimate == pytest.approx(0.2)


def test_new_items_and_new_users_stand_apart():
    new = np.arange(200) % 2 == 0
    cold = np.arange(200) >= 160
    ranks = np.where(new, 1.0, 99.0)
    found = compare({"text-similarity": made("text-similarity", ranks, new_item=new, cold_user=cold)}, K2)
    model = found.best
    assert model.metrics["ndcg"].estimate == 0.5
    assert (model.cold.users, model.cold.targets, model.cold.ndcg.estimate) == (80, 80, 1.0)
    assert (model.warm.users, model.warm.ndcg.estimate) == (80, 0.0)
    assert (model.cold_users.users, model.cold_users.ndcg.estimate) == (40, 0.5)


def test_where_nothing_is_new_there_is_no_such_figure():
    found = compare({"ease": made("ease", with_first(0.5)), "bpr": made("bpr", with_first(0.2))}, K2)
    assert found.best.cold.ndcg is None
    assert found.against("ease", NEW_ITEMS) == ()


def test_only_the_named_models_and_the_baseline_take_part():
    given = {name: made(name, with_first(0.3)) for name in ("ease", "ials", "recent-popular")}
    found = compare(given, replace(K2, models=("ease",)))
    assert sorted(model.name for model in found.models) == ["ease", "recent-popular"]


def test_same_seed_same_answer():
    given = {"ease": made("ease", with_first(0.5)), "bpr": made("bpr", with_first(0.45))}
    assert compare(given, K2) == compare(given, K2)


@pytest.mark.parametrize("part", ["users", "targets", "items"])
def test_models_of_other_tests_are_refused(part):
    one, other = made("ease", with_first(0.5)), made("ials", with_first(0.5))
    what = {"users": "users", "targets": "held-out items", "items": "items"}[part]
    frame = getattr(other, part).iloc[:-1]
    with pytest.raises(
        DataError, match=f"ials was tested on other {what} than ease .* Train both on the same"
    ) as raised:
        compare({"ease": one, "ials": replace(other, **{part: frame})}, K2)
    assert (raised.value.kind, raised.value.values["part"]) == ("models-tested-apart", part)


def test_a_model_without_a_run_is_named():
    with pytest.raises(
        SettingsError, match=r"names 'bpr', which has no finished run on this split. Finished are: ease"
    ) as raised:
        compare({"ease": made("ease", with_first(0.5))}, replace(K2, models=("bpr",)))
    assert (raised.value.kind, raised.value.values["model"]) == ("compared-model-not-finished", "bpr")


def test_nothing_to_compare_is_said():
    with pytest.raises(SettingsError, match="No model is trained on this split yet") as raised:
        compare({}, K2)
    assert raised.value.kind == "no-model-to-compare"


def test_test_users_without_any_history_are_refused():
    with pytest.raises(DataError, match="None of the 200 test users has a training history") as raised:
        compare({"ease": made("ease", with_first(0.5), cold_user=np.ones(200, dtype=bool))}, K2)
    assert raised.value.kind == "test-users-without-history"


def test_checks_say_what_is_missing():
    found = compare({"ease": made("ease", with_first(0.5))}, K2)
    assert [(check.code, check.status, check.finding) for check in found.checks] == [
        ("ranking-same-users", "pass", ""), ("ranking-split", "pass", "by-time"), ("ranking-tuning", "pass", ""),
        ("ranking-baseline", "warn", "missing"), ("ranking-ties", "pass", ""),
    ]  # fmt: skip
    assert found.checks[0].values == {"items": 4, "users": 200}
    assert [check_name(check) for check in found.checks] == ["Same users", "Split", "Tuning", "Baseline", "Ties"]
    assert "recent-popular is missing" in check_detail(found.checks[3])
    assert check_short(found.checks[2]) == "no search"


def test_checks_warn_of_leaks_and_ties():
    settings = made("ease", with_first(0.5)).split.changed({"method": "leave-last-out"})
    leaky = {name: replace(made(name, with_first(0.5)), split=settings, time_ties=0.2) for name in ("ease", "bpr")}
    found = compare(leaky, K2)
    checks = {check.code: check for check in found.checks}
    split, ties = checks["ranking-split"], checks["ranking-ties"]
    assert (split.status, split.finding, split.values) == ("warn", "leaky", {"method": "leave-last-out"})
    assert (ties.status, ties.values) == ("warn", {"share": 0.2})
    assert check_short(split) == "leaky, leave-last-out"
    assert check_detail(split).startswith("Each user's last event is tested, so models learn from other users' later")
    assert check_short(ties) == "20.0 %"
    assert "Bring exact times." in check_detail(ties)
    assert dict(pairs(found.definitions))["Split"].startswith("leave-last-out: models may have learnt from events")


def test_the_baseline_among_them_is_no_doubt():
    names = ("ease", "recent-popular")
    found = compare({name: made(name, with_first(0.5)) for name in names}, K2)
    assert (found.checks[3].status, found.checks[3].finding) == ("pass", "included")


def test_every_figure_of_a_model_is_defined():
    found = compare({"ease": made("ease", with_first(0.5))}, K2)
    assert {one.code.removeprefix("definition-") for one in found.definitions} >= {
        "ndcg", "hit-rate", "recall", "precision", "map", "mrr", "coverage", "novelty",
    }  # fmt: skip
    assert [one.code for one in found.definitions][:2] == ["definition-ranking", "definition-split-by-time"]
    assert all(text.endswith(".") for _, text in pairs(found.definitions))
    assert "Novelty at 2" in dict(pairs(found.definitions))


def test_the_printed_object_has_what_the_contract_names():
    found = compare({"ease": made("ease", with_first(0.5)), "bpr": made("bpr", with_first(0.2))}, K2)
    printed = comparison_object(found)
    assert set(printed["models"][0]) == {"name", "metrics", "warm", "cold", "cold_users"}
    assert set(printed["models"][0]["metrics"]["ndcg"]) == {"estimate", "lower", "upper"}
    assert set(printed["differences"][0]) == {
        "model", "reference", "metric", "estimate", "lower", "upper", "p", "p_holm",
    }  # fmt: skip
    assert printed["verdict"] == printed["answer"]["sentence"] == sentence(found.verdict)
    assert printed["answer"]["code"] == "ranking-collaborative-best"
    assert (printed["answer"]["best"], printed["answer"]["models"]) == ("ease", 2)
    assert printed["checks"][3]["code"] == "ranking-baseline"
    assert printed["definitions"]["NDCG at 2"].endswith("min(2, held-out items) of them in front.")
    lines = comparison_lines(found)
    assert any(line.startswith("bpr") and "−0.300" in line for line in lines)


@pytest.mark.slow
def test_equal_models_are_told_apart_in_one_of_twenty():
    """Two models that rank alike but for chance: the whole path from scores to p rejects at its level."""
    rejected = 0
    for seed in range(120):
        draw = np.random.default_rng(seed)
        split = make_split([(u, 0, 1) for u in range(40)], [(u, 1 + u % 3, 120) for u in range(40)], (40, 12))
        models = {name: Fixed(draw.random((40, 12)), name).fit(split.train) for name in ("ease", "bpr")}
        found = compare({n: evaluate(m, split) for n, m in models.items()}, CompareSettings(k=5, resamples=100))
        rejected += found.differences[0].p < 0.05
    assert 1 <= rejected <= 13  # 6 expected; binomial(120, .05) leaves this range with probability below .01


def test_per_user_values_of_a_frame_are_in_its_order():
    judged = made("ease", with_first(0.5)).per_user(2)
    assert isinstance(judged, pd.DataFrame)
    assert judged["ndcg"].iloc[:3].tolist() == [1, 1, 1]

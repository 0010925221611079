"""Rows and tables about pace, on decisions made by hand."""

from dataclasses import replace

import pytest

from recsys_core.answers import Interval, verbatim
from recsys_core.charts.blocks import Cell
from recsys_core.charts.retention import pace_rows
from recsys_core.charts.retention.contrast_forest import ForestRow, crowded, pair_title
from recsys_core.charts.ruler import pair_ruler
from recsys_core.charts.theme import arm_styles
from recsys_core.retention.estimators.figures import RestrictedMean
from recsys_core.retention.study.decision import ArmPace, BestComparison, Decision, PaceRatio, PairDecision
from recsys_core.wording.sentences import say

STYLES = arm_styles(["bert", "cf", "popular"])


ALIKE = PaceRatio(Interval(1.02, 0.95, 1.1), 0.4)


def days(estimate, lower, upper):
    return RestrictedMean(estimate, 0.8, lower, upper, days=60)


@pytest.fixture
def decision():
    return Decision(
        order=("bert", "cf", "popular"),
        pairs=(
            PairDecision("bert", "cf", days(2.1, 0.4, 3.8), days(1.9, 0.1, 3.7), ALIKE),
            PairDecision("bert", "popular", None, None, None, (verbatim("Too few users."),)),
        ),
        arms=(
            ArmPace("bert", days(40.0, 38.0, 42.0), 0.31, 1200, 0.704, None),
            ArmPace("cf", None, None, 1300, None, None),
        ),
        best=(
            BestComparison("bert", 2.1, 0.0, 3.8),
            BestComparison("cf", -2.1, -3.8, 0.0),
            BestComparison("popular", -0.3, -2.0, 1.4),
        ),
        horizon=60, matched_gap=42, matched_horizon=50, critical=1.96, smallest=2.4,
    )  # fmt: skip


def test_the_table_lists_arms_and_leaves_open_what_is_not_known(decision):
    heads, rows = pace_rows.pace_table(decision, STYLES)
    assert heads[1] == "days engaged, of 60"
    assert rows[0] == [Cell("bert", family="text"), Cell("40.0", "(38.0 to 42.0)"), "31.0 %", "1,200", "70.4 %", "–"]
    assert rows[1][1:] == ["–", "–", "1,300", "–", "–"]


def test_a_pair_is_drawn_by_both_methods_and_under_the_studys_own_gap(decision, result):
    rows = pace_rows.decision_rows(decision, result.contrasts)
    assert [row.label for row in rows[:3]] == ["bert − cf", "pace-matched, G = 42, 50 days", "the study's own gap"]
    assert [row.estimate.estimate for row in rows[:3]] == [2.1, 1.9, 3.2]
    assert [row.bold for row in rows[:3]] == [True, False, False]


def test_the_first_pair_alone_is_drawn_with_a_model_for_each_arm(decision, result):
    rows = pace_rows.decision_rows(replace(decision, apart=days(2.4, 0.2, 4.6)), result.contrasts)
    assert [row.label for row in rows].count("a life model for each arm") == 1
    assert (rows[2].label, rows[2].estimate.estimate, rows[2].bold) == ("a life model for each arm", 2.4, False)


def test_a_method_that_gave_nothing_says_why(decision, result):
    first, matched, fixed = pace_rows.decision_rows(decision, result.contrasts)[3:]
    assert first.estimate is matched.estimate is None
    assert first.note == matched.note == "not applied"
    assert say(pace_rows.not_applied(decision)) == "bert − popular: Too few users."
    assert fixed.estimate.estimate == 7.1
    silent = replace(decision, pairs=(PairDecision("bert", "cf", None, None, None),))
    assert pace_rows.decision_rows(silent, ())[0].note == "not applied"


def test_a_contrast_the_other_way_round_is_turned(decision, make_contrast):
    turned = pace_rows.fixed_gap(decision.pairs[0], [make_contrast("cf", "bert", 3.0)])
    assert (turned.estimate, turned.lower, turned.upper) == pytest.approx((-3.0, -4.6, -1.3))
    assert pace_rows.fixed_gap(decision.pairs[0], [make_contrast("cf", "popular")]) is None


def test_pace_is_a_ratio_with_limits_or_not_known(decision):
    heads, rows = pace_rows.pace_ratio_table(decision)
    assert heads == ["pair", "pace, as a ratio", "p"]
    assert rows == [
        [Cell("bert − cf", bold=True), Cell("1.02", "(0.95 to 1.10)"), ".40"],
        [Cell("bert − popular"), "–", "–"],
    ]


def test_pace_is_said_of_the_verdicts_pair(decision):
    assert say(pace_rows.pace_sentence(decision)).startswith("Pace is about the same: while they come, users of bert")
    slow = replace(decision.pairs[0], pace=PaceRatio(Interval(0.7, 0.6, 0.8), 0.0004))
    said = say(pace_rows.pace_sentence(replace(decision, pairs=(slow,))))
    assert "visit 0.70 times for one visit of those of cf (0.60 to 0.80), p < .001." in said
    assert said.startswith("Pace differs")
    assert pace_rows.pace_sentence(replace(decision, pairs=decision.pairs[1:])) is None
    assert pace_rows.pace_sentence(replace(decision, pairs=())) is None


def test_limits_tell_the_best_from_those_that_are_not(decision):
    _, rows = pace_rows.best_table(decision, STYLES)
    assert [row[2] for row in rows] == ["is the best", "is not the best", "may be the best"]
    assert rows[0][1] == Cell("+2.1", "(0.0 to 3.8)")


def test_the_ruler_is_of_the_pair_in_days_engaged(decision):
    ruler = pair_ruler(decision.pairs[0])
    assert (ruler.estimate, ruler.lower, ruler.upper) == (2.1, 0.4, 3.8)
    assert (ruler.left, ruler.right, ruler.caption) == ("cf longer", "bert longer", "days engaged, bert minus cf")
    assert pair_ruler(decision.pairs[1]) is None


def test_files_hold_figures_as_they_are(decision):
    assert pace_rows.pace_csv(decision)[1] == {
        "arm": "cf", "horizon": 60, "days_engaged": None, "lower": None, "upper": None, "visit_share": None,
        "lapses": 1300, "returned_30": None, "returned_60": None,
    }  # fmt: skip
    rows = pace_rows.pair_csv(decision)
    assert [(row["method"], row["difference_days"], row["gap"]) for row in rows[:2]] == [
        ("life model", 2.1, None),
        ("pace-matched", 1.9, 42),
    ]
    assert rows[2]["pace_ratio"] is None


def test_long_names_of_a_pair_are_cut_one_by_one():
    title = pair_title("content-based-bert-large-encoder-v2", "content-based-bert-small")
    assert title == "content-based-… − content-based-…"
    assert pair_title("bert", "cf") == "bert − cf"
    assert not crowded([ForestRow("bert − cf", None, True, "bert")])
    assert crowded([ForestRow(title, None, True, "bert")])

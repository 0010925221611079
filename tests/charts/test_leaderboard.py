"""The leaderboard, its tables and the ruler, from the comparison of the page's sketch."""

from dataclasses import replace

import pytest

from recsys_core.answers import message
from recsys_core.charts import blocks
from recsys_core.charts.ranking import ranking_tables
from recsys_core.charts.ranking.leaderboard import families_of, leaderboard_figure, model_styles
from recsys_core.charts.ranking.ranking_and_staying import hazard_rows, order_of_arms, quality_and_days
from recsys_core.charts.theme import arm_styles
from recsys_core.evaluation.examples import Example, Listed
from recsys_core.evaluation.history_groups import Segment
from recsys_core.retention.estimators.figures import HazardRatio
from recsys_core.retention.study.ranking_hazard import RankingHazard, RankingHazards
from recsys_core.settings import RetentionSettings
from recsys_core.wording.sentences import say
from tests.rankings import eight_models, made_comparison, made_score


def words_of(figure):
    return [annotation.text for annotation in figure.layout.annotations]


def dots(figure, axis):
    return [trace.x[0] for trace in figure.data if trace.meta == "dot" and trace.xaxis == axis]


def test_three_panels_hold_a_dot_for_every_model():
    found = eight_models()
    figure = leaderboard_figure(found)
    assert dots(figure, "x") == [model.metrics["ndcg"].estimate for model in found.models]
    assert dots(figure, "x2") == [model.cold.ndcg.estimate for model in found.models]
    assert dots(figure, "x3") == [model.metrics["coverage"].estimate for model in found.models]
    domains = [figure.layout[axis].domain for axis in ("xaxis", "xaxis2", "xaxis3")]
    assert [end for _, end in domains] == pytest.approx([0.5, 0.77, 1.0])
    assert figure.layout.xaxis3.ticktext[-1] in ("60", "80")
    assert {"<b>All items</b>", "<b>New items</b>", "<b>Catalogue shown</b>"} <= set(words_of(figure))


def test_figures_stand_on_a_patch_of_paper_and_the_best_is_bold():
    figure = leaderboard_figure(eight_models())
    patches = [note for note in figure.layout.annotations if note.bgcolor]
    assert patches[0].text == "0.104 (0.098 to 0.110)"
    assert [note.font.weight for note in patches] == [600] + [400] * 7
    assert len(patches) == 8


def test_without_new_items_there_are_two_panels():
    figure = leaderboard_figure(made_comparison(made_score("ease", 0.1), made_score("bpr", 0.08)))
    assert "<b>New items</b>" not in words_of(figure)
    assert [figure.layout[axis].domain[1] for axis in ("xaxis", "xaxis2")] == [0.5, 1.0]


def test_nothing_found_on_new_items_is_a_dot_at_zero():
    figure = leaderboard_figure(made_comparison(made_score("ease", 0.1, 0.0), made_score("bpr", 0.08, 0.0)))
    assert dots(figure, "x2") == [0.0, 0.0]
    assert figure.layout.xaxis2.range[0] < 0 < figure.layout.xaxis2.range[1]


def test_a_phone_gets_one_panel_with_three_digits():
    figure = leaderboard_figure(eight_models(), narrow=True)
    assert "xaxis2" not in figure.to_dict()["layout"]
    assert "0.104 (0.098 to 0.110)" in words_of(figure)
    assert figure.layout.xaxis.ticktext[0] == "0.06"
    assert figure.layout.meta["least_width"] < 368


def test_every_model_has_the_look_of_its_family():
    styles = model_styles(eight_models(), "light")
    assert styles["bi-encoder"].marker == "circle"
    assert styles["item-knn"].marker == "square"
    assert [style.family for style in families_of(eight_models())] == [
        "neighbours", "factors", "sequence", "hybrid", "text", "baseline",
    ]  # fmt: skip
    assert all(style.strength == 1 for style in styles.values())


def test_families_are_written_with_their_shapes():
    html = blocks.families_html(families_of(eight_models()))
    assert '<span class="sp-family-factors"><i class="sp-shape sp-shape-diamond"></i>factors</span>' in html


def test_a_card_escapes_its_words():
    assert blocks.card_html("A <b>", "c & d") == '<div class="sp-card"><b>A &lt;b&gt;</b> c &amp; d</div>'


def test_the_ruler_draws_the_difference_that_decided():
    ruler = ranking_tables.ranking_ruler(eight_models())
    assert (ruler.left, ruler.right, ruler.digits) == ("item-knn better", "sasrec better", 3)
    assert ruler.caption == "NDCG at 10, sasrec minus item-knn"
    assert ruler.estimate == pytest.approx(-0.006)
    assert ranking_tables.ranking_ruler(made_comparison(made_score("ease", 0.1))) is None


def test_differences_as_a_table():
    found = eight_models()
    heads, rows = ranking_tables.difference_table(
        found.against("item-knn"), model_styles(found, "light"), {"ease": 0.4}
    )
    assert heads[-1] == "time to train"
    assert rows[0][0].family == "factors"
    assert rows[0][1:] == ["−0.001", "−0.006 to 0.004", ".61", "no", "0.4 s"]
    assert rows[-1][1:] == ["−0.038", "−0.043 to −0.033", "< .001", "yes", "–"]
    assert len(ranking_tables.difference_table(found.against("item-knn"), model_styles(found, "light"), {})[0]) == 5


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.43, "0.4 s"), (12.2, "12 s"), (372, "6 min"), (9000, "2.5 h"), (None, "–")]
)
def test_durations(seconds, said):
    assert ranking_tables.duration(seconds) == said


def test_groups_end_with_how_many_there_are():
    found = eight_models()
    _, rows = ranking_tables.groups_table(found, model_styles(found, "light"))
    assert rows[-2] == ["held-out items", "300", "52", "41"]
    assert rows[-1] == ["of users", "200", "40", "30"]


def test_few_users_of_a_history_have_no_figure():
    found = made_comparison(made_score("ease", 0.1))
    segments = (Segment(1, 2, 9, {"ease": 0.3}), Segment(3, None, 10, {"ease": 0.3}))
    heads, rows = ranking_tables.history_table(segments, found, model_styles(found, "light"))
    assert heads[1:] == ["1 to 2 items", "3 or more items"]
    assert rows[0][1:] == ["–", "0.300"]


def test_lists_side_by_side_mark_what_came_later():
    example = Example(("Old",), ("New",), 1, {"ease": (Listed("New", True), Listed("Other", False)), "bpr": ()})
    heads, rows = ranking_tables.list_table(example, ["ease", "bpr"])
    assert heads == ["", "ease", "bpr"]
    assert (rows[0][1].text, rows[0][1].bold, rows[1][1].text, rows[1][2].text) == ("✓ New", True, "Other", "")


def test_the_best_of_each_family_is_named():
    found = eight_models()
    assert ranking_tables.first_of_families(found, model_styles(found, "light"), 3) == ["item-knn", "ease", "sasrec"]


def test_arms_beside_their_models(result):
    retention, found = result, eight_models()
    names = [arm.name for arm in retention.arms]
    models = dict(zip(names, ("bi-encoder", "item-knn"), strict=False))
    order = order_of_arms(found, retention, models)
    assert (order.code, order.values["longer"], order.values["ranking"].values["higher"]) == (
        "note-order-not-as-ranked", True, False,
    )  # fmt: skip
    assert say(order) == (
        f"In this study the model of the {names[0]} arm ranks lower offline than that of {names[1]} (NDCG 0.087 "
        "against 0.104), and yet its users stayed 3.2 days longer (1.5 to 4.8)."
    )
    turned = order_of_arms(found, retention, dict(zip(names, ("item-knn", "bi-encoder"), strict=False)))
    assert turned.code == "note-order-as-ranked"
    assert say(turned).endswith(
        "ranks higher offline than that of cf (NDCG 0.104 against 0.087), and its users stayed 3.2 days longer "
        "(1.5 to 4.8)."
    )
    heads, rows = quality_and_days(found, retention, models, arm_styles(names))
    assert heads[2:] == ["NDCG at 10", f"days kept, of {retention.settings.horizon_days}"]
    assert rows[0][2].text == "0.087"
    assert rows[-1][1:3] == ["–", "–"]


def test_what_is_missing_for_the_arms_is_said(result):
    found = eight_models()
    nothing, unnamed = order_of_arms(found, None, {}), order_of_arms(found, result, {})
    assert (nothing.code, unnamed.code) == ("note-order-without-arms", "note-order-without-models")
    assert "this log has none to set beside" in say(nothing)
    assert "Say which model stands for which arm" in say(unnamed)
    assert order_of_arms(found, replace(result, arms=result.arms[:1]), {}) == nothing


def test_lapses_by_ranking_quality_as_a_file():
    ratio = HazardRatio(0.9, 0.8, 1.01, 0.07)
    known = RankingHazard("ease", 0.1, 0.2, ratio, ratio, 0.07, message("ranking-differs-from-all"), ())
    reason = message("error-no-model-to-compare")
    finding = message("ranking-hazard-not-estimable", model="bpr", reason=reason)
    unknown = RankingHazard("bpr", 0.1, 0.2, None, None, None, finding, ())
    hazards = RankingHazards(RetentionSettings(), 10, 0, 1, 5, 4, 3, (), (known, unknown))
    first, second = hazard_rows(hazards)
    assert (first["hazard_ratio"], first["hazard_ratio_lower"], first["hazard_ratio_sd_upper"]) == (0.9, 0.8, 1.01)
    assert (second["hazard_ratio"], second["p_holm"]) == (None, None)
    assert second["sentence"] == (
        "Whether better ranking by bpr goes with staying cannot be estimated. No model is trained on this split yet, "
        "so there is nothing to compare. Train one first."
    )

import pytest

from recsys_core.charts import theme
from recsys_core.models.cards import all_cards

MODELS_OF_ALL_KINDS = ("text-similarity", "item-knn", "popular", "hybrid", "sasrec", "pure-svd")


def contrast(one: str, other: str) -> float:
    """WCAG 2.1 contrast ratio."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("bi-encoder", "text"),
        ("bert", "text"),
        ("DistilBERT v2", "text"),
        ("text_embeddings", "text"),
        ("cf", "neighbours"),
        ("item-to-item", "neighbours"),
        ("itemKNN", "neighbours"),
        ("popular", "baseline"),
        ("popular-items", "baseline"),
        ("Control", "baseline"),
        ("als", "factors"),
        ("TruncatedSVD", "factors"),
        ("bert4rec", "sequence"),
        ("hybrid", "hybrid"),
        ("treatment", None),
        ("scifi", None),
        ("B", None),
    ],
)
def test_names_point_to_families(name, family):
    assert theme.family_of(name) == family


def test_models_look_as_their_cards_say():
    looks = {card.name: theme.family_of(card.name) for card in all_cards()}
    assert looks == {
        "popular": "baseline", "recent-popular": "baseline", "item-knn": "neighbours", "ease": "factors",
        "ials": "factors", "bpr": "factors", "text-similarity": "text", "bi-encoder": "text",
    }  # fmt: skip
    known = {family.name for family in theme.FAMILIES}
    assert {card.legend for card in all_cards()} <= known
    assert set(theme.word_colours()) == known


def test_arms_with_nothing_to_go_by_share_out_the_free_families():
    styles = theme.arm_styles(["A", "B", "C", "popular"])
    assert styles["popular"].family == "baseline"
    assert [styles[name].family for name in "ABC"] == ["text", "neighbours", "hybrid"]
    assert list(styles) == ["A", "B", "C", "popular"]


def test_the_order_of_the_arms_does_not_change_their_look():
    assert theme.arm_styles(["B", "A", "cf"])["A"] == theme.arm_styles(["cf", "A", "B"])["A"]


def test_a_study_may_name_the_model_behind_an_arm():
    assert theme.arm_styles(["B"], arm_models={"B": "sasrec"})["B"].family == "sequence"


@pytest.mark.parametrize("mode", ["light", "dark", "print"])
def test_no_two_of_a_dozen_arms_look_the_same(mode):
    styles = theme.arm_styles([f"arm {i}" for i in range(12)], mode)
    assert len({(style.colour, style.dash) for style in styles.values()}) == 12
    assert sorted(style.strength for style in styles.values()) == [0.6] * 6 + [1.0] * 6


def test_two_of_one_family_differ_in_strength():
    styles = theme.arm_styles(["bi-encoder", "cross-encoder"])
    assert (styles["bi-encoder"].strength, styles["cross-encoder"].strength) == (1.0, 0.6)
    assert styles["bi-encoder"].dash == styles["cross-encoder"].dash
    assert styles["bi-encoder"].colour != styles["cross-encoder"].colour


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_lines_and_words_stand_out_from_the_page(mode):
    paper = theme.tokens(mode).paper
    for style in theme.arm_styles(MODELS_OF_ALL_KINDS, mode).values():
        assert contrast(style.colour, paper) >= 3.15
        assert contrast(style.word, paper) >= 4.5
    assert contrast(theme.tokens(mode).muted, paper) >= 4.5
    assert contrast(theme.tokens(mode).muted, theme.tokens(mode).panel) >= 4.5


def test_colours_mix():
    assert theme.mix("#000000", "#FFFFFF", 0.6) == "#666666"
    assert theme.fade("#2A62D9", 0.13) == "rgba(42,98,217,0.13)"


def test_labels_are_cut_and_escaped():
    assert theme.short_label("<b>x</b>") == "&lt;b&gt;x&lt;/b&gt;"
    assert theme.short_label("a very long arm name", 10) == "a very lo…"


def test_layout_is_fixed_and_see_through():
    layout = theme.base_layout("light", 430, (100, 80, 10, 6))
    assert layout["template"] == "none"
    assert layout["dragmode"] is False
    assert layout["paper_bgcolor"] == layout["plot_bgcolor"] == "rgba(0,0,0,0)"
    assert theme.CONFIG["displayModeBar"] is False

"""The rail, and words of the glossary that explain themselves."""

from dataclasses import replace

import pytest

from recsys_core.answers import Check, message
from recsys_core.charts import blocks
from recsys_core.charts.defined_words import defined_html
from recsys_core.charts.retention import rail
from recsys_core.retention.study.retention_result import Verdict

BAD = "<script>alert('x')</script>"


def test_the_rail_says_the_answer_and_leads_to_the_layers(result):
    html = rail.rail_html(result, ready=True)
    assert "<b>bert</b> <span>keeps users 3.2 days longer</span>" in html
    assert "<b>6,000</b> <span>users counted</span>" in html
    assert "<b>14 days</b> <span>gap</span>" in html
    assert "<b>60 days</b> <span>horizon</span>" in html
    for layer in ("answer", "real", "everything"):
        assert f'href="#sp-layer-{layer}"' in html
        assert f'id="sp-layer-{layer}"' in rail.layer_html(layer, "Title", "note")


def test_before_the_verdict_the_rail_claims_nothing(result):
    html = rail.rail_html(result, ready=False)
    assert "bert" not in html
    assert "Comparing the arms" in html


def test_checks_are_shapes_with_their_words_behind(result):
    checks = [Check("switchers", status, "", {"share": 0.05}) for status in ("pass", "warn", "fail") * 3]
    html = rail.dots_html(checks)
    assert html.count("sp-icon") == rail.MOST_CHECKS
    assert 'aria-label="Switchers: fail, 5.0 %"' in html
    assert "sp-fail" in html


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (Verdict("tie", "retention-tie", {"arm": "a", "reference": "b", "cohort_kind": "logged", "level": ("a", "b")}),
         ("Cannot be told apart", "a and b")),
        (Verdict("single", "retention-single", {"arm": "", "days": 27.1, "horizon": 60, "cohort_kind": "everyone"}),
         ("One curve", "27.1 of 60 days kept")),
        (Verdict("blocked", "retention-blocked", {"check": message("check-overlap"), "failed": "overlap"}),
         ("No verdict", "Overlap failed")),
        (Verdict("few", "retention-single", {"cohort_kind": "everyone"}), ("One curve, no comparison", "")),
    ],
)  # fmt: skip
def test_every_verdict_has_a_few_words(verdict, said):
    assert rail.rail_words(verdict) == said


def test_names_in_the_rail_are_escaped(result):
    verdict = replace(result.verdict, values={**result.verdict.values, "arm": BAD, "reference": BAD})
    html = rail.rail_html(replace(result, verdict=verdict), ready=True)
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_a_word_of_the_glossary_explains_itself_once():
    html = defined_html("The hazard ratio; hazard ratios are ratios. Lapsed users.")
    assert html.count("<abbr") == 2
    assert '<abbr class="sp-term" tabindex="0" role="note" data-means="Hazard ratio: How much faster' in html
    assert ">Lapsed</abbr> users." in html


def test_longer_terms_come_first_and_parts_of_words_are_none():
    assert ">log-rank test</abbr>" in defined_html("a log-rank test of all")
    assert "<abbr" not in defined_html("waypoints, collapsed, points-based")
    assert "<abbr" not in defined_html(blocks.text_html("&lapse; <lapse"))[:12]


def test_everyday_words_are_terms_only_where_they_are_meant():
    assert "<abbr" not in defined_html("at the pace of this log")
    assert "Pace: How often a user visits" in defined_html("their pace", ["pace"])


def test_tables_and_notes_explain_on_pages_and_not_in_reports():
    assert "<abbr" in blocks.table_html(["hazard ratio"], [["1"]], defined=True)
    assert "<abbr" not in blocks.table_html(["hazard ratio"], [["1"]])
    assert "<abbr" in blocks.heading_html("T", "hazard ratio", defined=True)
    assert "<abbr" not in blocks.heading_html("T", "hazard ratio")


@pytest.mark.parametrize("state", ["winner", "worst", "tie", "equal", "undecided", "few", "blocked", "single"])
def test_every_state_of_a_verdict_has_its_look(result, state):
    assert f'class="sp-verdict sp-{state}"' in blocks.verdict_html(replace(result.verdict, state=state))
    assert state == "winner" or f".sp-{state}" in blocks.block_css()

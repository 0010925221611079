import re
from dataclasses import replace

import pytest

from recsys_core.answers import Check, message, verbatim
from recsys_core.charts import blocks, logo
from recsys_core.charts.blocks import Cell
from recsys_core.charts.calendar.triangle import cell_colours, scale_ends, triangle_html
from recsys_core.charts.ruler import Ruler, pair_ruler, ruler_html, scale_end
from recsys_core.charts.theme import contrast
from recsys_core.retention.calendar.calendar_results import WeekTriangle
from recsys_core.retention.study.retention_result import Verdict
from recsys_core.wording.catalogue import Catalogue, speaking
from recsys_core.wording.sentences import sentence

BAD = "<script>alert('x')</script>"
TOY = Catalogue("en", {"toy": """
check-size = Sample <i>ratio
    .short = p = { $p } %
    .detail = Some { $word }.
verdict-one = { $word } stayed.
    .title = The { $word }
said = { $word }
"""})  # fmt: skip


def bad_verdict():
    return Verdict("tie", "one", {"word": BAD}, (message("said", word=BAD),))


def check(status="pass", word="ratio", p=".89"):
    return Check("size", status, values={"word": word, "p": p})


def test_the_verdict_says_its_state_and_draws_its_ruler(result):
    html = blocks.verdict_html(result.verdict)
    assert 'class="sp-verdict sp-winner"' in html
    assert sentence(result.verdict) in html
    assert 'aria-label="days engaged, bert minus cf: +3.2 (1.5 to 4.8)"' in html


def test_a_blocked_verdict_has_no_ruler(result):
    blocked = replace(result.verdict, state="blocked")
    ruler = pair_ruler(result.decision.pairs[0])
    assert "sp-ruler" not in blocks.verdict_html(blocked, ruler)
    assert "sp-ruler" not in blocks.verdict_html(result.verdict, with_ruler=False)


def test_an_unknown_state_claims_nothing(result):
    html = blocks.verdict_html(replace(result.verdict, state='x" onclick="y'))
    assert 'class="sp-verdict sp-single"' in html


def test_the_ruler_places_dot_and_interval():
    html = ruler_html(Ruler(3.2, 1.5, 4.8, "cf longer", "bert longer", "days"))
    assert 'class="sp-ruler-dot" style="left:76.67%"' in html
    assert 'class="sp-ruler-interval" style="left:62.50%;width:27.50%"' in html
    assert re.findall(r'number" style="left:\d+%">([^<]+)<', html) == ["−6", "−3", "0", "3", "6"]
    assert ruler_html(Ruler(float("nan"), 1, 2, "", "", "")) == ""


@pytest.mark.parametrize(
    ("largest", "end"), [(4.8, 6), (2.1, 3), (45, 60), (0.023, 0.03), (100, 200), (0, 1), (5.8, 8)]
)
def test_the_ruler_ends_on_a_round_number(largest, end):
    assert scale_end(largest) == pytest.approx(end)


def test_checks_carry_shape_word_and_number():
    with speaking(TOY):
        html = blocks.checks_html([check(), check("warn", "switchers", "4.1")])
        details = blocks.check_details_html([check("warn")])
    assert '<span class="sp-icon sp-pass"' in html
    assert "<b>Sample &lt;i&gt;ratio</b> pass, p = .89" in html
    assert "<b>Sample &lt;i&gt;ratio</b> warn, p = 4.1\u00a0%" in html
    assert 'title="Some switchers."' in html
    assert "Some ratio." in details


@pytest.mark.parametrize(
    "write",
    [
        lambda: blocks.verdict_html(bad_verdict(), Ruler(1, 0, 2, BAD, BAD, BAD)),
        lambda: blocks.checks_html([check("fail", f'" onmouseover="x {BAD}', BAD)]),
        lambda: blocks.check_details_html([check(BAD, BAD, BAD)]),
        lambda: blocks.table_html([BAD], [[BAD], [Cell(BAD, BAD, bold=True, family=BAD)]]),
        lambda: blocks.definitions_html([(BAD, BAD)]),
        lambda: blocks.heading_html(BAD, BAD),
        lambda: blocks.page_line_html(BAD, BAD),
        lambda: blocks.title_html(BAD, BAD, above=BAD),
        lambda: blocks.error_html(BAD, BAD, BAD),
        lambda: blocks.warning_html(BAD, BAD),
        lambda: blocks.study_card_html(BAD, [BAD]),
        lambda: blocks.machine_html(BAD),
        lambda: blocks.skeleton_html(100, BAD),
        lambda: triangle_html(WeekTriangle((message("said", word=BAD),), (3,), ((0.5,),))),
    ],
)
def test_every_block_escapes_what_it_is_given(write):
    with speaking(TOY):
        html = write()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert 'onmouseover="x' not in html.replace("&quot;", "")


def test_words_between_stars_are_bold_and_nothing_else_is():
    assert blocks.text_html("At day 30 **5.7 points** more") == "At day 30 <b>5.7 points</b> more"
    assert blocks.text_html("**<i>**") == "<b>&lt;i&gt;</b>"
    assert blocks.text_html("a * b ** c") == "a * b ** c"


def test_tables_set_names_left_and_figures_right():
    html = blocks.table_html(["arm", "users"], [[Cell("bert", family="text"), Cell("2,011", "(all)")]])
    assert '<th class="sp-left">arm</th><th>users</th>' in html
    assert '<td class="sp-left"><span class="sp-bold sp-family-text">bert</span></td>' in html
    assert '<td>2,011 <span class="sp-note">(all)</span></td>' in html
    assert 'class="sp-left sp-long"' in blocks.table_html(["a"], [["x" * 40]])


def test_the_triangle_leaves_out_what_is_not_followed():
    triangle = WeekTriangle((verbatim("2 Mar"), verbatim("9 Mar")), (688, 1702), ((0.72, 0.46), (0.69, None)))
    html = triangle_html(triangle, "print")
    assert re.findall(r">(\d+)</td>", html.replace(",", "")) == ["688", "72", "46", "1702", "69"]
    assert html.count('<td class="sp-immature"></td>') == 1
    assert "light-dark" not in html
    assert "light-dark" in triangle_html(triangle)


def test_the_scale_spans_the_data():
    triangle = WeekTriangle((verbatim("2 Mar"),), (688,), ((0.68, 0.55, 0.49, None),))
    assert scale_ends(triangle) == pytest.approx((0.49, 0.68))
    assert cell_colours(0.49, (0.49, 0.68), "light")[0] == "#EFF4F8"
    assert cell_colours(0.68, (0.49, 0.68), "dark")[0] == "#7EB5CC"


def test_shares_that_differ_by_chance_do_not_look_far_apart():
    assert scale_ends(WeekTriangle((verbatim("2 Mar"),), (9,), ((0.51, 0.49),))) == pytest.approx((0.45, 0.55))
    assert scale_ends(WeekTriangle((), (), ())) == (0.0, 1.0)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_figures_can_be_read_on_every_cell(mode):
    for share in range(0, 101, 2):
        assert contrast(*cell_colours(share / 100, (0.0, 1.0), mode)) >= 4.5, share
    assert cell_colours(1.0, (0.0, 1.0), "light")[1] == "#FFFFFF"
    assert cell_colours(0.5, (0.0, 1.0), "light")[1] == "#1F2427"


def test_tokens_follow_the_scheme_or_fix_one():
    assert "--sp-ink:light-dark(#1F2427,#E7E4DD);" in blocks.token_css()
    assert "--sp-ink:#1F2427;" in blocks.token_css("print")
    assert "light-dark" not in blocks.token_css("dark")


def test_every_property_that_the_style_sheet_uses_is_defined():
    used = set(re.findall(r"var\((--sp-[a-z-]+)\)", blocks.block_css()))
    assert used <= set(re.findall(r"(--sp-[a-z-]+):", blocks.token_css()))


def test_the_logo_is_an_image_without_words():
    assert logo.logo_html().startswith('<img class="sp-logo" src="data:image/svg+xml;base64,')
    assert 'alt=""' in logo.logo_html()

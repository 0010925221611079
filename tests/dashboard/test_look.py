import re
import tomllib
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import look
from recsys_core.charts import theme
from recsys_core.wording.catalogue import Catalogue, speaking

CONFIG = tomllib.loads(Path(".streamlit/config.toml").read_text(encoding="utf-8"))


def test_every_property_that_the_pages_use_is_defined():
    css = look.style_sheet()
    assert set(re.findall(r"var\((--sp-[a-z-]+)\)", css)) <= set(re.findall(r"(--sp-[a-z-]+):", css))
    assert css.count("{") == css.count("}")
    assert "</" not in css


def test_the_server_keeps_to_this_computer_and_tells_nobody():
    assert CONFIG["server"]["address"] == "127.0.0.1"
    assert CONFIG["server"]["enableXsrfProtection"] is True
    assert CONFIG["server"]["maxUploadSize"] == 1024
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["client"] == {
        "toolbarMode": "minimal",
        "showErrorDetails": "none",
        "disableDataExport": True,
        "showSidebarNavigation": False,
    }


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_theme_and_tokens_agree(mode):
    colours, section = theme.tokens(mode), CONFIG["theme"][mode]
    assert section["primaryColor"] == colours.accent
    assert section["backgroundColor"] == colours.paper
    assert section["secondaryBackgroundColor"] == colours.panel
    assert section["textColor"] == colours.ink
    assert section["borderColor"] == colours.border
    assert section["linkColor"] == colours.link
    families = [family.dark if mode == "dark" else family.light for family in theme.FAMILIES]
    assert sorted(section["chartCategoricalColors"]) == sorted(families)


def test_the_favicon_is_a_picture():
    assert look.FAVICON.read_bytes().startswith(b"\x89PNG")


TOY = Catalogue("en", {"toy": """
check-balance = Balance
    .short = SMD .03
    .detail = Fine.
week = 2 Mar
verdict-alike = { $arm } and b are alike.
    .title = No clear winner
"""})  # fmt: skip


def blocks_page():
    from dashboard import look
    from dashboard.drawing import answer_blocks, tables_and_charts, text_blocks
    from recsys_core.answers import Check, message
    from recsys_core.charts.retention.gap_chart import gap_figure
    from recsys_core.retention.calendar.calendar_results import WeekTriangle
    from recsys_core.retention.population.gaps import GapCurve
    from recsys_core.retention.study.retention_result import Verdict

    look.apply_look()
    text_blocks.show_page_line("Retention", "three arms")
    text_blocks.show_title("Title", "Lead", above="Sample")
    answer_blocks.show_verdict(Verdict("tie", "alike", {"arm": "<b>a</b>"}))
    checks = [Check("balance", "pass")]
    answer_blocks.show_checks(checks)
    answer_blocks.show_check_details(checks)
    answer_blocks.show_error("Nothing was imported.", "One column found.", "Choose a separator.")
    text_blocks.show_empty("Nothing imported yet.", "A log needs three columns.")
    answer_blocks.show_warning_line("Follow-up", "ends early")
    text_blocks.show_section("Section", "note", rule=True)
    tables_and_charts.evidence_table(["arm"], [["bert"]])
    text_blocks.show_definitions([("Lapse", "14 days")])
    tables_and_charts.show_triangle(WeekTriangle((message("week"),), (3,), ((0.5,),)))
    text_blocks.show_skeleton(100, "Counting")
    tables_and_charts.show_chart(gap_figure(GapCurve((1, 2), (0.5, 0.9), 0.9, 1), 1, look.chart_mode()), "gap", "gaps")


def test_all_blocks_draw_and_escape():
    with speaking(TOY):
        app = AppTest.from_function(blocks_page).run()
    assert not app.exception
    html = "".join(element.proto.body for element in app.get("html"))
    assert "&lt;b&gt;a&lt;/b&gt; and b are alike." in html
    for words in (
        "One column found. Choose a separator.",
        "Nothing imported yet.",
        "ends early",
        "14 days",
        "Counting",
    ):
        assert words in html
    assert "<style>:root{--sp-paper:light-dark(" in html

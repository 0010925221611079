"""The pages' style sheet, sent once per run."""

from functools import cache
from pathlib import Path

import streamlit as st

from recsys_core.charts import blocks
from recsys_core.charts.theme import Mode

FAVICON = Path(__file__).with_name("favicon.png")


@cache
def style_sheet() -> str:
    """Return tokens, blocks and page rules as one style sheet that follows light and dark by itself."""
    page = Path(__file__).with_name("look.css").read_text(encoding="utf-8")
    return blocks.token_css() + blocks.block_css() + page


def apply_look() -> None:
    """Send the style sheet; it takes no space on the page."""
    st.html(f"<style>{style_sheet()}</style>")


def chart_mode() -> Mode:
    """Return the mode in which charts are drawn: the browser's, light where it does not say."""
    return "dark" if st.context.theme.type == "dark" else "light"

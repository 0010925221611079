"""How titles, lines of text, definitions and an empty page look."""

from collections.abc import Sequence

import streamlit as st

from recsys_core.charts import blocks
from recsys_core.charts.defined_words import defined_html


def show_page_line(page: str, text: str = "") -> None:
    """Show the page's name and what is on it, at the very top."""
    st.html(blocks.page_line_html(page, text))


def show_title(title: str, text: str = "", *, above: str = "", home: bool = False) -> None:
    """Show a page's title, a few words above and the sentence under it."""
    st.html(blocks.title_html(title, text, above=above, home=home))


def show_empty(title: str, text: str) -> None:
    """Show that something is missing; the page draws one primary button under it."""
    st.html(blocks.title_html(title, text))


def show_section(title: str, note: str = "", *, rule: bool = False, everyday: Sequence[str] = ()) -> None:
    """Show a section's title with its muted line; `rule` parts it from what is above.

    Words of the glossary in the line explain themselves; of `everyday` ones those whose slugs are given.
    """
    st.html(blocks.heading_html(title, note, rule=rule, defined=True, everyday=everyday))


def show_note(text: str) -> None:
    """Show a muted line that may hold names from the data: no markdown is read in it but `**bold**`.

    Words of the glossary explain themselves.
    """
    st.html(f'<div class="sp-heading-note">{defined_html(blocks.text_html(text))}</div>')


def show_computed(text: str) -> None:
    """Show, folded, how the block above was computed: population, start, event, gap, zone, window, who is left out."""
    with st.popover("How this was computed", type="tertiary"):
        show_note(text)


def show_definitions(pairs: Sequence[tuple[str, str]]) -> None:
    """Show how things were counted: terms with their sentences."""
    st.html(blocks.definitions_html(pairs))


def show_skeleton(height: int, step: str = "", *, phone: int | None = None) -> None:
    """Show a grey block as high as what is being computed, on a phone too, and the step's name."""
    st.html(blocks.skeleton_html(height, step, phone))

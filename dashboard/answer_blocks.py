"""How an answer, a check, a table, an error and an empty page look."""

from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from recsys_core.answers import Check, Verdict
from recsys_core.charts import blocks, theme
from recsys_core.charts.blocks import Cell
from recsys_core.charts.calendar import triangle
from recsys_core.charts.ruler import Ruler
from recsys_core.retention.calendar.calendar_results import WeekTriangle

PHONE_PX = 368  # the width of the text on a phone of 400 px


def show_verdict(verdict: Verdict, ruler: Ruler | None = None) -> None:
    """Show the answer; `ruler` stands in for the one of the verdict's contrast."""
    st.html(blocks.verdict_html(verdict, ruler))


def show_checks(checks: Sequence[Check]) -> None:
    """Show the line of checks under an answer."""
    st.html(blocks.checks_html(checks))


def show_check_details(checks: Sequence[Check]) -> None:
    """Show checks one under the other, each with its sentence."""
    st.html(blocks.check_details_html(checks))


def show_error(title: str, what_found: str, next_step: str) -> None:
    """Show what went wrong: a title, what was found, what to do next."""
    st.html(blocks.error_html(title, what_found, next_step))


def show_empty(title: str, text: str) -> None:
    """Show that something is missing; the page draws one primary button under it."""
    st.html(blocks.title_html(title, text))


def show_warning_line(title: str, text: str) -> None:
    """Show one line of warning, above the chart that it is about."""
    st.html(blocks.warning_html(title, text))


def show_section(title: str, note: str = "", *, rule: bool = False) -> None:
    """Show a section's title with its muted line; `rule` parts it from what is above."""
    st.html(blocks.heading_html(title, note, rule=rule))


def show_note(text: str) -> None:
    """Show a muted line that may hold names from the data: no markdown is read in it but `**bold**`."""
    st.html(f'<div class="sp-heading-note">{blocks.text_html(text)}</div>')


def show_computed(text: str) -> None:
    """Show, folded, how the block above was computed: population, start, event, gap, zone, window, who is left out."""
    with st.popover("How this was computed", type="tertiary"):
        show_note(text)


def show_page_line(page: str, text: str = "") -> None:
    """Show the page's name and what is on it, at the very top."""
    st.html(blocks.page_line_html(page, text))


def show_title(title: str, text: str = "", *, above: str = "", home: bool = False) -> None:
    """Show a page's title, a few words above and the sentence under it."""
    st.html(blocks.title_html(title, text, above=above, home=home))


def evidence_table(
    headers: Sequence[str], rows: Sequence[Sequence[str | Cell]], *, left: int = 1, compact: bool = False
) -> None:
    """Show a short table of evidence; long lists belong in `st.dataframe`."""
    st.html(blocks.table_html(headers, rows, left=left, compact=compact))


def show_definitions(pairs: Sequence[tuple[str, str]]) -> None:
    """Show how things were counted: terms with their sentences."""
    st.html(blocks.definitions_html(pairs))


def show_triangle(weeks: WeekTriangle) -> None:
    """Show the cohort triangle."""
    st.html(triangle.triangle_html(weeks))


def show_skeleton(height: int, step: str = "") -> None:
    """Show a grey block as high as what is being computed, and the step's name."""
    st.html(blocks.skeleton_html(height, step))


def show_chart(figure: go.Figure, key: str, alt: str, *, phone: go.Figure | None = None) -> None:
    """Show a figure as it is drawn: no theme, no mode bar; `alt` says in words what it shows.

    On a phone `phone` takes its place, if given; otherwise a figure too wide for a phone scrolls sideways there
    instead of being squeezed. The server does not know how wide the page is, so the style sheet chooses.
    """
    wide = ((figure.layout.meta or {}).get("least_width", 0)) > PHONE_PX
    place = "desk" if phone else "wide" if wide else "chart"
    with st.container(key=f"{place}_{key}"):
        st.plotly_chart(figure, theme=None, key=key, config=theme.CONFIG, alt=alt)
    if phone:
        with st.container(key=f"phone_{key}"):
            st.plotly_chart(phone, theme=None, key=f"{key}_phone", config=theme.CONFIG, alt=alt)

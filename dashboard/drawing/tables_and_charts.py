"""How a table and a chart look, on a desk and on a phone."""

from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from recsys_core.charts import blocks, theme
from recsys_core.charts.blocks import Cell
from recsys_core.charts.calendar import triangle
from recsys_core.retention.calendar.calendar_results import WeekTriangle

PHONE_PX = 368  # the width of the text on a phone of 400 px


def evidence_table(
    headers: Sequence[str], rows: Sequence[Sequence[str | Cell]], *, left: int = 1, compact: bool = False
) -> None:
    """Show a short table of evidence; long lists belong in `st.dataframe`."""
    st.html(blocks.table_html(headers, rows, left=left, compact=compact, defined=True))


def show_triangle(weeks: WeekTriangle) -> None:
    """Show the cohort triangle."""
    st.html(triangle.triangle_html(weeks))


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

"""The line under a block of evidence: its figures as a file, how they were computed, and the terms it uses."""

import streamlit as st

from dashboard.drawing.downloads import Rows, csv_button
from dashboard.drawing.terms import show_terms
from dashboard.drawing.text_blocks import show_computed


def show_foot(name: str, rows: Rows, computed: str, *terms: str) -> None:
    """Show the line under a block.

    Parameters
    ----------
    name
        What the file holds: "Curves" is offered as curves.csv.
    rows
        Of the file.
    computed
        From `how_computed`.
    terms
        Slugs of the glossary's terms that the block uses.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        csv_button(f"{name} as CSV", f"{name.lower().replace(' ', '_')}.csv", rows)
        show_computed(computed)
    if terms:
        show_terms(*terms)

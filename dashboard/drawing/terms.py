"""A muted line of links under a block, each to a term of the glossary."""

import streamlit as st

from dashboard.studies import address
from recsys_core.glossary import find

PAGE = "pages/glossary.py"
PARAMETER = "term"


def show_terms(*slugs: str) -> None:
    """Write "Terms: Kaplan-Meier, restricted mean", each a link to the glossary with the study kept open.

    Parameters
    ----------
    slugs
        As in `recsys_core.glossary`, at least one.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap=None):
        st.html('<span class="sp-terms">Terms:</span>', width="content")
        for place, slug in enumerate(slugs):
            comma = "," if place < len(slugs) - 1 else ""
            st.page_link(
                PAGE, label=find(slug).name + comma, query_params={**address(), PARAMETER: slug}, width="content"
            )

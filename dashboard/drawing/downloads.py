"""Tables as CSV files that a spreadsheet can open without running anything."""

from collections.abc import Mapping, Sequence

import streamlit as st

from recsys_core.serialise import to_csv


def csv_button(label: str, file_name: str, rows: Sequence[Mapping[str, object]], *, key: str | None = None) -> None:
    """Offer rows as a CSV file; a page on which two buttons are called alike gives them keys."""
    st.download_button(label, to_csv(rows), file_name, "text/csv", key=key, on_click="ignore", type="tertiary")

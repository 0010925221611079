"""Tables as CSV files that a spreadsheet can open without running anything."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from recsys_core.serialise import to_csv

Rows = Callable[[], Sequence[Mapping[str, object]]]


def csv_button(label: str, file_name: str, rows: Rows, *, key: str | None = None) -> None:
    """Offer rows as a CSV file, which is written when somebody takes it.

    A page on which two buttons are called alike gives them keys.
    """
    st.download_button(
        label, lambda: to_csv(rows()), file_name, "text/csv", key=key, on_click="ignore", type="tertiary"
    )

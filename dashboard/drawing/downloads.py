"""Tables as CSV files that a spreadsheet can open without running anything."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from dashboard import studies
from recsys_core import audit
from recsys_core.serialise import to_csv

Rows = Callable[[], Sequence[Mapping[str, object]]]


def csv_button(label: str, file_name: str, rows: Rows, *, key: str | None = None) -> None:
    """Offer rows as a CSV file, which is written when somebody takes it.

    A page on which two buttons are called alike gives them keys.
    """
    dataset_id = st.query_params.get("study", "")
    st.download_button(
        label, lambda: _taken(dataset_id, file_name, rows), file_name, "text/csv", key=key, on_click="ignore",
        type="tertiary",
    )  # fmt: skip


def _taken(dataset_id: str, file_name: str, rows: Rows) -> str:
    """Note that a table leaves the server, and write it; called when somebody downloads it."""
    audit.note(studies.workspace(), "export-table", dataset_id=dataset_id, file=file_name)
    return to_csv(rows())

"""Tables as CSV files that a spreadsheet can open without running anything."""

import csv
import io
from collections.abc import Mapping, Sequence

import streamlit as st

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def to_csv(rows: Sequence[Mapping[str, object]]) -> str:
    """Write rows as CSV; text that a spreadsheet would take for a formula gets an apostrophe in front."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]) if rows else [])
    writer.writeheader()
    writer.writerows({name: _safe(value) for name, value in row.items()} for row in rows)
    return out.getvalue()


def _safe(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value


def csv_button(label: str, file_name: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Offer rows as a CSV file."""
    st.download_button(label, to_csv(rows), file_name, "text/csv", on_click="ignore", type="tertiary")

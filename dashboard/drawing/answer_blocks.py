"""How an answer, a check, a warning and an error look."""

from collections.abc import Sequence

import streamlit as st

from recsys_core.answers import Check, Verdict
from recsys_core.charts import blocks
from recsys_core.charts.ruler import Ruler


def show_verdict(verdict: Verdict, ruler: Ruler | None = None) -> None:
    """Show the answer; `ruler` stands in for the one of the verdict's contrast."""
    st.html(blocks.verdict_html(verdict, ruler))


def show_checks(checks: Sequence[Check]) -> None:
    """Show the line of checks under an answer."""
    st.html(blocks.checks_html(checks))


def show_check_details(checks: Sequence[Check]) -> None:
    """Show checks one under the other, each with its sentence."""
    st.html(blocks.check_details_html(checks, defined=True))


def show_warning_line(title: str, text: str) -> None:
    """Show one line of warning, above the chart that it is about."""
    st.html(blocks.warning_html(title, text))


def show_error(title: str, what_found: str, next_step: str) -> None:
    """Show what went wrong: a title, what was found, what to do next."""
    st.html(blocks.error_html(title, what_found, next_step))

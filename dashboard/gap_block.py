"""The choice of the inactivity gap: what another gap would take for lapses, seen at once and taken by a button."""

import streamlit as st

from dashboard.drawing.boundary import boundary
from dashboard.drawing.layer_foot import LayerFoot
from dashboard.drawing.layers import fold
from dashboard.drawing.tables_and_charts import evidence_table, show_chart
from dashboard.drawing.text_blocks import show_note
from dashboard.look import chart_mode
from dashboard.studies import OpenStudy, set_option
from recsys_core.answers import message
from recsys_core.charts import tables
from recsys_core.charts.retention import csv_rows, findings
from recsys_core.charts.retention.gap_chart import gap_figure
from recsys_core.retention.study.retention_definitions import gap_returns
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.wording.sentences import label, say

_LONGEST = 365  # as the setting allows


def gap(study: OpenStudy, result: RetentionResult, foot: LayerFoot) -> None:
    """Show how the inactivity gap was or can be chosen."""
    with fold(findings.gap_finding(result)):
        if not result.gaps.days:
            show_note(say(message("note-gap-never-closed")))
            return
        _try(study, result)
        if result.sensitivity:
            evidence_table(*tables.sensitivity_table(result), left=2)
        foot.add("Gaps", lambda: csv_rows.gap_rows(result), message("computed-gap"))


@st.fragment
@boundary()
def _try(study: OpenStudy, result: RetentionResult) -> None:
    """Draw the curve of returns with the gap that is tried; nothing but this block is drawn again."""
    used, gaps = result.resolved.gap, result.gaps
    longest = max(min(gaps.days[-1], _LONGEST), used, 2)
    with st.container(key="live_gap"):
        picture, note = st.columns([1.2, 1], gap="large")
        with note:
            tried = st.slider(label("gap-slider"), 1, longest, used, key=f"gap_tried_{used}")
            show_note(_told(result, tried))
            if tried == used:
                show_note(label("gap-tried-in-use"))
            elif st.button(label("gap-use"), key="gap_use"):
                set_option(study.base.retention, "inactivity_days", tried)
                st.rerun()
            chosen = message(
                "note-gap", suggested=gaps.suggested, wanted=gaps.wanted or gaps.suggested, capped=gaps.capped
            )
            show_note(say((chosen, *gap_returns(result))))
        with picture:
            show_chart(gap_figure(gaps, tried, chart_mode()), "gap", "Share of gaps that end in a return")


def _told(result: RetentionResult, tried: int) -> str:
    gaps, lapses = result.gaps, findings.lapses_under(result, tried)
    return say(
        message(
            "gap-tried", gap=tried, lapses=round(lapses or 0), false_share=findings.false_lapses(gaps, tried),
            later=findings.later_returns(gaps, tried),
        )
    )  # fmt: skip

"""Retention: which arm keeps its users, how sure that is, and how it was counted."""

import streamlit as st

from dashboard import cached, calendar_blocks, evidence_blocks, retention_blocks
from dashboard.drawing.answer_blocks import show_checks, show_error, show_verdict, show_warning_line
from dashboard.drawing.text_blocks import show_skeleton
from dashboard.page import need_study, start_page
from dashboard.staying_blocks import quality_and_lapses
from recsys_core.errors import StayingPowerError
from recsys_core.wording.sentences import say

study = need_study("Retention", start_page("Retention", "how long users stay, and whose stay longer"))
place = st.empty()
with place.container():
    show_skeleton(520, f"Counting lapses of {study.dataset.users:,} users")
try:
    result = cached.retention(study)
except StayingPowerError as err:
    with place.container():
        show_error("Retention cannot be computed.", str(err), "")
    retention_blocks.settings_row(study, None)
    st.stop()
place.empty()

show_verdict(result.verdict)
show_checks(result.checks[:5])
retention_blocks.settings_row(study, result)
for warning in result.warnings:
    show_warning_line("Note", say(warning))
retention_blocks.curves(result)
retention_blocks.contrasts(result)
evidence_blocks.day_by_day(result)
evidence_blocks.for_whom(result)
quality_and_lapses(study)
retention_blocks.trust(result)
retention_blocks.planning(result)
calendar_blocks.calendar(result)
evidence_blocks.returned(result)
retention_blocks.gap(result)
retention_blocks.counted(study.dataset, result)

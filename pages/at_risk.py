"""At risk: who will lapse next, why, and how far to trust that."""

import streamlit as st

from dashboard import risk_blocks
from dashboard.drawing.answer_blocks import show_check_details, show_checks, show_error, show_verdict
from dashboard.drawing.boundary import boundary
from dashboard.drawing.text_blocks import show_section, show_skeleton
from dashboard.page import need_study, start_page
from dashboard.results import cached
from recsys_core.errors import StayingPowerError
from recsys_core.risk.risk_answer import checks_of, verdict_of
from recsys_core.wording.sentences import label

with boundary():
    study = need_study("At risk", start_page("At risk", "who will lapse next, and why"))
    place = st.empty()
    with place.container():
        show_skeleton(520, f"Learning who lapsed from {study.dataset.users:,} users")
    try:
        result = cached.risk(study)
    except StayingPowerError as err:
        with place.container():
            show_error(label("verdict-risk-not-told"), err.sentence, err.advice)
        risk_blocks.settings_row(study, None)
        st.stop()
    place.empty()

    answer, checks = verdict_of(result), checks_of(result)
    show_verdict(answer)
    show_checks(checks[:5])
    risk_blocks.settings_row(study, result)
    if answer.state != "blocked":
        risk_blocks.people(result)
    risk_blocks.quality(result)
    show_section("How far to trust this", rule=True)
    show_check_details(checks)
    risk_blocks.counted(result)

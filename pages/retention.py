"""Retention: which arm keeps its users, how sure that is, and how it was counted, in three layers."""

import streamlit as st

from dashboard import calendar_blocks, evidence_blocks, gap_block, retention_blocks, trust_blocks
from dashboard.drawing.answer_blocks import show_checks, show_error, show_verdict, show_warning_line
from dashboard.drawing.boundary import boundary
from dashboard.drawing.layer_foot import LayerFoot
from dashboard.drawing.layers import show_rail, start_layer
from dashboard.drawing.text_blocks import show_skeleton
from dashboard.page import need_study, start_page
from dashboard.results import cached
from dashboard.staying_blocks import folded_quality_and_lapses
from recsys_core.answers import message
from recsys_core.errors import StayingPowerError
from recsys_core.retention.study.retention_definitions import how_computed
from recsys_core.wording.sentences import label, say

VERDICT_PX, VERDICT_PHONE_PX, PACE_PX, CURVES_PX = 150, 330, 320, 520  # heights of what is still to come

with boundary():
    study = need_study("Retention", start_page("Retention", "how long users stay, and whose stay longer"))
    rail = st.empty()
    start_layer("answer")
    verdict, curves = st.empty(), st.empty()
    with verdict.container():
        show_skeleton(
            VERDICT_PX, say(message("progress-counting-lapses", users=study.dataset.users)), phone=VERDICT_PHONE_PX
        )
    with curves.container():
        show_skeleton(CURVES_PX)
    try:
        figures = cached.retention_figures(study)  # all but the verdict and what decides it
    except StayingPowerError as err:
        curves.empty()
        with verdict.container():
            show_error("Retention cannot be computed.", str(err), "")
            retention_blocks.settings_row(study, None)
        st.stop()
    curves.empty()
    answer, real, everything = LayerFoot("answer"), LayerFoot("real"), LayerFoot("everything")

    with verdict.container():
        show_skeleton(VERDICT_PX, label("progress-reaching-verdict"), phone=VERDICT_PHONE_PX)
    show_rail(rail, figures, ready=False)
    checks = st.empty()
    with checks.container():
        show_checks(figures.checks[:5])
    retention_blocks.settings_row(study, figures)
    for warning in figures.warnings:
        show_warning_line("Note", say(warning))
    retention_blocks.curves(figures, answer)
    answer.show(how_computed(figures))

    start_layer("real")
    trusted = st.empty()
    with trusted.container():
        trust_blocks.trust(figures)
    pace = st.empty()
    if len(figures.arms) > 1:
        with pace.container():
            show_skeleton(PACE_PX, label("progress-reaching-verdict"))
    trust_blocks.contrasts(figures, real)
    trust_blocks.for_whom(figures, real)
    end_of_real = st.container()

    start_layer("everything")
    evidence_blocks.day_by_day(figures, everything)
    folded_quality_and_lapses(study, everything)
    evidence_blocks.planning(figures, everything)
    calendar_blocks.calendar(figures, everything)
    evidence_blocks.returned(figures, everything)
    gap_block.gap(study, figures, everything)
    evidence_blocks.counted(study.dataset, figures)
    everything.show(how_computed(figures))

    try:
        result = cached.retention(study)  # with the verdict
    except StayingPowerError as err:
        rail.empty()
        pace.empty()
        with verdict.container():
            show_error("The verdict cannot be reached.", str(err), "")
        st.stop()
    with verdict.container():
        show_verdict(result.verdict)
    with checks.container():
        show_checks(result.checks[:5])
    with trusted.container():
        trust_blocks.trust(result)
    show_rail(rail, result, ready=True)
    if result.decision is None:
        pace.empty()
    else:
        with pace.container():
            trust_blocks.pace(result, result.decision, real)
    with end_of_real:
        real.show(how_computed(result))
    cached.warm()

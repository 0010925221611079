"""Report: one self-contained HTML file with everything the pages say, ready to send."""

import streamlit as st

from dashboard.drawing.answer_blocks import show_checks, show_error
from dashboard.drawing.boundary import boundary
from dashboard.drawing.text_blocks import show_skeleton, show_title
from dashboard.inputs import draw_options
from dashboard.page import need_study, start_page
from dashboard.results import cached
from recsys_core.answers import Check
from recsys_core.errors import StayingPowerError

with boundary():
    study = need_study("Report", start_page("Report", "one file, opens offline, prints on A4"))
    place = st.empty()
    with place.container():
        show_skeleton(640, "Writing the report")
    try:
        html = cached.report(study)
    except StayingPowerError as err:
        with place.container():
            show_error(
                "The report cannot be written.", str(err), "Mend the setting on the retention page, then return."
            )
        st.stop()
    place.empty()

    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        show_title("The report is ready to send.")
        with st.container(horizontal=True, width="content"):
            with st.popover("Choose sections"):
                draw_options(study.base.report, study.settings.report, ("title", "sections"))
            size = len(html.encode()) / 1e6
            name = f"{study.dataset.title.lower().replace(' ', '-')}-report.html"
            st.download_button(
                f"Download HTML, {size:.1f} MB", lambda: cached.report_taken(study, html), name, "text/html",
                type="primary", on_click="ignore",
            )  # fmt: skip
    show_checks(
        (
            Check("report-figures", "pass"),
            Check("report-user-ids", "pass"),
            Check("report-settings", "pass"),
        )
    )
    st.iframe(html, height=900)

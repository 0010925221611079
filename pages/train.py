"""Train: which models are trained on the open study, how far they are, and starting others."""

import streamlit as st

from dashboard import cache_blocks, live_run, train_form
from dashboard.drawing.answer_blocks import show_error
from dashboard.drawing.boundary import boundary
from dashboard.drawing.text_blocks import show_empty
from dashboard.page import need_study, start_page
from recsys_core.errors import StayingPowerError, WorkspaceError

with boundary():
    study = need_study("Train", start_page("Train", "runs continue when this tab is closed"))
    train_form.show_problems()
    try:
        board = live_run.look(study)
    except WorkspaceError as err:
        live_run.cannot_read(err)
        st.stop()
    except StayingPowerError as err:
        show_error("This log cannot be split so.", str(err), "Change it under Split.")
        train_form.train_form(study, always=True)
        st.stop()

    if not board.runs:
        show_empty(
            "Nothing is trained on this split yet.",
            "Models learn from the events before one moment and are tested on those after it. Each is trained in a "
            f"process of its own, which goes on when this tab closes. {train_form.estimate_of_all(study)}",
        )
        with st.container(horizontal=True):
            train_form.train_all(study)
            train_form.form_button("Choose models")
        train_form.train_form(study)
        with st.expander("Runs that are kept"):
            cache_blocks.show_cache(study)
        st.stop()

    with st.container(key="train_head"):
        headline, button = st.columns([3, 1], vertical_alignment="bottom")
        with headline:
            live_run.live(live_run.headline, study, board)
        with button, st.container(horizontal=True, horizontal_alignment="right"):
            train_form.form_button("Train other models")
    train_form.train_form(study, {run.model for run in board.runs})
    compare = st.container()
    live_run.live(live_run.cards, study, board)
    if len(board.runs) > 1:
        with st.expander("What changed between two runs"):
            cache_blocks.show_differences(study, board.runs)
    with st.expander("Runs that are kept"):
        cache_blocks.show_cache(study)
    with compare:  # drawn last, since comparing takes a moment the first time
        live_run.leader(study, board)

"""One user, on the page Data: what would go with them, forgetting them, and who is behind a pseudonym.

What is typed in stands in no address and in no log; it leaves the session when it was used.
"""

import streamlit as st

from dashboard import studies
from dashboard.drawing.answer_blocks import show_error
from dashboard.drawing.text_blocks import show_note
from recsys_core.answers import message
from recsys_core.care import identifying
from recsys_core.care.forgetting import Traces, forget_user, traces
from recsys_core.data.dataset import Dataset
from recsys_core.errors import StayingPowerError
from recsys_core.objects.holdings_object import traces_lines
from recsys_core.wording.sentences import say

_NOTE, _TURN = "user_note", "user_turn"
_ID, _PSEUDONYM = "Id in the log", "Pseudonym"


def show_user(data: Dataset) -> None:
    """Draw, folded, the controls for one user of a data set."""
    note = st.session_state.pop(_NOTE, "")
    with st.expander("Forget one user, or tell who is behind a pseudonym", expanded=bool(note)):
        if note:
            show_note(note)
        if not st.toggle("Look a user up", key="user_open"):
            return
        _forget(data)
        if data.settings.get("pseudonymise", True):
            _identify(data)


def _forget(data: Dataset) -> None:
    turn = st.session_state.get(_TURN, 0)
    kinds = (_ID, _PSEUDONYM) if data.settings.get("pseudonymise", True) else (_ID,)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox("Known by", kinds, key="user_kind", width=200)
        typed = st.text_input("User", key=f"user_typed_{turn}", autocomplete="off", width=320, max_chars=1000)
    if not typed.strip():
        return
    who = {"user": typed} if kind == _ID else {"pseudonym": typed.strip()}
    try:
        found = traces(studies.workspace(), data.dataset_id, **who)
    except StayingPowerError as err:
        show_error("Nothing was looked up.", str(err), "")
        return
    reports = bool(found.reports) and st.checkbox("Reports that name the data set as well", key="user_reports")
    for line in traces_lines(found, forgotten=False, reports=reports):
        st.text(line)
    pinned = any(run.pinned for run in found.runs) and st.checkbox("Pinned runs as well", key="user_pinned")
    sure = st.checkbox("I want this user forgotten", key=f"user_sure_{turn}")
    if st.button("Forget for good", key="user_forget", type="primary", disabled=not sure):
        _do(data, who, found, pinned=pinned, reports=reports)


def _do(data: Dataset, who: dict[str, str], found: Traces, *, pinned: bool, reports: bool) -> None:
    try:
        forget_user(studies.workspace(), data.dataset_id, **who, pinned=pinned, reports=reports)
    except (StayingPowerError, OSError) as err:
        show_error("Nobody was forgotten.", str(err), "")
        return
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1  # what was typed goes with its widget
    st.session_state[_NOTE] = say(message("note-user-forgotten", events=found.events, runs=len(found.runs)))
    st.cache_data.clear()
    st.rerun()


def _identify(data: Dataset) -> None:
    space = studies.workspace()
    with st.popover("Who is behind a pseudonym", width="content"):
        if not identifying.has_way_back(space, data):
            show_note("This data set keeps no way back that can be read here. Whoever has the log asks from a shell:")
            st.code(f"python -m recsys_core identify {data.dataset_id} PSEUDONYM --log FILE", language=None)
            return
        show_note("Each use is written to the log of what was done, without the id.")
        with st.form("identify", clear_on_submit=True, border=False):
            pseudonym = st.text_input("Pseudonym", key="user_behind", autocomplete="off", max_chars=100)
            asked = st.form_submit_button("Tell and write down")
        if asked and pseudonym.strip():
            try:
                told = identifying.identify(space, data.dataset_id, [pseudonym.strip()])
            except (StayingPowerError, OSError) as err:
                show_error("Nobody was looked up.", str(err), "")
                return
            st.text("\n".join(told.ids.values()) or say(message("line-not-identified", pseudonyms=told.missing)))

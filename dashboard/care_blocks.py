"""What can be deleted on the page Data: a data set with all that is held of it, its study, reports, one user of it."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard import studies
from dashboard.drawing.answer_blocks import show_error
from dashboard.drawing.tables_and_charts import evidence_table
from dashboard.drawing.text_blocks import show_note
from dashboard.results import cached
from recsys_core import words
from recsys_core.answers import message
from recsys_core.care import deletion, identifying
from recsys_core.care.forgetting import Traces, forget_user, traces
from recsys_core.care.holdings import Holdings, holdings, list_reports
from recsys_core.care.verification import verify
from recsys_core.data.dataset import Dataset
from recsys_core.errors import StayingPowerError
from recsys_core.objects.holdings_object import holdings_lines, traces_lines
from recsys_core.objects.verification_object import kind_name, summary
from recsys_core.wording.sentences import say

_NOTE = "care_note"
_USER_NOTE, _USER_TURN = "user_note", "user_turn"
_ID, _PSEUDONYM = "Id in the log", "Pseudonym"


def show_care(data: Dataset) -> None:
    """Draw, folded, what is held of a data set and the controls that delete it."""
    space = studies.workspace()
    good, note = st.session_state.pop(_NOTE, (True, ""))
    with st.expander("Delete this data set, its study, or reports", expanded=bool(note)):
        if note and good:
            show_note(note)
        elif note:
            show_error("That did not work.", note, "")
        if space.of_others:
            show_note(say(message("note-of-others", files=space.of_others, folder=str(space.home))))
        if not st.toggle("List what would go", key="care_list"):
            return
        held = holdings(space, data.dataset_id)
        for line in holdings_lines(held, deleted=False):
            st.text(line)
        show_note("Reports and archives that were saved elsewhere are yours to delete.")
        with st.container(horizontal=True, vertical_alignment="center"):
            _dataset(held)
            _study(held)
            _report()
        if st.toggle("Check whether it is as it was stored", key="care_verify"):
            _verified((held.dataset_id, *(run.run_id for run in held.runs)))


def show_damaged() -> None:
    """Name the data sets that cannot be opened, each with the button that deletes it."""
    for dataset_id, problem in studies.damaged_datasets():
        show_error("A data set cannot be opened.", problem, "")
        with st.popover("Delete it", width="content", key=f"damaged_{dataset_id}"):
            show_note(f"{dataset_id} goes for good, with its study, runs and reports.")
            if st.button("Delete it for good", key=f"delete_damaged_{dataset_id}", type="primary"):
                _delete(dataset_id)


def _delete(dataset_id: str) -> None:
    _do(lambda: deletion.delete_dataset(studies.workspace(), dataset_id), f"{dataset_id} is deleted.")


def _verified(ids: Sequence[str]) -> None:
    """Say of a data set and its runs how they were found, and what to do about damage."""
    found = verify(studies.workspace(), ids)
    show_note(summary(found))
    rows = [[kind_name(one), one.name, one.state] for one in found]
    evidence_table(["what", "name", "found"], rows, left=3)
    for one in found:
        if one.problem:
            show_note(say(one.problem))


def show_care_note() -> None:
    """Say what became of a deletion, where no data set is open any more."""
    _, note = st.session_state.pop(_NOTE, (True, ""))
    if note:
        show_note(note)


def _dataset(held: Holdings) -> None:
    with st.popover("Delete the data set", width="content"):
        show_note(f"All that is listed above goes for good, {words.size(held.size)}.")
        pinned = bool(held.pinned) and st.checkbox("Pinned runs as well", key="care_pinned")
        sure = st.checkbox("I want this data set deleted", key="care_sure")
        if st.button("Delete it for good", key="care_dataset", type="primary", disabled=not sure):
            _do(
                lambda: deletion.delete_dataset(studies.workspace(), held.dataset_id, pinned=pinned),
                f"{held.title or held.dataset_id} is deleted; {words.size(held.size)} are free again.",
            )


def _study(held: Holdings) -> None:
    with st.popover("Delete the study", disabled=not held.study, width="content"):
        show_note("The settings kept beside the data go; the data set stays and opens with the defaults.")
        if st.button("Delete its settings", key="care_study", type="primary"):
            _do(lambda: deletion.delete_study(studies.workspace(), held.dataset_id), "The study is deleted.")


def _report() -> None:
    reports = list_reports(studies.workspace())
    with st.popover("Delete a report", disabled=not reports, width="content"):
        name = st.selectbox("Report", reports, key="care_report_name")
        if st.button("Delete this report", key="care_report", type="primary") and name:
            _do(lambda: deletion.delete_report(studies.workspace(), name), f"Report {name} is deleted.")


def _do(action: Callable[[], object], note: str) -> None:
    """Do something, keep what is to be said about it, and draw the page again from what is there now."""
    try:
        action()
    except (StayingPowerError, OSError) as err:
        st.session_state[_NOTE] = (False, str(err))
    else:
        st.session_state[_NOTE] = (True, note)
        cached.forget()
        st.query_params.clear()
    st.rerun()


# ---- one user: what is typed in stands in no address and no log, and leaves the session when it was used -------------


def show_user(data: Dataset) -> None:
    """Draw, folded, the controls for one user of a data set."""
    note = st.session_state.pop(_USER_NOTE, "")
    with st.expander("Forget one user, or tell who is behind a pseudonym", expanded=bool(note)):
        if note:
            show_note(note)
        if not st.toggle("Look a user up", key="user_open"):
            return
        _forget(data)
        if data.settings.get("pseudonymise", True):
            _identify(data)


def _forget(data: Dataset) -> None:
    turn = st.session_state.get(_USER_TURN, 0)
    kinds = (_ID, _PSEUDONYM) if data.settings.get("pseudonymise", True) else (_ID,)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox("Known by", kinds, key="user_kind", width=200)
        typed = st.text_input("User", key=f"user_typed_{turn}", autocomplete="off", width=320)
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
        _forget_now(data, who, found, pinned=pinned, reports=reports)


def _forget_now(data: Dataset, who: dict[str, str], found: Traces, *, pinned: bool, reports: bool) -> None:
    try:
        forget_user(studies.workspace(), data.dataset_id, **who, pinned=pinned, reports=reports)
    except (StayingPowerError, OSError) as err:
        show_error("Nobody was forgotten.", str(err), "")
        return
    st.session_state[_USER_TURN] = st.session_state.get(_USER_TURN, 0) + 1  # what was typed goes with its widget
    st.session_state[_USER_NOTE] = say(message("note-user-forgotten", events=found.events, runs=len(found.runs)))
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
            pseudonym = st.text_input("Pseudonym", key="user_behind", autocomplete="off")
            asked = st.form_submit_button("Tell and write down")
        if asked and pseudonym.strip():
            try:
                told = identifying.identify(space, data.dataset_id, [pseudonym.strip()])
            except (StayingPowerError, OSError) as err:
                show_error("Nobody was looked up.", str(err), "")
                return
            st.text("\n".join(told.ids.values()) or say(message("line-not-identified", pseudonyms=told.missing)))

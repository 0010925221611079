"""What every page begins with: its frame, the sidebar and the open study. Works whichever page is opened first."""

import os
from pathlib import Path

import streamlit as st

from dashboard import studies
from dashboard.drawing.answer_blocks import show_error
from dashboard.drawing.text_blocks import show_empty, show_page_line
from dashboard.look import FAVICON, apply_look
from dashboard.results import cached
from dashboard.studies import OpenStudy
from recsys_core import words
from recsys_core.charts import blocks
from recsys_core.errors import StayingPowerError
from recsys_core.named_files import downloads_on

PAGES = {
    "Home": "app.py",
    "Data": "pages/data.py",
    "Train": "pages/train.py",
    "Compare": "pages/compare.py",
    "Retention": "pages/retention.py",
    "At risk": "pages/at_risk.py",
    "What-if": "pages/what_if.py",
    "Report": "pages/report.py",
    "Glossary": "pages/glossary.py",
}
_NEEDS = {
    "Retention": "Retention needs a data set.",
    "At risk": "A list of users at risk needs a data set.",
    "What-if": "A what-if needs a data set.",
    "Report": "A report needs a data set.",
    "Train": "Training needs a data set.",
    "Compare": "A comparison needs a data set.",
}


def start_page(title: str, note: str = "") -> OpenStudy | None:
    """Draw the frame of a page and return the open study, or None where the workspace is empty.

    Where the study cannot be opened the page ends here; the page Data goes on, without one.

    Parameters
    ----------
    title
        A key of `PAGES`.
    note
        A few words beside the title at the top; the home page has no such line.
    """
    name = "Staying Power" if title == "Home" else f"{title} · Staying Power"
    st.set_page_config(page_title=name, page_icon=str(FAVICON), layout="wide")
    apply_look()
    study, problem = studies.open_study()
    _sidebar(title, study)
    if title != "Home":
        show_page_line(title, note)
    if problem:
        show_error("This study cannot be opened.", problem, "Choose another data set, or open the sample study.")
        if title == "Data":  # where it can be deleted, and another log brought
            return None
        offer_start()
        st.stop()
    if study and study.kept_problem:
        show_error("The defaults are in force.", study.kept_problem, "")
    if study and study.problem:
        show_error("A setting in the address was not used.", study.problem, "")
        if st.button("Reset settings"):
            studies.reset_options()
            st.rerun()
    return study


def need_study(title: str, study: OpenStudy | None) -> OpenStudy:
    """Return the open study; where there is none, say so, offer a start, and end the page."""
    if study is None:
        show_empty(_NEEDS[title], "Open the sample study, or import a log. The sample takes a few seconds.")
        offer_start()
        st.stop()
    return study


def offer_start() -> None:
    """Draw the buttons that lead to a study."""
    with st.container(horizontal=True):
        if st.button("Open the sample study", type="primary"):
            start_sample("pages/retention.py")
        if st.button("Import a file"):
            st.switch_page("pages/data.py")


def start_sample(page: str) -> None:
    """Import the sample study and go to a page with it."""
    try:
        with st.spinner("Importing the sample log"):
            cached.warm()  # meanwhile
            dataset_id = studies.open_sample()
    except StayingPowerError as err:
        show_error("The sample study cannot be opened.", str(err), "")
        return
    studies.go_to(page, dataset_id)


def _sidebar(title: str, study: OpenStudy | None) -> None:
    with st.sidebar:
        st.html(blocks.brand_html())
        st.html(_card(study))
        for name, path in PAGES.items():
            with st.container(key=f"nav_{'current_' if name == title else ''}{Path(path).stem}"):
                st.page_link(path, label=name, query_params=studies.address())
        st.html(blocks.machine_html(f"Runs on this computer: {_cores()}. {_what_leaves()}"))


def _card(study: OpenStudy | None) -> str:
    if study is None:
        return blocks.study_card_html("No study open", ["Open the sample, or bring a log."])
    data = study.dataset
    arms = len(data.recommenders)
    lines = [f"{words.counted(data.users, 'user')}, {words.counted(data.days, 'day')}"]
    lines.append(f"{arms} arms" if arms > 1 else "1 arm" if arms else "no arms in the log")
    if studies.is_sample(data):
        lines.append("synthetic log")
    return blocks.study_card_html(study.settings.title or data.title, lines)


def _what_leaves() -> str:
    """Say what leaves the computer; it is named beside the switch that changes it."""
    return "Nothing leaves it but the names of encoders to fetch." if downloads_on() else "Nothing leaves it."


def _cores() -> str:
    count = os.cpu_count() or 1
    return f"{count} CPU core{'s' if count > 1 else ''}"

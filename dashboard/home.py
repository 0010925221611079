"""Home: what this is, the study at hand, and the next step."""

import streamlit as st

from dashboard import studies
from dashboard.drawing.figure_memory import figures as drawn
from dashboard.drawing.tables_and_charts import evidence_table, show_chart
from dashboard.drawing.text_blocks import show_section, show_title
from dashboard.look import chart_mode
from dashboard.page import start_page, start_sample
from dashboard.sample import sample_arms
from recsys_core import words
from recsys_core.charts.retention.survival_chart import survival_figure


def show_home() -> None:
    """Draw the page."""
    start_page("Home")
    show_title(
        "Which recommender keeps your users?",
        "Bring an interaction log. Staying Power estimates how long the users of each recommender stay, says whether "
        "the difference is real, and writes it down so that it can be questioned.",
        home=True,
    )
    _show_sample()
    own, known = st.columns(2, gap="large")
    with own:
        show_section(
            "Bring your own log",
            "One row per event: who, what, when. A column naming the recommender turns it into an experiment.",
        )
        if st.button("Import a file"):
            st.switch_page("pages/data.py")
        st.caption("CSV in any shape or Parquet, plain, .gz or .zst. User ids are replaced by keyed hashes on import.")
    with known:
        _show_workspace()
    _show_promises()


def _show_sample() -> None:
    with st.container(key="card_sample"):
        words_column, picture = st.columns(2, gap="large", vertical_alignment="center")
        with words_column:
            show_title(
                "Did the BERT arm keep readers longer than collaborative filtering?",
                "A reading app that assigned three recommenders at random: **6,000 users**, 800 titles, 180 days. "
                "Synthetic, with its truth written beside it, so you can check every number.",
                above="Sample study, ready to open",
            )
            with st.container(horizontal=True):
                opened = st.button("Open the sample study", type="primary")
                read = st.button("Read its report")
            st.caption("A few seconds on a laptop. No account, no upload.")
        with picture:
            show_section("Share of readers still active", "95 % bands, three arms")
            arms, horizon = sample_arms()
            (figure,) = drawn(
                sample_arms, "sample", lambda _: survival_figure(arms, horizon, chart_mode(), small=True), (True,)
            )
            show_chart(
                figure,
                "sample",
                "Share of readers still active against days since first exposure, one curve per recommender",
            )
    if opened or read:
        start_sample("pages/retention.py" if opened else "pages/report.py")


def _show_workspace() -> None:
    show_section("In this workspace", "Data sets stay on this computer and outlive the browser and the server.")
    datasets = studies.dataset_cards()
    if datasets:
        evidence_table(
            ["data set", "users", "events", "arms named"],
            [
                [card.title, words.count(card.users), words.count(card.rows), str(len(card.recommenders) or "none")]
                for card in datasets
            ],
        )
        st.caption("Open another one on the data page.")
    else:
        st.caption("Nothing yet. The sample study or your own log will be the first.")


def _show_promises() -> None:
    show_section("What you get", rule=True)
    for column, (title, text) in zip(
        st.columns(3, gap="large"),
        (
            (
                "An answer in a sentence",
                "Days and points first, with an interval. Blocked, in words, when a check fails.",
            ),
            (
                "The picture and the evidence",
                "Kaplan-Meier curves with the users at risk, adjusted contrasts, sensitivity.",
            ),
            ("A report to send", "One HTML file that opens offline and prints, with every definition it used."),
        ),
        strict=True,
    ):
        with column:
            show_section(title, text)

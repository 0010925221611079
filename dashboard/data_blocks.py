"""The sections of the data page: what was imported, what is odd about it, what it holds, how it was cleaned."""

from collections.abc import Sequence

import streamlit as st

from dashboard import studies
from dashboard.drawing.answer_blocks import show_check_details, show_checks
from dashboard.drawing.tables_and_charts import evidence_table
from dashboard.drawing.text_blocks import show_note, show_section, show_title
from recsys_core import words
from recsys_core.answers import Check, Issue, Value
from recsys_core.data.dataset import Dataset
from recsys_core.wording import sentences

_ROLES = {
    "user": "who", "item": "what", "time": "when", "event": "kind of event", "value": "a number per event",
    "recommender": "recommender", "propensity": "propensity",
}  # fmt: skip


def answer(data: Dataset) -> None:
    """Say what was imported and what it can answer."""
    whole = data.rows == data.rows_in
    left = "All rows are kept." if whole else f"{words.percent(data.rows / data.rows_in)} are kept."
    show_title(
        f"{words.counted(data.users, 'user')}, {words.counted(data.rows, 'event')}, {words.counted(data.days, 'day')}.",
        f"{data.title}, {words.date_span(data.first_time, data.last_time)}. "
        f"Rows read: {words.count(data.rows_in)}. {left} {_answers(data)}",
    )


def _answers(data: Dataset) -> str:
    arms = list(data.recommenders)
    if len(arms) > 1:
        shown = words.listed(arms) if len(arms) <= 4 else f"{len(arms)} arms"
        return f"The log names {shown}, so Retention can compare them."
    if arms:
        return f"The log names one recommender, {arms[0]}, so there is one curve and nothing to compare it with."
    return (
        "The log names no recommender, so Retention draws one curve. To compare recommenders, import it with the "
        "column that says which one served an event, or compare users by an attribute of a users table."
    )


def issues(data: Dataset) -> None:
    """List what should be known before trusting figures."""
    if not data.issues:
        show_checks((Check("data-clean", "pass"),))
        return
    checks = sorted((_as_check(issue) for issue in data.issues), key=lambda check: check.status == "pass")
    show_checks(checks[:5])
    with st.expander("What this means and what to do", expanded=checks[0].status == "warn"):
        show_check_details(checks)


def _as_check(issue: Issue) -> Check:
    text = f"{sentences.issue_detail(issue)} {sentences.issue_action(issue)}"
    values: dict[str, Value] = {"issue": sentences.issue_name(issue), "rows": issue.rows, "told": text}
    return Check("data-issue", "warn" if issue.level == "warn" else "pass", "", values)


def contents(data: Dataset) -> None:
    """Show columns, events and arms side by side."""
    columns, events, arms = st.columns(3, gap="large")
    with columns:
        show_section("Columns", "What each column of the log was taken for.")
        evidence_table(["role", "column"], [[_ROLES[r], c] for r, c in data.mapping.items()], left=2)
    with events:
        show_section("Events", "Which of them count as coming back is set on the retention page.")
        rows = [[name, words.count(count)] for name, count in list(data.events.items())[:8]]
        evidence_table(["event", "rows"], rows or [["every row", words.count(data.rows)]])
    with arms:
        show_section("Recommenders", "Rows that each one served.")
        named = [[name, words.count(count)] for name, count in list(data.recommenders.items())[:8]]
        evidence_table(["recommender", "rows"], named or [["none named", words.count(data.rows)]])
    attributes = [
        ("Users table", data.user_attributes), ("Items table", data.item_attributes),
    ]  # fmt: skip
    sides = [f"**{name}**: {', '.join(values)}." for name, values in attributes if values]
    if data.has_text:
        sides.append("Items have text, kept in its language and script.")
    if sides:
        show_note(" ".join(sides))


def steps(data: Dataset) -> None:
    """Show the cleaning, rows in and rows out."""
    show_section(
        "How it was cleaned", "Rows in and out of each step. No user is dropped for how little they did.", rule=True
    )
    evidence_table(
        ["step", "rows in", "rows out", "left out"],
        [
            [
                sentences.step_name(step),
                words.count(step.rows_in),
                words.count(step.rows_out),
                words.count(step.rows_in - step.rows_out),
            ]
            for step in data.steps
        ],
    )
    ids = "User ids are keyed hashes." if data.settings.get("pseudonymise") else "User ids are kept as they came."
    st.caption(f"{ids} Data set {data.dataset_id}, named after its content, columns and cleaning.")


def others(cards: Sequence[Dataset], current: Dataset | None = None) -> None:
    """List the data sets of the workspace but the open one, each with a button that opens it."""
    rest = [card for card in cards if current is None or card.dataset_id != current.dataset_id]
    if not rest:
        return
    show_section("Also in this workspace", rule=True)
    for card in rest[:10]:
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.text(f"{card.title}: {words.counted(card.users, 'user')}, {words.counted(card.rows, 'event')}")
            if st.button("Open", key=f"open_{card.dataset_id}"):
                studies.go_to("pages/data.py", card.dataset_id)

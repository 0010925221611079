"""Glossary: the words of the pages, each explained once; the address may name the one to show first."""

import streamlit as st

from dashboard.drawing.answer_blocks import show_warning_line
from dashboard.drawing.boundary import boundary
from dashboard.drawing.terms import PARAMETER
from dashboard.drawing.text_blocks import show_definitions, show_section, show_title
from dashboard.page import start_page
from recsys_core.answers import message
from recsys_core.errors import SettingsError
from recsys_core.glossary import TERMS, Term, find
from recsys_core.wording.sentences import say


def _sentences(term: Term) -> str:
    return " ".join(part for part in (term.meaning, f"**Reading it.** {term.reading}", term.source) if part)


with boundary():
    start_page("Glossary", "what the words mean, and how to read the figures")
    named = st.query_params.get(PARAMETER, "")
    if named:
        try:
            first = find(named)
        except SettingsError:
            show_warning_line("Note", say(message("note-term-unknown", slug=named)))
        else:
            show_title(first.name[:1].upper() + first.name[1:], first.meaning)
            show_definitions(
                [pair for pair in (("How to read it", first.reading), ("Source", first.source)) if pair[1]]
            )
    show_section("All terms", f"{len(TERMS)} words, in alphabetical order.", rule=bool(named))
    show_definitions([(term.name, _sentences(term)) for term in sorted(TERMS, key=lambda term: term.name.lower())])

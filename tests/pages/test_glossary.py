"""The glossary page, and the lines of terms that lead to it."""

import pytest
from streamlit.testing.v1 import AppTest

from recsys_core.glossary import TERMS
from tests.pages.reading import html_of, text_of


def test_the_page_explains_every_term_and_needs_no_study(space, open_page):
    said = text_of(open_page("glossary"))
    assert "All terms" in said
    for term in TERMS:
        assert term.name in said
    assert "Kaplan & Meier 1958" in said


def test_a_term_in_the_address_comes_first(space, open_page):
    app = open_page("glossary", {"term": "kaplan-meier"})
    said = text_of(app)
    assert said.index("A curve of the share of users not yet lapsed") < said.index("All terms")
    assert "<h1>Kaplan-Meier</h1>" in html_of(app)


def test_an_unknown_term_is_named_and_the_rest_is_shown(space, open_page):
    app = open_page("glossary", {"term": "<b>x</b>"})
    assert "The glossary has no term '&lt;b&gt;x&lt;/b&gt;'".replace("'", "&#x27;") in html_of(app)
    assert "All terms" in text_of(app)


def test_terms_link_to_the_glossary_with_the_study_kept(sample, open_page, tmp_path):
    def page():
        from dashboard.drawing.terms import show_terms

        show_terms("kaplan-meier", "restricted-mean")
        show_terms("kaplan-meier", "restricted-mean")  # two blocks may use the same words

    app = AppTest.from_function(page, default_timeout=60)
    app.query_params.update({"study": sample, "retention.inactivity_days": "28", "other": "1"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streamlit.page_link", lambda *a, **k: links.append((a, k)))
        links: list[tuple[tuple[str, ...], dict[str, object]]] = []
        app.run()
    assert not app.exception
    assert [(a[0], k["label"], k["query_params"]["term"]) for a, k in links] == 2 * [
        ("pages/glossary.py", "Kaplan-Meier,", "kaplan-meier"),
        ("pages/glossary.py", "restricted mean", "restricted-mean"),
    ]
    assert links[0][1]["query_params"] == {
        "study": sample, "retention.inactivity_days": "28", "term": "kaplan-meier",
    }  # fmt: skip

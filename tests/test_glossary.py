"""The glossary: complete entries, found by slug, the same in the docs."""

import re
import runpy
from pathlib import Path

import pytest

from recsys_core.errors import SettingsError
from recsys_core.glossary import TERMS, find

ROOT = Path(__file__).parents[1]


def test_every_term_has_a_slug_of_its_own_and_whole_sentences():
    assert len({term.slug for term in TERMS}) == len({term.name for term in TERMS}) == len(TERMS)
    for term in TERMS:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", term.slug)
        for sentence in (term.meaning, term.reading, term.source or "."):
            assert sentence.endswith("."), (term.slug, sentence)
            assert "  " not in sentence, (term.slug, sentence)


def test_a_term_is_found_by_its_slug():
    assert find("restricted-mean").name == "restricted mean"
    with pytest.raises(SettingsError, match=r"The glossary has no term 'rmst'\. It has: affinity-cohort, aipw, "):
        find("rmst")


def test_the_docs_are_current():
    made = runpy.run_path(str(ROOT / "docs" / "make_glossary.py"))["page"]()
    assert (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8") == made

"""Words of the glossary that explain themselves where they stand: by pointing, by tapping, and by the keyboard."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape

from recsys_core.glossary import TERMS, Term

_EVERYDAY = frozenset({"pace", "recall", "coverage", "novelty", "mrr", "overlap"})  # in most sentences no term


def defined_html(html: str, everyday: Sequence[str] = ()) -> str:
    """Give the words of the glossary in an escaped text their meaning, each where it stands first.

    The meaning shows while the word is pointed at or has the focus; `look.css` places it.

    Parameters
    ----------
    html
        From `blocks.text_html`: no tags but `<b>`.
    everyday
        Slugs of terms that are common words too, "pace" among them, and are meant as terms here.
    """
    seen: set[str] = set()
    terms = _terms()

    def explain(found: re.Match[str]) -> str:
        term = terms[found.group(0)]
        if term.slug in seen or (term.slug in _EVERYDAY and term.slug not in everyday):
            return found.group(0)
        seen.add(term.slug)
        return word_html(found.group(0), term)

    return _pattern().sub(explain, html)


def word_html(word_as_html: str, term: Term) -> str:
    """Write one word with the meaning of a term behind it."""
    meaning = escape(f"{term.name[:1].upper()}{term.name[1:]}: {term.meaning}")
    return f'<abbr class="sp-term" tabindex="0" role="note" data-means="{meaning}">{word_as_html}</abbr>'


@cache
def _terms() -> Mapping[str, Term]:
    """Terms by every way in which a sentence may write them, as HTML."""
    written: dict[str, Term] = {}
    for term in TERMS:
        for name in (term.name, *term.also):
            for shown in (name, name[:1].upper() + name[1:]):
                plural = () if shown.endswith("s") else (f"{shown}s",)
                written |= {escape(form): term for form in (shown, *plural)}
    return written


@cache
def _pattern() -> re.Pattern[str]:
    longest_first = sorted(_terms(), key=len, reverse=True)
    return re.compile(r"(?<![\w&#;/-])(?:" + "|".join(map(re.escape, longest_first)) + r")(?![\w-]|&#x27;)")

"""What a page says, read from its elements."""

import re
from html import unescape

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button


def html_of(app: AppTest) -> str:
    """Every html block of the page but its style sheet, as sent to the browser."""
    return "\n".join(block.value for block in app.html if "<style" not in block.value)


def _words(html: str) -> str:
    """Leave out tags; `split` parts at no-break spaces too."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def text_of(app: AppTest) -> str:
    """What html blocks, captions and paragraphs say, without tags."""
    lines = (line.value for line in (*app.caption, *app.markdown, *app.text))
    return " ".join((_words(html_of(app)), _words("\n".join(lines))))


def state_of(app: AppTest) -> str:
    """The verdict's word above its sentence."""
    return _words("".join(re.findall(r'class="sp-state">([^<]+)<', html_of(app))))


def sentence_of(app: AppTest) -> str:
    """The verdict's sentence."""
    return _words("".join(re.findall(r'class="sp-sentence">([^<]+)<', html_of(app))))


def button(app: AppTest, label: str) -> Button:
    """The button with a label."""
    return next(found for found in app.button if found.label == label)

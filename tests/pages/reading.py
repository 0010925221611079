"""What a page says, read from its elements."""

import re
from html import unescape

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button


def html_of(app: AppTest) -> str:
    """Every html block of the page but its style sheet, as sent to the browser."""
    return "\n".join(block.value for block in app.html if "<style" not in block.value)


def text_of(app: AppTest) -> str:
    """What html blocks, captions and paragraphs say, without tags."""
    text = unescape(re.sub(r"<[^>]+>", " ", html_of(app)))
    return " ".join(" ".join((text, *(line.value for line in (*app.caption, *app.markdown, *app.text)))).split())


def state_of(app: AppTest) -> str:
    """The verdict's word above its sentence."""
    return unescape("".join(re.findall(r'class="sp-state">([^<]+)<', html_of(app))))


def sentence_of(app: AppTest) -> str:
    """The verdict's sentence."""
    return unescape("".join(re.findall(r'class="sp-sentence">([^<]+)<', html_of(app))))


def button(app: AppTest, label: str) -> Button:
    """The button with a label."""
    return next(found for found in app.button if found.label == label)

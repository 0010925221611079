"""How a page in layers looks: where a layer begins, the rail that leads to it, and blocks folded to their finding."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from recsys_core.answers import Message
from recsys_core.charts.retention import rail
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.wording.sentences import label, say

_MARKDOWN = re.compile(r"([\\`*_\[\]{}()<>#$~|!^]|:(?=\S))")


def show_rail(place: DeltaGenerator, result: RetentionResult, *, ready: bool) -> None:
    """Fill the rail's place; without a verdict as long as it is not ready."""
    place.html(rail.rail_html(result, ready=ready))


def start_layer(layer: str) -> None:
    """Begin a layer: the first one needs no title, since the answer is one."""
    if layer == "answer":
        st.html(rail.layer_html(layer, "", ""))
    elif layer == "real":
        st.html(rail.layer_html(layer, label("layer-real"), label("layer-real-note")))
    else:
        st.html(rail.layer_html(layer, label("layer-everything"), label("layer-everything-note")))


@contextmanager
def fold(finding: Message) -> Iterator[None]:
    """Fold a block to its finding; names from the data are shown as they are, not read as markdown."""
    with st.expander(plain_label(say(finding)), key=finding.code.replace("-", "_")):
        yield


def plain_label(text: str) -> str:
    r"""Write a text so that a label shows it as it is.

    Examples
    --------
    >>> plain_label("[x](y) 5 %")
    '\\[x\\]\\(y\\) 5\xa0%'
    """
    return _MARKDOWN.sub(r"\\\1", text).replace(" %", "\u00a0%")

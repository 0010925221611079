"""The end of a layer of blocks: how its figures were computed, once, and its figures as files, in one row."""

from dataclasses import dataclass, field

import streamlit as st

from dashboard.drawing.downloads import Rows, csv_button
from dashboard.drawing.text_blocks import show_definitions
from recsys_core.answers import Message
from recsys_core.wording.sentences import label, say


@dataclass
class LayerFoot:
    """Collects what the blocks of a layer say of themselves, and shows it under the last of them.

    Attributes
    ----------
    layer
        A name of its own on the page.
    """

    layer: str
    _texts: list[tuple[str, str]] = field(default_factory=list)
    _files: list[tuple[str, Rows]] = field(default_factory=list)

    def add(self, name: str, rows: Rows, *computed: Message) -> None:
        """Take in a block: what its file holds ("Curves" is offered as curves.csv), its rows, and how they came."""
        self._files.append((name, rows))
        if computed:
            self._texts.append((name, say(computed)))

    def show(self, for_all: Message) -> None:
        """Show the row; `for_all` is said once under the texts of the blocks. A layer without blocks has none."""
        if not self._files:
            return
        with st.container(horizontal=True, vertical_alignment="center", key=f"foot_{self.layer}"):
            if self._texts:
                with st.popover(label("foot-computed"), type="tertiary"):
                    show_definitions([*self._texts, (label("foot-for-all"), say(for_all).strip())])
            st.html(f'<span class="sp-foot">{label("foot-files")}</span>', width="content")
            for name, rows in self._files:
                file = f"{name.lower().replace(' ', '_')}.csv"
                csv_button(name, file, rows, key=f"csv_{self.layer}_{file}")

"""Figures in the server's memory: drawing one takes a hundred times as long as sending it again."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Final

import plotly.graph_objects as go
import streamlit as st

from dashboard.look import chart_mode

MOST: Final = 200  # figures, of some 100 kB each
Draw = Callable[[bool], go.Figure]


class ReadyFigure(go.Figure):
    """A figure that is drawn: its dictionary is made once, and not once for each time it is sent."""

    _ready: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the dictionary; to be read only."""
        if self._ready is None:
            self._ready = super().to_dict()
        return self._ready


class FigureMemory:
    """Keeps figures by what they show. They are only read, so every session is given the same."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[object, ...], tuple[object, go.Figure]] = OrderedDict()
        self._lock = threading.Lock()

    def figure(self, of: object, key: tuple[object, ...], draw: Callable[[], go.Figure]) -> go.Figure:
        """Return what is kept under a key of one object, else what `draw` returns, to be kept with the object."""
        name = (id(of), *key)
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return self._kept[name][1]
        drawn = ReadyFigure(draw())
        with self._lock:
            self._kept[name] = of, drawn  # while it is kept, no other object takes its id
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return drawn


@st.cache_resource(show_spinner=False)
def _memory() -> FigureMemory:
    return FigureMemory()


def forget() -> None:
    """Take all figures out of the server's memory."""
    _memory.clear()


def figures(of: object, name: str, draw: Draw, widths: Sequence[bool] = (False, True)) -> list[go.Figure]:
    """Draw a figure for each width, or take it from memory.

    Parameters
    ----------
    of
        The frozen result that it shows; with name, width, and the browser's mode it decides all of the figure.
    draw
        Takes whether the figure is narrow.
    widths
        Whether each is narrow.
    """
    mode = chart_mode()
    return [_memory().figure(of, (name, mode, narrow), lambda n=narrow: draw(n)) for narrow in widths]  # type: ignore[misc]

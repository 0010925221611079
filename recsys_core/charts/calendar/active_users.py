"""Active users by day, week and month, and the share of a month's users who come on a day."""

import math
from collections.abc import Sequence
from datetime import date

import plotly.graph_objects as go

from recsys_core import words
from recsys_core.answers import message
from recsys_core.charts import theme
from recsys_core.charts.curves import spread
from recsys_core.charts.theme import Mode
from recsys_core.retention.calendar.calendar_results import ActiveUsers
from recsys_core.wording.sentences import say

_HEIGHT = 250
_TOP, _BOTTOM = 12, 28
_LABEL_PX = 17
_LINES = (("monthly", "month", "solid", 2.2), ("weekly", "week", "dash", 1.8), ("daily", "day", "dot", 1.6))
_STEPS = (1, 2, 2.5, 5, 10)


def active_users_figure(days: Sequence[ActiveUsers], mode: Mode = "light", *, narrow: bool = False) -> go.Figure:
    """Draw DAU, WAU and MAU by day, each from the first day whose window the log holds whole.

    Parameters
    ----------
    days
        In order, at least one.
    mode
        light, dark or print.
    narrow
        Fewer dates, for a phone.
    """
    ticks = _nice(max((day.monthly or day.weekly or day.daily for day in days), default=1))
    figure = _frame(days, mode, ticks, narrow=narrow)
    ends: list[tuple[str, float]] = []
    for name, title, dash, width in _LINES:
        known = [(day.date, getattr(day, name)) for day in days if getattr(day, name) is not None]
        if not known:
            continue
        hover = [
            say(message("label-users-in-window", day=_day(when), users=users, window=title)) for when, users in known
        ]
        figure.add_trace(_line(known, hover, mode, dash=dash, width=width, meta=name))
        ends.append((title, known[-1][1]))
    _label(figure, ends, ticks[-1], mode)
    return figure


def stickiness_figure(days: Sequence[ActiveUsers], mode: Mode = "light", *, narrow: bool = False) -> go.Figure:
    """Draw DAU / MAU in per cent; the days as in `active_users_figure`, at least one with a share."""
    shares = [(day.date, day.stickiness) for day in days if day.stickiness is not None]
    known = [(when, 100 * share) for when, share in shares]
    ticks = _nice(max((share for _, share in known), default=1))
    figure = _frame(days, mode, ticks, narrow=narrow, unit=" %")
    hover = [say(message("label-share-of-month", day=_day(when), share=share)) for when, share in shares]
    figure.add_trace(_line(known, hover, mode, dash="solid", width=2.2, meta="stickiness"))
    _label(figure, [(f"{words.number(known[-1][1])} %", known[-1][1])] if known else [], ticks[-1], mode)
    return figure


def _frame(days: Sequence[ActiveUsers], mode: Mode, ticks: list[float], *, narrow: bool, unit: str = "") -> go.Figure:
    figure = go.Figure(layout=theme.base_layout(mode, _HEIGHT, (50, 62, _TOP, _BOTTOM)))
    figure.layout.hovermode = "x"  # a finger need not hit the line
    digits = 0 if all(tick == int(tick) for tick in ticks) else 1
    figure.layout.yaxis = theme.axis(
        mode, range=[0, ticks[-1]], showline=False, ticks="", tickvals=ticks, showgrid=True,
        gridcolor=theme.tokens(mode).grid, ticktext=[words.number(t, digits) + unit for t in ticks],
        ticklabelstandoff=4,
    )  # fmt: skip
    places = date_places(len(days), 3 if narrow else 5)
    figure.layout.xaxis = theme.axis(
        mode, type="date", range=[days[0].date, days[-1].date], tickvals=[days[place].date for place in places],
        ticktext=[_day(days[place].date) for place in places],
    )  # fmt: skip
    return figure


def _line(
    known: Sequence[tuple[str, float]], hover: list[str], mode: Mode, *, dash: str, width: float, meta: str
) -> go.Scatter:
    return go.Scatter(
        x=[when for when, _ in known], y=[value for _, value in known], mode="lines", meta=meta, cliponaxis=False,
        line={"color": theme.tokens(mode).accent, "width": width, "dash": dash}, hoverinfo="text", hovertext=hover,
    )  # fmt: skip


def _label(figure: go.Figure, ends: Sequence[tuple[str, float]], top: float, mode: Mode) -> None:
    """Write each line's name at its end, pushed apart where two would overlap."""
    per_px = top / (_HEIGHT - _TOP - _BOTTOM)
    places = spread([end for _, end in ends], _LABEL_PX * per_px, 0, top)
    for (title, _), place in zip(ends, places, strict=True):
        figure.add_annotation(
            **theme.note(title, mode, x=1, xref="paper", xanchor="left", xshift=7, y=place, yanchor="middle")
            | {"font": {"size": 13, "color": theme.tokens(mode).accent}}
        )


def date_places(size: int, most: int) -> list[int]:
    """Choose up to `most` places among `size`, evenly, the first and the last among them."""
    steps = min(most, size)
    return sorted({round(step * (size - 1) / max(steps - 1, 1)) for step in range(steps)})


def _day(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day.day} {day:%b}"


def _nice(highest: float) -> list[float]:
    """Choose four or five even steps of an axis from 0, whichever ends nearer above the highest value."""
    axes = []
    for count in (4, 5):
        step = max(highest, 1e-9) / count
        power = 10.0 ** math.floor(math.log10(step))
        size = power * next((size for size in _STEPS if size * power >= step * (1 - 1e-9)), 10)
        axes.append([size * place for place in range(count + 1)])
    return min(axes, key=lambda ticks: ticks[-1])

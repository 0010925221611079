"""Users by state from week to week: who is active above the line, who went quiet below it."""

from collections.abc import Sequence
from datetime import date

import plotly.graph_objects as go

from recsys_core import words
from recsys_core.answers import message
from recsys_core.charts import theme
from recsys_core.charts.blocks import Cell
from recsys_core.charts.curves import spread
from recsys_core.charts.tables import Table
from recsys_core.charts.theme import Mode
from recsys_core.retention.calendar.calendar_results import LifecycleWeek
from recsys_core.wording.sentences import say

STATES = (
    message("definition-lifecycle-new"),
    message("definition-lifecycle-returning"),
    message("definition-lifecycle-resurrecting"),
    message("definition-lifecycle-dormant"),
)
_HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 300, 50, 98, 10, 28
_LABEL_PX = 17
_STACK = ("returning", "resurrecting", "new")  # from the line upwards


def lifecycle_figure(weeks: Sequence[LifecycleWeek], mode: Mode = "light", *, narrow: bool = False) -> go.Figure:
    """Draw stacked bars: returning, resurrecting and new users upwards, dormant ones below zero.

    Parameters
    ----------
    weeks
        In order, at least one.
    mode
        light, dark or print.
    narrow
        Fewer dates, for a phone.
    """
    figure = go.Figure(layout=theme.base_layout(mode, _HEIGHT, (_LEFT, _RIGHT, _TOP, _BOTTOM)))
    high = max(week.new + week.returning + week.resurrecting for week in weeks)
    low = max(week.dormant for week in weeks)
    room = 0.04 * (high + low) or 1.0
    span = (-low - room, high + room)
    figure.update_layout(barmode="relative", bargap=0.22)
    for state in (*_STACK, "dormant"):
        figure.add_trace(_bars(weeks, state, mode))
    figure.layout.yaxis = _users_axis(span, mode)
    step = -(-len(weeks) // (4 if narrow else 8))
    places = range(len(weeks) - 1, -1, -step)
    figure.layout.xaxis = theme.axis(
        mode, type="category", showline=False, tickvals=[weeks[place].date for place in places],
        ticktext=[_monday(weeks[place].date) for place in places], range=[-0.6, len(weeks) - 0.4],
    )  # fmt: skip
    line = {"color": theme.tokens(mode).axis, "width": 1.4}
    figure.add_shape(type="line", x0=0, x1=1, xref="paper", y0=0, y1=0, line=line)
    _label(figure, weeks[-1], span, mode)
    return figure


def colours(mode: Mode) -> dict[str, str]:
    """Give each state its colour: one scale for who is active, grey for who went quiet."""
    tones = theme.tokens(mode)
    return {
        "returning": tones.scale[4],
        "resurrecting": tones.scale[3],
        "new": tones.scale[2],
        "dormant": tones.neutral,
    }


def _bars(weeks: Sequence[LifecycleWeek], state: str, mode: Mode) -> go.Bar:
    users = [getattr(week, state) for week in weeks]
    paper = theme.tokens(mode).paper
    return go.Bar(
        x=[week.date for week in weeks], y=[-n if state == "dormant" else n for n in users], meta=state,
        marker={"color": colours(mode)[state], "line": {"color": paper, "width": 1}}, textposition="none",
        hoverinfo="text",
        hovertext=[_hover(week, n, state) for week, n in zip(weeks, users, strict=True)],
    )  # fmt: skip


def _hover(week: LifecycleWeek, users: int, state: str) -> str:
    return say(message("label-users-of-week", week=_monday(week.date), users=users, lifecycle_state=state))


def _users_axis(span: tuple[float, float], mode: Mode) -> dict[str, object]:
    step = _step(span[1] - span[0])
    ticks = [step * place for place in range(int(span[0] // step), int(span[1] // step) + 1)]
    inside = [tick for tick in ticks if span[0] <= tick <= span[1]]
    return theme.axis(
        mode, range=list(span), showline=False, ticks="", tickvals=inside,
        ticktext=[words.count(abs(t)) for t in inside], showgrid=True,
        gridcolor=theme.tokens(mode).grid, ticklabelstandoff=4,
    )  # fmt: skip


def _step(span: float) -> float:
    power = 1.0
    while span / power > 60:
        power *= 10
    return next(power * size for size in (1, 2, 5, 10, 20) if span / (power * size) <= 6)


def _label(figure: go.Figure, last: LifecycleWeek, span: tuple[float, float], mode: Mode) -> None:
    """Write each state at the height of its part of the last bar."""
    tones, base = theme.tokens(mode), 0.0
    named: list[tuple[str, float]] = []
    for state in _STACK:
        users = getattr(last, state)
        named.append((state, base + users / 2))
        base += users
    named.append(("dormant", -last.dormant / 2))
    per_px = (span[1] - span[0]) / (_HEIGHT - _TOP - _BOTTOM)
    for (state, _), place in zip(named, spread([y for _, y in named], _LABEL_PX * per_px, *span), strict=True):
        figure.add_annotation(
            **theme.note(state, mode, x=1, xref="paper", xanchor="left", xshift=4, y=place, yanchor="middle")
            | {"font": {"size": 13, "color": tones.muted if state == "dormant" else tones.accent}}
        )


def _monday(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day.day} {day:%b}"


def lifecycle_table(weeks: Sequence[LifecycleWeek], shown: int = 6) -> Table:
    """List the last weeks, the newest first."""
    rows: list[list[str | Cell]] = [
        [_monday(w.date), *(words.count(n) for n in (w.new, w.returning, w.resurrecting, w.dormant))]
        for w in reversed(weeks[-shown:])
    ]
    return ["week of", "new", "returning", "resurrecting", "dormant"], rows

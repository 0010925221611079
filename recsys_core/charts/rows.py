"""Dots with intervals, one per row: the body of the forest and of "Days kept"."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from recsys_core import words
from recsys_core.charts import theme
from recsys_core.charts.theme import ArmStyle, Mode

ROW_PX = 34
STACKED_PX = 43  # name and figure on one line, the interval under it


@dataclass(frozen=True)
class DotRow:
    """One row: a name, its figure in words, and where the dot and the interval lie (None: only words)."""

    name: str
    figure: str
    span: tuple[float, float, float] | None  # estimate, lower, upper
    style: ArmStyle
    bold: bool = True


def rows_figure(
    rows: Sequence[DotRow], mode: Mode, unit: str, *, stacked: bool, zero: bool = False, longest: int = 40
) -> go.Figure:
    """Draw rows of dots with intervals.

    Parameters
    ----------
    rows
        From top to bottom.
    mode
        light, dark or print.
    unit
        Under the axis.
    stacked
        Names and figures above the intervals, for a narrow column; else names left and figures right of them.
    zero
        Draw a line at zero and keep it in sight.
    longest
        Characters after which a name is cut.
    """
    name = max((len(theme.short_label(row.name, longest)) for row in rows), default=0)
    row_px, foot = (STACKED_PX, 44) if stacked else (ROW_PX, 46)
    margin = (2, 2, 0, foot) if stacked else (round(7 * name) + 18, 116, 4, foot)
    figure = go.Figure(layout=theme.base_layout(mode, row_px * len(rows) + margin[2] + foot, margin))
    figure.layout.meta = {"least_width": margin[0] + margin[1] + 90}
    low, high = _reach(rows, zero)
    ticks = round_ticks(low, high)
    figure.layout.xaxis = theme.axis(
        mode,
        range=[low, high],
        tickvals=ticks,
        ticktext=tick_words(ticks),
    )
    figure.layout.xaxis.title = theme.axis_title(unit, mode, 3)
    figure.layout.yaxis = theme.bare_axis(range=[len(rows), 0])
    line = {"color": theme.tokens(mode).muted, "width": 1.2}
    for place, row in enumerate(rows):
        if zero:  # under the names it would cross them out
            top = place + 0.6 if stacked else place
            figure.add_shape(type="line", x0=0, x1=0, y0=top, y1=place + 1, line=line, layer="below")
        draw_dot(figure, row, place + (0.78 if stacked else 0.5))
        _name(figure, row, (place + (0.3 if stacked else 0.5), stacked, longest), mode)
    return figure


def round_ticks(low: float, high: float) -> list[float]:
    """Choose three to seven round ticks, none so near an end that its label would be cut off."""
    edge = 0.03 * (high - low)
    power = 10.0 ** math.floor(math.log10(high - low))
    for step in (5 * power, 2 * power, power, power / 2, power / 5):
        first, last = math.ceil((low + edge) / step), math.floor((high - edge) / step)
        if last - first >= 2:
            break
    return [round(i * step, 10) for i in range(first, last + 1)]


def tick_words(ticks: Sequence[float], scale: float = 1.0) -> list[str]:
    """Write ticks, all with the digits that the finest of them needs; whole ones without; `scale` multiplies first."""
    shown = [round(scale * tick, 10) for tick in ticks]
    digits = next((d for d in range(1, 6) if all(round(tick, d) == tick for tick in shown)), 6)
    return [words.number(tick, 0 if tick == int(tick) and digits == 1 else digits) for tick in shown]


def _reach(rows: Sequence[DotRow], zero: bool) -> tuple[float, float]:
    spans = [row.span for row in rows if row.span is not None]
    ends = [value for span in spans for value in span if math.isfinite(value)] + [0.0] * zero
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    room = 0.08 * ((high - low) or abs(high) or 1.0)
    return low - room, high + room


def draw_dot(figure: go.Figure, row: DotRow, y: float, panel: str = "") -> None:
    """Draw the dot and the interval of a row at height `y`; `panel` is the number of the axes, empty for the first."""
    if row.span is None:
        return
    estimate, lower, upper = row.span
    axes = {"xaxis": f"x{panel}", "yaxis": f"y{panel}"}
    text = f"<b>{theme.short_label(row.name, 60)}</b>: {theme.escape(row.figure, quote=False)}"
    line = {"color": row.style.colour, "width": 2.4 if row.bold else 1.8}
    figure.add_trace(
        go.Scatter(x=[lower, upper], y=[y, y], mode="lines", line=line, hoverinfo="skip", meta="interval", **axes)
    )
    hollow = row.style.marker.endswith("-open")
    marker = {
        "symbol": row.style.marker,
        "size": (10 if row.bold else 8) + (row.style.marker in ("star", "triangle-up", "diamond")) * 2,
        "color": row.style.colour,
        "line": {"width": 2 if hollow else 0, "color": row.style.colour},
        "opacity": 1,
    }
    name = theme.short_label(row.name, 60)
    figure.add_trace(
        go.Scatter(
            x=[estimate],
            y=[y],
            mode="markers",
            marker=marker,
            hovertext=[text],
            hoverinfo="text",
            name=name,
            meta="dot",
            **axes,
        )
    )


def _name(figure: go.Figure, row: DotRow, place: tuple[float, bool, int], mode: Mode) -> None:
    y, stacked, longest = place
    colours = theme.tokens(mode)
    weight = 600 if row.bold else 400
    common = {"xref": "paper", "yref": "y", "y": y, "yanchor": "middle", "showarrow": False}
    side = {"x": 0, "xanchor": "left", "xshift": -3} if stacked else {"x": 0, "xanchor": "right", "xshift": -12}
    font = {"size": 13, "color": row.style.word, "weight": weight}
    figure.add_annotation(text=theme.short_label(row.name, longest), font=font, **common, **side)
    side = {"x": 1, "xanchor": "right", "xshift": 3} if stacked else {"x": 1, "xanchor": "left", "xshift": 10}
    font = {"size": 13, "color": colours.ink if row.bold else colours.muted, "weight": weight}
    figure.add_annotation(text=theme.escape(row.figure, quote=False), font=font, **common, **side)

"""The difference of two survival curves in points, day by day, with its band."""

import math

import plotly.graph_objects as go

from recsys_core import words
from recsys_core.charts import theme
from recsys_core.charts.theme import ArmStyle, Mode
from recsys_core.retention.study.difference_curve import DifferenceCurve, DifferencePoint

_HEIGHT = 270


def difference_figure(
    curve: DifferenceCurve,
    style: ArmStyle,
    mode: Mode = "light",
    *,
    report_day: int | None = None,
    narrow: bool = False,
    since: str = "first exposure",
) -> go.Figure:
    """Draw S of the arm minus S of the reference, in percentage points.

    Parameters
    ----------
    curve
        From `difference_curve`.
    style
        Look of the arm.
    mode
        light, dark or print.
    report_day
        Day whose figure is written beside the curve.
    narrow
        Fewer ticks, for a phone.
    since
        What started the clock, for the axis.
    """
    colours, points = theme.tokens(mode), curve.points
    figure = go.Figure(layout=theme.base_layout(mode, _HEIGHT, (46, 16, 12, 44)))
    figure.layout.xaxis = theme.axis(mode, range=[0, max(points[-1].day, 1)], nticks=5 if narrow else 9)
    figure.layout.xaxis.title = theme.axis_title(f"Days since {since}", mode, 3)
    figure.layout.hovermode = "x"  # a finger need not hit the line
    low, high = min(p.band_lower for p in points), max(p.band_upper for p in points)
    room = 8 * max(high - low, 0.01)
    span = [min(100 * low - room, -1), max(100 * high + room, 1)]
    ticks = _ticks(span[0], span[1])
    figure.layout.yaxis = theme.axis(mode, range=span, showline=False, ticks="", tickvals=ticks) | {
        "showgrid": True,
        "gridcolor": colours.grid,
        "ticktext": [words.number(tick, 1 if ticks[1] - ticks[0] < 1 else 0, sign=tick > 0) for tick in ticks],
        "ticklabelstandoff": 4,
    }
    figure.add_trace(_area([(p.day, p.band_lower, p.band_upper) for p in points], style, (mode, 0.5), "band"))
    figure.add_trace(_area([(p.day, p.lower, p.upper) for p in points], style, (mode, 1.0), "pointwise"))
    figure.add_shape(
        type="line", x0=0, x1=1, xref="paper", y0=0, y1=0, line={"color": colours.axis, "width": 1.4}, layer="below"
    )
    line = {"shape": "hv", "dash": style.dash, "width": 2.2, "color": style.colour}
    figure.add_trace(
        go.Scatter(
            x=[p.day for p in points], y=[100 * p.estimate for p in points], mode="lines", line=line, meta="line",
            hovertext=[_told(p) for p in points], hoverinfo="text",
        )
    )  # fmt: skip
    if report_day is not None and report_day < len(points):
        _mark(figure, points[report_day], mode)
    return figure


def _ticks(low: float, high: float) -> list[float]:
    """Place three to six round figures on the axis."""
    step = next(s for s in (0.5, 1, 2, 5, 10, 20, 50) if (high - low) / s < 6)
    return [step * k for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _area(rows: list[tuple[int, float, float]], style: ArmStyle, look: tuple[Mode, float], meta: str) -> go.Scatter:
    mode, strength = look
    ends = [*(day for day, _, _ in rows[1:]), rows[-1][0]]
    steps = list(zip(rows, ends, strict=True))
    above = [(x, high) for (day, _, high), end in steps for x in (day, end)]
    below = [(x, low) for (day, low, _), end in reversed(steps) for x in (end, day)]
    outline = [*above, *below]
    fill = theme.fade(style.colour, strength * (0.2 if mode == "dark" else 0.16))
    return go.Scatter(
        x=[x for x, _ in outline], y=[100 * y for _, y in outline], mode="lines", line={"width": 0}, fill="toself",
        fillcolor=fill, hoverinfo="skip", meta=meta,
    )  # fmt: skip


def _mark(figure: go.Figure, point: DifferencePoint, mode: Mode) -> None:
    colours = theme.tokens(mode)
    marker = {"symbol": "circle", "size": 9, "color": colours.paper, "line": {"color": colours.ink, "width": 2}}
    y = 100 * point.estimate
    figure.add_trace(
        go.Scatter(x=[point.day], y=[y], mode="markers", marker=marker, hoverinfo="skip", meta="report day")
    )
    text = f"<b>day {point.day}</b> {words.points(point.estimate, sign=True)}"
    font = {"size": 13, "color": colours.ink}
    figure.add_annotation(
        x=point.day, y=y, text=text, font=font, showarrow=False, yanchor="bottom", yshift=7, xanchor="center"
    )


def _told(point: DifferencePoint) -> str:
    return (
        f"day {point.day}: {words.points(point.estimate, sign=True)} points "
        f"({words.limits(point.lower, point.upper, scale=100)}; all days together "
        f"{words.limits(point.band_lower, point.band_upper, scale=100)})"
    )

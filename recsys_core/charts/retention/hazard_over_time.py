"""How a hazard ratio changes over time: scaled residuals, their smooth, and the one ratio for all days."""

import math

import numpy as np
import plotly.graph_objects as go

from recsys_core import words
from recsys_core.charts import theme
from recsys_core.charts.theme import ArmStyle, Mode
from recsys_core.retention.cox.schoenfeld import HazardOverTime

_HEIGHT, _MOST_POINTS = 270, 300
_RATIOS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0, 10.0, 20.0)


def hazard_figure(
    found: HazardOverTime, style: ArmStyle, mode: Mode = "light", *, narrow: bool = False, since: str = "first exposure"
) -> go.Figure:
    """Draw the hazard ratio over time on a logarithmic scale.

    Parameters
    ----------
    found
        From `hazard_over_time`.
    style
        Look of the arm.
    mode
        light, dark or print.
    narrow
        Fewer ticks, for a phone.
    since
        What started the clock, for the axis.
    """
    colours = theme.tokens(mode)
    figure = go.Figure(layout=theme.base_layout(mode, _HEIGHT, (46, 16, 12, 44)))
    span = _span(found)
    ticks = [ratio for ratio in _RATIOS if span[0] <= math.log(ratio) <= span[1]]
    figure.layout.yaxis = theme.axis(
        mode, range=list(span), showline=False, ticks="", tickvals=[math.log(r) for r in ticks]
    ) | {"showgrid": True, "gridcolor": colours.grid, "ticktext": [f"{r:g}" for r in ticks], "ticklabelstandoff": 4}
    places, names = _days(found, 4 if narrow else 7)
    ends = [found.residuals[0].scale, found.residuals[-1].scale]
    room = 0.02 * (ends[1] - ends[0])
    figure.layout.xaxis = theme.axis(mode, range=[ends[0] - room, ends[1] + room], tickvals=places, ticktext=names)
    figure.layout.xaxis.title = theme.axis_title(f"Days since {since}", mode, 3)
    for y, line in (
        (0.0, {"color": colours.axis, "width": 1.4}),
        (found.coef, {"color": style.colour, "width": 1.6, "dash": "dot"}),
    ):
        figure.add_shape(type="line", x0=0, x1=1, xref="paper", y0=y, y1=y, line=line, layer="below")
    figure.add_trace(_points(found, style, span))
    if found.smooth:
        figure.add_trace(_band(found, style, mode))
        line = {"width": 2.2, "color": style.colour}
        figure.add_trace(
            go.Scatter(
                x=[p.scale for p in found.smooth], y=[p.estimate for p in found.smooth], mode="lines", line=line,
                meta="line", hoverinfo="text",
                hovertext=[
                    f"day {p.time:.0f}: ratio {words.number(math.exp(p.estimate), 2)} "
                    f"({words.limits(math.exp(p.lower), math.exp(p.upper), 2)})"
                    for p in found.smooth
                ],
            )
        )  # fmt: skip
    return figure


def _span(hazard: HazardOverTime) -> tuple[float, float]:
    """Leave room for the smooth and its limits, at least from .7 to 1.4; single residuals may lie outside."""
    values = [v for p in hazard.smooth for v in (p.lower, p.upper)] or [r.value for r in hazard.residuals]
    low, high = min([*values, hazard.coef, math.log(0.7)]), max([*values, hazard.coef, math.log(1.4)])
    room = 0.12 * (high - low)
    return max(low - room, -3.2), min(high + room, 3.2)


def _days(hazard: HazardOverTime, most: int) -> tuple[list[float], list[str]]:
    """Place days where the time scale has them, about evenly on the page."""
    scale, time = (np.array([getattr(r, name) for r in hazard.residuals]) for name in ("scale", "time"))
    wanted = np.interp(np.linspace(scale[0], scale[-1], most), scale, time).round().astype(int)
    days = sorted(set(wanted.tolist()))
    return np.interp(days, time, scale).tolist(), [f"{day}" for day in days]


def _points(hazard: HazardOverTime, style: ArmStyle, span: tuple[float, float]) -> go.Scatter:
    inside = [r for r in hazard.residuals if span[0] <= r.value <= span[1]]
    shown = inside[:: max(1, math.ceil(len(inside) / _MOST_POINTS))]
    most = max((r.lapses for r in shown), default=1)
    sizes = [3 + 7 * math.sqrt(r.lapses / most) for r in shown]
    marker = {"size": sizes, "color": theme.fade(style.colour, 0.3), "line": {"width": 0}}
    return go.Scatter(
        x=[r.scale for r in shown], y=[r.value for r in shown], mode="markers", marker=marker, meta="residuals",
        hoverinfo="text", hovertext=[f"day {r.time:g}: {words.counted(r.lapses, 'lapse')}" for r in shown],
    )  # fmt: skip


def _band(hazard: HazardOverTime, style: ArmStyle, mode: Mode) -> go.Scatter:
    above = [(p.scale, p.upper) for p in hazard.smooth]
    below = [(p.scale, p.lower) for p in reversed(hazard.smooth)]
    return go.Scatter(
        x=[x for x, _ in [*above, *below]], y=[y for _, y in [*above, *below]], mode="lines", line={"width": 0},
        fill="toself", fillcolor=theme.fade(style.colour, 0.16 if mode == "dark" else 0.13), hoverinfo="skip",
        meta="band",
    )  # fmt: skip

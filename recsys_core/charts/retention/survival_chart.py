"""Survival curves with their bands, direct labels and the table of users at risk, in one figure."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

import plotly.graph_objects as go

from recsys_core import words
from recsys_core.charts import theme
from recsys_core.charts.curves import COLUMNS, JUDGED_FROM, at_risk_on, day_step, followed, runs, spread
from recsys_core.charts.theme import ArmStyle, Mode
from recsys_core.retention.estimators.figures import SurvivalPoint
from recsys_core.retention.study.arm_results import ArmResult

_CURVE, _ROW, _GAP, _LABEL = 291, 21, 56, 17  # px


def survival_figure(
    arms: Sequence[ArmResult],
    horizon: float,
    mode: Mode = "light",
    *,
    narrow: bool = False,
    small: bool = False,
    styles: Mapping[str, ArmStyle] | None = None,
    since: str = "first exposure",
) -> go.Figure:
    """Draw the share of users still active against days since the clock started.

    Parameters
    ----------
    arms
        Arms with their curve, one line each. Below ten users at risk a line is faint and has no band; it ends
        where nobody is at risk.
    horizon
        The day up to which the arms are compared: a dotted line.
    mode
        light, dark or print.
    narrow
        Cut long names harder, for a figure of less than about 500 px.
    small
        Up to the horizon only and without the table of users at risk.
    styles
        From `theme.arm_styles`; made from the arms where left out.
    since
        What started the clock, for the axis.
    """
    styles = styles or theme.arm_styles([arm.name for arm in arms], mode)
    curves = {arm.name: followed(arm) for arm in arms}
    step = horizon / 4 if small and horizon % 4 == 0 else day_step(horizon, _last_day(curves, horizon, small))
    last = horizon if small else step * (COLUMNS - 1)
    curves = {name: _until(points, last) for name, points in curves.items()}
    longest = 12 if narrow else 16
    figure = go.Figure(layout=_layout(arms, (step, last, horizon), mode, (small, longest), since))
    for arm in arms:
        figure.add_traces(_bands(curves[arm.name], styles[arm.name], mode))
    for arm in arms:
        figure.add_traces(_lines(arm.name, curves[arm.name], styles[arm.name]))
        figure.add_trace(_hover(arm.name, curves[arm.name], styles[arm.name]))
    _label_ends(figure, curves, styles, longest)
    if not small:
        _mark_horizon(figure, horizon, last, mode)
        _tabulate(figure, arms, (step, styles, narrow), mode)
    return figure


def _last_day(curves: Mapping[str, Sequence[SurvivalPoint]], horizon: float, small: bool) -> float:
    return horizon if small else max((points[-1].day for points in curves.values() if points), default=horizon)


def _until(points: tuple[SurvivalPoint, ...], last: float) -> tuple[SurvivalPoint, ...]:
    return tuple(point for point in points if point.day <= last)


def _bands(points: Sequence[SurvivalPoint], style: ArmStyle, mode: Mode) -> list[go.Scatter]:
    xs: list[float | None] = []
    ys: list[float | None] = []
    for run in runs([p for p in points if isfinite(p.lower) and isfinite(p.upper)]):  # limits may be NaN
        if run.faint:
            continue
        ends = [*(point.day for point in run.points[1:]), run.end.day]
        steps = list(zip(run.points, ends, strict=True))
        above = [(x, p.upper) for p, end in steps for x in (p.day, end)]
        below = [(x, p.lower) for p, end in reversed(steps) for x in (end, p.day)]
        outline = [*above, *below, above[0]]
        xs += [None] * bool(xs) + [x for x, _ in outline]
        ys += [None] * bool(ys) + [100 * y for _, y in outline]
    if not xs:
        return []
    fill = theme.fade(style.colour, 0.16 if mode == "dark" else 0.13)
    look = {"mode": "lines", "line": {"width": 0}, "fill": "toself", "fillcolor": fill}
    return [go.Scatter(x=xs, y=ys, hoverinfo="skip", meta="band", **look)]


def _lines(name: str, points: Sequence[SurvivalPoint], style: ArmStyle) -> list[go.Scatter]:
    traces = []
    for run in runs(points):
        ends = [*run.points, run.end]
        line = {"shape": "hv", "dash": style.dash, "width": 1.6 if run.faint else 2.2, "color": style.colour}
        if run.faint:
            line["color"] = theme.fade(style.colour, 0.35)
        traces.append(
            go.Scatter(
                x=[point.day for point in ends],
                y=[100 * point.estimate for point in ends],
                mode="lines",
                line=line,
                name=theme.short_label(name, 60),
                meta="faint" if run.faint else "line",
                hoverinfo="skip",
            )
        )
    return traces


def _hover(name: str, points: Sequence[SurvivalPoint], style: ArmStyle) -> go.Scatter:
    shown = theme.short_label(name, 60)
    texts = [
        f"<b>{shown}</b> {words.percent(p.estimate)} ({words.limits(p.lower, p.upper, scale=100)}), "
        f"{words.count(p.at_risk)} at risk"
        for p in points
    ]
    return go.Scatter(
        x=[point.day for point in points],
        y=[100 * point.estimate for point in points],
        mode="markers",
        marker={"size": 8, "opacity": 0, "color": style.colour},
        hovertext=texts,
        hoverinfo="text",
        meta="hover",
    )


def _label_ends(
    figure: go.Figure,
    curves: Mapping[str, Sequence[SurvivalPoint]],
    styles: Mapping[str, ArmStyle],
    longest: int,
) -> None:
    ends = {name: 100 * points[-1].estimate for name, points in curves.items() if points}
    px = figure.layout.height - figure.layout.margin.t - figure.layout.margin.b
    px *= figure.layout.yaxis.domain[1] - figure.layout.yaxis.domain[0]
    places = spread(list(ends.values()), 100 * _LABEL / px, 100 * 6 / px, 100 - 100 * 6 / px)
    for name, place in zip(ends, places, strict=True):
        figure.add_annotation(
            text=theme.short_label(name, longest),
            x=1,
            xref="paper",
            xanchor="left",
            xshift=8,
            y=place,
            yref="y",
            yanchor="middle",
            align="left",
            showarrow=False,
            font={"size": 13, "color": styles[name].word, "weight": 600},
        )


def _mark_horizon(figure: go.Figure, horizon: float, last: float, mode: Mode) -> None:
    line = {"color": theme.tokens(mode).axis, "width": 1.2, "dash": "dot"}
    figure.add_shape(type="line", x0=horizon, x1=horizon, y0=0, y1=100, yref="y", line=line)
    side = {"xanchor": "left", "xshift": 5} if horizon < 0.8 * last else {"xanchor": "right", "xshift": -5}
    text = f"{words.number(horizon, 0)}-day horizon"
    figure.add_annotation(theme.note(text, mode, x=horizon, y=100, yref="y", yanchor="top", yshift=-2, **side))


def _tabulate(
    figure: go.Figure,
    arms: Sequence[ArmResult],
    columns: tuple[float, Mapping[str, ArmStyle], bool],
    mode: Mode,
) -> None:
    step, styles, narrow = columns
    colours = theme.tokens(mode)
    crowded = narrow and max((arm.users for arm in arms), default=0) >= 10_000
    ticks = [step * i for i in range(0, COLUMNS, 2 if crowded else 1)]
    for row, arm in enumerate(arms):
        known = [(tick, at_risk) for tick in ticks if (at_risk := at_risk_on(arm, tick)) is not None]
        figure.add_trace(
            go.Scatter(
                x=[tick for tick, _ in known],
                y=[row] * len(known),
                yaxis="y2",
                mode="text",
                text=[words.count(at_risk) for _, at_risk in known],
                textfont={
                    "size": 12,
                    "color": [colours.ink if n >= JUDGED_FROM else colours.muted for _, n in known],
                },
                cliponaxis=False,
                hoverinfo="skip",
                name=theme.short_label(arm.name, 60),
                meta="at risk",
            )
        )
    left = figure.layout.margin.l
    place = {
        "x": 0,
        "xref": "paper",
        "xanchor": "left",
        "xshift": -1 - left,
        "yref": "paper",
        "yanchor": "bottom",
    }
    top = figure.layout.yaxis2.domain[1]
    figure.add_annotation(theme.note("Users at risk", mode, y=top, yshift=7, **place))
    figure.layout.yaxis2.ticktext = [
        f'<span style="color:{styles[arm.name].word};font-weight:600">'
        f"{theme.short_label(arm.name, 12 if narrow else 16)}</span>"
        for arm in arms
    ]


def _layout(
    arms: Sequence[ArmResult], days: tuple[float, float, float], mode: Mode, size: tuple[bool, int], since: str
) -> dict[str, Any]:
    (step, last, _), (small, longest) = days, size
    name = max((len(theme.short_label(arm.name, longest)) for arm in arms), default=0)
    right = max(80, round(6.6 * name) + 14)
    if small:
        layout = theme.base_layout(mode, 270, (46, right, 12, 44))
        bottom = 0.0
    else:
        widest = max((len(words.count(arm.users)) for arm in arms), default=0)
        standoff = max(22, round(3.2 * widest) + 8)  # the first column is centred on the axis
        left, table = max(100, round(6.6 * name) + standoff + 8), _ROW * len(arms) + 4
        least = left + right + (COLUMNS - 1) * (6 * widest + 1)
        layout = {"meta": {"least_width": least}}
        layout |= theme.base_layout(mode, 16 + _CURVE + _GAP + table, (left, right, 10, 6))
        bottom = (table + _GAP) / (_CURVE + _GAP + table)
        layout["yaxis2"] = theme.bare_axis(
            domain=[0, table / (_CURVE + _GAP + table)],
            anchor="x",
            range=[len(arms) - 0.5, -0.5],
            showticklabels=True,
            tickvals=list(range(len(arms))),
            tickfont={"size": 12},
            ticklabelstandoff=standoff,
        )
    grid = {"showgrid": True, "gridcolor": theme.tokens(mode).grid, "gridwidth": 1}
    percents = [0, 25, 50, 75, 100]
    layout["yaxis"] = theme.axis(
        mode, **grid, showline=False, ticks="", range=[0, 100.6], domain=[bottom, 1], anchor="x"
    ) | {
        "tickvals": percents,
        "ticktext": [f"{p} %" if p == 100 else f"{p}" for p in percents],
        "ticklabelstandoff": 4,
    }
    ticks = [step * i for i in range(round(last / step) + 1)]
    layout["xaxis"] = theme.axis(
        mode, anchor="y", range=[0, last], tickvals=ticks, ticktext=[words.number(t, 0) for t in ticks]
    ) | {
        "title": theme.axis_title(f"Days since {since}", mode, 3),
        "unifiedhovertitle": {"text": "day %{x}"},
        "spikecolor": theme.tokens(mode).axis,
        "spikethickness": 1,
        "spikedash": "solid",
    }
    layout["hovermode"] = "x unified"
    return layout

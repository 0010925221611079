"""A rollout: what moving users from one arm to another would change, against the share moved."""

from collections.abc import Sequence

import plotly.graph_objects as go

from recsys_core import words
from recsys_core.answers import message
from recsys_core.charts import theme
from recsys_core.charts.theme import ArmStyle, Mode
from recsys_core.whatif.rollout_result import RolloutPoint
from recsys_core.wording.sentences import say


def rollout_figure(
    points: Sequence[RolloutPoint],
    chosen: float,
    moved: tuple[str, str],
    mode: Mode = "light",
    *,
    narrow: bool = False,
    style: ArmStyle | None = None,
    digits: int = 0,
) -> go.Figure:
    """Draw the difference against the share moved, with its band and the chosen scenario as a bar.

    Parameters
    ----------
    points
        Two or more, in the unit of the page (users kept per 1,000, days).
    chosen
        The share of the scenario, 0 to 1.
    moved
        The arm that users leave and the arm they go to.
    mode
        light, dark or print.
    narrow
        Ticks at 0, 50 and 100 % only.
    style
        Of the arm they go to, from `theme.arm_styles`; made from its name where left out.
    digits
        After the point.
    """
    source, target = moved
    style = style or theme.arm_styles(moved, mode)[target]
    ordered = sorted(points, key=lambda point: point.share)
    figure = go.Figure(layout=theme.base_layout(mode, 330, (52, 20, 12, 48)))
    low, high = _reach(ordered)
    ticks = [0, 50, 100] if narrow else [0, 25, 50, 75, 100]
    figure.layout.xaxis = theme.axis(
        mode, range=[0, 103], tickvals=ticks, ticktext=[f"{t} %" if t == 100 else f"{t}" for t in ticks]
    )
    title = message("rollout-axis", source=theme.short_label(source, 24), target=theme.short_label(target, 24))
    figure.layout.xaxis.title = theme.axis_title("", mode, 4) | {"text": say(title)}
    figure.layout.yaxis = theme.axis(mode, range=[low, high], showline=False, ticks="", nticks=6, tickformat="~g") | {
        "showgrid": True,
        "gridcolor": theme.tokens(mode).grid,
        "ticklabelstandoff": 4,
        "zeroline": True,
        "zerolinecolor": theme.tokens(mode).muted,
        "zerolinewidth": 1.2,
    }
    _line(figure, ordered, style, (mode, digits))
    _bar(figure, at_share(ordered, chosen), mode, digits)
    return figure


def at_share(points: Sequence[RolloutPoint], share: float) -> RolloutPoint:
    """Read the line and its limits at a share, straight between the points beside it."""
    ordered = sorted(points, key=lambda point: point.share)
    before = max((p for p in ordered if p.share <= share), key=lambda p: p.share, default=ordered[0])
    after = min((p for p in ordered if p.share >= share), key=lambda p: p.share, default=ordered[-1])
    width = after.share - before.share
    part = (share - before.share) / width if width > 0 else 0.0
    values = [
        getattr(before, field) + part * (getattr(after, field) - getattr(before, field))
        for field in ("estimate", "lower", "upper")
    ]
    return RolloutPoint(share, *values)


def _reach(points: Sequence[RolloutPoint]) -> tuple[float, float]:
    low, high = min(0.0, *(p.lower for p in points)), max(0.0, *(p.upper for p in points))
    room = (high - low) or 1.0
    return low - 0.06 * room, high + 0.1 * room


def _line(figure: go.Figure, points: Sequence[RolloutPoint], style: ArmStyle, look: tuple[Mode, int]) -> None:
    mode, digits = look
    shares = [100 * point.share for point in points]
    band = {"width": 0}
    fill = theme.fade(style.colour, 0.16 if mode == "dark" else 0.13)
    outline = [p.upper for p in points] + [p.lower for p in reversed(points)]
    figure.add_trace(
        go.Scatter(
            x=shares + shares[::-1],
            y=outline,
            mode="lines",
            line=band,
            fill="toself",
            fillcolor=fill,
            hoverinfo="skip",
            meta="band",
        )
    )
    texts = [f"{_moved(p.share)}: {words.interval(p.estimate, p.lower, p.upper, digits, sign=True)}" for p in points]
    line = {"color": style.colour, "width": 2.2}
    estimates = [p.estimate for p in points]
    figure.add_trace(
        go.Scatter(x=shares, y=estimates, mode="lines", line=line, hovertext=texts, hoverinfo="text", meta="line")
    )


def _bar(figure: go.Figure, point: RolloutPoint, mode: Mode, digits: int) -> None:
    colours = theme.tokens(mode)
    x = 100 * point.share
    bar = {"color": colours.ink, "width": 2}
    ends = [point.lower, point.upper]
    figure.add_trace(go.Scatter(x=[x, x], y=ends, mode="lines", line=bar, hoverinfo="skip", meta="scenario"))
    marker = {"symbol": "circle-open", "size": 11, "color": colours.ink, "line": {"width": 2.4}}
    figure.add_trace(
        go.Scatter(x=[x], y=[point.estimate], mode="markers", marker=marker, hoverinfo="skip", meta="scenario")
    )
    numbers = words.interval(point.estimate, point.lower, point.upper, digits, sign=True)
    side = {"xanchor": "right", "xshift": -8} if x >= 30 else {"xanchor": "left", "xshift": 8}
    below = point.estimate < 0
    place = {"x": x, "y": point.lower if below else point.upper, "yanchor": "top" if below else "bottom"}
    text = f"<b>{_moved(point.share)}</b><br>{numbers}"
    font = {"size": 13, "color": colours.ink}
    figure.add_annotation(text=text, font=font, showarrow=False, align=side["xanchor"], yshift=0, **place, **side)


def _moved(share: float) -> str:
    return say(message("rollout-share-moved", share=share))

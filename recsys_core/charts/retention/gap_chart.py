"""How the inactivity gap was chosen: who comes back within G days of going quiet."""

import plotly.graph_objects as go

from recsys_core import words
from recsys_core.charts import theme
from recsys_core.charts.theme import Mode
from recsys_core.retention.population.gaps import GapCurve


def gap_figure(gaps: GapCurve, chosen: int, mode: Mode = "light", *, narrow: bool = False) -> go.Figure:
    """Draw P(return within G | a gap started) against G, with the plateau and the chosen G marked.

    Parameters
    ----------
    gaps
        The curve.
    chosen
        The gap in use, in days; it may lie past the curve.
    mode
        light, dark or print.
    narrow
        Fewer ticks.
    """
    colours = theme.tokens(mode)
    last = max(gaps.days[-1] if gaps.days else 1, chosen)
    figure = go.Figure(layout=theme.base_layout(mode, 260, (46, 16, 12, 44)))
    figure.layout.xaxis = theme.axis(mode, range=[0, last * 1.02], nticks=5 if narrow else 9)
    figure.layout.xaxis.title = theme.axis_title("G, days without activity", mode, 3)
    percents = [0, 25, 50, 75, 100]
    figure.layout.hovermode = "x"  # a finger need not hit the line
    figure.layout.yaxis = theme.axis(mode, range=[0, 101], showline=False, ticks="", tickvals=percents) | {
        "showgrid": True,
        "gridcolor": colours.grid,
        "ticktext": [f"{p} %" if p == 100 else f"{p}" for p in percents],
        "ticklabelstandoff": 4,
    }
    returned = [100 * share for share in gaps.returned]
    texts = [
        f"within {day} days: {words.percent(share)} come back"
        for day, share in zip(gaps.days, gaps.returned, strict=True)
    ]
    line = {"color": colours.accent, "width": 2.2}
    figure.add_trace(
        go.Scatter(
            x=list(gaps.days),
            y=returned,
            mode="lines",
            line=line,
            hovertext=texts,
            hoverinfo="text",
            meta="line",
        )
    )
    _plateau(figure, gaps, mode)
    _mark(figure, gaps, chosen, mode)
    return figure


def _plateau(figure: go.Figure, gaps: GapCurve, mode: Mode) -> None:
    y = 100 * gaps.plateau
    line = {"color": theme.tokens(mode).axis, "width": 1.2, "dash": "dot"}
    figure.add_shape(type="line", x0=0, x1=1, xref="paper", y0=y, y1=y, line=line, layer="below")
    text = f"in the end {words.percent(gaps.plateau)}"
    below = y > 88
    place = {"x": 1, "xref": "paper", "xanchor": "right", "y": y, "yanchor": "top" if below else "bottom"}
    figure.add_annotation(theme.note(text, mode, yshift=-8 if below else 2, **place))


def _mark(figure: go.Figure, gaps: GapCurve, chosen: int, mode: Mode) -> None:
    colours = theme.tokens(mode)
    share = next((s for day, s in zip(gaps.days, gaps.returned, strict=True) if day >= chosen), gaps.plateau)
    bar = {"color": colours.ink, "width": 2}
    figure.add_trace(
        go.Scatter(x=[chosen, chosen], y=[0, 100 * share], mode="lines", line=bar, hoverinfo="skip", meta="chosen")
    )
    marker = {
        "symbol": "circle",
        "size": 10,
        "color": colours.paper,
        "line": {"color": colours.ink, "width": 2},
    }
    figure.add_trace(
        go.Scatter(x=[chosen], y=[100 * share], mode="markers", marker=marker, hoverinfo="skip", meta="chosen")
    )
    side = (
        {"xanchor": "left", "xshift": 8}
        if chosen < 0.6 * figure.layout.xaxis.range[1]
        else {"xanchor": "right", "xshift": -8}
    )
    wanted = gaps.wanted if gaps.capped and gaps.wanted else gaps.suggested
    why = "" if chosen == wanted else f"<br>the curve suggests {wanted}"
    if gaps.capped and chosen == gaps.suggested:
        why += ", the log allows no more"
    text = f"<b>G = {chosen} days</b><br>{words.percent(share)} come back{why}"
    font = {"size": 13, "color": colours.ink}
    place = {"x": chosen, "y": 12, "yanchor": "bottom", "align": side["xanchor"]}
    figure.add_annotation(text=text, font=font, showarrow=False, **place, **side)

"""How models learn: validation quality and loss against epochs."""

from collections.abc import Collection, Mapping, Sequence
from statistics import fmean

import plotly.graph_objects as go

from recsys_core import words
from recsys_core.charts import theme
from recsys_core.charts.curves import spread
from recsys_core.charts.ranking.run_card import best_of
from recsys_core.charts.theme import ArmStyle, Mode

Curve = Sequence[Mapping[str, float]]
_HEIGHT, _TOP, _BOTTOM = 260, 12, 40
_LABEL_PX = 17


def quality_figure(
    curves: Mapping[str, Curve],
    epochs: float,
    mode: Mode = "light",
    *,
    arm_models: Mapping[str, str] | None = None,
    rivals: Mapping[str, float] | None = None,
    stopped: Collection[str] = (),
) -> go.Figure:
    """Draw validation NDCG at 10 against epochs, one line per run; the ordinate begins at 0.

    A ring marks the best evaluation of a run, whose weights are kept; a bar where it stopped early.

    Parameters
    ----------
    curves
        By label, what each run told: mappings with epoch and ndcg; others are passed over.
    epochs
        Where the abscissa ends, or further where more was told.
    mode
        light, dark or print.
    arm_models
        The model behind a label.
    rivals
        By model, what there is to beat on the same users: dashed lines across.
    stopped
        Labels of the runs that stopped early.
    """
    points = {name: [(p["epoch"], p["ndcg"]) for p in curve if "ndcg" in p] for name, curve in curves.items()}
    figure = _figure(points, epochs, mode, arm_models, "NDCG", rivals or {}, stopped)
    styles = theme.arm_styles((*curves, *(rivals or {})), mode, arm_models)
    for name, curve in curves.items():
        if best := best_of(curve):
            _ring(figure, name, best, styles[name], mode)
    return figure


def stopped_early(curve: Curve, epochs: float, evaluations: int) -> bool:
    """Tell whether a finished run had evaluations left when it stopped.

    Parameters
    ----------
    epochs, evaluations
        As it was asked for; evaluations in an epoch.
    """
    evaluated = [point["epoch"] for point in curve if "ndcg" in point]
    return bool(evaluated) and max(evaluated) < epochs - 1 / evaluations + 1e-6


def loss_figure(
    curves: Mapping[str, Curve], epochs: float, mode: Mode = "light", *, arm_models: Mapping[str, str] | None = None
) -> go.Figure:
    """Draw training loss relative to the first that was told, so that models with other losses share the ordinate.

    Parameters
    ----------
    curves
        By label, what each run told: mappings with epoch and loss; others are passed over.
    epochs, mode, arm_models
        As for `quality_figure`.
    """
    points = {
        name: _relative([(p["epoch"], p["loss"]) for p in curve if "loss" in p]) for name, curve in curves.items()
    }
    return _figure(points, epochs, mode, arm_models, "loss")


def _relative(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    points = _smoothed(points)
    first = points[0][1] if points else 0.0
    return [(epoch, loss / first) for epoch, loss in points] if first > 0 else []


def _smoothed(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Take the mean of each point and those just before it; few points are left as they are."""
    window = max(1, len(points) // 20)
    return [(x, fmean(y for _, y in points[max(0, i + 1 - window) : i + 1])) for i, (x, _) in enumerate(points)]


def _figure(
    curves: Mapping[str, list[tuple[float, float]]],
    epochs: float,
    mode: Mode,
    arm_models: Mapping[str, str] | None,
    what: str,
    rivals: Mapping[str, float] | None = None,
    stopped: Collection[str] = (),
) -> go.Figure:
    rivals = rivals or {}
    styles = theme.arm_styles((*curves, *rivals), mode, arm_models)  # of all: a run looks the same in both figures
    curves = {name: points for name, points in curves.items() if points}
    epochs = (
        max([epochs, *(x for points in curves.values() for x, _ in points)]) or 1.0
    )  # the refit goes on after the last
    curves |= {name: [(0.0, value), (epochs, value)] for name, value in rivals.items()}
    colours = theme.tokens(mode)
    highest = max((value for points in curves.values() for _, value in points), default=1.0)
    figure = go.Figure(layout=theme.base_layout(mode, _HEIGHT, (44, 112, _TOP, _BOTTOM)))
    figure.layout.xaxis = theme.axis(mode, range=[0, epochs * 1.01], nticks=6, tickformat="~g")
    figure.layout.xaxis.title = theme.axis_title("epoch", mode, 4)
    figure.layout.yaxis = theme.axis(mode, range=[0, highest * 1.08], showline=False, ticks="", nticks=5) | {
        "showgrid": True,
        "gridcolor": colours.grid,
        "tickformat": "~g",
        "ticklabelstandoff": 4,
    }
    for name, points in curves.items():
        if name in rivals:
            _across(figure, name, points, styles[name])
            continue
        _line(figure, name, points, styles[name], what, stopped=name in stopped)
    _labels(figure, curves, styles, mode)
    return figure


def _line(
    figure: go.Figure, name: str, points: list[tuple[float, float]], style: ArmStyle, what: str, *, stopped: bool
) -> None:
    shown = theme.short_label(name, 40)
    xs, ys = [x for x, _ in points], [y for _, y in points]
    texts = [f"<b>{shown}</b> {what} {words.number(y, 3)} at epoch {words.number(x, 2)}" for x, y in points]
    if stopped:
        texts[-1] += ", where it stopped early"
    line = {"color": style.colour, "width": 2.2, "dash": style.dash}
    figure.add_trace(
        go.Scatter(x=xs, y=ys, mode="lines", line=line, name=shown, meta="line", hovertext=texts, hoverinfo="text")
    )
    marker = {"color": style.colour, "size": 9, "symbol": style.marker, "line": {"color": style.colour, "width": 1.5}}
    if stopped:
        marker |= {"symbol": "line-ns", "size": 17, "line": {"color": style.colour, "width": 3}}
    figure.add_trace(go.Scatter(x=xs[-1:], y=ys[-1:], mode="markers", marker=marker, hoverinfo="skip", meta="last"))


def _ring(figure: go.Figure, name: str, best: Mapping[str, float], style: ArmStyle, mode: Mode) -> None:
    hover = f"<b>{theme.short_label(name, 40)}</b> best NDCG {words.number(best['ndcg'], 3)}, kept"
    figure.add_trace(
        go.Scatter(
            x=[best["epoch"]], y=[best["ndcg"]], mode="markers", meta="best", hoverinfo="text", hovertext=hover,
            marker={"color": theme.tokens(mode).paper, "size": 11, "symbol": "circle",
                    "line": {"color": style.colour, "width": 2.2}},
        )
    )  # fmt: skip


def _across(figure: go.Figure, name: str, points: list[tuple[float, float]], style: ArmStyle) -> None:
    value = points[0][1]
    line = {"color": style.colour, "width": 1.4, "dash": "dash"}
    hover = f"{name}, to be beaten: {words.number(value, 3)}"
    figure.add_trace(
        go.Scatter(x=[x for x, _ in points], y=[value, value], mode="lines", line=line, meta="rival",
                   name=theme.short_label(name, 40), hovertext=hover, hoverinfo="text")
    )  # fmt: skip


def _labels(
    figure: go.Figure, curves: Mapping[str, list[tuple[float, float]]], styles: Mapping[str, ArmStyle], mode: Mode
) -> None:
    """Name each line at its end, pushed apart where lines end at close heights."""
    top = figure.layout.yaxis.range[1]
    unit = top / (_HEIGHT - _TOP - _BOTTOM)
    ends = [points[-1][1] for points in curves.values()]
    places = spread(ends, _LABEL_PX * unit, 6 * unit, top - 6 * unit)
    for name, place in zip(curves, places, strict=True):
        figure.add_annotation(
            text=theme.short_label(name, 16),
            x=curves[name][-1][0], xanchor="left", xshift=10, y=place, yref="y", yanchor="middle", align="left",
            showarrow=False, bgcolor=theme.fade(theme.tokens(mode).paper, 0.8), borderpad=0,
            font={"size": 13, "color": styles[name].word, "weight": 600},
        )  # fmt: skip

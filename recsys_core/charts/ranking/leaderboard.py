"""Models by ranking quality: on all items, on new items, and how much of the catalogue they show."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from recsys_core import words
from recsys_core.answers import Interval
from recsys_core.charts import theme
from recsys_core.charts.rows import DotRow, draw_dot, round_ticks, rows_figure, tick_words
from recsys_core.charts.theme import ArmStyle, Mode
from recsys_core.evaluation.comparison import Comparison, ModelScore

ROW_PX = 32
_HEAD_PX, _FOOT_PX = 44, 32
_SHARES = (0.50, 0.27, 0.23)
_GAP = 0.032
_TICKS = 4  # at most, so that their labels stand side by side on a sheet of paper
_NOTHING_FOUND = 0.05  # NDCG at which an axis ends where every model has 0
_FIGURES = 0.4  # of the first panel: where its figures stand, at the right
_PRINTED_FIGURES = 0.5  # a sheet is narrower


@dataclass(frozen=True)
class _Panel:
    title: str
    note: str
    values: Sequence[Interval | None]
    scale: float = 1.0
    figures: bool = False


def leaderboard_figure(
    comparison: Comparison,
    mode: Mode = "light",
    *,
    narrow: bool = False,
    styles: Mapping[str, ArmStyle] | None = None,
) -> go.Figure:
    """Draw every model's NDCG, its NDCG on new items, and the share of the catalogue it shows.

    Parameters
    ----------
    comparison
        Its models are drawn in their order, the best first.
    mode
        light, dark or print.
    narrow
        For a phone: NDCG only, names and figures above the intervals.
    styles
        From `theme.arm_styles`; made from the models where left out.
    """
    styles = styles or model_styles(comparison, mode)
    if narrow:
        return rows_figure(
            _rows(comparison.models, comparison.models[0].name, styles), mode, _unit(comparison), stacked=True
        )
    panels = _panels(comparison)
    names = [model.name for model in comparison.models]
    margin = (round(7 * max(map(len, names))) + 22, 14, _HEAD_PX, _FOOT_PX)
    figure = go.Figure(layout=theme.base_layout(mode, ROW_PX * len(names) + _HEAD_PX + _FOOT_PX, margin))
    figure.layout.meta = {"least_width": margin[0] + 540}
    for number, (panel, domain) in enumerate(zip(panels, _domains(len(panels)), strict=True), start=1):
        _draw_panel(figure, (panel, domain, "" if number == 1 else str(number)), comparison.models, styles, mode)
    for place, name in enumerate(names):
        font = {"size": 13, "color": styles[name].word, "weight": 600 if place == 0 else 400}
        figure.add_annotation(
            text=theme.short_label(name, 24), x=0, xref="paper", xanchor="right", xshift=-12, y=place + 0.5, yref="y",
            yanchor="middle", showarrow=False, font=font,
        )  # fmt: skip
    return figure


def model_styles(comparison: Comparison, mode: Mode) -> dict[str, ArmStyle]:
    """Give every model its family's look, all at full strength: every row carries its name."""
    return {model.name: theme.arm_styles([model.name], mode)[model.name] for model in comparison.models}


def families_of(comparison: Comparison, mode: Mode = "light") -> list[ArmStyle]:
    """List one style per family, in the order in which the families appear."""
    return list({style.family: style for style in model_styles(comparison, mode).values()}.values())


def _unit(comparison: Comparison) -> str:
    return f"NDCG at {comparison.settings.k}"


def _panels(comparison: Comparison) -> list[_Panel]:
    models, k = comparison.models, comparison.settings.k
    panels = [_Panel("All items", f"NDCG at {k}, 95 % interval", [m.metrics["ndcg"] for m in models], figures=True)]
    if any(model.cold.ndcg for model in models):
        panels.append(_Panel("New items", f"NDCG at {k}", [m.cold.ndcg for m in models]))
    return [*panels, _Panel("Catalogue shown", f"% of items, top {k}", [m.metrics["coverage"] for m in models], 100)]


def _domains(panels: int) -> list[tuple[float, float]]:
    shares = _SHARES if panels == len(_SHARES) else (_SHARES[0], 1 - _SHARES[0])
    ends = [sum(shares[: i + 1]) for i in range(panels)]
    return [(end - share + (i > 0) * _GAP, end) for i, (end, share) in enumerate(zip(ends, shares, strict=True))]


def _rows(models: Sequence[ModelScore], best: str, styles: Mapping[str, ArmStyle]) -> list[DotRow]:
    return [
        DotRow(model.name, _figure(model.metrics["ndcg"]), _span(model.metrics["ndcg"]), styles[model.name],
               bold=model.name == best)
        for model in models
    ]  # fmt: skip


def _figure(value: Interval) -> str:
    return words.interval(value.estimate, value.lower, value.upper, 3)


def _span(value: Interval | None) -> tuple[float, float, float] | None:
    if value is None or not math.isfinite(value.estimate):
        return None
    known = [value.estimate if limit is None else limit for limit in (value.lower, value.upper)]
    return value.estimate, known[0], known[1]


def _draw_panel(
    figure: go.Figure,
    placed: tuple[_Panel, tuple[float, float], str],
    models: Sequence[ModelScore],
    styles: Mapping[str, ArmStyle],
    mode: Mode,
) -> None:
    panel, domain, number = placed
    low, high, last = _range(panel, _PRINTED_FIGURES if mode == "print" else _FIGURES)
    ticks = round_ticks(low, last)
    ticks = ticks[:: -(-len(ticks) // _TICKS)]
    figure.layout[f"xaxis{number}"] = theme.axis(
        mode, domain=domain, range=[low, high], tickvals=ticks, ticktext=tick_words(ticks, panel.scale),
        anchor=f"y{number}", tickangle=0,
    )  # fmt: skip
    figure.layout[f"yaxis{number}"] = theme.bare_axis(range=[len(models), 0], anchor=f"x{number}")
    _head(figure, panel, number, mode)
    for place, (model, value) in enumerate(zip(models, panel.values, strict=True)):
        y = place + 0.5
        figure.add_shape(
            type="line", x0=0, x1=1, xref=f"x{number} domain", y0=y, y1=y, yref=f"y{number}", layer="below",
            line={"color": theme.tokens(mode).grid, "width": 1},
        )  # fmt: skip
        text = _figure(value) if value and panel.figures else _plain(value, panel)
        draw_dot(figure, DotRow(model.name, text, _span(value), styles[model.name]), y, number)
        if panel.figures and value:
            _patch(figure, text, y, bold=place == 0, mode=mode)


def _plain(value: Interval | None, panel: _Panel) -> str:
    if value is None:
        return words.UNKNOWN
    if value.lower is None:
        return f"{panel.title}: {words.number(panel.scale * value.estimate, 1)} %"
    return f"{panel.title}: {_figure(value)}"


def _range(panel: _Panel, figures: float) -> tuple[float, float, float]:
    """Ends of the axis, and where its data end: figures stand between the two."""
    spans = [span for value in panel.values if (span := _span(value))]
    ends = [end for span in spans for end in span] or [0.0, 1.0]
    low, high = (min(ends), max(ends)) if panel.figures else (0.0, max(ends) or _NOTHING_FOUND)
    room = 0.08 * ((high - low) or abs(high) or 1.0)
    low, last = low - room, high + room
    return low, low + (last - low) / (1 - figures) if panel.figures else last, last


def _head(figure: go.Figure, panel: _Panel, number: str, mode: Mode) -> None:
    place = {"x": 0, "xref": f"x{number} domain", "xanchor": "left", "y": 1, "yref": "paper", "yanchor": "bottom"}
    figure.add_annotation(
        text=f"<b>{panel.title}</b>", **place, yshift=22, showarrow=False,
        font={"size": 13, "color": theme.tokens(mode).ink},
    )  # fmt: skip
    figure.add_annotation(**theme.note(panel.note, mode, **place, yshift=5))


def _patch(figure: go.Figure, text: str, y: float, *, bold: bool, mode: Mode) -> None:
    """Write a figure at the right of its row, on a patch of paper so that the row line does not cross it."""
    colours = theme.tokens(mode)
    font = {"size": 13, "color": colours.ink if bold else colours.muted, "weight": 600 if bold else 400}
    figure.add_annotation(
        text=text, x=1, xref="x domain", xanchor="right", y=y, yref="y", yanchor="middle", showarrow=False, font=font,
        bgcolor=colours.card if mode == "print" else colours.paper, borderpad=3,
    )  # fmt: skip

"""Who will lapse: calibration as a picture, scores and the list of users as tables."""

from collections.abc import Sequence

import plotly.graph_objects as go

from recsys_core import words
from recsys_core.answers import Interval
from recsys_core.charts import theme
from recsys_core.charts.blocks import Cell
from recsys_core.charts.tables import Table
from recsys_core.charts.theme import Mode
from recsys_core.risk.hazard_models import BOOSTED, COX, LOGISTIC
from recsys_core.risk.risk_result import CalibrationBin, ModelScore, RiskResult, risk_column

_HEIGHT = 300
MODELS = {COX: "Cox", LOGISTIC: "discrete-time logistic", BOOSTED: "boosted trees"}


def calibration_figure(bins: Sequence[CalibrationBin], mode: Mode = "light", *, narrow: bool = False) -> go.Figure:
    """Draw the share that lapsed against the risk foretold, by tenths of the users; the diagonal is perfect.

    Parameters
    ----------
    bins
        Of one model over one horizon.
    mode
        light, dark or print.
    narrow
        Fewer ticks, for a phone.
    """
    colours = theme.tokens(mode)
    figure = go.Figure(layout=theme.base_layout(mode, _HEIGHT, (46, 16, 12, 44)))
    ticks = [0, 50, 100] if narrow else [0, 25, 50, 75, 100]
    figure.layout.xaxis = theme.axis(mode, range=[0, 101], tickvals=ticks, ticktext=_percents(ticks))
    figure.layout.xaxis.title = theme.axis_title("risk foretold", mode, 3)
    figure.layout.yaxis = theme.axis(mode, range=[0, 101], showline=False, ticks="", tickvals=ticks) | {
        "showgrid": True, "gridcolor": colours.grid, "ticktext": _percents(ticks), "ticklabelstandoff": 4,
    }  # fmt: skip
    line = {"color": colours.axis, "width": 1.4, "dash": "dot"}
    figure.add_shape(type="line", x0=0, y0=0, x1=100, y1=100, line=line, layer="below")
    for one in bins:
        figure.add_trace(
            go.Scatter(
                x=[100 * one.predicted] * 2, y=[100 * one.lower, 100 * one.upper], mode="lines", hoverinfo="skip",
                line={"color": colours.accent, "width": 1.6}, meta="limits",
            )
        )  # fmt: skip
    figure.add_trace(
        go.Scatter(
            x=[100 * one.predicted for one in bins], y=[100 * one.observed for one in bins], mode="markers",
            marker={"size": 9, "color": colours.accent}, meta="bins", hoverinfo="text",
            hovertext=[
                f"{words.counted(one.users, 'user')}: {words.percent(one.predicted)} foretold, "
                f"{words.percent(one.observed)} lapsed ({words.limits(one.lower, one.upper, scale=100)})"
                for one in bins
            ],
        )
    )  # fmt: skip
    return figure


def score_table(found: RiskResult) -> Table:
    """List the models' scores over the longest horizon, the Brier score with what it saves over one risk for all."""
    heads = ["", "AUC", "concordance", "Brier score", "skill", "calibration slope"]
    days = found.horizons[-1]
    return heads, [_scores(one) for one in found.scores if one.days == days]


def _scores(one: ModelScore) -> list[str | Cell]:
    return [
        Cell(MODELS.get(one.model, one.model), bold=one.model == COX),
        _figure(one.auc, 2),
        _figure(one.concordance, 2),
        _figure(one.brier, 3),
        words.percent(one.skill),
        _figure(one.slope, 2),
    ]


def _figure(value: Interval, digits: int) -> Cell:
    return Cell(words.number(value.estimate, digits), f"({words.limits(value.lower, value.upper, digits)})")


def people_table(found: RiskResult, most: int = 10) -> Table:
    """List the users with the highest risks and why."""
    risks = [risk_column(COX, days) for days in found.horizons]
    heads = ["user", "because", *(f"within {days} days" for days in found.horizons)]
    rows: list[list[str | Cell]] = []
    for row in found.users.head(most).to_dict("records"):
        why = "; ".join(str(row[f"reason_{n}"]) for n in (1, 2, 3) if row[f"reason_{n}"])
        rows.append([str(row["user_id"]), why, *(words.percent(float(row[name]), 0) for name in risks)])
    return heads, rows


def _percents(ticks: Sequence[int]) -> list[str]:
    return [f"{tick} %" if tick == 100 else f"{tick}" for tick in ticks]

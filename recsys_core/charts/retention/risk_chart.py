"""Who will lapse: calibration as a picture, scores and the list of users as tables."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from recsys_core import words
from recsys_core.answers import Interval, Message, message
from recsys_core.charts import theme
from recsys_core.charts.blocks import Cell
from recsys_core.charts.tables import Table
from recsys_core.charts.theme import Mode
from recsys_core.risk.hazard_models import BOOSTED, COX, LOGISTIC
from recsys_core.risk.reasons import MOST, reason, reason_columns
from recsys_core.risk.risk_result import CalibrationBin, ModelScore, RiskResult, risk_column
from recsys_core.wording.sentences import label, say

_HEIGHT = 300
_MODELS = {COX: "risk-model-cox", LOGISTIC: "risk-model-logistic", BOOSTED: "risk-model-boosted"}


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
            hovertext=[say(_of_bin(one)) for one in bins],
        )
    )  # fmt: skip
    return figure


def _of_bin(one: CalibrationBin) -> Message:
    return message(
        "risk-bin", users=one.users, predicted=one.predicted, observed=one.observed, lower=one.lower, upper=one.upper
    )


def score_table(result: RiskResult) -> Table:
    """List the models' scores over the longest horizon, the Brier score with what it saves over one risk for all."""
    heads = ["", "AUC", "concordance", "Brier score", "skill", "calibration slope"]
    days = result.horizons[-1]
    return heads, [_scores(one) for one in result.scores if one.days == days]


def _scores(one: ModelScore) -> list[str | Cell]:
    return [
        Cell(label(_MODELS[one.model]), bold=one.model == COX),
        _figure(one.auc, 2),
        _figure(one.concordance, 2),
        _figure(one.brier, 3),
        words.percent(one.skill),
        _figure(one.slope, 2),
    ]


def _figure(value: Interval, digits: int) -> Cell:
    return Cell(words.number(value.estimate, digits), f"({words.limits(value.lower, value.upper, digits)})")


def people_table(result: RiskResult, most: int = 10) -> Table:
    """List the users with the highest risks and why."""
    risks = [risk_column(COX, days) for days in result.horizons]
    heads = ["user", "because", *(f"within {days} days" for days in result.horizons)]
    rows: list[list[str | Cell]] = []
    for row in result.users.head(most).to_dict("records"):
        why = (reason(row, place, result.settings.history_days) for place in range(1, MOST + 1))
        because = "; ".join(say(one) for one in why if one)
        rows.append([str(row["user_id"]), because, *(words.percent(float(row[name]), 0) for name in risks)])
    return heads, rows


def risk_rows(result: RiskResult) -> list[dict[str, object]]:
    """List every user with risks and reasons for a file, the highest risk first."""
    sentences: dict[tuple[object, ...], str] = {}  # many users share a reason
    history_days, places = result.settings.history_days, range(1, MOST + 1)

    def because(user: Mapping[Any, Any], place: int) -> str:
        covariate, value, up = (user[column] for column in reason_columns(place))
        key = (covariate, round(value, 1) if isinstance(value, float) else value, up)
        if key not in sentences:
            why = reason(user, place, history_days)
            sentences[key] = say(why) if why else ""
        return sentences[key]

    left_out = [column for place in places for column in reason_columns(place)]
    users = result.users.to_dict("records")
    figures = result.users.drop(columns=left_out).to_dict("records")
    return [
        {str(name): figure for name, figure in row.items()} | {f"reason_{at}": because(user, at) for at in places}
        for row, user in zip(figures, users, strict=True)
    ]


def _percents(ticks: Sequence[int]) -> list[str]:
    return [f"{tick} %" if tick == 100 else f"{tick}" for tick in ticks]

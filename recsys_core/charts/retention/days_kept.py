"""Days kept: the restricted mean of each arm with its interval."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from recsys_core import words
from recsys_core.charts import theme
from recsys_core.charts.rows import DotRow, rows_figure
from recsys_core.charts.theme import ArmStyle, Mode
from recsys_core.retention.study.arm_results import ArmResult


def days_figure(
    arms: Sequence[ArmResult],
    mode: Mode = "light",
    *,
    narrow: bool = False,
    styles: Mapping[str, ArmStyle] | None = None,
) -> go.Figure:
    """Draw the restricted mean of each arm, in days: name and numbers on one line, the interval under it.

    `styles` comes from `theme.arm_styles`; it is made from the arms where left out.
    """
    styles = styles or theme.arm_styles([arm.name for arm in arms], mode)
    best = max(arms, key=lambda arm: arm.rmst.estimate).name if arms else ""
    rows = [
        DotRow(
            arm.name,
            words.interval(arm.rmst.estimate, arm.rmst.lower, arm.rmst.upper),
            (arm.rmst.estimate, arm.rmst.lower, arm.rmst.upper),
            styles[arm.name],
        )
        for arm in arms
    ]
    figure = rows_figure(rows, mode, "days", stacked=True, longest=16 if narrow else 22)
    colour = theme.tokens(mode)
    for annotation, arm in zip(figure.layout.annotations[1::2], arms, strict=True):
        annotation.font = {"size": 13, "color": colour.ink, "weight": 600 if arm.name == best else 400}
    return figure

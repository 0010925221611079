"""Contrasts as a forest: plain, adjusted, and under other inactivity gaps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import plotly.graph_objects as go

from recsys_core import words
from recsys_core.answers import message
from recsys_core.charts import theme
from recsys_core.charts.rows import DotRow, rows_figure
from recsys_core.charts.theme import ArmStyle, Mode
from recsys_core.retention.estimators.figures import Estimate
from recsys_core.retention.study.arm_results import Contrast
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.wording.sentences import say

_EACH, _BESIDE = 15, 26  # characters
_METHODS = {"aipw": "AIPW", "iptw": "IPTW", "g-computation": "g-computation"}


@dataclass(frozen=True)
class ForestRow:
    """One row of a forest.

    Attributes
    ----------
    label
        At the left.
    estimate
        In days; None where there is none, then `note` says why.
    bold
        A contrast of its own rather than another look at the one above.
    style_name
        The arm whose colour it takes.
    note
        Instead of the number.
    """

    label: str
    estimate: Estimate | None
    bold: bool
    style_name: str
    note: str = ""


def forest_rows(result: RetentionResult) -> tuple[ForestRow, ...]:
    """List every contrast; under the first its adjusted versions and those under other inactivity gaps."""
    rows: list[ForestRow] = []
    for place, contrast in enumerate(result.contrasts):
        if result.plan.descriptive and contrast.adjusted:
            rows += _adjusted_first(contrast)
            rows += _sensitivity(result, contrast)
            continue
        rows.append(ForestRow(_title(contrast), contrast.rmst_difference, True, contrast.arm))
        if place == 0:
            rows += _adjusted(contrast)
            rows += _sensitivity(result, contrast)
    return tuple(rows)


def forest_figure(
    rows: Sequence[ForestRow],
    mode: Mode = "light",
    *,
    narrow: bool = False,
    styles: Mapping[str, ArmStyle] | None = None,
) -> go.Figure:
    """Draw differences in days with their intervals about a solid zero line.

    Parameters
    ----------
    rows
        From top to bottom.
    mode
        light, dark or print.
    narrow
        Name and numbers above the interval instead of beside it.
    styles
        From `theme.arm_styles` over all arms; without it over the arms named in the rows.
    """
    styles = styles or theme.arm_styles([row.style_name for row in rows], mode)
    dots = [DotRow(row.label, _figure(row), _span(row.estimate), styles[row.style_name], row.bold) for row in rows]
    return rows_figure(dots, mode, "days", stacked=narrow, zero=True, longest=34)


def pair_title(arm: str, reference: str) -> str:
    """Name a pair so that both arms can be told: long names are cut, each by itself."""
    return f"{_cut(arm)} {words.MINUS} {_cut(reference)}"


def crowded(rows: Sequence[ForestRow]) -> bool:
    """Tell whether names leave too little room beside them in half a page: then they go above."""
    return max((len(row.label) for row in rows), default=0) > _BESIDE


def _cut(name: str) -> str:
    return name if len(name) <= _EACH else name[: _EACH - 1].rstrip() + "…"


def _title(contrast: Contrast) -> str:
    return pair_title(contrast.arm, contrast.reference)


def _adjusted_first(contrast: Contrast) -> list[ForestRow]:
    """The adjusted difference is the contrast; the unadjusted one comes last and only describes."""
    first, *others = _adjusted(contrast)
    observed = ForestRow("unadjusted, only describes", contrast.rmst_difference, False, contrast.arm)
    return [replace(first, label=f"{_title(contrast)}, adjusted", bold=True), *others, observed]


def _adjusted(contrast: Contrast) -> list[ForestRow]:
    methods = contrast.adjusted_methods or ((contrast.adjusted,) if contrast.adjusted else ())
    return [
        ForestRow(f"adjusted, {_METHODS.get(m.method, m.method)}", m.rmst_difference, False, contrast.arm)
        for m in methods
    ]


def _sensitivity(result: RetentionResult, contrast: Contrast) -> list[ForestRow]:
    rows = []
    for other in result.sensitivity:
        if (other.arm, other.reference) == (contrast.arm, contrast.reference):
            label = f"G = {other.inactivity_days} days"
            rows.append(
                ForestRow(label, other.rmst_difference, False, contrast.arm, say(message("sensitivity-not-followed")))
            )
    return rows


def _figure(row: ForestRow) -> str:
    if row.estimate is None:
        return row.note or words.UNKNOWN
    return words.interval(row.estimate.estimate, row.estimate.lower, row.estimate.upper, sign=True)


def _span(estimate: Estimate | None) -> tuple[float, float, float] | None:
    return None if estimate is None else (estimate.estimate, estimate.lower, estimate.upper)

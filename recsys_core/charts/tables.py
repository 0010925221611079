"""Tables of evidence, the same on pages and in the report: heads and rows for `blocks.table_html`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from recsys_core import words
from recsys_core.charts.blocks import Cell
from recsys_core.charts.theme import ArmStyle
from recsys_core.retention.cohorts import AFFINITY
from recsys_core.retention.results import ArmResult, Contrast, DayN, RetentionResult

Table = tuple[list[str], list[list[str | Cell]]]


def arm_table(result: RetentionResult, styles: Mapping[str, ArmStyle]) -> Table:
    """List the arms: users, the share gone on day 0, and the shares kept at the report day and the horizon."""
    day, horizon = int(result.settings.report_day or 0), int(result.settings.horizon_days or 0)
    days = list(dict.fromkeys([day, horizon]))
    once = "by then" if result.settings.cohort == AFFINITY else "one visit"
    heads = ["", "users", once, *(f"day {d}" for d in days)]
    rows: list[list[str | Cell]] = [
        [
            Cell(arm.name, family=styles[arm.name].family),
            words.count(arm.users),
            words.percent(1 - kept(arm, 0)),
            *(words.percent(kept(arm, d)) for d in days),
        ]
        for arm in result.arms
    ]
    return heads, rows


def kept(arm: ArmResult, day: int) -> float:
    """Return S(day), the share of an arm's users not yet lapsed."""
    return (*arm.survival, *arm.tail)[day].estimate


def contrast_table(result: RetentionResult) -> Table:
    """List the contrasts in points, as hazard ratios and by log-rank test; of affinity cohorts, adjusted ones only."""
    heads = ["contrast", f"points at day {result.settings.report_day}", "hazard ratio", "log-rank p, Holm"]
    if result.settings.cohort == AFFINITY:
        heads = ["contrast, adjusted", *heads[1:3]]
        return heads, [_adjusted(contrast) for contrast in result.contrasts if contrast.adjusted]
    return heads, [_contrast(contrast, bold=place == 0) for place, contrast in enumerate(result.contrasts)]


def _adjusted(contrast: Contrast) -> list[str | Cell]:
    points = contrast.adjusted.survival_difference if contrast.adjusted else contrast.survival_difference
    return _contrast(replace(contrast, survival_difference=points), bold=True)[:3]


def _contrast(contrast: Contrast, *, bold: bool) -> list[str | Cell]:
    points, ratio = contrast.survival_difference, contrast.hazard_ratio
    return [
        Cell(f"{contrast.arm} − {contrast.reference}", bold=bold),
        Cell(
            words.points(points.estimate, sign=True),
            f"({words.limits(points.lower, points.upper, scale=100)})",
            bold=bold,
        ),
        Cell(words.number(ratio.estimate, 2), f"({words.limits(ratio.lower, ratio.upper, 2)})", bold=bold)
        if ratio
        else words.UNKNOWN,
        Cell(words.p_figure(contrast.logrank.p_holm), bold=bold) if contrast.logrank else words.UNKNOWN,
    ]


def day_n_table(day_n: Sequence[DayN], styles: Mapping[str, ArmStyle]) -> Table:
    """List, per arm, the share active on day N exactly, with its interval; unknown where nobody was followed."""
    arms = list(dict.fromkeys(row.arm for row in day_n))
    days = list(dict.fromkeys(row.day for row in day_n))
    found = {(row.arm, row.day): row for row in day_n}
    rows: list[list[str | Cell]] = [
        [Cell(arm, family=styles[arm].family), *(_share(found[arm, day]) for day in days)] for arm in arms
    ]
    return ["", *(f"D{day}" for day in days)], rows


def _share(row: DayN) -> Cell:
    if row.share is None:
        return Cell(words.UNKNOWN, "not followed")
    return Cell(words.percent(row.share), f"({words.limits(row.lower, row.upper, scale=100)})")

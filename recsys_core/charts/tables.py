"""Tables of evidence, the same on pages and in the report: heads and rows for `blocks.table_html`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from recsys_core import words
from recsys_core.answers import Message, message
from recsys_core.charts.blocks import Cell
from recsys_core.charts.theme import ArmStyle
from recsys_core.retention.estimators.figures import RestrictedMean
from recsys_core.retention.study.arm_results import ArmResult, Contrast
from recsys_core.retention.study.planning import Plan
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.wording.sentences import say

DAYS_FROM = 3  # the columns of `arm_table` from which days stand
Table = tuple[list[str], list[list[str | Cell]]]


def arm_table(result: RetentionResult, styles: Mapping[str, ArmStyle]) -> Table:
    """List the arms: users, the share gone on day 0, and the shares kept at the report day and the horizon."""
    day, horizon = result.resolved.report_day, result.resolved.horizon
    days = list(dict.fromkeys([day, horizon]))
    once = "by then" if result.plan.descriptive else "one visit"
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
    if result.plan.descriptive:
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


def per_thousand(contrast: Contrast) -> Message:
    """Say a difference of survival as users of 1,000: "Of 1,000 users, 60 more are still users on day 30 ..."."""
    kept = contrast.survival_difference
    more, low, high = (1000 * value for value in (kept.estimate, kept.lower, kept.upper))
    if more < 0:
        low, high = -high, -low
    return message(
        "note-per-thousand", change=abs(more), more=more >= 0, lower=low, upper=high, day=kept.day, arm=contrast.arm,
        reference=contrast.reference,
    )  # fmt: skip


def plan_table(plans: Sequence[Plan]) -> Table:
    """List what it takes to see smaller differences than the study can show: users, days and lapses."""
    heads = [
        f"to see, points at day {plans[0].day}",
        "users in each arm",
        "more than now",
        "days at this pace",
        "lapses",
    ]
    rows: list[list[str | Cell]] = [
        [
            Cell(words.number(one.points, 1), bold=one.points == 1),
            words.about(one.users_each),
            words.about(one.more_each) if one.more_each else "enough",
            words.about(one.days) if one.days else words.UNKNOWN,
            Cell(words.about(one.lapses), f"(ratio {words.number(one.hazard_ratio, 2)})")
            if one.lapses
            else words.UNKNOWN,
        ]
        for one in plans
    ]
    return heads, rows


def sensitivity_table(result: RetentionResult) -> Table:
    """List arms in order of days kept, and the first difference, under the gap in use and under others."""
    first, chosen = result.contrasts[0], result.resolved.gap
    only_adjusted = result.plan.descriptive and first.adjusted
    decided = first.adjusted.rmst_difference if only_adjusted and first.adjusted else first.rmst_difference
    here: list[str | Cell] = [
        Cell(f"{chosen} days, used here", bold=True),
        " > ".join(arm.name for arm in result.arms),
        _days(decided),
    ]
    rows: list[tuple[int, list[str | Cell]]] = [(chosen, here)]
    for other in result.sensitivity:
        label, difference = f"{other.inactivity_days} days", other.rmst_difference
        row: list[str | Cell] = [label, say(other.note) if other.note else "", words.UNKNOWN]
        if difference is not None:
            row = [label, " > ".join(other.order), _days(difference)]
        rows.append((other.inactivity_days, row))
    heads = ["inactivity gap", "order", f"{first.arm} {words.MINUS} {first.reference}, days"]
    return heads, [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def _days(difference: RestrictedMean) -> str:
    return words.interval(difference.estimate, difference.lower, difference.upper, sign=True)

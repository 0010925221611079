"""The sections that answer: the curves, the arms, and the differences between them."""

import math

from recsys_core import words
from recsys_core.answers import Message, message
from recsys_core.charts import blocks, tables
from recsys_core.charts.blocks import Cell
from recsys_core.charts.retention.contrast_forest import forest_figure, forest_rows
from recsys_core.charts.retention.survival_chart import survival_figure
from recsys_core.report.parts import MODE, Part, Picture, Prose, ReportInput, Section, Table, escaped, styles_of, table
from recsys_core.retention.estimators.figures import Adjusted, CoxResult, CoxTerm
from recsys_core.retention.population.affinity_cohorts import STANDARDISED
from recsys_core.retention.study.arm_results import Contrast
from recsys_core.retention.study.retention_definitions import clock_start
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.wording.sentences import check_detail, check_name, say

_METHODS = {"aipw": "AIPW", "iptw": "IPTW", "g-computation": "g-computation"}


def curves(result: ReportInput) -> list[Section]:
    """Draw the curves with the users at risk, and list the arms."""
    retention, styles = result.retention, styles_of(result)
    horizon, since = retention.resolved.horizon, say(clock_start(retention.plan))
    wide, narrow = (
        survival_figure(retention.arms, horizon, MODE, narrow=n, styles=styles, since=since) for n in (False, True)
    )
    caption = [message("caption-curves", form=retention.resolved.form)]
    if retention.plan.descriptive:
        caption.append(message("caption-unadjusted"))
    caption += _diagnosis(retention)
    thin = [check for check in retention.checks if check.code == "follow-up" and check.status != "pass"]
    above = [Prose(escaped(blocks.warning_html(f"{check_name(c)}.", check_detail(c)))) for c in thin]
    alt = message("alt-curves", arms=tuple(arm.name for arm in retention.arms), horizon=horizon)
    picture = Picture(say(caption), wide, narrow, say(alt))
    return [
        Section("Share of users still active", [*above, picture]),
        Section("The arms" if len(retention.arms) > 1 else "The users", [_arms(result)]),
    ]


def _diagnosis(retention: RetentionResult) -> list[Message]:
    return [message("caption-diagnosis")] if retention.verdict.state == "blocked" else []


def _arms(result: ReportInput) -> Table:
    retention = result.retention
    horizon = retention.resolved.horizon
    heads, rows = tables.arm_table(retention, styles_of(result))
    heads = [*heads[: tables.DAYS_FROM], *(f"kept, {head}" for head in heads[tables.DAYS_FROM :])]
    means = [words.interval(arm.rmst.estimate, arm.rmst.lower, arm.rmst.upper) for arm in retention.arms]
    rows = [[*row, mean] for row, mean in zip(rows, means, strict=True)]
    caption = message("caption-arms", descriptive=retention.plan.descriptive, horizon=horizon)
    return table(say(caption), [*heads, f"days kept of {horizon}"], rows)


def contrasts(result: ReportInput) -> list[Section]:
    """Draw and list the differences between arms, as observed and adjusted; nothing where there is one arm."""
    retention, styles = result.retention, styles_of(result)
    if not retention.contrasts:
        return []
    rows = forest_rows(retention)
    wide, narrow = (forest_figure(rows, MODE, narrow=n, styles=styles) for n in (False, True))
    caption = [message("caption-differences", horizon=retention.resolved.horizon)]
    if retention.sensitivity:
        caption.append(message("caption-gap-letter", gap=retention.resolved.gap))
    caption += _diagnosis(retention)
    parts: list[Part] = [Picture(say(caption), wide, narrow, "Differences in days kept between arms.")]
    parts.append(_contrasts(retention))
    if any(contrast.adjusted_methods for contrast in retention.contrasts):
        parts.append(_adjusted(retention))
    if retention.cox and len(retention.cox.terms) >= len(retention.arms):  # with arms alone it repeats the table above
        parts.append(_cox(retention.cox, retention.arms[-1].name))
    title = "Is the difference real?"
    if retention.contrasts[0].adjusted:
        title = "Is the difference real, and does it survive adjustment?"
    return [Section(title, parts)]


def _contrasts(retention: RetentionResult) -> Table:
    heads, rows = tables.contrast_table(retention)
    least = [words.days(contrast.minimum_detectable_days) for contrast in retention.contrasts]
    rows = [[*row, days] for row, days in zip(rows, least, strict=True)]
    caption = [message("caption-contrasts")]
    if retention.logrank:
        caption.append(message("note-logrank-all", p=retention.logrank.p))
    if not retention.plan.descriptive:
        caption.append(tables.per_thousand(retention.contrasts[0]))
    return table(say(caption), [*heads, "shows from, days"], rows)


def _adjusted(retention: RetentionResult) -> Table:
    heads = ["contrast", "method", "days kept", "p, Holm", f"points at day {retention.settings.report_day}"]
    rows = [_adjusted_row(c, m, i == 0) for c in retention.contrasts for i, m in enumerate(c.adjusted_methods)]
    activity = STANDARDISED if retention.plan.descriptive else ()
    caption = message(
        "caption-adjusted",
        covariates=(*activity, *retention.resolved.covariates),
        descriptive=retention.plan.descriptive,
        overlap=retention.settings.estimand == "overlap",
    )
    return table(say(caption), heads, rows, left=2)


def _adjusted_row(contrast: Contrast, adjusted: Adjusted, first: bool) -> list[str | Cell]:
    days, points = adjusted.rmst_difference, adjusted.survival_difference
    return [
        Cell(f"{contrast.arm} {words.MINUS} {contrast.reference}", bold=True) if first else "",
        _METHODS.get(adjusted.method, adjusted.method),
        Cell(words.days(days.estimate, sign=True), f"({words.limits(days.lower, days.upper)})", bold=first),
        words.p_figure(days.p_holm) if days.p_holm is not None else "",
        Cell(
            words.points(points.estimate, sign=True),
            f"({words.limits(points.lower, points.upper, scale=100)})",
            bold=first,
        ),
    ]


def _cox(fit: CoxResult, reference: str) -> Table:
    tests = {row.term: words.p_figure(row.p) for row in fit.proportional_hazards}
    rows = [_cox_row(term, tests.get(term.name, words.UNKNOWN)) for term in fit.terms]
    if "GLOBAL" in tests:
        rows.append(["all terms", "", "", tests["GLOBAL"]])
    caption = message("caption-cox", reference=reference, concordance=fit.concordance)
    return table(say(caption), ["term", "hazard ratio", "p", "PH test, p"], rows)


def _cox_row(term: CoxTerm, proportional: str) -> list[str | Cell]:
    ratio, lower, upper = (math.exp(value) for value in (term.coef, term.lower, term.upper))
    name = term.name.removeprefix("arm=").replace("=", ": ", 1)
    figure = Cell(words.number(ratio, 2), f"({words.limits(lower, upper, 2)})")
    return [name, figure, words.p_figure(term.p), proportional]

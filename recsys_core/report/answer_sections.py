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
    found, styles = result.retention, styles_of(result)
    horizon, since = found.resolved.horizon, say(clock_start(found.plan))
    wide, narrow = (
        survival_figure(found.arms, horizon, MODE, narrow=n, styles=styles, since=since) for n in (False, True)
    )
    caption = [message("caption-curves", form=found.resolved.form)]
    if found.plan.descriptive:
        caption.append(message("caption-unadjusted"))
    caption += _diagnosis(found)
    thin = [check for check in found.checks if check.code == "follow-up" and check.status != "pass"]
    above = [Prose(escaped(blocks.warning_html(f"{check_name(c)}.", check_detail(c)))) for c in thin]
    alt = message("alt-curves", arms=tuple(arm.name for arm in found.arms), horizon=horizon)
    picture = Picture(say(caption), wide, narrow, say(alt))
    return [
        Section("Share of users still active", [*above, picture]),
        Section("The arms" if len(found.arms) > 1 else "The users", [_arms(result)]),
    ]


def _diagnosis(found: RetentionResult) -> list[Message]:
    return [message("caption-diagnosis")] if found.verdict.state == "blocked" else []


def _arms(result: ReportInput) -> Table:
    found = result.retention
    horizon = found.resolved.horizon
    heads, rows = tables.arm_table(found, styles_of(result))
    heads = [*heads[: tables.DAYS_FROM], *(f"kept, {head}" for head in heads[tables.DAYS_FROM :])]
    means = [words.interval(arm.rmst.estimate, arm.rmst.lower, arm.rmst.upper) for arm in found.arms]
    rows = [[*row, mean] for row, mean in zip(rows, means, strict=True)]
    caption = message("caption-arms", descriptive=found.plan.descriptive, horizon=horizon)
    return table(say(caption), [*heads, f"days kept of {horizon}"], rows)


def contrasts(result: ReportInput) -> list[Section]:
    """Draw and list the differences between arms, as observed and adjusted; nothing where there is one arm."""
    found, styles = result.retention, styles_of(result)
    if not found.contrasts:
        return []
    rows = forest_rows(found)
    wide, narrow = (forest_figure(rows, MODE, narrow=n, styles=styles) for n in (False, True))
    caption = [message("caption-differences", horizon=found.resolved.horizon)]
    if found.sensitivity:
        caption.append(message("caption-gap-letter", gap=found.resolved.gap))
    caption += _diagnosis(found)
    parts: list[Part] = [Picture(say(caption), wide, narrow, "Differences in days kept between arms.")]
    parts.append(_contrasts(found))
    if any(contrast.adjusted_methods for contrast in found.contrasts):
        parts.append(_adjusted(found))
    if found.cox and len(found.cox.terms) >= len(found.arms):  # with arms alone it repeats the table above
        parts.append(_cox(found.cox, found.arms[-1].name))
    title = "Is the difference real?"
    if found.contrasts[0].adjusted:
        title = "Is the difference real, and does it survive adjustment?"
    return [Section(title, parts)]


def _contrasts(found: RetentionResult) -> Table:
    heads, rows = tables.contrast_table(found)
    least = [words.days(contrast.minimum_detectable_days) for contrast in found.contrasts]
    rows = [[*row, days] for row, days in zip(rows, least, strict=True)]
    caption = [message("caption-contrasts")]
    if found.logrank:
        caption.append(message("note-logrank-all", p=found.logrank.p))
    if not found.plan.descriptive:
        caption.append(tables.per_thousand(found.contrasts[0]))
    return table(say(caption), [*heads, "shows from, days"], rows)


def _adjusted(found: RetentionResult) -> Table:
    heads = ["contrast", "method", "days kept", "p, Holm", f"points at day {found.settings.report_day}"]
    rows = [_adjusted_row(c, m, i == 0) for c in found.contrasts for i, m in enumerate(c.adjusted_methods)]
    activity = STANDARDISED if found.plan.descriptive else ()
    caption = message(
        "caption-adjusted", covariates=(*activity, *found.resolved.covariates), descriptive=found.plan.descriptive
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

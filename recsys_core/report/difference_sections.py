"""The sections that look closer at the first difference: day by day, within segments, and after a lapse."""

import math

from recsys_core.answers import message
from recsys_core.charts.retention import returns, segment_forest
from recsys_core.charts.retention.contrast_forest import forest_figure
from recsys_core.charts.retention.difference_chart import difference_figure
from recsys_core.charts.retention.hazard_over_time import hazard_figure
from recsys_core.report.parts import MODE, Part, Picture, ReportInput, Section, paragraph, styles_of, table
from recsys_core.retention.estimators.e_value import e_value_note
from recsys_core.retention.study.retention_definitions import clock_start
from recsys_core.wording.sentences import say


def over_time(result: ReportInput) -> list[Section]:
    """Draw the first difference on every day, and its hazard ratio over time; nothing where there is one arm."""
    retention, details = result.retention, result.retention.details
    if details is None or details.difference is None:
        return []
    first, curve = retention.contrasts[0], details.difference
    style, since = styles_of(result)[first.arm], say(clock_start(retention.plan))
    day = retention.resolved.report_day
    wide, narrow = (difference_figure(curve, style, MODE, report_day=day, narrow=n, since=since) for n in (False, True))
    caption = message("caption-difference", arm=first.arm, reference=first.reference, resamples=curve.resamples)
    parts: list[Part] = [Picture(say(caption), wide, narrow, "Difference of two survival curves by day.")]
    if details.hazard:
        wide, narrow = (hazard_figure(details.hazard, style, MODE, narrow=n, since=since) for n in (False, True))
        caption = message(
            "caption-hazard", arm=first.arm, reference=first.reference, ratio=math.exp(details.hazard.coef),
            p=details.hazard.p,
        )  # fmt: skip
        parts.append(Picture(say(caption), wide, narrow, "Hazard ratio over time."))
    if details.e_value and first.hazard_ratio:
        parts.append(paragraph(say(e_value_note(details.e_value, first.hazard_ratio))))
    return [Section("When does the difference open?", parts)]


def for_whom(result: ReportInput) -> list[Section]:
    """Draw the first difference within segments of users."""
    details = result.retention.details
    found = details.segments if details else None
    if found is None or not found.rows:
        return []
    rows = segment_forest.segment_rows(found)
    wide, narrow = (forest_figure(rows, MODE, narrow=n, styles=styles_of(result)) for n in (False, True))
    parts: list[Part] = [
        Picture(say(segment_forest.segments_note(found)), wide, narrow, "The first difference within segments.")
    ]
    if found.heterogeneity:
        parts.append(table(say(message("caption-heterogeneity")), *segment_forest.heterogeneity_table(found)))
    return [Section(segment_forest.TITLE, [*parts, paragraph(say(segment_forest.segments_sentence(found)))])]


def returned(result: ReportInput) -> list[Section]:
    """List how many lapsed users of each arm come back."""
    details = result.retention.details
    if details is None:
        return []
    resurrection = details.resurrection
    parts: list[Part] = [table(say(returns.NOTE), *returns.returns_table(resurrection, styles_of(result)))]
    notes = returns.returns_note(resurrection)
    return [Section(returns.TITLE, [*parts, paragraph(say(notes))] if notes else parts)]

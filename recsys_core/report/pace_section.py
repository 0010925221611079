"""The section of what decides: whether users leave, or only come less often."""

from recsys_core.answers import message
from recsys_core.charts.retention import pace_rows
from recsys_core.charts.retention.contrast_forest import crowded, forest_figure
from recsys_core.report.parts import MODE, Part, Picture, ReportInput, Section, paragraph, styles_of, table
from recsys_core.wording.sentences import label, say


def pace(result: ReportInput) -> list[Section]:
    """Draw every pair by both methods and list pace by arm; nothing where no arms were compared."""
    retention, styles = result.retention, styles_of(result)
    decision = retention.decision
    if decision is None:
        return []
    rows = pace_rows.decision_rows(decision, retention.contrasts)
    wide, narrow = (forest_figure(rows, MODE, narrow=n, styles=styles) for n in (crowded(rows), True))
    caption = message("pace-note", horizon=decision.horizon)
    parts: list[Part] = [Picture(say(caption), wide, narrow, label("alt-pace"))]
    if said := pace_rows.pace_sentence(decision):
        parts.append(paragraph(say(said)))
    parts.append(table(label("caption-pace-ratio"), *pace_rows.pace_ratio_table(decision)))
    parts.append(table(label("caption-pace-arms"), *pace_rows.pace_table(decision, styles)))
    if decision.best:
        parts.append(table(label("caption-best"), *pace_rows.best_table(decision, styles)))
    parts += [paragraph(say(why)) for why in pace_rows.not_applied(decision)]
    if decision.weighted:
        parts.append(paragraph(say(message("pace-weighted", by=decision.weighted))))
    return [Section(label("pace-title"), parts)]

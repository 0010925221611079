"""The section on ranking and staying: lapses by ranking quality, and affinity cohorts of a log without arms."""

from recsys_core import words
from recsys_core.charts import blocks, tables
from recsys_core.charts.ranking import ranking_and_staying
from recsys_core.charts.ranking.leaderboard import model_styles
from recsys_core.charts.retention.survival_chart import survival_figure
from recsys_core.charts.theme import arm_styles
from recsys_core.report.parts import (
    MODE,
    Part,
    Picture,
    Prose,
    ReportInput,
    Section,
    definitions,
    escaped,
    paragraph,
    table,
)
from recsys_core.retention.study.retention_definitions import clock_start
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.wording.sentences import pairs, say, sentence, support, title


def staying(result: ReportInput) -> list[Section]:
    """Show whether better ranking goes with staying; nothing where models were not compared."""
    sections = []
    if result.hazards and result.comparison:
        found = result.hazards
        heads, rows = ranking_and_staying.hazard_table(found, model_styles(result.comparison, MODE))
        said = ranking_and_staying.hazard_sentence(found, result.comparison.best.name)
        parts: list[Part] = [paragraph(said), table(ranking_and_staying.hazard_note(found), heads, rows)]
        sections.append(Section(ranking_and_staying.QUESTION, parts))
    if result.affinity:
        sections.append(Section("By affinity: whose next items which model ranked higher", _affinity(result.affinity)))
    return sections


def _affinity(found: RetentionResult) -> list[Part]:
    answer, horizon = found.verdict, found.resolved.horizon
    styles = arm_styles(sorted(arm.name for arm in found.arms), MODE)
    since = say(clock_start(found.plan))
    wide, narrow = (
        survival_figure(found.arms, horizon, MODE, narrow=n, styles=styles, since=since) for n in (False, True)
    )
    caption = (
        "Per cent not yet lapsed since the landmark, Kaplan-Meier with 95 % bands, unadjusted: these curves only "
        "describe, since the cohorts differ in activity."
    )
    names = words.listed([arm.name for arm in found.arms])
    return [
        paragraph(f"**{title(answer)}.** {sentence(answer)} {support(answer)}"),
        Prose(escaped(blocks.checks_html(found.checks))),
        Picture(caption, wide, narrow, f"Kaplan-Meier curves of {names} from the landmark to day {horizon}."),
        table("The cohorts, unadjusted.", *tables.arm_table(found, styles)),
        table("The contrast, adjusted for activity.", *tables.contrast_table(found)),
        definitions(pairs(found.definitions)),
    ]

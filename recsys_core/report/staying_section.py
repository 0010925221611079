"""The section on ranking and staying: lapses by ranking quality, and affinity cohorts of a log without arms."""

from recsys_core.answers import message
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
from recsys_core.wording.sentences import label, pairs, say, sentence, support, title


def staying(result: ReportInput) -> list[Section]:
    """Show whether better ranking goes with staying; nothing where models were not compared."""
    sections = []
    if result.hazards and result.comparison:
        hazards = result.hazards
        heads, rows = ranking_and_staying.hazard_table(hazards, model_styles(result.comparison, MODE))
        finding = ranking_and_staying.hazard_finding(hazards, result.comparison.best.name)
        note = say(ranking_and_staying.hazard_note(hazards))
        parts: list[Part] = [paragraph(say(finding)), table(note, heads, rows)]
        sections.append(Section(ranking_and_staying.QUESTION, parts))
    if result.affinity:
        sections.append(Section("By affinity: whose next items which model ranked higher", _affinity(result.affinity)))
    return sections


def _affinity(cohorts: RetentionResult) -> list[Part]:
    answer, horizon = cohorts.verdict, cohorts.resolved.horizon
    styles = arm_styles(sorted(arm.name for arm in cohorts.arms), MODE)
    since = say(clock_start(cohorts.plan))
    wide, narrow = (
        survival_figure(cohorts.arms, horizon, MODE, narrow=n, styles=styles, since=since) for n in (False, True)
    )
    names = tuple(arm.name for arm in cohorts.arms)
    return [
        paragraph(f"**{title(answer)}.** {sentence(answer)} {support(answer)}"),
        Prose(escaped(blocks.checks_html(cohorts.checks))),
        Picture(
            label("caption-affinity-curves"), wide, narrow,
            say(message("picture-affinity-curves", arms=names, horizon=horizon)),
        ),
        table(label("caption-affinity-cohorts"), *tables.arm_table(cohorts, styles)),
        table(label("caption-affinity-contrast"), *tables.contrast_table(cohorts)),
        definitions(pairs(cohorts.definitions)),
    ]  # fmt: skip

"""The section on offline ranking quality: who ranks best, by how much, and whether that goes with staying."""

from recsys_core.answers import message
from recsys_core.charts import blocks
from recsys_core.charts.ranking import ranking_and_staying, ranking_tables
from recsys_core.charts.ranking.leaderboard import leaderboard_figure, model_styles
from recsys_core.evaluation.arm_models import resolve_arm_models
from recsys_core.evaluation.comparison import Comparison
from recsys_core.report.parts import (
    MODE,
    Part,
    Picture,
    Prose,
    ReportInput,
    Section,
    Table,
    definitions,
    escaped,
    paragraph,
    styles_of,
    table,
)
from recsys_core.wording.sentences import label, pairs, say, sentence, support, title


def ranking(result: ReportInput) -> list[Section]:
    """Show the comparison of models and what is missing in it; nothing where the study has neither."""
    comparison, missing = result.comparison, [paragraph(say(note)) for note in result.notes]
    if comparison is None:
        return [Section("Ranking quality, offline", missing)] if missing else []
    answer, styles = comparison.verdict, model_styles(comparison, MODE)
    wide, narrow = (leaderboard_figure(comparison, MODE, narrow=n, styles=styles) for n in (False, True))
    caption = message(
        "caption-leaderboard", k=comparison.settings.k, models=len(comparison.models),
        users=comparison.counts["warm_users"],
    )  # fmt: skip
    parts: list[Part] = [
        paragraph(f"**{title(answer)}.** {sentence(answer)} {support(answer)}"),
        *missing,
        Prose(escaped(blocks.checks_html(comparison.checks))),
        Picture(say(caption), wide, narrow, sentence(answer)),
        *_differences(comparison),
        table(label("caption-groups"),
              *ranking_tables.groups_table(comparison, styles)),
        table(label("caption-other-metrics"), *ranking_tables.metrics_table(comparison, styles)),
        *_staying(result, comparison),
        paragraph(label("note-ranking-definitions")),
        definitions(pairs(comparison.definitions)),
    ]  # fmt: skip
    return [Section("Ranking quality, offline", parts)]


def _differences(comparison: Comparison) -> list[Table]:
    styles, tables = model_styles(comparison, MODE), []
    for reference in dict.fromkeys(d.reference for d in comparison.differences):
        caption = message("caption-ranking-differences", k=comparison.settings.k, reference=reference)
        tables.append(table(say(caption), *ranking_tables.difference_table(comparison.against(reference), styles, {})))
    return tables


def _staying(result: ReportInput, comparison: Comparison) -> list[Part]:
    """Set offline quality beside days kept, where the study says which model stands for which arm."""
    arms = [arm.name for arm in result.retention.arms]
    models = resolve_arm_models(result.settings.compare.arm_models, arms)
    if not set(models.values()) & {model.name for model in comparison.models}:
        return []
    order = say(ranking_and_staying.order_of_arms(comparison, result.retention, models))
    heads, rows = ranking_and_staying.quality_and_days(comparison, result.retention, models, styles_of(result))
    caption = label("caption-quality-and-days")
    return [paragraph(f"**{ranking_and_staying.TITLE}** {order}"), table(caption, heads, rows, left=2)]

"""The section on offline ranking quality: who ranks best, by how much, and whether that goes with staying."""

from recsys_core import words
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
from recsys_core.wording.sentences import say, sentence, support, title


def ranking(result: ReportInput) -> list[Section]:
    """Show the comparison of models and what is missing in it; nothing where the study has neither."""
    found, missing = result.comparison, [paragraph(say(note)) for note in result.notes]
    if found is None:
        return [Section("Ranking quality, offline", missing)] if missing else []
    answer, styles = found.verdict, model_styles(found, MODE)
    wide, narrow = (leaderboard_figure(found, MODE, narrow=n, styles=styles) for n in (False, True))
    caption = (
        f"NDCG at {found.settings.k} of {words.spelled(len(found.models))} models on all items, on items without an "
        f"event before the split, and the share of the catalogue in somebody's list. "
        f"{words.counted(found.counts['warm_users'], 'test user')}; lines are 95 % intervals."
    )
    parts: list[Part] = [
        paragraph(f"**{title(answer)}.** {sentence(answer)} {support(answer)}"),
        *missing,
        Prose(escaped(blocks.checks_html(found.checks))),
        Picture(caption, wide, narrow, sentence(answer)),
        *_differences(found),
        table("Ranking among all items, by what is known of the items and the users.",
              *ranking_tables.groups_table(found, styles)),
        table("The same lists in other metrics.", *ranking_tables.metrics_table(found, styles)),
        *_staying(result, found),
        paragraph("How the figures of this section are defined:"),
        definitions(found.definitions),
    ]  # fmt: skip
    return [Section("Ranking quality, offline", parts)]


def _differences(found: Comparison) -> list[Table]:
    styles, tables = model_styles(found, MODE), []
    for reference in dict.fromkeys(d.reference for d in found.differences):
        caption = (
            f"Difference in NDCG at {found.settings.k} from {reference}, paired by user, with 95 % interval; p by "
            "random sign flips, corrected by Holm."
        )
        tables.append(table(caption, *ranking_tables.difference_table(found.against(reference), styles, {})))
    return tables


def _staying(result: ReportInput, found: Comparison) -> list[Part]:
    """Set offline quality beside days kept, where the study says which model stands for which arm."""
    arms = [arm.name for arm in result.retention.arms]
    models = resolve_arm_models(result.settings.compare.arm_models, arms)
    if not set(models.values()) & {model.name for model in found.models}:
        return []
    said = ranking_and_staying.order_sentence(found, result.retention, models)
    heads, rows = ranking_and_staying.quality_and_days(found, result.retention, models, styles_of(result))
    caption = "Offline quality of each arm's model beside the days that the arm keeps its users, with 95 % intervals."
    return [paragraph(f"**{ranking_and_staying.TITLE}** {said}"), table(caption, heads, rows, left=2)]

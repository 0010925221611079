"""A comparison of models for people, line by line."""

from recsys_core import words
from recsys_core.answers import message
from recsys_core.command_line.printing import check_lines, verdict_lines
from recsys_core.evaluation.comparison import Comparison
from recsys_core.wording.sentences import pairs, say


def comparison_lines(comparison: Comparison) -> list[str]:
    """Write a comparison for people, line by line."""
    k, best = comparison.settings.k, comparison.best.name
    lines = [line.replace("**", "") for line in verdict_lines(comparison.verdict)]
    lines += [*check_lines(comparison.checks), "", say(message("line-ranking-figures", k=k))]
    for model in comparison.models:
        ndcg = model.metrics["ndcg"]
        new = model.cold.ndcg.estimate if model.cold.ndcg else None
        lines.append(
            f"{model.name:18s}{words.interval(ndcg.estimate, ndcg.lower, ndcg.upper, 3)}  "
            f"{words.number(model.metrics['recall'].estimate, 3)}  "
            f"{words.percent(model.metrics['coverage'].estimate):>7s}  {words.number(new, 3)}"
        )
    lines += ["", say(message("line-ranking-differences", k=k, best=best))]
    lines += [
        f"{d.model:18s}{words.interval(d.estimate, d.lower, d.upper, 3, sign=True)}  {words.p_value(d.p_holm)}"
        for d in comparison.against(best)
    ]
    return [*lines, "", *(f"{term}: {meaning}" for term, meaning in pairs(comparison.definitions))]

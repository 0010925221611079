"""Results as the command line prints them: JSON with codes, values and words, and lines for people."""

from typing import TYPE_CHECKING, Any

from recsys_core import words
from recsys_core.answers import message
from recsys_core.command_line.printing import check_lines, verdict_lines
from recsys_core.wording.objects import worded
from recsys_core.wording.sentences import pairs, say, sentence

if TYPE_CHECKING:
    from recsys_core.evaluation.comparison import Comparison
    from recsys_core.retention.study.ranking_hazard import RankingHazards
    from recsys_core.risk.risk_result import RiskResult
    from recsys_core.whatif.rollout_result import RolloutResult


def comparison_object(comparison: "Comparison") -> dict[str, Any]:
    """Write a comparison: `verdict` is the sentence, `answer` all of it."""
    parts = worded(comparison)
    return {
        **{name: parts[name] for name in ("models", "differences")},
        "verdict": parts["verdict"]["sentence"],
        "answer": parts["verdict"],
        **{name: parts[name] for name in ("checks", "counts")},
        "test_from": comparison.now,
        **{name: parts[name] for name in ("split", "settings")},
        "definitions": dict(pairs(comparison.definitions)),
    }


def comparison_lines(comparison: "Comparison") -> list[str]:
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


def hazards_object(hazards: "RankingHazards") -> dict[str, Any]:
    """Write how lapsing goes with ranking quality; each model's `sentence` beside its finding."""
    parts: dict[str, Any] = worded(hazards)
    for model in parts["models"]:
        model["sentence"] = model["finding"]["sentence"]
    return parts


def risk_object(result: "RiskResult") -> dict[str, Any]:
    """Write risks; users are counted, not listed: the file has them."""
    from recsys_core.risk.risk_answer import checks_of, definitions_of, verdict_of

    parts: dict[str, Any] = worded(result, frozenset({"users"}))
    answer = verdict_of(result)
    return parts | {
        "users": len(result.users),
        "answer": worded(answer),
        "verdict": sentence(answer),
        "checks": worded(checks_of(result)),
        "definitions": [list(pair) for pair in pairs(definitions_of(result))],
    }


def rollout_object(result: "RolloutResult") -> dict[str, Any]:
    """Write a rollout; each row's `name` says what it measures."""
    parts: dict[str, Any] = worded(result)
    for row in parts["rows"]:
        row["name"] = row["measure"]["sentence"]
    return parts

"""A comparison as the command line prints it."""

from typing import Any

from recsys_core import words
from recsys_core.evaluation.comparison import Comparison
from recsys_core.wording.objects import worded
from recsys_core.wording.sentences import check_detail, check_name, sentence, support, title


def comparison_object(found: Comparison) -> dict[str, Any]:
    """Return the JSON object of the `compare` call: `verdict` is the sentence, `answer` all of it."""
    made = worded(found)
    answer = made.pop("verdict")
    return {
        "models": made["models"],
        "differences": made["differences"],
        "verdict": answer["sentence"],
        "answer": answer,
        "checks": made["checks"],
        "counts": made["counts"],
        "test_from": found.now,
        "split": made["split"],
        "settings": made["settings"],
        "definitions": dict(found.definitions),
    }


def comparison_lines(found: Comparison) -> list[str]:
    """Write a comparison for people, line by line."""
    k, verdict = found.settings.k, found.verdict
    lines = [title(verdict).upper(), sentence(verdict), support(verdict).replace("**", ""), ""]
    lines += [f"{check.status:5s} {check_name(check)}: {check_detail(check)}" for check in found.checks]
    lines += ["", f"NDCG at {k}, 95 % interval; recall, coverage; NDCG on new items"]
    for model in found.models:
        ndcg = model.metrics["ndcg"]
        new = model.cold.ndcg.estimate if model.cold.ndcg else None
        lines.append(
            f"{model.name:18s}{words.interval(ndcg.estimate, ndcg.lower, ndcg.upper, 3)}  "
            f"{words.number(model.metrics['recall'].estimate, 3)}  "
            f"{words.percent(model.metrics['coverage'].estimate):>7s}  {words.number(new, 3)}"
        )
    lines += ["", f"Difference in NDCG at {k} from {found.best.name}; p corrected by Holm"]
    lines += [
        f"{d.model:18s}{words.interval(d.estimate, d.lower, d.upper, 3, sign=True)}  {words.p_value(d.p_holm)}"
        for d in found.against(found.best.name)
    ]
    return [*lines, "", *(f"{term}: {meaning}" for term, meaning in found.definitions)]

"""A comparison of models, and what it says of lapses, as the command line prints them."""

from typing import Any

from recsys_core.evaluation.comparison import Comparison
from recsys_core.objects.retention_object import excluded_objects
from recsys_core.retention.study.ranking_hazard import RankingHazards
from recsys_core.wording.objects import worded
from recsys_core.wording.sentences import pairs


def comparison_object(comparison: Comparison) -> dict[str, Any]:
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


def hazards_object(hazards: RankingHazards) -> dict[str, Any]:
    """Write how lapsing goes with ranking quality; each model's `sentence` beside its finding."""
    parts: dict[str, Any] = worded(hazards)
    parts["excluded"] = excluded_objects(hazards.excluded)
    for model in parts["models"]:
        model["sentence"] = model["finding"]["sentence"]
    return parts

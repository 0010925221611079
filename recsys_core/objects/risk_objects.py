"""Who will lapse, and what moving users would change, as the command line prints them."""

from typing import Any

from recsys_core.risk.risk_answer import checks_of, definitions_of, verdict_of
from recsys_core.risk.risk_result import RiskResult
from recsys_core.whatif.rollout_result import RolloutResult
from recsys_core.wording.objects import worded
from recsys_core.wording.sentences import pairs, sentence


def risk_object(result: RiskResult) -> dict[str, Any]:
    """Write risks; users are counted, not listed: the file has them."""
    parts: dict[str, Any] = worded(result, frozenset({"users"}))
    answer = verdict_of(result)
    return parts | {
        "users": len(result.users),
        "answer": worded(answer),
        "verdict": sentence(answer),
        "checks": worded(checks_of(result)),
        "definitions": [list(pair) for pair in pairs(definitions_of(result))],
    }


def rollout_object(result: RolloutResult) -> dict[str, Any]:
    """Write a rollout; each row's `name` says what it measures."""
    parts: dict[str, Any] = worded(result)
    for row in parts["rows"]:
        row["name"] = row["measure"]["sentence"]
    return parts

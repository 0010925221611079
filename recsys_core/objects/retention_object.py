"""The retention result as the command line prints it."""

from typing import Any

from recsys_core.retention.population.population import Excluded
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.wording.objects import worded
from recsys_core.wording.sentences import pairs, say

_INNER = frozenset({"tail", "lapses_by_day", "leaving_by_day"})


def retention_object(result: RetentionResult) -> dict[str, Any]:
    """Return the JSON object of the `retention` call: `verdict` is the sentence, `answer` all of it."""
    plain = worded(result, _INNER)
    answer = plain.pop("verdict")
    answer.pop("pair")
    for row, sensitivity in zip(plain["sensitivity"], result.sensitivity, strict=True):
        row["note"] = say(sensitivity.note) if sensitivity.note else ""
    return {
        **{name: plain[name] for name in ("dataset_id", "settings")},
        "population": {"users": result.population.users, "excluded": excluded_objects(result.population.excluded)},
        **{name: plain[name] for name in ("arms", "contrasts", "decision")},
        "tests": {"logrank": plain["logrank"]},
        **{name: plain[name] for name in ("cox", "checks")},
        "verdict": answer["sentence"],
        "answer": answer,
        "window": {"log_start": result.log_start, "log_end": result.log_end},
        "definitions": dict(pairs(result.definitions)),
        **{name: plain[name] for name in ("gaps", "sensitivity", "calendar", "warnings")},
    }


def excluded_objects(excluded: tuple[Excluded, ...]) -> list[dict[str, Any]]:
    """List who was left out: the code, its values, the users and the reason in words."""
    return [
        {"code": row.reason.code, **worded(dict(row.reason.values)), "users": row.users, "reason": say(row.reason)}
        for row in excluded
    ]

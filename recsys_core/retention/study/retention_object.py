"""The retention result as the command line prints it."""

from typing import Any

from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.wording.objects import worded

_INNER = frozenset({"tail", "lapses_by_day", "leaving_by_day"})


def retention_object(result: RetentionResult) -> dict[str, Any]:
    """Return the JSON object of the `retention` call: `verdict` is the sentence, `answer` all of it."""
    made = worded(result, _INNER)
    answer = made.pop("verdict")
    answer.pop("contrast")
    return {
        **{name: made[name] for name in ("dataset_id", "settings", "population", "arms", "contrasts")},
        "tests": {"logrank": made["logrank"]},
        **{name: made[name] for name in ("cox", "checks")},
        "verdict": answer["sentence"],
        "answer": answer,
        "window": {"log_start": result.log_start, "log_end": result.log_end},
        "definitions": dict(result.definitions),
        **{name: made[name] for name in ("gaps", "sensitivity", "calendar", "warnings")},
    }

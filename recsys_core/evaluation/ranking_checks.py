"""What a reader should know before believing a comparison."""

from collections.abc import Container

from recsys_core.answers import Check
from recsys_core.evaluation.evaluate import Evaluation
from recsys_core.models.cards import yardstick

_MANY_TIES = 0.05


def comparison_checks(models: Container[str], first: Evaluation) -> tuple[Check, ...]:
    """List the checks: same users, split, tuning, baseline, ties.

    Parameters
    ----------
    models
        Names of those compared; they were found to share users and targets.
    first
        The evaluation of any of them.
    """
    return (_same_users(first), _split(first), Check("ranking-tuning", "pass"), _baseline(models), _ties(first))


def _same_users(first: Evaluation) -> Check:
    values = {"items": len(first.items), "users": first.counts()["warm_users"]}
    return Check("ranking-same-users", "pass", values=values)


def _split(first: Evaluation) -> Check:
    if first.leaky:
        return Check("ranking-split", "warn", "leaky", {"method": first.split.method})
    return Check("ranking-split", "pass", "by-time", {"moment": first.now})


def _baseline(models: Container[str]) -> Check:
    baseline = yardstick()
    if baseline in models:
        return Check("ranking-baseline", "pass", "included", {"baseline": baseline})
    return Check("ranking-baseline", "warn", "missing", {"baseline": baseline})


def _ties(first: Evaluation) -> Check:
    status = "pass" if first.time_ties <= _MANY_TIES else "warn"
    return Check("ranking-ties", status, values={"share": first.time_ties})

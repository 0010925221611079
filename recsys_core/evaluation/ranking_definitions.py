"""How the figures of a comparison are defined."""

from typing import Final

from recsys_core.answers import Message, message
from recsys_core.evaluation.evaluate import Evaluation
from recsys_core.metrics.significance import FLIPS
from recsys_core.settings import CompareSettings

SPLIT_DEFINITIONS: Final = frozenset({"definition-split-by-time", "definition-split-leaky"})


def definitions(first: Evaluation, settings: CompareSettings) -> tuple[Message, ...]:
    """Say how models were tested and what every figure means."""
    counts, items = first.counts(), len(first.items)
    return (
        message("definition-ranking", items=items, filter_seen=first.split.filter_seen),
        split_definition(first),
        message("definition-ranking-users", warm_users=counts["warm_users"], cold_users=counts["cold_users"]),
        message("definition-new-items", cold_items=counts["cold_items"], items=items),
        *_of_metrics(settings.k),
        message("definition-ranking-ties"),
        message("definition-ranking-intervals", resamples=settings.resamples),
        message("definition-sign-flips", flips=FLIPS),
    )


def split_definition(first: Evaluation) -> Message:
    """Say how training and test were parted."""
    if first.leaky:
        return message("definition-split-leaky", method=first.split.method)
    return message("definition-split-by-time", moment=first.now)


def _of_metrics(k: int) -> tuple[Message, ...]:
    return (
        message("definition-ndcg", k=k),
        message("definition-hit-rate", k=k),
        message("definition-recall", k=k),
        message("definition-precision", k=k),
        message("definition-map", k=k),
        message("definition-mrr", k=k),
        message("definition-coverage", k=k),
        message("definition-novelty", k=k),
    )

"""How the figures of a comparison are defined, in words."""

import re

from recsys_core import words
from recsys_core.evaluation.evaluate import Evaluation
from recsys_core.metrics import catalogue_metrics, ranking
from recsys_core.metrics.significance import FLIPS
from recsys_core.settings import CompareSettings

_SHOWN = ("ndcg", "hit", "recall", "precision", "average_precision", "mrr")
_OF_CATALOGUE = ("coverage", "novelty")


def definitions(first: Evaluation, settings: CompareSettings) -> tuple[tuple[str, str], ...]:
    """Say how models were tested and what every figure means; k stands for `settings.k`."""
    counts, k = first.counts(), settings.k
    said = [
        ("Ranking", f"All {words.count(len(first.items))} items are candidates for every user. {_seen(first)}"),
        ("Split", _split(first)),
        (
            "Users",
            f"Means are over {words.counted(counts['warm_users'], 'test user')} with a history. The "
            f"{words.count(counts['cold_users'])} without one stand apart.",
        ),
        (
            "New items",
            f"{words.count(counts['cold_items'])} of {words.count(len(first.items))} items had no event before the "
            "split. Their figure counts only targets on them, ranked among all items.",
        ),
        *(_named(ranking.DEFINITIONS[name], k) for name in _SHOWN),
        *(_named(catalogue_metrics.DEFINITIONS[name], k) for name in _OF_CATALOGUE),
        ("Ties", "An item that ties with others in score stands in the middle of them, never first."),
        ("Intervals", f"95 % percentiles of means over {words.count(settings.resamples)} resamples of users."),
        (
            "p values",
            f"Share of {words.count(FLIPS)} random flips of the signs of users' differences whose mean is as far from "
            "0; Holm's correction over all pairs of models, since the best is read off the same users.",
        ),
    ]
    return tuple(said)


def _seen(first: Evaluation) -> str:
    if first.split.filter_seen:
        return "Items that the user took before are neither recommended nor looked for."
    return "Items that the user took before may be recommended and looked for again."


def _split(first: Evaluation) -> str:
    if not first.leaky:
        return f"Learnt before {words.date(first.now)}, tested from then on."
    return f"{first.split.method}: models may have learnt from events after those they are tested on."


def _named(sentence: str, k: int) -> tuple[str, str]:
    """Part "NDCG@k: sum of ..." into its term, with k filled in, and its sentence."""
    term, _, meaning = sentence.partition(": ")
    meaning = re.sub(r"\bk\b", str(k), meaning)
    return term.replace("@k", f" at {k}"), f"{meaning[0].upper()}{meaning[1:]}"

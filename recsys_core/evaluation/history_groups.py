"""Ranking quality by how much is known of a user."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from recsys_core.answers import Message, message
from recsys_core.evaluation.evaluate import Evaluation

_EDGES: Final = (1, 3, 10, 30)  # items taken in training: 1 to 2, 3 to 9, 10 to 29, 30 or more


@dataclass(frozen=True)
class Segment:
    """Users whose history has `low` to `high` items (None: or more), and each model's mean NDCG over them."""

    low: int
    high: int | None
    users: int
    ndcg: Mapping[str, float]

    @property
    def label(self) -> Message:
        """The span: "3 to 9 items"."""
        if self.high is None:
            return message("history-or-more", low=self.low)
        return message("history-from-to", low=self.low, high=self.high)


def by_history(evaluations: Mapping[str, Evaluation], k: int) -> tuple[Segment, ...]:
    """Part users with a history by its length; parts without users are left out.

    Parameters
    ----------
    evaluations
        By model, of one split.
    k
        Length of the lists.
    """
    first = next(iter(evaluations.values()))
    history = first.users["history"].to_numpy()
    ndcg = {name: evaluation.per_user(k)["ndcg"].to_numpy() for name, evaluation in evaluations.items()}
    segments = []
    for low, following in zip(_EDGES, (*_EDGES[1:], None), strict=True):
        inside = (history >= low) & (history < (following or np.inf))
        if inside.any():
            means = {name: float(values[inside].mean()) for name, values in ndcg.items()}
            segments.append(Segment(low, following - 1 if following else None, int(inside.sum()), means))
    return tuple(segments)

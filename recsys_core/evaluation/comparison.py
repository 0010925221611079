"""What a comparison of models answers: small frozen objects that carry the settings they were computed with."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Self

from recsys_core import answers
from recsys_core.answers import Check, Interval, Message
from recsys_core.settings import CompareSettings, SplitSettings

NEW_ITEMS: Final = "ndcg_new_items"
ALPHA: Final = 0.05


@dataclass(frozen=True)
class Group:
    """Part of the targets: how many users have one, how many there are, and the NDCG that counts only them.

    Targets of a part are ranked among all items, as they are served; `ndcg` is None where no user has one.
    """

    users: int
    targets: int
    ndcg: Interval | None


@dataclass(frozen=True)
class ModelScore:
    """One model.

    Attributes
    ----------
    name
        Of the model.
    metrics
        ndcg, hit, recall, precision, map, mrr with limits; coverage and novelty without. Means over users with a
        history.
    warm, cold
        The same users, their targets on items that somebody, or nobody, took in training.
    cold_users
        Users without a history; every model serves them what is popular.
    """

    name: str
    metrics: Mapping[str, Interval]
    warm: Group
    cold: Group
    cold_users: Group


@dataclass(frozen=True)
class Difference:
    """Model minus reference in the mean of one metric, paired by user.

    Attributes
    ----------
    p
        Two-sided p value of "no difference", by random sign flips.
    p_holm
        The same, corrected by Holm over all pairs of models in this metric.
    """

    model: str
    reference: str
    metric: str
    estimate: float
    lower: float
    upper: float
    p: float
    p_holm: float

    @property
    def differs(self) -> bool:
        """Whether the two can be told apart: the corrected p value is below .05."""
        return self.p_holm < ALPHA

    def turned(self) -> Self:
        """Reference minus model."""
        return replace(
            self, model=self.reference, reference=self.model,
            estimate=-self.estimate, lower=-self.upper, upper=-self.lower,
        )  # fmt: skip


@dataclass(frozen=True)
class RankingVerdict(answers.Verdict):
    """The answer, with the difference that its ruler draws; state single: one model."""

    difference: Difference | None = None


@dataclass(frozen=True)
class Comparison:
    """Everything the compare page, the command line and the report say.

    Attributes
    ----------
    settings
        Those used.
    split, now
        How the log was cut, and at which UTC epoch second.
    counts
        warm_users, cold_users, warm_items, cold_items, warm_targets, cold_targets.
    models
        The highest NDCG first.
    differences
        Every model against the first one, in every metric; then, where that is no simple baseline, every model that
        is none against the best simple baseline.
    definitions
        What the figures mean, in reading order.
    """

    settings: CompareSettings
    split: SplitSettings
    now: int
    counts: Mapping[str, int]
    models: tuple[ModelScore, ...]
    differences: tuple[Difference, ...]
    checks: tuple[Check, ...]
    verdict: RankingVerdict
    definitions: tuple[Message, ...]

    @property
    def best(self) -> ModelScore:
        """The model with the highest NDCG."""
        return self.models[0]

    def against(self, reference: str, metric: str = "ndcg") -> tuple[Difference, ...]:
        """Differences from one reference in one metric, in the order of the models."""
        return tuple(d for d in self.differences if (d.reference, d.metric) == (reference, metric))

    def model(self, name: str) -> ModelScore:
        """Find a model by name."""
        return next(model for model in self.models if model.name == name)

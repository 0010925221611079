"""What a study says of its arms: each one's curve, and contrasts between two of them."""

from dataclasses import dataclass

from recsys_core.answers import Message
from recsys_core.retention.estimators.figures import (
    Adjusted,
    AtDay,
    ChiSquare,
    HazardRatio,
    RestrictedMean,
    SurvivalPoint,
)


@dataclass(frozen=True)
class ArmResult:
    """One arm: how many users, how many lapses, and its curve from day 0 to the horizon.

    lapses_by_day and leaving_by_day count, from day 0 on, the users who lapse and all who leave observation; every
    figure of the arm follows from them.
    """

    name: str
    users: int
    lapses: int
    median_days: float | None
    rmst: RestrictedMean
    survival: tuple[SurvivalPoint, ...]
    last_followed_day: int
    lapses_by_day: tuple[int, ...] = ()
    leaving_by_day: tuple[int, ...] = ()
    tail: tuple[SurvivalPoint, ...] = ()  # the curve past the horizon, to where nobody is at risk


@dataclass(frozen=True)
class Anytime:
    """The log-rank test that stays valid however often one looks (ter Schure et al. 2020).

    Attributes
    ----------
    e_value
        Evidence against "no difference"; 1 / alpha, 20 at .05, rejects.
    p, p_holm
        1 / e_value, at most 1, and the same corrected by Holm over all pairs.
    """

    e_value: float
    p: float
    p_holm: float | None = None


@dataclass(frozen=True)
class Contrast:
    """Arm minus reference."""

    arm: str
    reference: str
    rmst_difference: RestrictedMean
    survival_difference: AtDay
    logrank: ChiSquare | None  # None where no lapse happens while both arms are followed
    hazard_ratio: HazardRatio | None
    minimum_detectable_days: float
    adjusted: Adjusted | None = None
    adjusted_methods: tuple[Adjusted, ...] = ()
    anytime: Anytime | None = None  # None where no lapse happens while both arms are followed


@dataclass(frozen=True)
class Sensitivity:
    """The first contrast under another inactivity gap."""

    inactivity_days: int
    arm: str
    reference: str
    rmst_difference: RestrictedMean | None  # None where the log is too short for this gap
    order: tuple[str, ...]  # arms, longest kept first
    note: Message | None = None  # why there is no difference

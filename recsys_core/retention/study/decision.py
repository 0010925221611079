"""What decides: for every pair of arms the difference in days engaged by two methods, with pace told apart."""

from dataclasses import dataclass

from recsys_core.answers import Interval, Message
from recsys_core.retention.estimators.figures import RestrictedMean


@dataclass(frozen=True)
class PaceRatio:
    """How often users of an arm visit while they come, against those of its reference.

    Attributes
    ----------
    ratio
        Visits of the arm for one of the reference, with 95 % limits.
    p
        Mann-Whitney test of the share of days with a visit, inside each user's own span of visits.
    """

    ratio: Interval
    p: float


@dataclass(frozen=True)
class ArmPace:
    """One arm, beside the verdict.

    Attributes
    ----------
    engaged
        Days engaged of the horizon by the life model; None where it was not fitted.
    visit_share
        Mean share of days with a visit, of users whose span of visits allows a look.
    lapses
        Users with a lapse under the study's gap.
    returned_30, returned_60
        Share of these who came back within so many days after the gap was over; None where the log is too short.
    """

    name: str
    engaged: RestrictedMean | None
    visit_share: float | None
    lapses: int
    returned_30: float | None
    returned_60: float | None


@dataclass(frozen=True)
class PairDecision:
    """Arm minus reference, by both methods that a winner needs.

    Attributes
    ----------
    engaged
        Life model: visits at a personal rate until a dropout in time; days engaged of the horizon.
    matched
        Pace-matched: visits of the faster arm thinned to the pace of the slower, then the restricted mean under one
        long gap, over `days`.
    pace
        None where too few users span enough days.
    not_applied
        Why a method gave nothing.
    """

    arm: str
    reference: str
    engaged: RestrictedMean | None
    matched: RestrictedMean | None
    pace: PaceRatio | None
    not_applied: tuple[Message, ...] = ()


@dataclass(frozen=True)
class BestComparison:
    """Days engaged of an arm minus those of the best other one, with simultaneous limits (Hsu 1981)."""

    arm: str
    estimate: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Decision:
    """What the verdict goes by.

    Attributes
    ----------
    order
        Arms, most days engaged first.
    pairs
        The verdict's pair first, then best against the rest, then the others.
    arms
        In that order.
    best
        Comparison with the best; empty for two arms.
    horizon, matched_gap, matched_horizon
        Days of the life model's difference; gap and days of the pace-matched one.
    critical
        How many standard errors a difference needs, looks paid for: 1.96 at one look.
    smallest
        The smallest true difference in days for which this study names a winner four times in five.
    weighted
        By what users were weighted, as in "start weeks"; empty where they were not.
    apart
        The first pair's difference in days engaged where each arm has a life model of its own: it decides nothing.
    """

    order: tuple[str, ...]
    pairs: tuple[PairDecision, ...]
    arms: tuple[ArmPace, ...]
    best: tuple[BestComparison, ...]
    horizon: int
    matched_gap: int
    matched_horizon: int
    critical: float
    smallest: float | None
    weighted: tuple[Message, ...] = ()
    apart: RestrictedMean | None = None

"""What the lapse-risk half answers: risks of users, how good they are on later time, and how they came about."""

from dataclasses import dataclass

import pandas as pd

from recsys_core.answers import Interval, Message
from recsys_core.settings import RiskSettings


@dataclass(frozen=True)
class ModelScore:
    """How well one model foretold who lapsed within `days`, on users and time it had not seen.

    Attributes
    ----------
    brier
        Mean squared error of the risk, with an interval over users.
    skill
        1 - Brier / Brier of one risk for everybody; above 0 is better than that.
    auc
        Chance that a user who lapsed within the days had a higher risk than one who did not.
    concordance
        Chance that of two users the one with the higher risk lapsed first.
    slope, intercept
        Of a logistic regression of the outcome on the logit of the risk: 1 and 0 where risks are calibrated.
    predicted, observed
        Mean risk, and the share that lapsed.
    """

    model: str
    days: int
    brier: Interval
    skill: float
    auc: Interval
    concordance: Interval
    slope: Interval
    intercept: Interval
    predicted: float
    observed: float


@dataclass(frozen=True)
class CalibrationBin:
    """A tenth of the users by risk: mean risk, and the share that lapsed with Wilson's limits."""

    model: str
    days: int
    users: int
    predicted: float
    observed: float
    lower: float
    upper: float


def risk_column(model: str, days: int) -> str:
    """Name the column of a model's risk over some days: "cox_30d"."""
    return f"{model}_{days}d"


@dataclass(frozen=True)
class Landmarks:
    """Moments (UTC epoch seconds): where models learnt, where they were held against what happened, and now."""

    train: tuple[int, ...]
    evaluate: int
    predict: int


@dataclass(frozen=True)
class RiskResult:
    """Who will lapse, and how far to trust that.

    Attributes
    ----------
    gap_days
        G: a user has lapsed after a gap longer than this.
    horizons
        Days ahead for which there are risks, ascending.
    landmarks
        When models learnt, were tested and predict.
    learnt, tested
        (rows, lapses within the longest horizon) of training and test.
    scores, calibration
        Of the models as trained, before recalibration.
    users
        One row per user who can still lapse: user_id, arm, recalibrated risks "MODEL_DAYSd" (0 to 1), and the columns
        of `reasons.reasons`; the highest Cox risk over the longest horizon first.
    columns
        Number of columns that the models learnt from.
    date_only
        Whether the log's times are dates without hours.
    warnings
        Covariates and columns that were not used.
    """

    dataset_id: str
    settings: RiskSettings
    gap_days: int
    horizons: tuple[int, ...]
    landmarks: Landmarks
    learnt: tuple[int, int]
    tested: tuple[int, int]
    scores: tuple[ModelScore, ...]
    calibration: tuple[CalibrationBin, ...]
    users: pd.DataFrame
    columns: int
    date_only: bool
    warnings: tuple[Message, ...] = ()

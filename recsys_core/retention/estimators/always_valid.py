"""A log-rank test that stays valid however often, and whenever, one looks."""

import math
from dataclasses import dataclass

from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.estimators.event_table import EventTable
from recsys_core.retention.estimators.logrank import score_and_variance

TUNING = 0.02  # fixed before the first look


@dataclass(frozen=True)
class AlwaysValid:
    """Evidence against "the arms lapse alike".

    Attributes
    ----------
    e_value
        At most 1 on average under no effect, at any moment of looking; capped at the largest float.
    p
        1 / e_value, at most 1.
    rejects
        Whether e_value reaches 1 / alpha.
    observed_minus_expected, variance
        Of the log-rank test, over the lapses of the arm.
    """

    e_value: float
    p: float
    rejects: bool
    observed_minus_expected: float
    variance: float


def always_valid(
    observed_minus_expected: float, variance: float, *, alpha: float = 0.05, tuning: float = TUNING
) -> AlwaysValid:
    """Turn a log-rank score into an e-value: (1 + v V)^(-1/2) exp(v (O - E)^2 / (2 (1 + v V))).

    Parameters
    ----------
    observed_minus_expected, variance
        O - E and V of the log-rank test at this look.
    alpha
        Level over all looks together.
    tuning
        v, the variance of the normal prior on the log hazard ratio.

    Raises
    ------
    SettingsError
        When alpha is outside 0 to 1, or tuning is not above 0.
    DataError
        When the variance is negative or a number is not finite.

    References
    ----------
    ter Schure, Perez-Ortiz, Ly & Grunwald 2020, The anytime-valid logrank test, arXiv 2011.06931.
    """
    if not 0 < alpha < 1 or not tuning > 0:
        raise SettingsError("always-valid-levels", alpha=alpha, tuning=tuning)
    if not (math.isfinite(observed_minus_expected) and math.isfinite(variance) and variance >= 0):
        raise DataError("always-valid-score", observed_minus_expected=observed_minus_expected, variance=variance)
    spread = 1 + tuning * variance
    log_e = tuning * observed_minus_expected**2 / (2 * spread) - math.log(spread) / 2
    rejects = log_e >= -math.log(alpha)
    e_value = math.exp(min(log_e, 700.0))
    return AlwaysValid(e_value, math.exp(-max(log_e, 0.0)), rejects, observed_minus_expected, variance)


def always_valid_from_tables(arm: EventTable, reference: EventTable, *, alpha: float = 0.05) -> AlwaysValid:
    """Test two arms from their event tables, without delayed entry.

    Raises
    ------
    DataError
        When no lapse happens while both arms are at risk.
    """
    score, covariance = score_and_variance({"arm": arm, "reference": reference})
    if not covariance[0, 0] > 0:
        raise DataError("always-valid-no-event")
    return always_valid(float(score[0]), float(covariance[0, 0]), alpha=alpha)

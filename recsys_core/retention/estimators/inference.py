"""Normal and chi-square intervals and p values, without the weight of scipy.stats."""

import math

from scipy.special import gammaincc, ndtr, ndtri

from recsys_core.errors import SettingsError


def z_value(confidence: float) -> float:
    """Return the normal quantile of a two-sided interval: 1.96 for .95.

    Raises
    ------
    SettingsError
        When the confidence does not lie between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise SettingsError("confidence-outside-range", confidence=confidence)
    return float(ndtri(0.5 + confidence / 2))


def interval(estimate: float, stderr: float, confidence: float = 0.95) -> tuple[float, float]:
    """Return estimate -/+ z stderr."""
    half = z_value(confidence) * stderr
    return estimate - half, estimate + half


def normal_p(estimate: float, stderr: float) -> float | None:
    """Return the two-sided p value of "the true value is 0"; None where the standard error is 0."""
    if stderr <= 0 or not math.isfinite(stderr):
        return None
    return float(2 * ndtr(-abs(estimate) / stderr))


def chi_square_p(chisq: float, df: int) -> float:
    """Return the upper tail of the chi-square distribution."""
    return float(gammaincc(df / 2, chisq / 2))

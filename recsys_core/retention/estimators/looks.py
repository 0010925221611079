"""How many standard errors a difference needs when a study is looked at more than once while it runs."""

import math
from typing import Final

from scipy.special import ndtri

from recsys_core.errors import SettingsError

COUNTED_LOOKS: Final = 20  # up to here correcting for each look is narrower than paying for any number of them
PRIOR_SHARE: Final = 0.05  # of the horizon: standard deviation of the effects that the mixture expects, set beforehand


def critical_value(looks: int | None, stderr: float, horizon: float, alpha: float = 0.05) -> float:
    """Return the multiple c of the standard error for which estimate +- c stderr holds at all looks together.

    One look, or a number that is not told: the normal quantile. Up to 20 looks: that of alpha / looks (Bonferroni),
    which holds whenever the looks are taken and however they depend on each other; 1.43 times as wide for 10. More: the
    asymptotic confidence sequence of a normal mixture, which holds for any number of looks, at 1.55 times the width or
    more: c^2 = (1 + s^2 / r^2) (2 ln(1 / alpha) + ln(1 + r^2 / s^2)), with s the standard error and r = 5 % of the
    horizon.

    Parameters
    ----------
    looks
        How often the study is looked at; None where that is not told.
    stderr, horizon
        Days.
    alpha
        Two-sided level over all looks.

    Raises
    ------
    SettingsError
        When alpha lies outside 0 to 1, or looks is below 1.

    References
    ----------
    Robbins 1970; Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas 2021, Time-uniform central limit theory and asymptotic
    confidence sequences, arXiv 2103.06476.

    Examples
    --------
    >>> round(critical_value(1, 1.0, 60), 2), round(critical_value(10, 1.0, 60), 2)
    (1.96, 2.81)
    """
    if not 0 < alpha < 1 or (looks is not None and looks < 1):
        raise SettingsError("looks-outside-range", looks=looks, alpha=alpha)
    if looks is None or looks <= COUNTED_LOOKS:
        return float(ndtri(1 - alpha / (2 * (looks or 1))))
    if not stderr > 0:
        return math.inf
    share = (PRIOR_SHARE * horizon / stderr) ** 2
    return math.sqrt((1 + 1 / share) * (2 * math.log(1 / alpha) + math.log1p(share)))

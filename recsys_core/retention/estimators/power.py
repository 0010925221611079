"""How large a study must be, and what a study of this size can show."""

import math

from scipy.special import ndtri

from recsys_core.errors import SettingsError


def events_needed(hazard_ratio: float, power: float = 0.8, alpha: float = 0.05, share: float = 0.5) -> float:
    """Return the events, over both arms, that a log-rank test needs.

    Parameters
    ----------
    hazard_ratio
        The effect to be shown; not 1.
    power, alpha
        Chance of showing it, and two-sided level of the test.
    share
        Share of users in one of the two arms.

    Raises
    ------
    SettingsError
        When a value lies outside its range.

    References
    ----------
    Schoenfeld 1981: (z_alpha/2 + z_power)^2 / (share (1 - share) ln^2 HR).

    Examples
    --------
    >>> round(events_needed(hazard_ratio=0.8))
    631
    """
    if not (hazard_ratio > 0 and hazard_ratio != 1):
        raise SettingsError("hazard-ratio-not-testable", hazard_ratio=hazard_ratio)
    if not 0 < share < 1:
        raise SettingsError("share-of-arm-outside-range", share=share)
    return _quantiles(power, alpha) ** 2 / (share * (1 - share) * math.log(hazard_ratio) ** 2)


def minimum_detectable(stderr: float, power: float = 0.8, alpha: float = 0.05) -> float:
    """Return the smallest true difference shown with the given power, in the unit of the standard error.

    Raises
    ------
    SettingsError
        When power or alpha lies outside 0 to 1.
    """
    return _quantiles(power, alpha) * stderr


def users_needed(users: int, stderr: float, difference: float, power: float = 0.8, alpha: float = 0.05) -> int:
    """Return the users, over both arms, with which a difference would be shown.

    Parameters
    ----------
    users
        Users in the study at hand.
    stderr
        Standard error of the difference in that study; it shrinks with the root of the users.
    difference
        The difference to be shown, in the same unit.

    Raises
    ------
    SettingsError
        When the difference is 0, or power or alpha lies outside 0 to 1.

    Examples
    --------
    A study of 1,000 users gave a standard error of half a day; how many would show a whole day?

    >>> users_needed(1000, stderr=0.5, difference=1.0)
    1963
    """
    if difference == 0:
        raise SettingsError("no-difference-to-show")
    return math.ceil(users * (minimum_detectable(stderr, power, alpha) / difference) ** 2)


def _quantiles(power: float, alpha: float) -> float:
    if not (0 < power < 1 and 0 < alpha < 1):
        raise SettingsError("power-outside-range", power=power, alpha=alpha)
    return float(ndtri(1 - alpha / 2) + ndtri(power))

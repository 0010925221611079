"""How strong an unmeasured cause would have to be to explain a hazard ratio away."""

import math
from dataclasses import dataclass

from recsys_core.answers import Message, message
from recsys_core.errors import SettingsError
from recsys_core.retention.estimators.figures import HazardRatio

COMMON = 0.15  # share with the event by the end above which a hazard ratio is no risk ratio any more


@dataclass(frozen=True)
class EValue:
    """Smallest risk ratio that an unmeasured cause needs with both arm and lapse; 1 where nothing needs explaining.

    Attributes
    ----------
    estimate
        For the hazard ratio itself.
    limit
        For its confidence limit nearer 1; 1 where the interval holds 1.
    """

    estimate: float
    limit: float


def e_value(ratio: HazardRatio, *, common: bool) -> EValue:
    """Return the E-values of a hazard ratio and of its limit nearer 1.

    Parameters
    ----------
    ratio
        Above or below 1.
    common
        Whether more than 15 % have the event by the end of follow-up; then the hazard ratio is first turned into an
        approximate risk ratio.

    Raises
    ------
    SettingsError
        When a ratio is not above 0.

    References
    ----------
    VanderWeele & Ding 2017, Ann. Intern. Med. 167, 268-274: RR + sqrt(RR (RR - 1)), and for common outcomes
    RR = (1 - .5^sqrt(HR)) / (1 - .5^sqrt(1 / HR)).

    Examples
    --------
    >>> explaining = e_value(HazardRatio(estimate=2.0, lower=1.25, upper=3.2, p=0.004), common=False)
    >>> round(explaining.estimate, 2), round(explaining.limit, 2)
    (3.41, 1.81)
    """
    for value in (ratio.estimate, ratio.lower, ratio.upper):
        if not value > 0:
            raise SettingsError("hazard-ratio-not-above-zero", hazard_ratio=value)
    limit = 1.0 if ratio.lower <= 1 <= ratio.upper else (ratio.upper if ratio.estimate < 1 else ratio.lower)
    return EValue(_of(ratio.estimate, common=common), _of(limit, common=common))


def e_value_note(explaining: EValue, ratio: HazardRatio) -> Message:
    """Say what an E-value means."""
    if explaining.limit == 1:
        return message("note-e-value-nothing-to-explain", lower=ratio.lower, upper=ratio.upper)
    return message("note-e-value", hazard_ratio=ratio.estimate, estimate=explaining.estimate, limit=explaining.limit)


def _of(ratio: float, *, common: bool) -> float:
    flipped = max(ratio, 1 / ratio)
    if common:
        flipped = (1 - 0.5 ** math.sqrt(flipped)) / (1 - 0.5 ** math.sqrt(1 / flipped))
    return flipped + math.sqrt(flipped * (flipped - 1))

"""How pace changes with time since the start, by arm: an arm whose users come ever less often is no arm they leave.

Given the last day with a visit, the moments of the visits before it do not depend on how long users stay: at a steady
pace they lie evenly. Where the pace of an arm moves as exp(c g(k)) on day k, with g(k) = log(1 + k / 7), their mean
g is that of days drawn with these chances, which is solved for c. Users who come on most days have little room to lie
unevenly: with a share f of days taken, their days move as if the slope were c (1 - f) log(1 - f) / -f, to first order
in c, since f = 1 - exp(-rate) and days are drawn without putting back.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from recsys_core.retention.estimators.event_table import FloatArray
from recsys_core.retention.pace.visits import Ints, Visits, share_of_days

SPAN: Final = 8  # users whose last visit lies on this day or later
_BANDS: Final = 10  # of the share of days with a visit
_STEEPEST: Final = 1.5
_MOST_STEPS: Final = 30


@dataclass(frozen=True)
class TenureTrends:
    """Slopes of log pace against log(1 + days / 7).

    Attributes
    ----------
    slope
        By arm; 0 where no visit lies before a last one.
    influence
        Of each user on the slope of the user's own arm, per unit of weight.
    """

    slope: FloatArray
    influence: FloatArray


def tenure(days: int) -> FloatArray:
    """Return g(k) - g(14) for k = 0 .. days: paces are those of the second week's end."""
    return np.log1p(np.arange(days + 1) / 7.0) - np.log1p(2.0)


def tenure_trends(visits: Visits, weight: FloatArray) -> TenureTrends:
    """Fit the slope of every arm.

    Parameters
    ----------
    visits
        Of any number of arms.
    weight
        One per user.
    """
    level = tenure(int(visits.last_day.max(initial=1)))
    eligible = (visits.last_day >= SPAN) & (visits.active_days > 1)
    inner = eligible[visits.user] & (visits.day < visits.last_day[visits.user])
    seen = np.zeros(visits.size)
    np.add.at(seen, visits.user[inner], level[visits.day[inner]])
    count = np.bincount(visits.user[inner], minlength=visits.size)
    band = np.minimum((share_of_days(visits) * _BANDS).astype(np.int64), _BANDS - 1)
    slope, influence = np.zeros(len(visits.names)), np.zeros(visits.size)
    for arm in range(len(slope)):
        own = np.flatnonzero(eligible & (visits.arm == arm))
        if len(own):
            slope[arm], influence[own] = _solved(
                level, seen[own], (count[own], visits.last_day[own], band[own]), weight[own]
            )
    return TenureTrends(slope, influence)


def _solved(
    level: FloatArray, seen: FloatArray, of_user: tuple[Ints, Ints, Ints], weight: FloatArray
) -> tuple[float, FloatArray]:
    """Newton's steps; the estimating function falls with the slope."""
    count, last, band = of_user
    slope = 0.0
    for _ in range(_MOST_STEPS):
        mean, spread = _moments(level, slope)
        score = seen - count * mean[band, last]
        information = float(weight @ (count * spread[band, last]))
        if information <= 0:
            return 0.0, np.zeros(len(seen))
        step = float(weight @ score) / information
        slope = float(np.clip(slope + step, -_STEEPEST, _STEEPEST))
        if abs(step) < 1e-8:
            break
    return slope, score / information


def _moments(level: FloatArray, slope: float) -> tuple[FloatArray, FloatArray]:
    """Mean of g on days 1 .. t - 1 drawn with chances as exp(slope g), and its derivative; shape (bands, days)."""
    taken = (np.arange(_BANDS) + 0.5) / _BANDS
    room = (1 - taken) * -np.log1p(-taken) / taken
    chance = np.exp(slope * room[:, None] * level[None, 1:-1])
    total, first, second = (np.cumsum(chance * level[1:-1] ** power, axis=1) for power in (0, 1, 2))
    mean, spread = np.zeros((_BANDS, len(level))), np.zeros((_BANDS, len(level)))
    mean[:, 2:] = first / total
    spread[:, 2:] = (second / total - mean[:, 2:] ** 2) * room[:, None]
    return mean, spread

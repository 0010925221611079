"""Pace-matched curves: visits of the faster arm are hidden until both arms come equally often, then one long gap.

Under one gap, an arm that visits less often seems to leave earlier. Hiding sessions of the faster arm at random, never
the start, slows its users without moving the moment they leave. The probability hangs on the day since the start as the
trends of both arms say (`tenure_trends`), and is chosen so that the test of pace finds nothing. The difference of
restricted means then speaks of leaving, and its influence is corrected for the doubt about trend and probability.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import brentq

from recsys_core.errors import DataError
from recsys_core.retention.estimators.event_table import FloatArray
from recsys_core.retention.pace.tenure_trend import SPAN, tenure, tenure_trends
from recsys_core.retention.pace.visits import Ints, Visits, share_of_days

LONGEST_GAP: Final = 28
_FEWEST: Final = 10  # users of each arm with a span, below which pace is not judged
_DRAWS, _FEWER_DRAWS, _MANY_VISITS = 8, 2, 2_000_000  # draws of what is hidden; few are enough for a large log
_TRIED: Final = 3  # draws while the ratio is searched for
_FLATTEST: Final = -0.02  # slope of the test of pace against the log ratio; usual are -.2, and steeper for users alike
_FURTHEST: Final = 1.8  # log ratio of pace beyond which arms are not matched
_NARROWEST, _WIDEST = 0.01, 0.12  # step over which slopes are read


@dataclass(frozen=True)
class Matched:
    """Two arms matched in pace; all per unit of a user's weight.

    Attributes
    ----------
    difference, influence
        Arm 1 minus arm 0 in days kept over `days` under `gap`.
    log_ratio, log_ratio_influence
        Of pace, arm 1 over arm 0 on the 14th day: the shift at which the test of pace finds nothing.
    pace, pace_influence
        Mann-Whitney: P(a user of arm 1 is faster than one of arm 0) less 1/2, as observed.
    """

    difference: float
    influence: FloatArray
    log_ratio: float
    log_ratio_influence: FloatArray
    pace: float
    pace_influence: FloatArray
    gap: int
    days: int


@dataclass(frozen=True)
class _Look:
    pace: float
    pace_influence: FloatArray
    difference: float
    influence: FloatArray


def pace_difference(visits: Visits, weight: FloatArray) -> tuple[float, FloatArray]:
    """Mann-Whitney of the share of days with a visit, arm 1 over arm 0, less 1/2; with influence per unit of weight.

    Users whose last visit lies on day 8 or later are compared by (x - 1) / (t - 1): given the last day, visits inside
    do not depend on how long users stay.

    Raises
    ------
    DataError
        With fewer than 10 such users in an arm.
    """
    eligible = visits.last_day >= SPAN
    sizes = [int((eligible & (visits.arm == arm)).sum()) for arm in (0, 1)]
    if min(sizes) < _FEWEST:
        few = int(np.argmin(sizes))
        raise DataError("pace-not-judged", arm=visits.names[few], users=sizes[few], least=_FEWEST, span=SPAN)
    levels, level = np.unique(share_of_days(visits)[eligible], return_inverse=True)
    of_one, weight = visits.arm[eligible] == 1, weight[eligible]
    held = [np.bincount(level[mine], weights=weight[mine], minlength=len(levels)) for mine in (~of_one, of_one)]
    zero, one = (each / each.sum() for each in held)  # share of each arm's weight at each level; ties count half
    above, below = (np.cumsum(each) - each / 2 for each in (zero, one))
    chance = float(one @ above)
    own = np.empty(len(level))
    own[of_one] = (above[level[of_one]] - chance) / held[1].sum()
    own[~of_one] = (1 - below[level[~of_one]] - chance) / held[0].sum()
    influence = np.zeros(visits.size)
    influence[eligible] = own
    return chance - 0.5, influence


def kept_days(last: Ints, followed: Ints, weight: FloatArray, horizon: int) -> tuple[float, FloatArray]:
    """Restricted mean of one arm from day tables, with its influence per unit of a user's weight.

    Parameters
    ----------
    last, followed
        Lapse day, and days followed (negative: too late to be judged, no part in it).
    """
    judged = followed >= 0
    lapsed = judged & (last <= followed)
    day = np.minimum(np.where(lapsed, last, followed), horizon)
    event = lapsed & (last < horizon)
    leaving = np.bincount(day[judged], weights=weight[judged], minlength=horizon + 1)
    events = np.bincount(day[event], weights=weight[event], minlength=horizon + 1)[:horizon]
    at_risk = np.maximum(leaving[::-1].cumsum()[::-1][:horizon], 1e-12)
    hazard = np.minimum(events / at_risk, 1 - 1e-9)
    survival = np.cumprod(1 - hazard)
    per_user = survival[::-1].cumsum()[::-1] / (1 - hazard) / at_risk
    carried = np.cumsum(per_user * hazard)
    influence = np.zeros(len(last))
    influence[judged] = carried[np.minimum(day[judged], horizon - 1)]
    influence[event] -= per_user[day[event]]
    return float(survival.sum()), influence


def first_long_gap(user: Ints, day: Ints, users: int, gap: int) -> Ints:
    """Last day with a visit before the first gap longer than `gap`; 0 for users without visits.

    The start is day 0, so that a first visit later than the gap counts as a lapse on day 0.
    """
    opens = np.r_[True, user[1:] != user[:-1]] if len(user) else np.zeros(0, dtype=bool)
    before = np.where(opens, 0, np.r_[0, day[:-1]]) if len(user) else day
    broken = (day - before) > gap
    last = np.zeros(users, dtype=np.int64)
    closes = np.r_[user[1:] != user[:-1], True] if len(user) else opens
    last[user[closes]] = day[closes]
    stopped, first = np.unique(user[broken], return_index=True)
    last[stopped] = before[broken][first]
    return last


def pace_matched(visits: Visits, weight: FloatArray, gap: int, horizon: int, seed: int) -> Matched:
    """Match two arms in pace and contrast their restricted means.

    Parameters
    ----------
    visits
        Of two arms.
    weight
        One per user.
    gap, horizon
        Days.
    seed
        Of what is hidden.

    Raises
    ------
    DataError
        Where pace cannot be judged, or differs too much to be matched.
    """
    pace, pace_influence = pace_difference(visits, weight)
    hiding = _Hiding(visits, weight, (gap, horizon), seed)
    log_ratio = _level(hiding.pace_at)
    spread = float(np.sqrt(((weight * pace_influence) ** 2).sum()))
    slope, width = hiding.pace_at(log_ratio + _WIDEST) - hiding.pace_at(log_ratio - _WIDEST), _WIDEST
    if slope < 0:  # steep where users are alike in pace: then a narrow step shows the slope where it is needed
        width = float(np.clip(2 * spread * 2 * _WIDEST / -slope, _NARROWEST, _WIDEST))
    here = hiding.look(log_ratio)
    pace_by_ratio, days_by_ratio = hiding.slopes(log_ratio, width, 0.0)
    pace_by_trend, days_by_trend = hiding.slopes(log_ratio, 0.0, hiding.doubt_width)
    if not pace_by_ratio < _FLATTEST:
        raise DataError("pace-not-matched")
    days_by_pace = days_by_ratio / pace_by_ratio
    left = _mean([one.pace for one in here])  # what a step of the search has left over
    influence = np.mean([one.influence for one in here], axis=0) + days_by_trend * hiding.doubt
    doubt = np.mean([one.pace_influence for one in here], axis=0) + pace_by_trend * hiding.doubt
    return Matched(
        difference=_mean([one.difference for one in here]) - days_by_pace * left,
        influence=influence - days_by_pace * doubt,
        log_ratio=log_ratio - left / pace_by_ratio,
        log_ratio_influence=-doubt / pace_by_ratio,
        pace=pace,
        pace_influence=pace_influence,
        gap=gap,
        days=horizon,
    )


class _Hiding:
    """Hides sessions of the arm that is faster on a day since the start, so that as many are left as of the other."""

    def __init__(self, visits: Visits, weight: FloatArray, study: tuple[int, int], seed: int) -> None:
        self._visits, self._weight, self._study = visits, weight, study
        rng = np.random.default_rng(seed)
        draws = _DRAWS if len(visits.day) < _MANY_VISITS else _FEWER_DRAWS
        self._chances = [rng.random(len(visits.day)) for _ in range(draws)]
        trends = tenure_trends(visits, weight)
        self._steeper = float(trends.slope[1] - trends.slope[0])
        self._tenure = tenure(int(visits.day.max(initial=0)))
        self.doubt = np.where(visits.arm == 1, 1.0, -1.0) * trends.influence  # about how much steeper arm 1 is
        self.doubt_width = max(float(np.sqrt(((weight * self.doubt) ** 2).sum())), _NARROWEST)

    def look(self, log_ratio: float, more: float = 0.0) -> list[_Look]:
        """Compare what is left at a log ratio on the 14th day, with a trend that is steeper by so much."""
        return [
            _looked_at(self._left(log_ratio, more, chance), self._weight, *self._study) for chance in self._chances
        ]  # fmt: skip

    def pace_at(self, log_ratio: float) -> float:
        """Test of pace on what is left."""
        tried = [self._left(log_ratio, 0.0, chance) for chance in self._chances[:_TRIED]]
        return _mean([pace_difference(one, self._weight)[0] for one in tried])

    def slopes(self, log_ratio: float, width: float, more: float) -> tuple[float, float]:
        """Slopes of the test of pace and of the days along a step in the log ratio or in the trend."""
        ahead, behind = self.look(log_ratio + width, more), self.look(log_ratio - width, -more)
        across = 2 * (width or more)
        pairs = list(zip(ahead, behind, strict=True))
        by_pace = _mean([one.pace - other.pace for one, other in pairs]) / across
        return by_pace, _mean([one.difference - other.difference for one, other in pairs]) / across

    def _left(self, log_ratio: float, more: float, chance: FloatArray) -> Visits:
        visits = self._visits
        ahead = log_ratio + (self._steeper + more) * self._tenure
        left = np.exp(-np.maximum(np.stack([-ahead, ahead]), 0.0))[visits.arm[visits.user], visits.day]
        kept = chance < 1 - (1 - left) ** visits.sessions
        return Visits(
            visits.arm, visits.followed, visits.user[kept], visits.day[kept], visits.sessions[kept], visits.names
        )  # fmt: skip


def _level(pace_at: Callable[[float], float]) -> float:
    """Find the log ratio at which the test of pace is level: it falls as more of arm 1, or less of arm 0, is hidden.

    Raises
    ------
    DataError
        Where arms are further apart than can be matched.
    """
    observed = pace_at(0.0)
    if observed == 0:
        return 0.0
    sign, near, reach = float(np.sign(observed)), 0.0, 0.1
    while sign * pace_at(sign * reach) > 0:
        near, reach = reach, 2 * reach
        if reach > _FURTHEST:
            raise DataError("pace-too-far-apart", ratio=float(np.exp(sign * _FURTHEST)))
    return float(brentq(lambda at: sign * pace_at(sign * at) or -1e-12, near, reach, xtol=2e-3)) * sign


def _looked_at(thinned: Visits, weight: FloatArray, gap: int, horizon: int) -> _Look:
    pace, pace_influence = pace_difference(thinned, weight)
    last = first_long_gap(thinned.user, thinned.day, thinned.size, gap)
    means, influence = [0.0, 0.0], np.zeros(thinned.size)
    for arm, sign in ((0, -1.0), (1, 1.0)):
        own = thinned.arm == arm
        means[arm], unit = kept_days(last[own], thinned.followed[own] - gap, weight[own], horizon)
        influence[own] = sign * unit
    return _Look(pace, pace_influence, means[1] - means[0], influence)


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))

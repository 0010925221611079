"""All pairs of arms by both methods, with the influence of every user, so that contrasts can be held together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from recsys_core.answers import Message, message
from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.adjustment.weights import UserWeights
from recsys_core.retention.estimators.event_table import FloatArray
from recsys_core.retention.pace.life_model import LifeFit, LifeModel
from recsys_core.retention.pace.tenure_trend import tenure_trends
from recsys_core.retention.pace.thinning import LONGEST_GAP, Matched, pace_matched
from recsys_core.retention.pace.visits import Visits

LOOKED_AT: Final = 120  # days over which the life model follows users; twice the horizon where that is more
_ENOUGH: Final = 10  # at risk in each arm on the last day of pace-matched curves

WeightsOf = Callable[[str, str], UserWeights | None]


@dataclass(frozen=True)
class Figure:
    """An estimate and the influence of every user of the study on it; zero for users of other arms."""

    estimate: float
    influence: FloatArray

    @property
    def stderr(self) -> float:
        """Root of the sum of squared influences."""
        return float(np.sqrt((self.influence**2).sum()))


@dataclass(frozen=True)
class PairFigures:
    """Arm minus reference. A method that gave nothing is None and its reason stands in `not_applied`.

    Attributes
    ----------
    engaged, matched
        Days.
    log_ratio, pace
        Log of the ratio of visits; Mann-Whitney statistic less 1/2.
    matched_days
        Days over which `matched` is counted.
    """

    engaged: Figure | None
    matched: Figure | None
    log_ratio: Figure | None
    pace: Figure | None
    matched_days: int
    not_applied: tuple[Message, ...]


@dataclass(frozen=True)
class AllPairs:
    """What both methods find.

    Attributes
    ----------
    engaged
        Days engaged by arm; without arms whose model could not be fitted.
    pairs
        By (arm, reference); the later name of `Visits.names` minus the earlier.
    gap
        Of the pace-matched curves, days.
    fit
        The life model of all arms, or of the first pair where users are weighted; None where there is none.
    """

    engaged: Mapping[str, Figure]
    pairs: Mapping[tuple[str, str], PairFigures]
    gap: int
    fit: LifeFit | None = None


def compare_pairs(
    visits: Visits, horizon: int, log_days: float, seed: int, weights_of: WeightsOf | None = None
) -> AllPairs:
    """Run both methods on every pair of arms.

    Parameters
    ----------
    visits
        Of two arms or more.
    horizon
        Days.
    log_days
        Length of the log: the gap of pace-matched curves is a quarter of it, at most 28 days.
    seed
        Of the thinning.
    weights_of
        Weights of the users of (arm, reference), in their order; None, or returning None, for 1 each. May raise
        DataError or SettingsError, which is then the reason why neither method applies to the pair.
    """
    gap = int(max(min(LONGEST_GAP, log_days // 4), 1))
    seen = visits.until(max(LOOKED_AT, 2 * horizon))
    joint, reason = (None, None) if weights_of else _fitted(seen, np.ones(seen.size))
    first = joint
    engaged: dict[str, Figure] = {}
    pairs: dict[tuple[str, str], PairFigures] = {}
    for reference, arm in combinations(visits.names, 2):
        mine = np.isin(visits.arm, [visits.names.index(arm), visits.names.index(reference)])
        try:
            weights = weights_of(arm, reference) if weights_of else None
        except (DataError, SettingsError) as error:
            pairs[arm, reference] = PairFigures(None, None, None, None, 0, (error.message,))
            continue
        spread = _Spread(mine, weights)
        fit, codes = (joint, (visits.names.index(arm), visits.names.index(reference))) if joint else (None, (1, 0))
        why = reason
        if weights is not None:
            fit, why = _fitted(seen.pair(arm, reference), weights.weight)
            first = first or fit
        found, own = _engaged(fit, codes, horizon, spread if weights is not None else None)
        for name, figure in zip((arm, reference), own, strict=False):
            engaged.setdefault(name, figure)
        pairs[arm, reference] = _with_matched(visits.pair(arm, reference), (gap, horizon, seed), spread, found, why)
    return AllPairs(engaged, pairs, gap, first)


def engaged_apart(
    visits: Visits, arm: str, reference: str, horizon: int, weights_of: WeightsOf | None = None
) -> Figure | None:
    """Fit the life model to each of two arms alone: a look at what a shared law of staying does to their difference.

    Parameters
    ----------
    visits, horizon, weights_of
        As for `compare_pairs`.

    Returns
    -------
    Figure or None
        Arm minus reference, days engaged; None where weights or one of the models cannot be had.
    """
    mine = np.isin(visits.arm, [visits.names.index(arm), visits.names.index(reference)])
    seen = visits.until(max(LOOKED_AT, 2 * horizon)).pair(arm, reference)
    try:
        spread = _Spread(mine, weights_of(arm, reference) if weights_of else None)
    except (DataError, SettingsError):
        return None
    difference, influence = 0.0, np.zeros(seen.size)
    for code, sign in ((1, 1.0), (0, -1.0)):
        own = seen.arm == code
        one = seen.alone(seen.names[code])
        fit, _ = _fitted(one, spread.weight[own]) if len(one.day) else (None, None)  # nobody ever came back
        if fit is None:
            return None
        days, by_days = fit.days_engaged(0, horizon)
        difference += sign * days
        influence[own] = sign * by_days
    return spread.figure(difference, influence)


class _Spread:
    """Brings what the users of a pair weigh to all users of the study."""

    def __init__(self, mine: np.ndarray, weights: UserWeights | None) -> None:
        self._mine, self._weights = mine, weights

    @property
    def weight(self) -> FloatArray:
        return np.ones(int(self._mine.sum())) if self._weights is None else self._weights.weight

    def figure(self, estimate: float, unit_influence: FloatArray) -> Figure:
        own = unit_influence if self._weights is None else self._weights.carried(unit_influence)
        influence = np.zeros(len(self._mine))
        influence[self._mine] = own
        return Figure(estimate, influence)


def _fitted(visits: Visits, weight: FloatArray) -> tuple[LifeFit | None, Message | None]:
    try:
        return LifeModel(visits, weight, tenure_trends(visits, weight)).fit(), None
    except (DataError, np.linalg.LinAlgError) as error:
        reason = error.message if isinstance(error, DataError) else message("error-life-model-not-identified")
        return None, reason


def _engaged(
    fit: LifeFit | None, codes: tuple[int, int], horizon: int, spread: _Spread | None
) -> tuple[Figure | None, tuple[Figure, ...]]:
    """Days engaged of both arms and their difference; `spread` where the fit saw the users of the pair alone."""
    if fit is None:
        return None, ()
    (one, by_one), (zero, by_zero) = (fit.days_engaged(code, horizon) for code in codes)
    make = spread.figure if spread else Figure
    return make(one - zero, by_one - by_zero), (make(one, by_one), make(zero, by_zero))


def _with_matched(
    pair: Visits, study: tuple[int, int, int], spread: _Spread, engaged: Figure | None, why: Message | None
) -> PairFigures:
    gap, horizon, seed = study
    reasons: tuple[Message, ...] = () if why is None else (why,)
    days = min(horizon, _last_followed(pair, gap))
    if days < 1:
        reasons += (message("matched-log-too-short", gap=gap),)
        return PairFigures(engaged, None, None, None, 0, reasons)
    try:
        found: Matched = pace_matched(pair, spread.weight, gap, days, seed)
    except DataError as error:
        return PairFigures(engaged, None, None, None, days, (*reasons, error.message))
    return PairFigures(
        engaged,
        spread.figure(found.difference, found.influence),
        spread.figure(found.log_ratio, found.log_ratio_influence),
        spread.figure(found.pace, found.pace_influence),
        days,
        reasons,
    )


def _last_followed(pair: Visits, gap: int) -> int:
    """Last day on which both arms have enough users who are followed under the gap and may still be at risk."""
    days = []
    for arm in (0, 1):
        own = pair.arm == arm
        at_risk = np.sort(np.minimum(pair.last_day[own], pair.followed[own] - gap))[::-1]
        days.append(int(at_risk[_ENOUGH - 1]) if len(at_risk) >= _ENOUGH else -1)
    return min(days)

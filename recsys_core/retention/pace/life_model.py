"""Pace apart from leaving: users visit at a rate of their own until they drop out, at a moment nobody sees.

A user visits on a day with p = 1 - exp(-rate) until the dropout on day D. P(D >= k) = (1 - pi) exp(-e^h (mu (k -
1/2))^kappa): a share pi never comes back, the others leave by a Weibull law in time. The log rate follows a gamma law's
logarithm or a normal law, the likelier of the two. An arm shifts the log rate by b (its pace), the log spread of the
rates by s and the log hazard of dropping out by h: two arms that differ in pace alone have h = 0. Where pace moves with
time since the start, rates of an arm on day k are those of the second week's end times exp(c g(k)), c as
`tenure_trends` found it.

With x days with a visit, the last of them day t, K days followed, the likelihood of a user is the sum over rates of
w p^x q^(t - x) R(t, K), where q = 1 - p is that of the mean rate up to day t, R(K, K) = P(D >= K) and R(t, K) =
P(D = t) + q(t + 1) R(t + 1, K).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from scipy.special import digamma, polygamma

from recsys_core.errors import DataError
from recsys_core.retention.estimators.event_table import FloatArray
from recsys_core.retention.pace.tenure_trend import TenureTrends, tenure
from recsys_core.retention.pace.visits import Ints, Visits

_NODES, _SLOWEST, _FASTEST = 28, 0.006, 14.0  # visits a day: a log-spaced grid, 28 nodes over the usual range
_SHARED: Final = 5  # place and spread of the log rate, scale and shape of the Weibull law, logit of pi
_START: Final = np.array([np.log(0.3), 0.0, np.log(0.02), np.log(0.9), -2.0])
# A weak prior keeps shapes away from the edge; it weighs no more than a user or two.
_PRIOR_MEAN: Final = np.array([0.0, 0.0, 0.0, 0.0, -2.0])
_PRIOR_PRECISION: Final = np.array([0.0, 0.25, 0.0, 1.0, 0.16])
_MOST_STEPS: Final = 60
_TINY: Final = 1e-300
_PIECE: Final = 2048  # cells at once


@dataclass(frozen=True)
class LifeFit:
    """The fitted model.

    Attributes
    ----------
    family
        Law of the rates.
    names
        Arms; the first is the one that others are shifted against.
    parameters
        Place and log spread of the log rate, log mu, log kappa, logit pi; then b of each further arm, then s of each,
        then h of each.
    bread
        Inverse of the information of the weighted likelihood.
    scores
        Of one unit of weight of each user, with its share in the doubt about the trends; shape (users, parameters).
    loglik
        With the prior.
    """

    family: str
    names: tuple[str, ...]
    parameters: FloatArray
    bread: FloatArray
    scores: FloatArray
    loglik: float

    def survival(self, arm: int, days: int) -> FloatArray:
        """P(D >= k) for k = 0 .. days."""
        return _life(self.parameters, _shift(self.parameters, arm, len(self.names))[2], days)[0]

    def days_engaged(self, arm: int, horizon: int) -> tuple[float, FloatArray]:
        """Sum P(D >= k) over k = 1 .. horizon; return it and its influence per unit of a user's weight."""
        hazard_shift = _shift(self.parameters, arm, len(self.names))[2]
        level, *slopes = _life(self.parameters, hazard_shift, horizon)
        by_hazard, by_shape, by_never = (slope[1:].sum() for slope in slopes)
        gradient = np.zeros(len(self.parameters))
        gradient[2:_SHARED] = np.exp(self.parameters[3]) * by_hazard, by_shape, by_never
        if arm:
            gradient[_SHARED + 2 * (len(self.names) - 1) + arm - 1] = by_hazard
        return float(level[1:].sum()), self.scores @ (self.bread @ gradient)


class LifeModel:
    """The likelihood over cells of users with the same arm, visits, last visit and days followed.

    Parameters
    ----------
    visits
        Followed for as long as the model shall look.
    weight
        One per user; None for 1 each.
    trends
        How pace moves with time since the start; None where it is steady in every arm.
    """

    def __init__(self, visits: Visits, weight: FloatArray | None = None, trends: TenureTrends | None = None) -> None:
        self._names, self._arm_of_user, self._trends = visits.names, visits.arm, trends
        weight = np.ones(visits.size) if weight is None else weight
        self._longest = max(int(visits.followed.max(initial=1)), 1)
        shape = (len(visits.names), *(self._longest + 1,) * 3)
        key = np.ravel_multi_index((visits.arm, visits.last_day, visits.followed, visits.active_days), shape)
        keys, self._cell = np.unique(key, return_inverse=True)
        cells = np.stack(np.unravel_index(keys, shape))
        self._weight = np.bincount(self._cell, weights=weight, minlength=len(keys))
        spacing = np.log(_FASTEST / _SLOWEST) / (_NODES - 1)
        slowest = min(_SLOWEST, 0.5 / self._longest)
        self._log_rate = np.arange(np.log(_FASTEST), np.log(slowest) - spacing / 2, -spacing)[::-1]
        self._cells = cells
        # Cells lie in the order of arms, so that each arm is a slice; those that differ in visits alone end alike.
        self._of_arm = _slices(cells[0], len(self._names))
        opens = np.r_[True, (np.diff(cells[:3], axis=1) != 0).any(axis=0)]
        self._ending = np.cumsum(opens) - 1
        arm, last, followed = cells[:3, opens]
        self._at_last, self._at_end = (arm * (self._longest + 1) + day for day in (last, followed))
        self._ends_of = arm, last, followed
        self._move(np.zeros(len(self._names)) if trends is None else trends.slope)

    def _move(self, slope: FloatArray) -> None:
        """Let the pace of each arm move by its slope."""
        rate = np.exp(self._log_rate)
        moved = np.exp(slope[:, None] * tenure(self._longest))
        moved[:, 0] = 0.0
        passed = np.cumsum(moved, axis=1)  # the time that visits go by, in days at the pace of the second week's end
        arm, last, _, active = self._cells
        time = passed[arm, last]
        mean_rate = rate * (time / np.maximum(last, 1))[:, None] if slope.any() else rate
        seen = active[:, None] * np.log(np.maximum(-np.expm1(-mean_rate), _TINY)) - (last - active)[:, None] * mean_rate
        self._offset = seen.max(axis=1)
        self._seen = np.exp(seen - self._offset[:, None])
        self._quiet = np.exp(-rate * moved[:, :, None])  # (arms, days, rates)
        arm, last, followed = self._ends_of
        self._unseen = np.exp(-rate * (passed[arm, followed] - passed[arm, last])[:, None])
        self._known_ends: tuple[bytes, FloatArray] | None = None

    def fit(self) -> LifeFit:
        """Maximise the weighted likelihood for both laws of the rates and keep the likelier.

        Raises
        ------
        DataError
            Where the likelihood has no maximum inside, as with next to no return visits.
        """
        gamma = self._maximise("gamma", np.concatenate([_START, np.zeros(3 * (len(self._names) - 1))]))
        lognormal = self._maximise("lognormal", _as_lognormal(gamma[1]))
        family, parameters, loglik = max((gamma, lognormal), key=lambda fit: fit[2])
        information = self._information(family, parameters)
        values = np.linalg.eigvalsh(information)
        if not np.isfinite(values).all() or values[0] <= 1e-8 * values[-1] or not np.isfinite(loglik):
            raise DataError("life-model-not-identified")
        scores = self._scores(family, parameters)[1][self._cell] + self._doubt(family, parameters)
        return LifeFit(family, self._names, parameters, np.asarray(np.linalg.inv(information)), scores, loglik)

    def _maximise(self, family: str, at: FloatArray) -> tuple[str, FloatArray, float]:
        """Climb by scoring steps: the outer product of scores stands in for the information (BHHH), damped."""
        level, scores = self._scores(family, at)
        value = float(self._weight @ level) - _prior(at)[0]
        damping = 1e-3
        for _ in range(_MOST_STEPS):
            _, slope, curvature = _prior(at)
            gradient = self._weight @ scores - slope
            outer = (scores * self._weight[:, None]).T @ scores + np.diag(curvature + 0.05)
            taken = False
            for _ in range(8):
                step = np.linalg.solve(outer + damping * np.diag(np.diag(outer)), gradient)
                step *= min(1.0, 1.0 / np.abs(step).max())
                level, new_scores = self._scores(family, at + step)
                new_value = float(self._weight @ level) - _prior(at + step)[0]
                if new_value > value - 1e-9:
                    taken = True
                    break
                damping = max(damping * 8, 1e-2)
            if not taken:
                break
            gained, at, scores, value = new_value - value, at + step, new_scores, new_value
            damping = max(damping / 5, 1e-6)
            if gained < 1e-3 and np.abs(step).max() < 0.01:
                break
        return family, at, value

    def _doubt(self, family: str, at: FloatArray) -> FloatArray:
        """What each user does to the scores of all through the slope of the user's arm; shape (users, parameters)."""
        if self._trends is None:
            return np.zeros((1, len(at)))
        slope, width = self._trends.slope, 1e-3
        by_slope = np.empty((len(slope), len(at)))
        for arm in range(len(slope)):
            step = width * np.eye(len(slope))[arm]
            moved = []
            for way in (step, -step):
                self._move(slope + way)
                moved.append(self._weight @ self._scores(family, at)[1])
            by_slope[arm] = (moved[0] - moved[1]) / (2 * width)
        self._move(slope)
        return self._trends.influence[:, None] * by_slope[self._arm_of_user]

    def _information(self, family: str, at: FloatArray) -> FloatArray:
        """Minus the second derivatives of the weighted likelihood, by central differences of its exact gradient."""
        size, width = len(at), 1e-4
        second = np.empty((size, size))
        for place in range(size):
            step = np.zeros(size)
            step[place] = width
            ahead = self._weight @ self._scores(family, at + step)[1]
            behind = self._weight @ self._scores(family, at - step)[1]
            second[place] = (ahead - behind) / (2 * width)
        return np.asarray(np.diag(_prior(at)[2]) - (second + second.T) / 2)

    def _scores(self, family: str, at: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log-likelihood of a user of each cell, and its derivatives."""
        arms = len(self._names)
        shifts = [_shift(at, arm, arms) for arm in range(arms)]
        ends = self._ends(np.stack([_life(at, by_hazard, self._longest) for _, _, by_hazard in shifts]))
        level, scores = np.empty(len(self._weight)), np.zeros((len(self._weight), len(at)))
        for arm, (by_pace, by_width, _) in enumerate(shifts):
            share = _rate_shares(family, self._log_rate, at[0] + by_pace, at[1] + by_width)  # (3, rates)
            for inside in _pieces(self._of_arm[arm]):
                likely = ends[self._ending[inside]]
                likely *= self._seen[inside, None]
                total, by_place, by_spread = (likely[:, 0] @ share.T).T
                total = np.maximum(total, _TINY)
                by_hazard, by_shape, by_never = (likely[:, 1:] @ share[0]).T / total
                level[inside] = np.log(total) + self._offset[inside]
                columns = (by_place / total, by_spread / total, np.exp(at[3]) * by_hazard, by_shape, by_never)
                scores[inside, :_SHARED] = np.stack(columns, axis=1)
                if arm:
                    for block, column in enumerate((*columns[:2], by_hazard)):
                        scores[inside, _SHARED + block * (arms - 1) + arm - 1] = column
        return level, scores

    def _ends(self, curves: FloatArray) -> FloatArray:
        """Sum over the moments at which the users of each cell may have dropped out, for S and its slopes.

        Parameters
        ----------
        curves
            Shape (arms, 4, days + 1).

        Returns
        -------
        ndarray
            R(t, K) and its derivatives by the three slopes of S, shape (different ends, 4, rates).
        """
        key = curves.tobytes()
        if self._known_ends and self._known_ends[0] == key:  # steps in the law of rates alone leave them as they are
            return self._known_ends[1]
        # R(t, K) = A(t) + q^(K - t) (S(K) - A(K)), where A(t) = P(D = t) + q A(t + 1) up to the longest K: A(K) is at
        # most S(K), so that nothing small is left over from large numbers.
        curves = curves[..., None]
        ending = curves[:, :, :-1] - curves[:, :, 1:]
        gone = np.zeros((*curves.shape[:3], len(self._log_rate)))
        for day in range(self._longest - 1, -1, -1):
            gone[:, :, day] = ending[:, :, day] + self._quiet[:, None, day + 1] * gone[:, :, day + 1]
        by_day = (-1, curves.shape[1], len(self._log_rate))
        ended, still = (np.moveaxis(each, 1, 2).reshape(by_day) for each in (gone, curves - gone))
        found = still[self._at_end]
        found *= self._unseen[:, None]
        found += ended[self._at_last]
        self._known_ends = key, found
        return found


def _slices(codes: Ints, count: int) -> list[slice]:
    """Where each code stands among sorted ones."""
    bounds = np.searchsorted(codes, np.arange(count + 1))
    return [slice(int(low), int(high)) for low, high in pairwise(bounds)]


def _pieces(whole: slice) -> Iterator[slice]:
    """Cut a slice into pieces that a processor's cache can hold."""
    for start in range(whole.start, whole.stop, _PIECE):
        yield slice(start, min(start + _PIECE, whole.stop))


def _shift(at: FloatArray, arm: int, arms: int) -> tuple[float, float, float]:
    """Shifts of an arm in place and log spread of the log rate, and in log hazard."""
    if arm == 0:
        return 0.0, 0.0, 0.0
    pace, spread, hazard = (float(at[_SHARED + block * (arms - 1) + arm - 1]) for block in range(3))
    return pace, spread, hazard


def _life(at: FloatArray, shift: float, days: int) -> FloatArray:
    """P(D >= k), k = 0 .. days, and its derivatives by the log hazard, the log shape and the logit of pi."""
    middle = np.log(np.arange(1, days + 1) - 0.5) + at[2]
    shape, never = np.exp(at[3]), 1 / (1 + np.exp(-at[4]))
    hazard = np.exp(np.minimum(shift + shape * middle, 50.0))
    staying = np.exp(-hazard)
    level, by_hazard = (1 - never) * staying, -(1 - never) * staying * hazard
    curves = np.stack([level, by_hazard, by_hazard * shape * middle, -never * (1 - never) * staying])
    return np.concatenate([np.array([[1.0], [0.0], [0.0], [0.0]]), curves], axis=1)


def _rate_shares(family: str, log_rate: FloatArray, place: float, log_spread: float) -> FloatArray:
    """Share of users at each rate, and its derivatives by place and log spread; shape (3, rates).

    gamma: exp(log spread) is the shape, exp(place) the mean; lognormal: exp(log spread) is the standard deviation.
    """
    away = log_rate - place
    if family == "gamma":
        shape = np.exp(log_spread)
        log_share = shape * (away - np.exp(away))
        by_place, by_spread = shape * (np.exp(away) - 1), log_share
    else:
        scale = np.exp(-2 * log_spread)
        log_share = -0.5 * scale * away**2
        by_place, by_spread = scale * away, -2 * log_share
    share = np.exp(log_share - log_share.max())
    share /= share.sum()
    return np.stack([share, share * (by_place - share @ by_place), share * (by_spread - share @ by_spread)])


def _as_lognormal(at: FloatArray) -> FloatArray:
    """Start the normal law where the gamma law ended: same mean and spread of the log rate, same life."""
    shape = float(np.exp(at[1]))
    start = at.copy()
    start[0] += float(digamma(shape)) - at[1]
    start[1] = 0.5 * np.log(float(polygamma(1, shape)))
    return start


def _prior(at: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    """Half the squared distance from the prior's mean, its slope and its curvature."""
    precision = np.zeros(len(at))
    precision[:_SHARED] = _PRIOR_PRECISION
    further = (len(at) - _SHARED) // 3
    precision[_SHARED + further : _SHARED + 2 * further] = _PRIOR_PRECISION[1]
    away = at - np.concatenate([_PRIOR_MEAN, np.zeros(len(at) - _SHARED)])
    return float(0.5 * precision @ away**2), precision * away, precision

"""Contrasts standardised over covariates: inverse-probability or overlap weighting, and g-computation."""

import math

import numpy as np

from recsys_core.retention.adjustment.adjustment_cells import Cells
from recsys_core.retention.adjustment.propensity import PropensityModel, arm_weights
from recsys_core.retention.cox.newton import improve, newton
from recsys_core.retention.cox.risk_sets import RiskSets, State
from recsys_core.retention.estimators.design import centre_and_scale
from recsys_core.retention.estimators.event_table import FloatArray, SurvivalRows, sum_by

KNOTS = 256  # resampled g-computation interpolates the linear predictor between this many points


class Weighting:
    """Kaplan-Meier curves of the two arms under stabilised or overlap weights."""

    def __init__(self, cells: Cells, model: PropensityModel, horizon: float, day: float) -> None:
        self._cells, self._model = cells, model
        self._horizon, self._day = horizon, day
        self._times, self._at = np.unique(cells.duration, return_inverse=True)

    def difference(self, count: FloatArray | None = None) -> FloatArray:
        """Return arm 1 minus arm 0 of (restricted mean, S(day)), for the users or for resampled counts."""
        cells = self._cells
        used = cells.count if count is None else count
        weight = used * arm_weights(cells, self._model.probability(count), used)
        return self._figures(weight * cells.arm) - self._figures(weight * (1 - cells.arm))

    def _figures(self, weight: FloatArray) -> FloatArray:
        leaving = sum_by(self._at, weight, self._times.size)
        events = sum_by(self._at, weight * self._cells.event, self._times.size)
        at_risk = np.cumsum(leaving[::-1])[::-1]
        hazard = np.divide(events, at_risk, out=np.zeros_like(events), where=at_risk > 0)
        survival = np.cumprod(np.maximum(1 - hazard, 0.0))
        return step_figures(self._times, survival, self._horizon, self._day)


class GComputation:
    """A Cox model with the arm and the covariates, averaged over the covariates of both arms.

    With overlap the average weighs each pattern by p (1 - p), the part of it that both arms could have served.

    Raises
    ------
    DataError
        When the Cox model cannot be fitted; see `fit_cox`.
    """

    def __init__(self, cells: Cells, model: PropensityModel | None = None) -> None:
        self._cells = cells
        self._model = model if cells.overlap else None
        x = np.vstack((cells.arm, cells.patterns[cells.pattern].T))
        self._centre, self._scale = centre_and_scale(x, cells.count)
        rows = SurvivalRows(cells.duration, cells.event, None, cells.count)
        scaled = (x - self._centre[:, None]) / self._scale[:, None]
        self._sets = RiskSets(rows, scaled, np.zeros(cells.count.size, dtype=np.int64), repeats=True)
        self._state = newton(self._sets, ("arm", *cells.names))[1]

    def survival(self, times: FloatArray) -> FloatArray:
        """Return the standardised S of arm 0 and arm 1 at each time, shape (2, times)."""
        at = np.searchsorted(self._sets.times, times, side="right")
        curves = self._curves(self._state, self._cells.count, self._sets.times.size, exact=True)
        return np.concatenate((np.ones((2, 1)), curves), axis=1)[:, at]

    def difference(self, horizon: float, day: float, count: FloatArray | None = None) -> FloatArray:
        """Return arm 1 minus arm 0 of (restricted mean, S(day)), for the users or for resampled counts."""
        state, used = self._state, self._cells.count
        if count is not None:
            self._sets.use_weights(count)
            state, used = improve(self._sets, self._state.beta), count
        wanted = int(np.searchsorted(self._sets.times, max(horizon, day), side="right"))
        curves = self._curves(state, used, wanted, exact=count is None)
        times = self._sets.times[:wanted]
        reference, arm = (step_figures(times, curve, horizon, day) for curve in curves)
        return arm - reference

    def _curves(self, state: State, count: FloatArray, wanted: int, *, exact: bool) -> FloatArray:
        cells = self._cells
        hazard = np.cumsum(state.ties.a1[:wanted])
        share = cells.per_pattern(count)
        if self._model is not None:
            p = self._model.probability(None if exact else count)
            share = share * p * (1 - p)
        share = share / share.sum()
        coef = state.beta / self._scale
        own = (cells.patterns - self._centre[1:]) @ coef[1:]
        if not exact and own.size > KNOTS:
            own, share = _interpolated(own, share)
        shifts = coef[0] * (np.array([0.0, 1.0]) - self._centre[0])
        return np.array([share @ np.exp(-np.exp(own + shift)[:, None] * hazard) for shift in shifts])


def step_figures(times: FloatArray, survival: FloatArray, horizon: float, day: float) -> FloatArray:
    """Return the area to the horizon and S(day) of a step curve that starts at 1."""
    levels = np.concatenate(([1.0], survival))
    knots = np.concatenate(([0.0], np.minimum(times, horizon), [horizon]))
    return np.array([float(levels @ np.diff(knots)), levels[np.searchsorted(times, day, side="right")]])


def normal_error(draws: FloatArray) -> FloatArray:
    """Return the standard deviation over resamples, shape (resamples, figures) -> (figures,)."""
    return np.asarray(draws.std(axis=0, ddof=1)) if len(draws) > 1 else np.full(draws.shape[1], math.nan)


def _interpolated(own: FloatArray, share: FloatArray) -> tuple[FloatArray, FloatArray]:
    knots = np.linspace(own.min(), own.max(), KNOTS)
    place = (own - knots[0]) / (knots[1] - knots[0]) if knots[-1] > knots[0] else np.zeros_like(own)
    left = np.minimum(place.astype(np.int64), KNOTS - 2)
    right = place - left
    spread = sum_by(left, share * (1 - right), KNOTS) + sum_by(left + 1, share * right, KNOTS)
    return knots, spread

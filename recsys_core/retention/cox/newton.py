"""Newton's method with step halving for the Cox partial likelihood."""

import math
from collections.abc import Sequence

import numpy as np

from recsys_core.errors import DataError
from recsys_core.retention.cox.risk_sets import RiskSets, State
from recsys_core.retention.estimators.design import first_dependent
from recsys_core.retention.estimators.event_table import FloatArray

MOST_STEPS = 30


def newton(sets: RiskSets, names: Sequence[str]) -> tuple[float, State, FloatArray]:
    """Maximise the partial likelihood from 0.

    Returns
    -------
    tuple
        Log likelihood at 0, the state at the maximum, and the inverse information there.

    Raises
    ------
    DataError
        When a column is constant or redundant among those at risk, or the maximum lies at infinity.
    """
    state = sets.at(np.zeros(len(names)))
    null, at_zero = state.loglik, sets.information(state)
    information = at_zero
    redundant = first_dependent(information)
    if redundant is not None:
        raise DataError("cox-column-redundant", column=names[redundant])
    for _ in range(MOST_STEPS):
        step = _solve(information, state.score_by_time.sum(axis=1))
        gain = float(step @ state.score_by_time.sum(axis=1))
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # on the way to infinity
            state = _uphill(sets, state, step)
            information = sets.information(state)
        if not (np.isfinite(information).all() and np.isfinite(state.score_by_time).all()):
            break
        small_step = np.abs(step).max() <= 1e-6 * (1 + np.abs(state.beta).max())
        if abs(gain) <= 1e-9 * (1 + abs(state.loglik)) and small_step:
            if _has_collapsed(at_zero, information):
                break
            return null, state, np.asarray(np.linalg.inv(information))
    worst = names[int(np.argmax(np.abs(state.beta)))]
    raise DataError("cox-column-orders-events", column=worst)


def improve(sets: RiskSets, start: FloatArray, steps: int = 3) -> State:
    """Take a few Newton steps from the full-sample solution: the k-step bootstrap.

    References
    ----------
    Andrews 2002, Higher-order improvements of a computationally attractive k-step bootstrap.
    """
    state = sets.at(start)
    for _ in range(steps):
        state = _uphill(sets, state, _solve(sets.information(state), state.score_by_time.sum(axis=1)))
    return state


def _solve(information: FloatArray, score: FloatArray) -> FloatArray:
    # least squares: a direction without information (a level missing from a resample) gets no step
    return np.asarray(np.linalg.lstsq(information, score, rcond=1e-12)[0])


def _has_collapsed(at_zero: FloatArray, information: FloatArray) -> bool:
    # a maximum at infinity leaves some direction without information
    left = np.linalg.eigvals(np.linalg.solve(at_zero, information)).real.min()
    return bool(left < 1e-7)


def _uphill(sets: RiskSets, state: State, step: FloatArray) -> State:
    for halving in range(20):
        new = sets.at(state.beta + step / 2**halving)
        if math.isfinite(new.loglik) and new.loglik >= state.loglik - 1e-10 * (1 + abs(state.loglik)):
            return new
    return state

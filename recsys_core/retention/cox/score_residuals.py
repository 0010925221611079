"""Each row's share of the score of a Cox model, and the sandwich that its squares make."""

from collections.abc import Iterator

import numpy as np

from recsys_core.retention.cox.risk_sets import RiskSets, State
from recsys_core.retention.estimators.event_table import FloatArray


def score_residuals(sets: RiskSets, state: State) -> FloatArray:
    """Return each row's share of the score, without its case weight; shape (columns, rows of `sets.kept`).

    Tied deaths share the Efron steps as in R's residuals(fit, "score").
    """
    residuals = np.empty_like(sets.x)
    for block, part in _blocks(sets, state):
        residuals[:, block] = part
    return residuals


def squared_score(sets: RiskSets, state: State) -> FloatArray:
    """Return the sum over rows of (weight * residual)(weight * residual)', shape (columns, columns).

    A row that stands for several (`sets.repeats`) counts that often.
    """
    factor = sets.weights if sets.repeats else sets.weights**2
    if sets.segments is not None:
        return _squared_by_segment(sets, state, factor)
    total = np.zeros((len(sets.x), len(sets.x)))
    for block, part in _blocks(sets, state):
        total += (part * factor[block]) @ part.T
    return total


def _blocks(sets: RiskSets, state: State) -> Iterator[tuple[slice, FloatArray]]:
    ties = state.ties
    mean_x, step_mean = _means_of_deaths(sets, state)
    for block in sets.blocks():
        x, risk = sets.x[:, block], state.risk[block]
        part = sets.sum_while_at_risk(state.centre, block) - x * sets.sum_while_at_risk(ties.a1, block)
        part *= risk
        dead = np.flatnonzero(sets.event[block])
        at, own = sets.last[block][dead], x[:, dead]
        part[:, dead] += own - mean_x[:, at] + risk[dead] * (own * ties.a2[at] - step_mean[:, at])
        yield block, part


def _means_of_deaths(sets: RiskSets, state: State) -> tuple[FloatArray, FloatArray]:
    ties = state.ties
    share = np.divide(1.0, sets.mean_weight * sets.deaths, out=np.zeros_like(ties.a1), where=sets.deaths > 0)
    return (state.s1 * ties.a1 - state.d1 * ties.a2) * share, state.s1 * ties.b1 - state.d1 * ties.b2


def _squared_by_segment(sets: RiskSets, state: State, factor: FloatArray) -> FloatArray:
    # within a segment a residual is fixed @ (1, x) + risk * moving @ (1, x): its squares need only the moments of
    # (1, x) under the weights 1, risk and risk^2
    by_risk = factor * state.risk
    square = sets.segment_sums(by_risk * state.risk)
    plain, cross = sets.segment_sums(factor, alive=False), sets.segment_sums(by_risk, alive=False)
    mean_x, step_mean = _means_of_deaths(sets, state)
    hazard = sets.sum_to_time(state.ties.a1)
    centre = sets.sum_to_time(state.centre)
    alive = _maps(-hazard, centre)
    moving = _maps(state.ties.a2 - hazard, centre - step_mean)
    fixed = _maps(np.ones_like(hazard), -mean_x)
    mixed = _sandwich(fixed, cross, moving)
    return (
        _sandwich(alive, square[0::2], alive)
        + _sandwich(moving, square[1::2], moving)
        + _sandwich(fixed, plain, fixed)
        + mixed
        + mixed.T
    )


def _maps(slope: FloatArray, shift: FloatArray) -> FloatArray:
    """Return per time the matrix that takes (1, x) to shift + slope x, shape (times, columns, columns + 1)."""
    columns = len(shift)
    maps = np.zeros((slope.size, columns, columns + 1))
    maps[:, :, 0] = shift.T
    maps[:, np.arange(columns), np.arange(columns) + 1] = slope[:, None]
    return maps


def _sandwich(left: FloatArray, middle: FloatArray, right: FloatArray) -> FloatArray:
    return np.asarray((left @ middle @ right.transpose(0, 2, 1)).sum(axis=0))

"""Sums over the risk sets of a Cox model: one pass over the rows per Newton step.

Rows are sorted by stratum, by the last event time at which they are at risk, and by whether they die then. Where
many rows share a time, the moments of each such segment come from one small matrix product in cache, and risk sets
are cumulative sums of them. With delayed entry or few ties the sums run over all rows at once.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from recsys_core.retention.cox.ties import TieRule, TieSums
from recsys_core.retention.estimators.event_table import FloatArray, SurvivalRows, sum_by, whole

IntArray = npt.NDArray[np.int64]

BLOCK = 4096  # rows that are worked on while they are in the processor's cache; too few for threads to be woken
ROWS_PER_TIME = 128  # from here on segments pay
RADIX = 2**16  # numpy sorts 16-bit keys in linear time

_Moments = tuple[FloatArray, FloatArray, FloatArray | None]  # of order 0, 1 and 2, by time


@dataclass(frozen=True)
class State:
    """Everything that one value of the coefficients implies; first moments have shape (columns, times).

    second, dead_second are the second moments by time, shape (times, columns, columns); None where they are not
    held because times are many.
    """

    beta: FloatArray
    risk: FloatArray  # exp of the linear predictor, without the case weight
    s1: FloatArray
    d1: FloatArray
    ties: TieSums
    loglik: float
    score_by_time: FloatArray
    second: FloatArray | None = None
    dead_second: FloatArray | None = None

    @property
    def centre(self) -> FloatArray:
        """Weighted sum over ties of x-bar / den: the increments of sum x-bar dH."""
        return self.s1 * self.ties.b0 - self.d1 * self.ties.b1


class RiskSets:
    """Rows sorted by stratum, by the last event time at which they are at risk, and deaths last.

    Parameters
    ----------
    rows
        Checked rows with weights above 0.
    x
        Covariates, shape (columns, rows).
    stratum
        Integer per row, from 0.
    scaling
        Centre and scale of each column, where the caller has not applied them.
    efron
        Ties by Efron, else by Breslow.
    repeats
        Whether weights are counts of identical rows; then each repeat is one tied death.

    Attributes
    ----------
    kept
        Rows, in sorted order, that are at risk at one event time or more; other arrays of rows follow it.
    times, time_stratum
        Event times, ascending within their stratum.
    segments
        Where rows of one time begin: those who stay alive, then those who die; None where times are many or rows
        enter late.
    """

    def __init__(
        self,
        rows: SurvivalRows,
        x: FloatArray,
        stratum: IntArray,
        *,
        scaling: tuple[FloatArray, FloatArray] | None = None,
        efron: bool = True,
        repeats: bool = False,
    ) -> None:
        self._place(rows, stratum)
        self._with_one = _gathered(x, self.kept, scaling)
        self.x = self._with_one[1:]
        self._efron, self.repeats = efron, repeats
        self.use_weights(rows.weights)

    def use_weights(self, weights: FloatArray) -> None:
        """Take other weights for the rows (in the caller's order), for resampling."""
        self.weights = weights[self.kept]
        w_dead = self.weights[self.event]
        self.dead_weight = self._dead_sums(w_dead)
        self.deaths = (
            np.rint(self.dead_weight).astype(np.int64) if self.repeats else self._dead_sums(w_dead > 0).astype(int)
        )
        self.mean_weight = np.divide(
            self.dead_weight, self.deaths, out=np.zeros_like(self.dead_weight), where=self.deaths > 0
        )
        self._ties = TieRule(self.deaths, self.mean_weight, efron=self._efron)
        if self.segments is None:
            self._sum_dead_x = self._dead_sums(self.x_dead * w_dead)
        else:
            self._sum_dead_x = self.segment_sums(self.weights, alive=False)[:, 0, 1:].T

    @cached_property
    def last(self) -> IntArray:
        """Per row, the last event time (index) at which it is at risk."""
        return np.repeat(np.arange(self.times.size), self._lengths[0::2] + self._lengths[1::2])

    @cached_property
    def dead_at(self) -> IntArray:
        """Per death, its event time (index)."""
        return np.repeat(np.arange(self.times.size), self._lengths[1::2])

    @cached_property
    def x_dead(self) -> FloatArray:
        """Covariates of the deaths, in the order of `dead_at`."""
        return self.x.take(np.flatnonzero(self.event), axis=1)

    def at(self, beta: FloatArray) -> State:
        """Return the sums at the coefficients `beta`."""
        if self.segments is not None:
            return self._at_by_segments(beta)
        risk = self._risk(beta)
        weighted = self.weights * risk
        dead = weighted[self.event]
        d0, d1 = self._dead_sums(dead), self._dead_sums(self.x_dead * dead)
        s0 = self._over_risk_sets(weighted)
        s1 = self._over_risk_sets(self.x * weighted)
        return self._state(beta, risk, ((s0, s1, None), (d0, d1, None)))

    def linear(self, beta: FloatArray) -> FloatArray:
        """Return the linear predictor of each row."""
        # einsum and not BLAS, which would wake threads for a sum that one core does in its cache
        linear = np.empty(self.kept.size)
        for block in self.blocks():
            np.einsum("k,kn->n", beta, self.x[:, block], out=linear[block])
        return linear

    def _risk(self, beta: FloatArray) -> FloatArray:
        linear = self.linear(beta)
        with np.errstate(over="ignore"):  # the caller halves a step that overflows
            return np.exp(linear, out=linear)

    def information(self, state: State, factor: FloatArray | None = None) -> FloatArray:
        """Return sum over times of factor * V(time), V the covariance of x in the risk set."""
        ties = state.ties
        g = np.ones(self.times.size) if factor is None else factor
        if state.second is not None and state.dead_second is not None:
            second = np.tensordot(g * ties.a1, state.second, 1) - np.tensordot(g * ties.a2, state.dead_second, 1)
        else:
            second = self._second_moment(state, g)
        cross = (state.s1 * (g * ties.b1)) @ state.d1.T
        outer = (state.s1 * (g * ties.b0)) @ state.s1.T + (state.d1 * (g * ties.b2)) @ state.d1.T
        return np.asarray(second - outer + cross + cross.T)

    def sum_while_at_risk(self, per_time: FloatArray, rows: slice = slice(None)) -> FloatArray:
        """Return, per row, the sum of a per-time quantity over the times at which the row is at risk."""
        if self._late is not None:
            total = np.zeros((*per_time.shape[:-1], self.times.size + 1))
            np.cumsum(per_time, axis=-1, out=total[..., 1:])
            return np.asarray(total[..., self.last[rows] + 1] - total[..., self._first[rows]])
        return self.sum_to_time(per_time)[..., self.last[rows]]

    def sum_to_time(self, per_time: FloatArray) -> FloatArray:
        """Return, per time, the sum of a per-time quantity from the stratum's first time to it."""
        total = np.zeros((*per_time.shape[:-1], self.times.size + 1))
        np.cumsum(per_time, axis=-1, out=total[..., 1:])
        return np.asarray(total[..., 1:] - total[..., self._stratum_begin])

    def _place(self, rows: SurvivalRows, stratum: IntArray) -> None:
        self.times, self.time_stratum, last = _event_times(rows, stratum)
        size = self.times.size
        begins = np.searchsorted(self.time_stratum, np.arange(int(stratum.max()) + 1))
        self._stratum_begin = begins[self.time_stratum]
        self._stratum_end = np.searchsorted(self.time_stratum, self.time_stratum, side="right")
        first = begins[stratum] if begins.size > 1 else np.zeros(1, dtype=np.int64)
        if rows.entry is not None:
            events = self.time_stratum + 1j * self.times
            first = np.searchsorted(events, stratum + 1j * rows.entry, side="right")
        chosen = last >= first
        last *= 2
        last += rows.event > 0
        self.kept, edges = _sort_rows(last, chosen, 2 * size)
        lengths = np.diff(edges)
        self._lengths = lengths
        self.event = np.repeat(np.arange(2 * size) % 2 == 1, lengths)
        self._starts, self._dead_starts = edges[0:-1:2], np.cumsum(lengths[1::2]) - lengths[1::2]
        self._late = None
        if rows.entry is not None:
            self._first = first[self.kept]
            self._late = np.flatnonzero(self._first > self._stratum_begin[self.last])
        by_segment = self._late is None and self.kept.size >= ROWS_PER_TIME * size
        self.segments = edges if by_segment else None

    def _at_by_segments(self, beta: FloatArray) -> State:
        with np.errstate(over="ignore", invalid="ignore"):  # the caller halves a step that overflows
            risk = self._risk(beta)
            sums = self.segment_sums(self.weights * risk)
            dead = sums[1::2]
            per_time = sums[0::2] + dead
            padded = np.zeros((self.times.size + 1, *per_time.shape[1:]))
            padded[:-1] = np.cumsum(per_time[::-1], axis=0)[::-1]
            over = padded[:-1] - padded[self._stratum_end]
        return self._state(beta, risk, (_by_order(over), _by_order(dead)))

    def _state(
        self,
        beta: FloatArray,
        risk: FloatArray,
        moments: "tuple[_Moments, _Moments]",
    ) -> State:
        (s0, s1, second), (d0, d1, dead_second) = moments
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            ties = self._ties.sums(s0, d0)
            score = self._sum_dead_x - (s1 * ties.a1 - d1 * ties.a2)
        loglik = float(beta @ self._sum_dead_x.sum(axis=1) - ties.log_den.sum())
        return State(beta, risk, s1, d1, ties, loglik, score, second, dead_second)

    def segment_sums(self, weight: FloatArray, *, alive: bool = True) -> FloatArray:
        """Return sums of weight * (1, x)(1, x)' over each segment, or over those of deaths alone."""
        edges = self.segments
        if edges is None:
            raise ValueError("These risk sets are not kept by segment.")
        size = len(self._with_one)
        chosen = range(len(edges) - 1) if alive else range(1, len(edges) - 1, 2)
        sums = np.zeros((len(chosen), size, size))
        for place, segment in enumerate(chosen):
            for begin in range(edges[segment], edges[segment + 1], BLOCK):
                block = slice(begin, min(begin + BLOCK, edges[segment + 1]))
                x = self._with_one[:, block]
                sums[place] += (x * weight[block]) @ x.T
        return sums

    def _second_moment(self, state: State, g: FloatArray) -> FloatArray:
        # exchanged with the sum over times: each row enters one weighted cross product with the sum of the
        # coefficients of all times at which it is at risk
        weighted = self.weights * state.risk
        row = weighted * self.sum_while_at_risk(g * state.ties.a1)
        row[self.event] -= weighted[self.event] * (g * state.ties.a2)[self.dead_at]
        total = np.zeros((len(self.x), len(self.x)))
        for block in self.blocks():
            x = self.x[:, block]
            total += (x * row[block]) @ x.T
        return total

    def blocks(self) -> list[slice]:
        """Cut the rows into pieces that stay in the processor's cache."""
        return [slice(begin, begin + BLOCK) for begin in range(0, self.kept.size, BLOCK)]

    def _over_risk_sets(self, values: FloatArray) -> FloatArray:
        per_time = np.add.reduceat(values, self._starts, axis=-1)
        if self._late is not None and self._late.size:
            per_time -= self._before_entry(values)
        padded = np.zeros((*per_time.shape[:-1], self.times.size + 1))
        padded[..., :-1] = np.cumsum(per_time[..., ::-1], axis=-1)[..., ::-1]
        return np.asarray(padded[..., :-1] - padded[..., self._stratum_end])

    def _before_entry(self, values: FloatArray) -> FloatArray:
        late = self._late
        missed = self._first[late] - 1
        rows = np.atleast_2d(values)
        sums = [sum_by(missed, row[late], self.times.size) for row in rows]
        return np.array(sums).reshape((*values.shape[:-1], self.times.size))

    def _dead_sums(self, values: npt.NDArray[np.generic]) -> FloatArray:
        return np.asarray(np.add.reduceat(values, self._dead_starts, axis=-1, dtype=np.float64))


def _event_times(rows: SurvivalRows, stratum: IntArray) -> tuple[FloatArray, IntArray, IntArray]:
    """Return the event times, their strata, and per row the last event time at or before its own, in its stratum.

    An event time is a pair (stratum, time), ordered by stratum. A row with none in its stratum points into the
    stratum before, or to -1.
    """
    longest, strata = rows.duration.max(), int(stratum.max()) + 1
    if (longest + 1) * strata <= 2 * rows.duration.size + RADIX and whole(rows.duration):
        width = int(longest) + 1
        cell = rows.duration.astype(np.int64)
        if strata > 1:
            cell += stratum * width
        happens = np.bincount(cell, rows.event, width * strata) > 0
        events = np.flatnonzero(happens)
        return (events % width).astype(np.float64), events // width, (np.cumsum(happens) - 1)[cell]
    key = stratum + 1j * rows.duration  # complex numbers sort by real part, then by imaginary part
    moments = np.unique(key[rows.event > 0])
    last = np.searchsorted(moments, key, side="right") - 1
    return moments.imag, moments.real.astype(np.int64), last


def _by_order(sums: FloatArray) -> _Moments:
    return np.ascontiguousarray(sums[:, 0, 0]), np.ascontiguousarray(sums[:, 0, 1:].T), sums[:, 1:, 1:]


def _sort_rows(key: IntArray, chosen: npt.NDArray[np.bool_], keys: int) -> tuple[IntArray, IntArray]:
    """Return the chosen rows in the order of their keys 0 .. keys - 1, and where each key begins and the last ends."""
    rows = None if chosen.all() else np.flatnonzero(chosen)
    short = key if rows is None else key[rows]
    if keys <= RADIX:
        short = short.astype(np.uint16)
    order = np.argsort(short, kind="stable")
    edges = np.concatenate(([0], np.cumsum(np.bincount(short, minlength=keys))))
    return (order if rows is None else rows[order]), edges


def _gathered(x: FloatArray, rows: IntArray, scaling: tuple[FloatArray, FloatArray] | None) -> FloatArray:
    """Return a row of ones above the columns of x in sorted order."""
    out = np.ones((len(x) + 1, rows.size))
    for column, values in enumerate(x):
        sorted_values = out[column + 1]
        np.take(values, rows, out=sorted_values, mode="clip")  # the mode that needs no copy between
        if scaling is not None:
            sorted_values -= scaling[0][column]
            sorted_values /= scaling[1][column]
    return out

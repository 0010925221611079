"""Sums over the risk sets of a Cox model: one pass over the rows per Newton step, without loops."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys_core.retention.event_table import FloatArray, SurvivalRows, sum_by

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class TieSums:
    """Sums over the tied deaths of each event time, with den_l = S0 - f_l D0 (f = l / deaths; 0 for Breslow).

    log_den is sum log den; a1 = sum 1/den; a2 = sum f/den; b0, b1, b2 = sum 1, f, f^2 over den^2. All are
    multiplied by the mean weight of the deaths.
    """

    log_den: FloatArray
    a1: FloatArray
    a2: FloatArray
    b0: FloatArray
    b1: FloatArray
    b2: FloatArray


@dataclass(frozen=True)
class State:
    """Everything that one value of the coefficients implies; first moments have shape (columns, times)."""

    beta: FloatArray
    linear: FloatArray
    risk: FloatArray  # exp(linear), without the case weight
    s1: FloatArray
    d1: FloatArray
    ties: TieSums
    loglik: float
    score_by_time: FloatArray

    @property
    def centre(self) -> FloatArray:
        """Weighted sum over ties of x-bar / den: the increments of sum x-bar dH."""
        return self.s1 * self.ties.b0 - self.d1 * self.ties.b1


class RiskSets:
    """Rows sorted by stratum and by the last event time at which they are at risk.

    Parameters
    ----------
    rows
        Checked rows with weights above 0.
    x
        Covariates, shape (columns, rows), centred and scaled by the caller.
    stratum
        Integer per row.
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
    first, last
        Per row, the first and last event time (index) at which it is at risk.
    """

    def __init__(
        self,
        rows: SurvivalRows,
        x: FloatArray,
        stratum: IntArray,
        *,
        efron: bool = True,
        repeats: bool = False,
    ) -> None:
        self._place(rows, stratum)
        self.x = x.take(self.kept, axis=1)
        self.event = rows.event[self.kept] > 0
        self._starts = np.searchsorted(self.last, np.arange(self.times.size))
        self.dead_at = self.last[self.event]
        self._dead_starts = np.searchsorted(self.dead_at, np.arange(self.times.size))
        self._efron, self._repeats = efron, repeats
        self.x_dead = self.x.take(np.flatnonzero(self.event), axis=1)
        self.use_weights(rows.weights)

    def use_weights(self, weights: FloatArray) -> None:
        """Take other weights for the rows (in the caller's order), for resampling."""
        self.weights = weights[self.kept]
        w_dead = self.weights[self.event]
        self.dead_weight = self._dead_sums(w_dead)
        self.deaths = (
            np.rint(self.dead_weight).astype(np.int64) if self._repeats else self._dead_sums(w_dead > 0).astype(int)
        )
        self.mean_weight = np.divide(
            self.dead_weight, self.deaths, out=np.zeros_like(self.dead_weight), where=self.deaths > 0
        )
        self._tie_time = np.repeat(np.arange(self.times.size), self.deaths)
        before = np.cumsum(self.deaths) - self.deaths
        order = np.arange(self._tie_time.size) - before[self._tie_time]
        self._fraction = order / self.deaths[self._tie_time] if self._efron else np.zeros(order.size)
        self._sum_dead_x = self._dead_sums(self.x_dead * w_dead)

    def at(self, beta: FloatArray) -> State:
        """Return the sums at the coefficients `beta`."""
        linear = beta @ self.x
        with np.errstate(over="ignore"):  # the caller halves a step that overflows
            risk = np.exp(linear)
        weighted = self.weights * risk
        dead = weighted[self.event]
        d0, d1 = self._dead_sums(dead), self._dead_sums(self.x_dead * dead)
        s0 = self._over_risk_sets(weighted)
        s1 = self._over_risk_sets(self.x * weighted)
        ties = self._tie_sums(s0, d0)
        loglik = float((self.weights * linear)[self.event].sum() - ties.log_den.sum())
        score = self._sum_dead_x - (s1 * ties.a1 - d1 * ties.a2)
        return State(beta, linear, risk, s1, d1, ties, loglik, score)

    def information(self, state: State, factor: FloatArray | None = None) -> FloatArray:
        """Return sum over times of factor * V(time), V the covariance of x in the risk set.

        The second moments are exchanged with the sum over times: each row enters one weighted cross product
        with the sum of the coefficients of all times at which it is at risk.
        """
        ties = state.ties
        g = np.ones(self.times.size) if factor is None else factor
        row = self.weights * state.risk * self.sum_while_at_risk(g * ties.a1)
        row[self.event] -= (self.weights * state.risk)[self.event] * (g * ties.a2)[self.dead_at]
        second = (self.x * row) @ self.x.T
        cross = (state.s1 * (g * ties.b1)) @ state.d1.T
        outer = (state.s1 * (g * ties.b0)) @ state.s1.T + (state.d1 * (g * ties.b2)) @ state.d1.T
        return np.asarray(second - outer + cross + cross.T)

    def sum_while_at_risk(self, per_time: FloatArray) -> FloatArray:
        """Return, per row, the sum of a per-time quantity over the times at which the row is at risk."""
        total = np.cumsum(per_time, axis=-1)
        upto = total[..., self.last]
        before = np.where(self.first > 0, total[..., np.maximum(self.first - 1, 0)], 0.0)
        return np.asarray(upto - before)

    def _place(self, rows: SurvivalRows, stratum: IntArray) -> None:
        # an event time is a pair (stratum, time); complex numbers sort by real part, then by imaginary part
        key = stratum + 1j * rows.duration
        events = np.unique(key[rows.event > 0])
        self.times, self.time_stratum = events.imag, events.real.astype(np.int64)
        last = np.searchsorted(events, key, side="right") - 1
        opening = stratum.astype(complex) - 1j if rows.entry is None else stratum + 1j * rows.entry
        first = np.searchsorted(events, opening, side="right")
        at_risk = np.flatnonzero(last >= first)
        self.kept = at_risk[np.argsort(last[at_risk], kind="stable")]
        self.first, self.last = first[self.kept], last[self.kept]
        stratum_ends = np.searchsorted(self.time_stratum, self.time_stratum, side="right")
        self._stratum_end = stratum_ends
        self._late = None
        if rows.entry is not None:
            first_of_stratum = np.searchsorted(self.time_stratum, stratum[self.kept])
            self._late = np.flatnonzero(self.first > first_of_stratum)

    def _over_risk_sets(self, values: FloatArray) -> FloatArray:
        per_time = np.add.reduceat(values, self._starts, axis=-1)
        if self._late is not None and self._late.size:
            per_time -= self._before_entry(values)
        padded = np.zeros((*per_time.shape[:-1], self.times.size + 1))
        padded[..., :-1] = np.cumsum(per_time[..., ::-1], axis=-1)[..., ::-1]
        return np.asarray(padded[..., :-1] - padded[..., self._stratum_end])

    def _before_entry(self, values: FloatArray) -> FloatArray:
        late = self._late
        missed = self.first[late] - 1
        rows = np.atleast_2d(values)
        sums = [sum_by(missed, row[late], self.times.size) for row in rows]
        return np.array(sums).reshape((*values.shape[:-1], self.times.size))

    def _dead_sums(self, values: npt.NDArray[np.generic]) -> FloatArray:
        return np.asarray(np.add.reduceat(values, self._dead_starts, axis=-1, dtype=np.float64))

    def _tie_sums(self, s0: FloatArray, d0: FloatArray) -> TieSums:
        at, f = self._tie_time, self._fraction
        den = s0[at] - f * d0[at]
        inverse = 1 / den
        square = inverse**2

        def total(values: FloatArray) -> FloatArray:
            return sum_by(at, values, self.times.size) * self.mean_weight

        return TieSums(
            total(np.log(den)),
            total(inverse),
            total(f * inverse),
            total(square),
            total(f * square),
            total(f**2 * square),
        )


def score_residuals(sets: RiskSets, state: State) -> FloatArray:
    """Return each row's share of the score, without its case weight; shape (columns, rows of `sets.kept`).

    Tied deaths share the Efron steps as in R's residuals(fit, "score").
    """
    ties = state.ties
    share = np.divide(1.0, sets.mean_weight * sets.deaths, out=np.zeros_like(ties.a1), where=sets.deaths > 0)
    mean_x = (state.s1 * ties.a1 - state.d1 * ties.a2) * share
    expected = sets.x * sets.sum_while_at_risk(ties.a1) - sets.sum_while_at_risk(state.centre)
    residuals = -state.risk * expected
    at, dead = sets.dead_at, sets.event
    early = sets.x_dead * ties.a2[at] - (state.s1 * ties.b1 - state.d1 * ties.b2)[:, at]
    residuals[:, dead] += sets.x_dead - mean_x[:, at] + state.risk[dead] * early
    return np.asarray(residuals)

"""Efron's sums over the tied deaths of each time, by a short quadrature rule where the deaths are many."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys_core.retention.estimators.event_table import FloatArray, sum_by

MANY = 512  # tied deaths from which a rule is cheaper than the sum itself
NODES = 16
LARGEST_SHARE = 0.7  # of the risk set that dies: at most this, the rule is exact to rounding


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
class _Steps:
    """Terms of all sums: the time and the fraction f of each, and how many deaths it stands for."""

    time: npt.NDArray[np.int64]
    fraction: FloatArray
    deaths: FloatArray


class TieRule:
    """How to sum over the tied deaths of each event time.

    Parameters
    ----------
    deaths
        Number of deaths at each event time.
    mean_weight
        Mean case weight of these deaths.
    efron
        Efron's fractions, else Breslow's (all 0).
    """

    def __init__(self, deaths: npt.NDArray[np.int64], mean_weight: FloatArray, *, efron: bool) -> None:
        self._deaths, self._mean_weight, self._efron = deaths, mean_weight, efron
        self._short = np.zeros(deaths.size, dtype=bool)
        self._steps: _Steps | None = None

    def sums(self, s0: FloatArray, d0: FloatArray) -> TieSums:
        """Return the sums for the weights at risk `s0` and dying `d0`."""
        steps = self._steps_for((self._deaths >= MANY) & (d0 <= LARGEST_SHARE * s0))
        f = steps.fraction
        den = s0[steps.time] - f * d0[steps.time]
        inverse = steps.deaths / den
        square = inverse / den
        log_den = np.log(den) * steps.deaths

        def total(values: FloatArray) -> FloatArray:
            return sum_by(steps.time, values, self._deaths.size) * self._mean_weight

        first, second = f * inverse, f * square
        return TieSums(total(log_den), total(inverse), total(first), total(square), total(second), total(f * second))

    def _steps_for(self, short: npt.NDArray[np.bool_]) -> _Steps:
        if self._steps is None or not np.array_equal(short, self._short):
            self._short, self._steps = short, self._lay_out(short)
        return self._steps

    def _lay_out(self, short: npt.NDArray[np.bool_]) -> _Steps:
        if not self._efron:
            return _Steps(np.arange(self._deaths.size), np.zeros(self._deaths.size), self._deaths.astype(np.float64))
        long = np.where(short, 0, self._deaths)
        time = np.repeat(np.arange(long.size), long)
        fraction = (np.arange(time.size) - (np.cumsum(long) - long)[time]) / long[time]
        nodes, weights = equal_step_quadrature(self._deaths[short])
        return _Steps(
            np.concatenate((time, np.repeat(np.flatnonzero(short), NODES))),
            np.concatenate((fraction, nodes.ravel())),
            np.concatenate((np.ones(time.size), weights.ravel())),
        )


def equal_step_quadrature(counts: npt.NDArray[np.int64], nodes: int = NODES) -> tuple[FloatArray, FloatArray]:
    """Return fractions and weights with sum_l g(l / n) = sum_j weight_j g(fraction_j), l = 0 .. n - 1.

    Gauss's rule for equally spaced points: exact for polynomials g up to degree 2 nodes - 1, and to rounding for
    1 / (s - f d) and its logarithm while d is well below s.

    Parameters
    ----------
    counts
        n of each sum, above `nodes`.
    nodes
        Terms per sum.

    Returns
    -------
    tuple
        Two arrays of shape (counts, nodes).

    References
    ----------
    Golub & Welsch 1969; the recurrence is that of the discrete Chebyshev (Gram) polynomials.
    """
    distinct, place = np.unique(counts, return_inverse=True)
    n, k = distinct[:, None].astype(np.float64), np.arange(1, nodes)
    jacobi = np.zeros((distinct.size, nodes, nodes))
    jacobi[:, np.arange(nodes), np.arange(nodes)] = (n - 1) / (2 * n)
    beside = np.sqrt(k**2 * (1 - (k / n) ** 2) / (4 * (4 * k**2 - 1)))
    jacobi[:, k, k - 1] = beside  # eigh reads the lower triangle
    fractions, vectors = np.linalg.eigh(jacobi)
    return fractions[place], (n * vectors[:, 0, :] ** 2)[place]

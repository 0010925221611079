"""Logistic regression by Newton steps, on rows that stand for several users, with or without a hold on the size."""

from dataclasses import dataclass

import numpy as np

from recsys_core.errors import DataError
from recsys_core.retention.estimators.design import centre_and_scale
from recsys_core.retention.estimators.event_table import FloatArray

HOLD = 1.0  # precision of the prior on a coefficient of a scaled column, for overlap weights
_STEPS, _LONGEST = 50, 4.0
_SURE = 1e-8


@dataclass(frozen=True)
class Logistic:
    """log(p / (1 - p)) = x beta.

    Attributes
    ----------
    x
        Shape (rows, coefficients): 1, then the columns, centred and divided by their standard deviation.
    beta
        Coefficients.
    hold
        Precision of the normal prior on every coefficient but the first; 0 for maximum likelihood.
    """

    x: FloatArray
    beta: FloatArray
    hold: float = 0.0

    def probability(self) -> FloatArray:
        """Return p of every row."""
        return logistic(self.x @ self.beta)

    def penalty(self) -> FloatArray:
        """Return the precision of every coefficient's prior."""
        return np.r_[0.0, np.full(self.beta.size - 1, self.hold)]

    def information(self, total: FloatArray, beta: FloatArray | None = None) -> FloatArray:
        """Return minus the second derivative of the log likelihood of `total` users per row, the prior's included."""
        p = logistic(self.x @ (self.beta if beta is None else beta))
        return np.asarray((self.x.T * (total * p * (1 - p))) @ self.x + np.diag(self.penalty()))

    def stepped(self, beta: FloatArray, total: FloatArray, treated: FloatArray) -> FloatArray:
        """Return one Newton step from `beta` for other numbers of users per row."""
        score = self.x.T @ (treated - total * logistic(self.x @ beta)) - self.penalty() * beta
        return np.asarray(np.linalg.lstsq(self.information(total, beta), score, rcond=1e-12)[0])


def fit_logistic(
    columns: FloatArray, names: tuple[str, ...], total: FloatArray, treated: FloatArray, *, held: bool = False
) -> Logistic:
    """Fit how likely a user of each row is to be in the arm.

    Parameters
    ----------
    columns
        Shape (rows, columns), without an intercept.
    names
        Of the columns.
    total, treated
        Users of each row, and how many of them are in the arm.
    held
        Keep every coefficient finite by a normal prior of precision 1 on scaled columns: one user's worth of doubt,
        which vanishes as users grow, and lets columns that tell the arms apart stand.

    Raises
    ------
    DataError
        Unless held: when a column tells the arms apart perfectly, so that no weight exists for some users.
    """
    centre, scale = centre_and_scale(columns.T, total) if columns.shape[1] else (np.empty(0), np.empty(0))
    x = np.column_stack((np.ones(len(columns)), (columns - centre) / scale))
    start = np.zeros(x.shape[1])
    share = float(treated.sum() / total.sum())
    start[0] = np.log(share / (1 - share))
    model = Logistic(x, start, HOLD if held else 0.0)
    beta = start
    for _ in range(_STEPS):
        step = model.stepped(beta, total, treated)
        longest = float(np.abs(x @ step).max())
        beta = beta + step * min(1.0, _LONGEST / max(longest, 1e-300)) if held else beta + step
        if np.abs(step).max() < 1e-10 * (1 + np.abs(beta).max()):
            p = logistic(x @ beta)
            if held or min(p.min(), 1 - p.max()) > _SURE:
                return Logistic(x, beta, model.hold)
            break
    if held:
        return Logistic(x, beta, model.hold)
    raise DataError("adjustment-arms-separated", column=names[int(np.argmax(np.abs(beta[1:])))])


def logistic(linear: FloatArray) -> FloatArray:
    """Return 1 / (1 + exp(-linear))."""
    return np.asarray(1 / (1 + np.exp(-np.clip(linear, -500, 500))))

"""The Weibull model of accelerated time: by how much a column stretches or shortens the time to lapse."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from recsys_core.errors import DataError
from recsys_core.retention.estimators.design import centre_and_scale, first_dependent, rows_of
from recsys_core.retention.estimators.event_table import FloatArray, SurvivalRows, sum_by, survival_rows
from recsys_core.retention.estimators.inference import interval, normal_p, z_value

HALF = 0.5
MOST_STEPS = 100
_LARGEST_LOG = 700.0


@dataclass(frozen=True)
class AftTerm:
    """One column: coef on the log of time, and exp(coef), the time ratio (2: lapses come twice as late).

    stderr, p and the limits are robust where the model's errors are; lower and upper are those of the time ratio.
    """

    name: str
    coef: float
    stderr: float
    time_ratio: float
    lower: float
    upper: float
    p: float


@dataclass(frozen=True)
class WeibullFit:
    """A fitted Weibull model: log T = intercept + columns + scale * (log of an exponential time).

    Attributes
    ----------
    terms
        One per column of the design.
    intercept, intercept_stderr
        Log of the characteristic time of a user whose columns are all 0.
    scale, log_scale_stderr
        1 / scale is the Weibull shape: below 1 the hazard falls with time.
    loglik
        Log likelihood of the model without columns, and of the model.
    robust
        Whether the errors are those of the sandwich.
    zero_durations
        Rows whose duration of 0 was taken as half a day (half a unit of the durations).
    """

    terms: tuple[AftTerm, ...]
    intercept: float
    intercept_stderr: float
    scale: float
    log_scale_stderr: float
    loglik: tuple[float, float]
    robust: bool
    zero_durations: int

    @property
    def shape(self) -> float:
        """Weibull shape: 1 is a constant hazard."""
        return 1 / self.scale


def fit_weibull(
    duration: npt.ArrayLike,
    event_observed: npt.ArrayLike,
    design: pd.DataFrame,
    *,
    entry: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    cluster: npt.ArrayLike | None = None,
    robust: bool = False,
    confidence: float = 0.95,
) -> WeibullFit:
    """Fit a Weibull model of accelerated failure time by Newton's method.

    Parameters
    ----------
    duration, event_observed, entry, weights
        As for `event_table`. A Weibull time is above 0, so durations of 0 count as one half.
    design
        Numeric columns, one row per user; see `design_matrix`. May have no columns.
    cluster
        Rows of one cluster are summed in the robust covariance; asking for clusters asks for it.
    robust
        Compute the robust covariance.
    confidence
        Level of the limits.

    Raises
    ------
    DataError
        When a column is not valid, constant, repeats others or has no event on one side; when no event is
        observed, or all events share one time.

    References
    ----------
    Kalbfleisch & Prentice 2002, chapter 3; R survival::survreg. Late entry: the likelihood given survival to it.
    """
    z_value(confidence)
    rows = survival_rows(duration, event_observed, entry, weights)
    used = rows.weights > 0
    x = rows_of(design, rows.duration.size)[:, used]
    groups = None if cluster is None else _clusters(cluster, used)
    rows = rows.take(used)
    zeros = int((rows.duration == 0).sum())
    rows = SurvivalRows(np.where(rows.duration == 0, HALF, rows.duration), rows.event, rows.entry, rows.weights)
    _require_spread(rows)
    names = tuple(str(name) for name in design.columns)
    centre, scale = centre_and_scale(x, rows.weights)
    scaled = np.vstack((np.ones(rows.duration.size), (x - centre[:, None]) / scale[:, None]))
    null = _maximise(_Likelihood(rows, scaled[:1]), ())
    model = _Likelihood(rows, scaled)
    best = null if not names else _maximise(model, names)
    covariance = np.asarray(np.linalg.inv(-best.hessian), dtype=np.float64)
    if robust or groups is not None:
        covariance = _sandwich(covariance, model.scores(best.theta), groups)
    theta, covariance = _to_columns(best.theta, covariance, centre, scale)
    errors = np.sqrt(np.diag(covariance))
    return WeibullFit(
        terms=_terms(names, theta[1:-1].tolist(), errors[1:-1].tolist(), confidence),
        intercept=float(theta[0]),
        intercept_stderr=float(errors[0]),
        scale=math.exp(float(theta[-1])),
        log_scale_stderr=float(errors[-1]),
        loglik=(null.loglik, best.loglik),
        robust=robust or groups is not None,
        zero_durations=zeros,
    )


@dataclass(frozen=True)
class _Point:
    theta: FloatArray  # coefficients, then log scale
    loglik: float
    gradient: FloatArray
    hessian: FloatArray


class _Likelihood:
    """Log likelihood of log T = x' b + s W, with z = (log t - x' b) / s."""

    def __init__(self, rows: SurvivalRows, x: FloatArray) -> None:
        self.x, self.event, self.weights = x, rows.event, rows.weights
        self.log_time = np.log(rows.duration)
        late = np.zeros(rows.duration.size) if rows.entry is None else rows.entry
        self.late = np.flatnonzero(late > 0)
        self.log_entry = np.log(late[self.late])

    def loglik(self, theta: FloatArray) -> float:
        """Return the log likelihood, which is not finite where a step went too far."""
        with np.errstate(over="ignore", invalid="ignore"):
            z, risk, _, risk_entry = self._standardised(theta)
            each = self.event * (z - theta[-1] - self.log_time) - risk
            return float(self.weights @ each + self.weights[self.late] @ risk_entry)

    def at(self, theta: FloatArray) -> _Point:
        """Return the log likelihood with its first and second derivatives."""
        s = math.exp(theta[-1])
        z, risk, z_entry, risk_entry = self._standardised(theta)
        w, w_late = self.weights, self.weights[self.late]
        parts = [(self.x, z, risk, w), (self.x[:, self.late], z_entry, -risk_entry, w_late)]
        inner = sum((x * (w * r)) @ x.T for x, _, r, w in parts) / s**2
        cross = sum((x * w) @ (r * (1 + z)) for x, z, r, w in parts) / s - (self.x * w) @ self.event / s
        last = sum(float(w @ (r * z * (1 + z))) for _, z, r, w in parts) - float(w @ (self.event * z))
        hessian = -np.block([[inner, cross[:, None]], [cross[None, :], np.array([[last]])]])
        return _Point(theta, self.loglik(theta), self.scores(theta).sum(axis=1), hessian)

    def scores(self, theta: FloatArray) -> FloatArray:
        """Return each row's share of the gradient, with its weight."""
        z, risk, z_entry, risk_entry = self._standardised(theta)
        slope, on_scale = risk - self.event, risk * z - self.event * (1 + z)
        slope[self.late] -= risk_entry
        on_scale[self.late] -= risk_entry * z_entry
        return np.asarray(np.vstack((self.x * slope / math.exp(theta[-1]), on_scale)) * self.weights)

    def _standardised(self, theta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        linear, s = theta[:-1] @ self.x, math.exp(theta[-1])
        z, z_entry = (self.log_time - linear) / s, (self.log_entry - linear[self.late]) / s
        return z, np.exp(z), z_entry, np.exp(z_entry)


def _maximise(model: _Likelihood, names: tuple[str, ...]) -> _Point:
    redundant = first_dependent((model.x[1:] * model.weights) @ model.x[1:].T)
    if redundant is not None:
        raise DataError("weibull-column-redundant", column=names[redundant])
    theta = np.zeros(len(model.x) + 1)
    theta[0] = math.log(float(model.weights @ np.exp(model.log_time)) / float(model.weights @ model.event))
    point = model.at(theta)
    least = 1e-7 * float(model.weights @ model.event)  # curvature of a maximum that lies at infinity is below
    for _ in range(MOST_STEPS):
        step = _step(point)
        gain = float(step @ point.gradient)
        point = _uphill(model, point, step)
        if abs(gain) <= 1e-12 * (1 + abs(point.loglik)) and np.abs(step).max() <= 1e-6:
            if np.linalg.eigvalsh(-point.hessian).min() > least:
                return model.at(point.theta + _step(point))  # one step more, to the last digits
            break
    if not names:
        raise DataError("weibull-no-convergence")
    worst = names[int(np.argmax(np.abs(point.theta[1:-1])))]
    raise DataError("weibull-column-separates", column=worst)


def _step(point: _Point) -> FloatArray:
    values, vectors = np.linalg.eigh(-point.hessian)
    # far from the maximum the curvature can have the wrong sign: go uphill all the same
    values = np.maximum(np.abs(values), 1e-10 * np.abs(values).max())
    return np.asarray(vectors @ ((vectors.T @ point.gradient) / values))


def _uphill(model: _Likelihood, point: _Point, step: FloatArray) -> _Point:
    for halving in range(30):
        theta = point.theta + np.clip(step / 2**halving, -5, 5)
        loglik = model.loglik(theta)
        if math.isfinite(loglik) and loglik >= point.loglik - 1e-12 * (1 + abs(point.loglik)):
            return model.at(theta)
    return point


def _sandwich(covariance: FloatArray, scores: FloatArray, groups: npt.NDArray[np.int64] | None) -> FloatArray:
    influence = covariance @ scores
    if groups is not None:
        influence = np.array([sum_by(groups, row, int(groups.max()) + 1) for row in influence])
    return np.asarray(influence @ influence.T)


def _to_columns(
    theta: FloatArray, covariance: FloatArray, centre: FloatArray, scale: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Undo centring and scaling."""
    back = np.eye(theta.size)
    back[1:-1, 1:-1] /= scale[:, None]
    back[0, 1:-1] = -centre / scale
    return back @ theta, back @ covariance @ back.T


def _terms(names: tuple[str, ...], coefs: list[float], errors: list[float], confidence: float) -> tuple[AftTerm, ...]:
    terms = []
    for name, coef, stderr in zip(names, coefs, errors, strict=True):
        lower, upper = interval(coef, stderr, confidence)
        if max(-lower, upper) > _LARGEST_LOG:
            raise DataError("weibull-time-ratio-too-far", column=name)
        p = normal_p(coef, stderr) or 0.0
        terms.append(AftTerm(name, coef, stderr, math.exp(coef), math.exp(lower), math.exp(upper), p))
    return tuple(terms)


def _require_spread(rows: SurvivalRows) -> None:
    if not rows.event.any():
        raise DataError("weibull-no-event")
    if rows.event.all() and np.ptp(rows.duration) == 0:
        raise DataError("weibull-one-time", time=float(rows.duration[0]))


def _clusters(values: npt.ArrayLike, used: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    labels = pd.Series(np.asarray(values))
    if len(labels) != used.size or labels.isna().any():
        missing = int(labels.isna().sum())
        raise DataError("clusters-incomplete", labels=len(labels), missing=missing, rows=used.size)
    return np.asarray(pd.factorize(labels[used])[0], dtype=np.int64)

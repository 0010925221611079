"""How a hazard ratio changes over time: scaled Schoenfeld residuals and their smooth."""

from dataclasses import dataclass

import numpy as np

from recsys_core.errors import SettingsError
from recsys_core.retention.cox.cox_model import CoxFit
from recsys_core.retention.cox.proportional_hazards import Transform, proportional_hazards, time_function
from recsys_core.retention.estimators.event_table import FloatArray
from recsys_core.retention.estimators.inference import z_value

_KNOTS = (1 / 3, 2 / 3)
_DRAWN = 40


@dataclass(frozen=True)
class Residual:
    """Mean scaled Schoenfeld residual plus coefficient at one time, and the lapses it is the mean of."""

    time: float
    scale: float  # g(time), where it is drawn
    value: float
    lapses: int


@dataclass(frozen=True)
class SmoothPoint:
    """The log hazard ratio at a time as the smooth has it, with pointwise limits."""

    time: float
    scale: float
    estimate: float
    lower: float
    upper: float


@dataclass(frozen=True)
class HazardOverTime:
    """The log hazard ratio of one term over time.

    Attributes
    ----------
    term, coef
        Column and its coefficient, one for all times.
    residuals, smooth
        In order of time; the smooth is empty where fewer than 6 times have lapses.
    p
        Of the test that the ratio does not change.
    """

    term: str
    coef: float
    residuals: tuple[Residual, ...]
    smooth: tuple[SmoothPoint, ...]
    p: float


def hazard_over_time(
    fit: CoxFit, term: str, transform: Transform = "km", *, confidence: float = 0.95
) -> HazardOverTime:
    """Scale the Schoenfeld residuals of a term and smooth them over time.

    A residual at an event time estimates the log hazard ratio there: coef + D V u, with D the events, V the covariance
    of the coefficients and u the mean residual of the events at that time. The smooth is a natural cubic spline with 4
    degrees of freedom, fitted by least squares to all events.

    Parameters
    ----------
    fit
        From `fit_cox`.
    term
        A column of the fit.
    transform
        The time scale, as in `proportional_hazards`.
    confidence
        Level of the smooth's pointwise limits.

    Raises
    ------
    SettingsError
        When the fit has no such column, or as `proportional_hazards`.
    DataError
        When all events share one time.

    References
    ----------
    Grambsch & Therneau 1994; R survival::cox.zph and plot.cox.zph, which draws limits at 2 standard errors.
    """
    if term not in fit.names:
        raise SettingsError("cox-column-unknown", column=term, known=fit.names)
    place = fit.names.index(term)
    tested = proportional_hazards(fit, transform)[place]
    sets, state = fit.risk_sets, fit.state
    dead = sets.dead_weight
    means = state.score_by_time * fit.scale[:, None] / dead
    spread = float(dead.sum()) * fit.covariance[place]
    values = fit.coef[place] + spread @ means
    scale = time_function(fit, transform)
    order = np.lexsort((sets.times, scale))
    times, scale, values, dead = (part[order] for part in (sets.times, scale, values, dead))
    rows = zip(times.tolist(), scale.tolist(), values.tolist(), dead.tolist(), strict=True)
    residuals = tuple(Residual(t, g, v, round(n)) for t, g, v, n in rows)
    smooth = _smooth((times, scale, values, dead), float(spread[place]), z_value(confidence))
    return HazardOverTime(term, float(fit.coef[place]), residuals, smooth, tested.p)


def _smooth(
    points: tuple[FloatArray, FloatArray, FloatArray, FloatArray], variance: float, z: float
) -> tuple[SmoothPoint, ...]:
    times, scale, values, dead = points
    if np.unique(scale).size < 6:
        return ()
    drawn = np.linspace(scale[0], scale[-1], _DRAWN)
    # the knots are quantiles of the drawn and the observed points together, as R has them
    knots = np.quantile(np.concatenate([drawn, np.repeat(scale, np.round(dead).astype(int))]), _KNOTS)
    places = np.array([scale[0], *knots, scale[-1]])
    if np.unique(places).size < places.size:
        return ()
    at_events, at_drawn = _natural_spline(scale, places), _natural_spline(drawn, places)
    gram = at_events.T @ (at_events * dead[:, None])
    inverse = np.linalg.pinv(gram, hermitian=True)
    fitted = at_drawn @ (inverse @ (at_events.T @ (dead * values)))
    stderr = np.sqrt(np.maximum(variance * np.einsum("ij,jk,ik->i", at_drawn, inverse, at_drawn), 0.0))
    when = np.interp(drawn, scale, times)
    rows = np.stack([when, drawn, fitted, fitted - z * stderr, fitted + z * stderr], axis=1).tolist()
    return tuple(SmoothPoint(*row) for row in rows)


def _natural_spline(x: FloatArray, knots: FloatArray) -> FloatArray:
    """Return the natural cubic spline basis with these knots, one column per knot (Hastie et al. 2009, 5.4)."""
    last, before = knots[-1], knots[-2]

    def d(knot: float) -> FloatArray:
        return (np.maximum(x - knot, 0) ** 3 - np.maximum(x - last, 0) ** 3) / (last - knot)

    columns = [np.ones_like(x), x, *(d(float(knot)) - d(float(before)) for knot in knots[:-2])]
    return np.stack(columns, axis=1)

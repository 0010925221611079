"""Survival that a Cox model predicts for given users."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from recsys_core.errors import SettingsError
from recsys_core.retention.cox.cox_model import CoxFit
from recsys_core.retention.estimators.event_table import FloatArray


@dataclass(frozen=True)
class BaselineHazard:
    """Cumulative hazard of one stratum at the sample mean of the covariates.

    Attributes
    ----------
    time, cumulative, variance
        Event times, cumulative hazard and the part of its variance that does not come from the coefficients.
    centre
        Shape (columns, times), in scaled units: cumulative sum of the risk set's mean times the hazard.
    """

    time: FloatArray
    cumulative: FloatArray
    variance: FloatArray
    centre: FloatArray


@dataclass(frozen=True)
class PredictedSurvival:
    """S(time | row) and its standard error, shape (rows, times)."""

    time: FloatArray
    estimate: FloatArray
    stderr: FloatArray


def baseline_hazard(fit: CoxFit, stratum: str | None = None) -> BaselineHazard:
    """Return the baseline hazard, by Efron's or Breslow's form as the model was fitted.

    Raises
    ------
    SettingsError
        When the model is stratified and no stratum of it is named.
    """
    if stratum is None and len(fit.stratum_names) > 1:
        raise SettingsError("cox-stratum-not-named", known=fit.stratum_names)
    if stratum is not None and stratum not in fit.stratum_names:
        raise SettingsError("cox-stratum-unknown", stratum=stratum, known=fit.stratum_names)
    wanted = 0 if stratum is None else fit.stratum_names.index(stratum)
    inside = fit.risk_sets.time_stratum == wanted
    ties = fit.state.ties
    return BaselineHazard(
        fit.risk_sets.times[inside],
        np.cumsum(ties.a1[inside]),
        np.cumsum(ties.b0[inside]),
        np.cumsum(fit.state.centre[:, inside], axis=1),
    )


def predict_survival(
    fit: CoxFit, rows: pd.DataFrame, times: npt.ArrayLike, stratum: str | None = None
) -> PredictedSurvival:
    """Predict survival for each row of covariates.

    Parameters
    ----------
    fit
        From `fit_cox`.
    rows
        The columns of the design.
    times
        Times at which to predict.
    stratum
        Needed where the model is stratified.

    Raises
    ------
    SettingsError
        When a column is missing, or the stratum is not known.

    References
    ----------
    R survival::survfit.coxph, including the part of the error that comes from the coefficients.
    """
    missing = [name for name in fit.names if name not in rows.columns]
    if missing:
        raise SettingsError("cox-columns-lacking", missing=tuple(missing), known=fit.names)
    z = (rows[list(fit.names)].to_numpy(dtype=np.float64) - fit.centre) / fit.scale
    base = baseline_hazard(fit, stratum)
    when = np.asarray(times, dtype=np.float64)
    at = np.searchsorted(base.time, when, side="right")
    hazard = np.concatenate(([0.0], base.cumulative))[at]
    own = np.concatenate(([0.0], base.variance))[at]
    centre = np.concatenate((np.zeros((len(fit.names), 1)), base.centre), axis=1)[:, at]
    risk = np.exp(z @ fit.state.beta)[:, None]
    survival = np.exp(-risk * hazard)
    direction = centre[None, :, :] - z[:, :, None] * hazard
    variance = fit.variance * np.outer(fit.scale, fit.scale)  # in scaled units
    from_coefficients = np.einsum("rct,cd,rdt->rt", direction, variance, direction)
    return PredictedSurvival(when, survival, survival * risk * np.sqrt(own + from_coefficients))

"""How good risks are: Brier score, time-dependent AUC, concordance and calibration on users not seen in training.

All users of a snapshot are followed for the same number of days, so who lapsed within them is known for everybody and
no weighting for censoring is needed.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys_core.answers import Interval
from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.calendar.day_n import wilson
from recsys_core.retention.cox.concordance import concordance
from recsys_core.retention.cox.cox_model import fit_cox
from recsys_core.retention.estimators.event_table import FloatArray
from recsys_core.retention.estimators.inference import z_value
from recsys_core.risk.risk_result import CalibrationBin, ModelScore

_TINY = 1e-6
_BINS = 10


@dataclass(frozen=True)
class Observed:
    """Users held against what became of them.

    Attributes
    ----------
    duration, lapsed
        Whole days followed, and whether they ended with a lapse; all are followed for the same number of days.
    base
        Risk per horizon of a model that tells everybody the same: the share that lapsed in training.
    """

    duration: FloatArray
    lapsed: FloatArray
    base: dict[int, float]

    def within(self, days: int) -> FloatArray:
        """Return 1 where the user lapsed within the days, else 0."""
        return ((self.lapsed > 0) & (self.duration <= days)).astype(np.float64)


def score(
    model: str, risk: FloatArray, days: int, tested: Observed, *, resamples: int = 200, seed: int = 1
) -> ModelScore:
    """Score the risks of one model over some days.

    Parameters
    ----------
    model
        Name, for the result.
    risk
        P(lapse within the days) per user, 0 to 1.
    days
        The horizon.
    tested
        What became of the users.
    resamples, seed
        Bootstrap over users for the limits of Brier score and AUC.

    Raises
    ------
    DataError
        When all of the users or none lapsed within the days.

    References
    ----------
    Brier 1950; Graf et al. 1999; Heagerty, Lumley & Pepe 2000 (cumulative/dynamic AUC); Harrell 1982; Cox 1958 and
    Van Calster et al. 2016 (calibration slope and intercept).
    """
    outcome = tested.within(days)
    if outcome.min() == outcome.max():
        raise DataError("risk-test-one-sided", lapsed=int(outcome.sum()), users=outcome.size, days=days)
    squared = (risk - outcome) ** 2
    base = float(np.mean((tested.base[days] - outcome) ** 2))
    rng = np.random.default_rng(seed)
    draws = rng.integers(0, outcome.size, (resamples, outcome.size), dtype=np.int32)
    areas = [auc(risk[draw], outcome[draw]) for draw in draws]
    area = [a for a in areas if a is not None]
    slope, intercept = calibration_line(risk, outcome)
    half = z_value(0.95) * float(squared.std(ddof=1)) / np.sqrt(squared.size)
    mean = float(squared.mean())
    return ModelScore(
        model=model,
        days=days,
        brier=Interval(mean, max(mean - half, 0.0), mean + half),
        skill=1 - mean / base,
        auc=Interval(auc(risk, outcome) or 0.5, *(float(q) for q in np.quantile(area, [0.025, 0.975]))),
        concordance=_concordance(risk, tested),
        slope=slope,
        intercept=intercept,
        predicted=float(risk.mean()),
        observed=float(outcome.mean()),
    )


def auc(risk: FloatArray, outcome: FloatArray) -> float | None:
    """Return the chance that a user with the outcome has the higher risk, ties half; None without both kinds."""
    from sklearn.metrics import roc_auc_score

    return None if outcome.min() == outcome.max() else float(roc_auc_score(outcome, risk))


def calibration_bins(model: str, risk: FloatArray, days: int, tested: Observed) -> tuple[CalibrationBin, ...]:
    """Hold mean risks against the shares that lapsed, by tenths of the risk."""
    outcome = tested.within(days)
    order = np.argsort(risk, kind="stable")
    bins = []
    for part in np.array_split(order, min(_BINS, order.size)):
        hits = int(outcome[part].sum())
        lower, upper = wilson(hits, part.size)
        predicted, observed = float(risk[part].mean()), hits / part.size
        bins.append(CalibrationBin(model, days, part.size, predicted, observed, lower or 0.0, upper or 0.0))
    return tuple(bins)


def calibration_line(risk: FloatArray, outcome: FloatArray) -> tuple[Interval, Interval]:
    """Fit outcome ~ logit(risk) by logistic regression: slope and intercept with limits; no limits where it fails."""
    x = np.column_stack([np.ones(risk.size), logit(risk)])
    beta = np.array([0.0, 1.0])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        information = x.T @ (x * (p * (1 - p))[:, None])
        if not np.linalg.cond(information) < 1e12:
            return Interval(1.0), Interval(0.0)
        step = np.linalg.solve(information, x.T @ (outcome - p))
        beta = beta + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-9:
            errors = z_value(0.95) * np.sqrt(np.diag(np.linalg.inv(information)))
            low, high = (beta - errors).tolist(), (beta + errors).tolist()
            return Interval(float(beta[1]), low[1], high[1]), Interval(float(beta[0]), low[0], high[0])
    return Interval(1.0), Interval(0.0)


def recalibrated(risk: FloatArray, slope: float, intercept: float) -> FloatArray:
    """Correct risks by a calibration line."""
    return np.asarray(1 / (1 + np.exp(-(intercept + slope * logit(risk)))))


def logit(risk: FloatArray) -> FloatArray:
    """Return log(p / (1 - p)), for p kept a millionth away from 0 and 1."""
    p = np.clip(risk, _TINY, 1 - _TINY)
    return np.asarray(np.log(p / (1 - p)))


def _concordance(risk: FloatArray, tested: Observed) -> Interval:
    """Harrell's concordance with R's standard error, of the risk as the only column of a Cox model."""
    try:
        fit = fit_cox(tested.duration, tested.lapsed, pd.DataFrame({"risk": logit(risk)}))
        harrell = concordance(fit)
    except (DataError, SettingsError):
        return Interval(0.5)
    estimate = harrell.estimate if fit.coef[0] >= 0 else 1 - harrell.estimate  # the model turns a risk that misleads
    half = z_value(0.95) * harrell.stderr
    return Interval(estimate, max(estimate - half, 0.0), min(estimate + half, 1.0))

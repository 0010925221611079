"""Test of proportional hazards, and the fitted model as a result object."""

from typing import Literal, get_args

import numpy as np

from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.cox.concordance import concordance
from recsys_core.retention.cox.cox_model import CoxFit
from recsys_core.retention.estimators.event_table import FloatArray, SurvivalRows, table_of_rows
from recsys_core.retention.estimators.figures import CoxResult, ProportionalHazards
from recsys_core.retention.estimators.inference import chi_square_p
from recsys_core.retention.estimators.kaplan_meier import kaplan_meier

Transform = Literal["km", "identity", "rank", "log"]


def proportional_hazards(fit: CoxFit, transform: Transform = "km") -> tuple[ProportionalHazards, ...]:
    """Test whether each log hazard ratio changes with time; the last row, GLOBAL, tests all at once.

    Parameters
    ----------
    fit
        From `fit_cox`.
    transform
        The function of time g(t): 1 - KM(t-), t, rank of t among all durations, or log t.

    Raises
    ------
    SettingsError
        When the transform is not known, or is log and a duration is 0.
    DataError
        When all events share one time.

    References
    ----------
    Grambsch & Therneau 1994, as the score test of R's cox.zph (survival >= 3): u = sum g r,
    chi2_j = u_j^2 / (I22_jj - I12_j' I11^-1 I12_j).
    """
    g = time_function(fit, transform)
    sets, state = fit.risk_sets, fit.state
    if np.ptp(g) == 0:
        raise DataError("events-at-one-time")
    g = g - np.average(g, weights=sets.dead_weight)
    score = state.score_by_time @ g
    i11, i12, i22 = (sets.information(state, factor) for factor in (np.ones(g.size), g, g**2))
    variance = i22 - i12.T @ np.linalg.solve(i11, i12)
    rows = [_row(name, float(u**2 / v), 1) for name, u, v in zip(fit.names, score, np.diag(variance), strict=True)]
    overall = float(score @ np.linalg.pinv(variance, hermitian=True) @ score)
    return (*rows, _row("GLOBAL", overall, len(fit.names)))


def cox_result(fit: CoxFit, transform: Transform | None = "km") -> CoxResult:
    """Return coefficients, concordance and (unless transform is None) the proportional hazards test.

    Raises
    ------
    DataError, SettingsError
        As `concordance` and `proportional_hazards`.
    """
    order = concordance(fit)
    tests = () if transform is None else proportional_hazards(fit, transform)
    return CoxResult(fit.terms(), fit.loglik, order.estimate, order.stderr, tests)


def _row(term: str, chisq: float, df: int) -> ProportionalHazards:
    return ProportionalHazards(term, chisq, df, chi_square_p(chisq, df))


def time_function(fit: CoxFit, transform: Transform) -> FloatArray:
    """Return g(t) at each event time of the fit.

    Raises
    ------
    SettingsError
        When the transform is not known, or is log and a duration is 0.
    """
    times, rows = fit.risk_sets.times, fit.rows
    if transform not in get_args(Transform):
        raise SettingsError("transform-unknown", transform=transform)
    if transform == "identity":
        return times
    if transform == "log":
        if not rows.duration.all():
            raise SettingsError("transform-log-of-zero", zeros=int((rows.duration == 0).sum()))
        return np.asarray(np.log(times))
    if transform == "rank":
        ordered = np.sort(rows.duration)
        left, right = (np.searchsorted(ordered, times, side=side) for side in ("left", "right"))
        return np.asarray((left + right + 1) / 2)
    unweighted = SurvivalRows(rows.duration, rows.event, rows.entry, np.ones_like(rows.weights))
    curve = kaplan_meier(table_of_rows(unweighted))
    before = np.concatenate(([1.0], curve.estimate))[np.searchsorted(curve.time, times)]
    return np.asarray(1 - before)

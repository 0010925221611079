"""Whether arms were offered at the same time, and whether it matters when a user started."""

from typing import Final

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core.answers import Check, Value
from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.cox.cox_model import CoxFit, fit_cox
from recsys_core.retention.estimators.inference import normal_p
from recsys_core.retention.estimators.restricted_mean import restricted_mean
from recsys_core.retention.population.concurrency import NEVER, TOGETHER, WEEK_SECONDS, Concurrency
from recsys_core.retention.population.prepared import Prepared
from recsys_core.retention.study.evidence import FAIL, PASS, WARN

_CLEAR: Final = 0.001
_ARM, _START, _BOTH = "arm", "start", "arm x start"


def together(found: Concurrency) -> Check:
    """Say whether arms were offered at the same time, and what was done where they were not."""
    values: dict[str, Value] = {"p": found.p, "first": found.first, "last": found.last, "cut": found.restricted}
    status = {TOGETHER: PASS, NEVER: FAIL}.get(found.finding, WARN)
    return Check("concurrency", status, found.finding, values)


def start_matters(ready: Prepared) -> Check | None:
    """Test whether users who started later leave sooner or later, and whether arms differ more among them.

    Kaplan-Meier takes it that when a user started says nothing about how long they stay, since users who started late
    are followed for a short time. Where it does, the weight of inverse probability of censoring is 0 for whoever could
    not be followed to the horizon and 1 for the others: the restricted mean of these needs no such assumption.

    Returns
    -------
    Check or None
        None where the models cannot be fitted.
    """
    users, horizon = ready.table.users, ready.resolved.horizon
    week = (users[col.START].to_numpy() - int(users[col.START].min())) // WEEK_SECONDS
    arms = pd.get_dummies(users[col.ARM].astype(str), drop_first=True, dtype=float).add_prefix(f"{_ARM} ")
    alone = arms.assign(**{_START: week.astype(float)})
    products = arms.mul(alone[_START] - alone[_START].mean(), axis=0).add_suffix(f" {_BOTH}")
    by_start, by_both = _fit(users, alone), _fit(users, pd.concat([alone, products], axis=1))
    if by_start is None:
        return None
    p_start = _p(by_start, _START)
    p_both = 1.0
    if by_both is not None and len(products.columns):
        p_both = min(min(_p(by_both, name) for name in products.columns) * len(products.columns), 1.0)
    kept, followed = _followed_to_the_horizon(ready, horizon)
    values: dict[str, Value] = {
        "p": p_start, "p_arms": p_both, "arms": len(arms.columns) + 1, "horizon": horizon, "users": followed,
        "kept": kept, "curve": _curve_mean(ready, horizon),
        "per_month": float(np.exp(30 / 7 * _coef(by_start, _START))),
    }  # fmt: skip
    if p_both < _CLEAR:
        return Check("start", WARN, "arms-differ", values)
    return Check("start", WARN, "drifts", values) if p_start < _CLEAR else Check("start", PASS, "same", values)


def _fit(users: pd.DataFrame, design: pd.DataFrame) -> CoxFit | None:
    if any(design[name].nunique() < 2 for name in design.columns):
        return None
    try:
        return fit_cox(users[col.DURATION].to_numpy(), users[col.LAPSED].to_numpy(), design)
    except (DataError, SettingsError):  # nobody lapses, say: then nothing hangs on the start
        return None


def _coef(fit: CoxFit, name: str) -> float:
    return float(next(term.coef for term in fit.terms() if term.name == name))


def _p(fit: CoxFit, name: str) -> float:
    term = next(term for term in fit.terms() if term.name == name)
    p = normal_p(term.coef, term.stderr)
    return 1.0 if p is None else p


def _followed_to_the_horizon(ready: Prepared, horizon: int) -> tuple[float | None, int]:
    """Mean days kept, of the horizon, of users who could be followed to it; and how many these are."""
    users, clock = ready.table.users, ready.cohorts.clock
    start = clock.read(users[col.START].to_numpy())
    followed = (clock.at(ready.log_end) - start) // col.DAY_SECONDS - ready.resolved.gap
    whole = followed >= horizon
    if not whole.any():
        return None, 0
    return float(np.minimum(users.loc[whole, col.DURATION], horizon).mean()), int(whole.sum())


def _curve_mean(ready: Prepared, horizon: int) -> float:
    """Restricted mean of all users by the curves, arms weighted by their users."""
    total = sum(curve.users for curve in ready.curves)
    return sum(restricted_mean(curve.curve, horizon).estimate * curve.users for curve in ready.curves) / total

"""The Cox model: one Newton fit for ties, strata, delayed entry, weights, robust and clustered errors."""

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.cox.newton import newton
from recsys_core.retention.cox.patterns import PatternCells, pattern_cells
from recsys_core.retention.cox.risk_sets import IntArray, RiskSets, State
from recsys_core.retention.cox.score_residuals import score_residuals, squared_score
from recsys_core.retention.estimators.design import centre_and_scale, rows_of
from recsys_core.retention.estimators.event_table import FloatArray, SurvivalRows, sum_by, survival_rows
from recsys_core.retention.estimators.figures import CoxTerm, HazardRatio
from recsys_core.retention.estimators.inference import interval, normal_p, z_value

Ties = Literal["efron", "breslow"]


@dataclass(frozen=True)
class CoxFit:
    """A fitted Cox model.

    Attributes
    ----------
    names, coef
        Columns of the design and their log hazard ratios.
    covariance
        Inverse of the information.
    robust_covariance
        Sandwich of the score residuals, summed by cluster; None where it was not asked for.
    loglik
        Log partial likelihood at 0 and at `coef`.
    centre, scale
        Mean and standard deviation of each column; the inner state is in these units.
    risk_sets, state
        Sums at the solution, for residuals, tests and predictions.
    rows, stratum, stratum_names
        The rows that were used, in the caller's order without those of weight 0.
    cluster
        Number of each row's cluster; None where rows are not clustered.
    cell
        Per row, the row of `risk_sets` that stands for it and its like; None where each stands for itself.
    """

    names: tuple[str, ...]
    coef: FloatArray
    covariance: FloatArray
    robust_covariance: FloatArray | None
    loglik: tuple[float, float]
    centre: FloatArray
    scale: FloatArray
    risk_sets: RiskSets
    state: State
    rows: SurvivalRows
    stratum: IntArray
    stratum_names: tuple[str, ...]
    confidence: float
    cluster: IntArray | None = None
    cell: IntArray | None = None

    @property
    def variance(self) -> FloatArray:
        """The covariance that inference uses: robust where there is one."""
        return self.covariance if self.robust_covariance is None else self.robust_covariance

    @property
    def linear(self) -> FloatArray:
        """Linear predictor of each of `rows`, 0 at the sample mean; 0 for rows that are never at risk."""
        return self.per_row(self.risk_sets.linear(self.state.beta))

    def per_row(self, values: FloatArray) -> FloatArray:
        """Return values in the order of `risk_sets.kept` as one per row, 0 where a row is never at risk."""
        size = self.rows.duration.size if self.cell is None else int(self.cell.max()) + 1
        spread = np.zeros((*values.shape[:-1], size))
        spread[..., self.risk_sets.kept] = values
        return spread if self.cell is None else spread[..., self.cell]

    def terms(self) -> tuple[CoxTerm, ...]:
        """Return one row per column, on the scale of the log hazard ratio."""
        naive = np.sqrt(np.diag(self.covariance)).tolist()
        used = np.sqrt(np.diag(self.variance)).tolist()
        terms = []
        for name, coef, stderr, own in zip(self.names, self.coef.tolist(), naive, used, strict=True):
            lower, upper = interval(coef, own, self.confidence)
            robust = None if self.robust_covariance is None else own
            terms.append(CoxTerm(name, coef, stderr, robust, lower, upper, normal_p(coef, own) or 0.0))
        return tuple(terms)

    def hazard_ratio(self, name: str, reference: str | None = None) -> HazardRatio:
        """Return exp(coef) of a column, or the ratio of two columns.

        Raises
        ------
        SettingsError
            When the model has no such column.
        """
        direction = np.zeros(len(self.names))
        direction[self._position(name)] += 1
        if reference is not None:
            direction[self._position(reference)] -= 1
        log_ratio = float(direction @ self.coef)
        stderr = math.sqrt(float(direction @ self.variance @ direction))
        lower, upper = interval(log_ratio, stderr, self.confidence)
        p = normal_p(log_ratio, stderr)
        return HazardRatio(math.exp(log_ratio), math.exp(lower), math.exp(upper), 1.0 if p is None else p)

    def _position(self, name: str) -> int:
        if name not in self.names:
            raise SettingsError("cox-column-unknown", column=name, known=self.names)
        return self.names.index(name)


def fit_cox(
    duration: npt.ArrayLike,
    event_observed: npt.ArrayLike,
    design: pd.DataFrame,
    *,
    entry: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    strata: npt.ArrayLike | None = None,
    cluster: npt.ArrayLike | None = None,
    robust: bool = False,
    ties: Ties = "efron",
    confidence: float = 0.95,
) -> CoxFit:
    """Fit a Cox proportional hazards model.

    Parameters
    ----------
    duration, event_observed, entry, weights
        As for `event_table`.
    design
        Numeric columns, one row per user; see `design_matrix`.
    strata
        Each stratum has its own baseline hazard.
    cluster
        Rows of one cluster are summed in the robust covariance; asking for clusters asks for it.
    robust
        Compute the robust covariance.
    ties
        Efron's or Breslow's treatment of tied events.
    confidence
        Level of the limits.

    Raises
    ------
    DataError
        When a column is not valid, constant among those at risk, repeats others, or orders the events
        perfectly; when no event is observed.
    SettingsError
        When `ties` is not known.

    References
    ----------
    Cox 1972; Efron 1977; Lin & Wei 1989; R survival::coxph.

    Examples
    --------
    >>> design = pd.DataFrame({"bert": [1, 0, 1, 0, 1, 0, 0, 1]})
    >>> fit = fit_cox([4, 2, 7, 3, 9, 5, 1, 6], [1, 1, 1, 0, 0, 1, 1, 1], design)
    >>> ratio = fit.hazard_ratio("bert")
    >>> round(ratio.estimate, 3), round(ratio.p, 3)
    (0.154, 0.115)
    """
    if ties not in get_args(Ties):
        raise SettingsError("cox-ties-unknown", ties=ties)
    z_value(confidence)
    rows = survival_rows(duration, event_observed, entry, weights)
    if design.shape[1] == 0:
        raise DataError("cox-design-empty")
    x = rows_of(design, rows.duration.size)
    keep = rows.weights > 0
    if not keep.all():
        rows, x = rows.take(keep), x[:, keep]
    if not rows.event.any():
        raise DataError("cox-no-event")
    stratum, stratum_names = _codes(strata, keep)
    cells = pattern_cells(rows, x, stratum)
    used = cells or PatternCells(rows, x, stratum, None)
    centre, scale = centre_and_scale(used.x, used.rows.weights)
    sets = RiskSets(
        used.rows, used.x, used.stratum, scaling=(centre, scale), efron=ties == "efron", repeats=cells is not None
    )
    names = tuple(str(name) for name in design.columns)
    null, state, inverse = newton(sets, names)
    beta, covariance = state.beta / scale, inverse / np.outer(scale, scale)
    fit = CoxFit(
        names, beta, covariance, None, (null, state.loglik), centre, scale, sets, state, rows, stratum,
        stratum_names, confidence, None, used.cell,
    )  # fmt: skip
    if not robust and cluster is None:
        return fit
    return with_robust_covariance(fit, None if cluster is None else _codes(cluster, keep)[0])


def with_robust_covariance(fit: CoxFit, cluster: IntArray | None = None) -> CoxFit:
    """Return the fit with the sandwich covariance of its score residuals, summed by cluster code per row."""
    sets = fit.risk_sets
    bread = fit.covariance * fit.scale  # the residuals are in scaled units
    if cluster is None:
        return replace(fit, robust_covariance=bread @ squared_score(sets, fit.state) @ bread.T)
    residuals = fit.per_row(score_residuals(sets, fit.state))
    residuals *= fit.rows.weights
    influence = bread @ np.array([sum_by(cluster, row, int(cluster.max()) + 1) for row in residuals])
    return replace(fit, robust_covariance=influence @ influence.T, cluster=cluster)


def _codes(values: npt.ArrayLike | None, keep: npt.NDArray[np.bool_]) -> tuple[IntArray, tuple[str, ...]]:
    if values is None:
        return np.zeros(int(keep.sum()), dtype=np.int64), ("",)
    labels = pd.Series(np.asarray(values))
    if len(labels) != keep.size or labels.isna().any():
        missing = int(labels.isna().sum())
        raise DataError("cox-labels-incomplete", labels=len(labels), missing=missing, rows=keep.size)
    names, code = np.unique(labels[keep].to_numpy(), return_inverse=True)
    return code, tuple(map(str, names))

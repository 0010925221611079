"""AIPW on pseudo-values, cross-fitted: right if the model of the arm or that of the outcome is."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys_core.retention.adjustment.adjustment_cells import Cells
from recsys_core.retention.adjustment.propensity import PropensityModel
from recsys_core.retention.adjustment.pseudo_values import pseudo_values
from recsys_core.retention.estimators.event_table import FloatArray

FOLDS = 5
_USERS_PER_COLUMN = 10  # of the smaller arm; with fewer, a model of four fifths of them tells of the rest too badly


def aipw(
    cells: Cells, model: PropensityModel, horizon: float, day: float, *, seed: int = 0
) -> tuple[FloatArray, FloatArray]:
    """Return estimate and standard error of (restricted mean difference, difference of S(day)).

    Pseudo-values are regressed on the design in each arm; the predictions are corrected by the weighted residuals.
    With p the chance of arm 1, m1 and m0 the predictions, Y the pseudo-value and a the arm, a user adds

        everyone  m1 - m0 + a (Y - m1) / p - (1 - a) (Y - m0) / (1 - p),                    divided by 1
        overlap   g (m1 - m0) + a (1 - p) (Y - m1) - (1 - a) p (Y - m0), g = a (1 - p)^2 + (1 - a) p^2,  by mean g

    and the estimate is the mean. g is the tilt p (1 - p) plus what its estimate adds to the influence function.

    Users are put into five folds, and p, m1 and m0 of a fold come from the other four: the coefficients of p by one
    Newton step from those of all users, which keeps a level with few users of an arm from leaving them with weights
    beyond measure. The error is that of a mean. Where the smaller arm has fewer than ten users per column, models
    are fitted to all users, and for the error each residual is divided by sqrt(1 - its leverage), since residuals of a
    fitted regression are too small by that much.

    Parameters
    ----------
    seed
        Of the folds. Users alike in arm, outcome and attributes are exchangeable, so the order of users has no part.

    References
    ----------
    Robins, Rotnitzky & Zhao 1994; Wang 2018 for pseudo-values; Chernozhukov et al. 2018 (cross-fitting); Hirano,
    Imbens & Ridder 2003 (estimated tilt); MacKinnon & White 1985 (HC2) for the leverage.
    """
    outcomes = _Outcomes.of(cells, horizon, day)
    if min(cells.count @ cells.arm, cells.count @ (1 - cells.arm)) < _USERS_PER_COLUMN * (len(cells.names) + 1):
        return _estimate([(cells.count, *outcomes.parts(model.probability(), cells.count, leverage=True))])
    parts = []
    for fold in _folds(cells, seed):
        others = cells.count - fold
        parts.append((fold, *outcomes.parts(model.probability(others, steps=1), others)))
    return _estimate(parts)


@dataclass(frozen=True)
class _Outcomes:
    """Pseudo-values of every cell, shape (cells, figures), and the rows of the regression for every pattern."""

    cells: Cells
    values: FloatArray
    rows: FloatArray

    @classmethod
    def of(cls, cells: Cells, horizon: float, day: float) -> "_Outcomes":
        values = np.zeros((cells.count.size, 2))
        for one in (0, 1):
            inside = cells.arm == one
            values[inside] = pseudo_values(
                cells.duration[inside], cells.event[inside], cells.count[inside], horizon, day
            )
        rows = np.column_stack((np.ones(len(cells.patterns)), cells.patterns - cells.patterns.mean(axis=0)))
        return cls(cells, values, rows)

    def parts(
        self, probability: FloatArray, learnt: FloatArray, *, leverage: bool = False
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return what a user of each cell adds, the same with enlarged residuals, and the divisor g."""
        cells, p = self.cells, probability[self.cells.pattern]
        in_arm = cells.arm > 0
        tilt = np.where(in_arm, (1 - p) ** 2, p**2) if cells.overlap else np.ones(p.size)
        weight = np.where(in_arm, 1 - p, p) if cells.overlap else 1 / np.where(in_arm, p, 1 - p)
        reference, arm = (_regress(self, cells.arm == one, learnt) for one in (0, 1))
        own = np.where(in_arm[:, None], arm[0][cells.pattern], reference[0][cells.pattern])
        residual = np.where(in_arm, weight, -weight)[:, None] * (self.values - own)
        effect = tilt[:, None] * (arm[0] - reference[0])[cells.pattern]
        if not leverage:
            return effect + residual, effect + residual, tilt
        kept = 1 - np.where(in_arm, arm[1][cells.pattern], reference[1][cells.pattern])
        return effect + residual, effect + residual / np.sqrt(kept)[:, None], tilt


def _estimate(parts: list[tuple[FloatArray, FloatArray, FloatArray, FloatArray]]) -> tuple[FloatArray, FloatArray]:
    users = sum(float(count.sum()) for count, *_ in parts)
    mass = sum(float(count @ tilt) for count, _, _, tilt in parts)
    estimate = np.sum([count @ added for count, added, _, _ in parts], axis=0) / mass
    square = np.sum([count @ (enlarged - tilt[:, None] * estimate) ** 2 for count, _, enlarged, tilt in parts], axis=0)
    return estimate, np.sqrt(square * users / (users - 1)) / mass


def _folds(cells: Cells, seed: int) -> npt.NDArray[np.float64]:
    """Spread the users of each arm evenly over the folds; return their number by fold and cell."""
    rng = np.random.default_rng(seed)
    folds = np.zeros((FOLDS, cells.count.size))
    for one in (0, 1):
        cell = np.repeat(np.arange(cells.count.size), np.where(cells.arm == one, cells.count, 0).astype(np.int64))
        np.add.at(folds, (rng.permutation(cell.size) % FOLDS, cell), 1.0)
    return folds


def _regress(outcomes: _Outcomes, arm: npt.NDArray[np.bool_], learnt: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Fit within one arm; return predictions (patterns, figures) and the leverage of a user of each pattern."""
    x, cells = outcomes.rows, outcomes.cells
    rows, weight = x[cells.pattern[arm]], learnt[arm]
    gram = (rows.T * weight) @ rows
    beta = np.linalg.lstsq(gram, (rows.T * weight) @ outcomes.values[arm], rcond=1e-12)[0]
    leverage = np.einsum("pj,jk,pk->p", x, np.linalg.pinv(gram, rcond=1e-12, hermitian=True), x)
    # a user whom the fit follows exactly has no residual to enlarge
    return np.asarray(x @ beta), np.where(leverage < 1 - 1e-9, leverage, 0.0)

"""How likely each pattern of attributes is to be in the arm, and the weights that follow from it."""

import numpy as np

from recsys_core.retention.adjustment.adjustment_cells import Cells
from recsys_core.retention.adjustment.logistic import fit_logistic, logistic
from recsys_core.retention.estimators.event_table import FloatArray


class PropensityModel:
    """Logistic regression of the arm on the patterns: maximum likelihood, with a weak prior for overlap weights.

    Raises
    ------
    DataError
        When a column tells the arms apart perfectly, so that no weight exists for some users.
    """

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        total, treated = cells.per_pattern(cells.count), cells.per_pattern(cells.count * cells.arm)
        self._model = fit_logistic(cells.patterns, cells.names, total, treated, held=cells.overlap)

    def probability(self, count: FloatArray | None = None, steps: int = 3) -> FloatArray:
        """Return P(arm = 1) per pattern; for other counts after some Newton steps from the full fit."""
        model, cells = self._model, self._cells
        if count is None:
            return model.probability()
        total, treated = cells.per_pattern(count), cells.per_pattern(count * cells.arm)
        beta = model.beta
        for _ in range(steps):
            beta = beta + model.stepped(beta, total, treated)
        return logistic(model.x @ beta)


def arm_weights(cells: Cells, probability: FloatArray, count: FloatArray) -> FloatArray:
    """Return the weight of a user of each cell that makes the arms alike: stabilised, or overlap weights.

    Stabilised: P(arm) / P(arm | pattern). Overlap: P(other arm | pattern).

    References
    ----------
    Cole & Hernan 2004; Austin 2014; Li, Morgan & Zaslavsky 2018 (overlap weights).
    """
    share = float(count @ cells.arm / count.sum())
    p = probability[cells.pattern]
    if cells.overlap:
        return np.where(cells.arm > 0, 1 - p, p)
    return np.where(cells.arm > 0, share / p, (1 - share) / (1 - p))


def effective_sample_size(cells: Cells, weights: FloatArray) -> tuple[float, float]:
    """Return (sum w)^2 / sum w^2 of arm 0 and of arm 1."""
    sizes = []
    for one in (0, 1):
        inside = cells.arm == one
        count, weight = cells.count[inside], weights[inside]
        sizes.append(float((count @ weight) ** 2 / (count @ weight**2)))
    return sizes[0], sizes[1]

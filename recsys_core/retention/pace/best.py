"""Several arms held together: how far each is from the best other one, and what difference a study can show."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from recsys_core.retention.estimators.event_table import FloatArray
from recsys_core.retention.pace.arm_pairs import Figure

_DRAWS: Final = 50_000
_SEED: Final = 1


def best_limits(differences: FloatArray, covariance: FloatArray, alpha: float = 0.05) -> FloatArray:
    """Simultaneous limits of each arm minus the best other one.

    Parameters
    ----------
    differences
        Arm i minus arm j, shape (arms, arms).
    covariance
        Of the arms' estimates up to a common constant: var(i - j) = c_ii + c_jj - 2 c_ij; shape (arms, arms).
    alpha
        Simultaneous level.

    Returns
    -------
    ndarray
        Shape (arms, 3): estimate, lower, upper. Lower at most 0 and upper at least 0: an arm with lower 0 is the best;
        one with upper 0 is not.

    References
    ----------
    Hsu 1981, 1996, Multiple Comparisons, chapter 4: constrained comparisons with the best for correlated estimates.
    """
    arms = len(differences)
    stderr = np.sqrt(np.maximum(np.add.outer(np.diag(covariance), np.diag(covariance)) - 2 * covariance, 0.0))
    critical = [_one_sided(covariance, arm, alpha) for arm in range(arms)]
    others = [[j for j in range(arms) if j != i] for i in range(arms)]
    rows = np.zeros((arms, 3))
    for i in range(arms):
        rows[i, 0] = min(differences[i, j] for j in others[i])
        rows[i, 2] = max(min(differences[i, j] + critical[i] * stderr[i, j] for j in others[i]), 0.0)
    possible = {i for i in range(arms) if rows[i, 2] > 0}
    for i in range(arms):
        rivals = [j for j in possible if j != i]
        if rivals:
            rows[i, 1] = min(*(differences[i, j] - critical[j] * stderr[i, j] for j in rivals), 0.0)
    return rows


def _one_sided(covariance: FloatArray, arm: int, alpha: float) -> float:
    """Quantile of the largest of the studentised differences of an arm and the others, as in Dunnett's test."""
    others = [j for j in range(len(covariance)) if j != arm]
    contrast = np.zeros((len(others), len(covariance)))
    contrast[:, arm] = 1.0
    contrast[np.arange(len(others)), others] = -1.0
    spread = contrast @ covariance @ contrast.T
    scale = np.sqrt(np.maximum(np.diag(spread), 1e-300))
    drawn = _normal(spread / np.outer(scale, scale))
    return float(np.quantile(drawn.max(axis=1), 1 - alpha))


def smallest_shown(
    against: Sequence[Sequence[Figure]], critical: Sequence[Sequence[float]], power: float = 0.8
) -> float:
    """Smallest true difference for which the best arm is named, if it exceeds every other by as much.

    A winner needs every contrast with another arm, by every method, beyond its critical value: with true difference D
    in all of them this happens if D exceeds the largest of c s - e, where e are their joint errors.

    Parameters
    ----------
    against
        For each other arm, the figures that must all be beyond noise.
    critical
        Their multiples of the standard error.
    power
        How often it shall be named.

    Returns
    -------
    float
        Days.
    """
    figures = [figure for pair in against for figure in pair]
    needed = np.array([c * f.stderr for f, c in zip(figures, (c for pair in critical for c in pair), strict=True)])
    influence = np.stack([figure.influence for figure in figures])
    return float(np.quantile((needed - _normal(influence @ influence.T)).max(axis=1), power))


def _normal(covariance: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    return np.random.default_rng(_SEED).standard_normal((_DRAWS, len(covariance))) @ root.T

"""Whether a difference could be chance: resampled users, flipped signs, and Holm's correction."""

from typing import Final

import numpy as np
import numpy.typing as npt

FLIPS: Final = 40_000
_CELLS = 1 << 22  # of one block of resamples


def bootstrap_means(values: np.ndarray, resamples: int, seed: int) -> np.ndarray:
    """Means of resampled users; every column is averaged over the same users, so that columns stay paired.

    Parameters
    ----------
    values
        (n_users, n_columns) float64, without NaN.
    resamples
        Number of resamples (Efron 1979).
    seed
        Of the draws.

    Returns
    -------
    numpy.ndarray
        (resamples, n_columns) float64.
    """
    users, columns = values.shape
    draw, means = np.random.default_rng(seed), np.empty((resamples, columns))
    step = max(1, _CELLS // users)
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        chosen = draw.integers(0, users, size=(rows, users)) + users * np.arange(rows)[:, None]
        weights = np.bincount(chosen.ravel(), minlength=rows * users).reshape(rows, users)
        means[start : start + rows] = weights @ values / users
    return means


def percentile_limits(draws: np.ndarray, confidence: float = 0.95) -> np.ndarray:
    """Percentile limits of every column of resampled figures, (2, n_columns): lower, upper."""
    tail = 50 * (1 - confidence)
    return np.percentile(draws, [tail, 100 - tail], axis=0)


def sign_flip_p(
    values: np.ndarray, seed: int, *, contrasts: np.ndarray | None = None, flips: int = FLIPS
) -> np.ndarray:
    """Two-sided p values of "the mean difference of paired values is 0", one per contrast.

    If it is, a user's difference is as likely to have the other sign: p is the share of random flips whose mean is at
    least as far from 0, the observed one counted (Fisher 1935; Phipson & Smyth 2010).

    Parameters
    ----------
    values
        (n_users, n_columns) float64, without NaN: differences, or what `contrasts` makes differences of.
    contrasts
        (n_columns, n_contrasts); every column of it sums the columns of `values` with its weights. Flipped sums are
        linear, so that many pairs cost little more than their members. Default: the columns themselves.
    seed, flips
        Of the random signs, and how many.
    """
    contrasts = np.eye(values.shape[1]) if contrasts is None else contrasts
    differences = values @ contrasts
    differ = np.any(differences != 0, axis=1)  # the others add nothing under any sign
    if not differ.any():
        return np.ones(contrasts.shape[1])
    moved, total = values[differ], differences.sum(axis=0)
    draw, hits = np.random.default_rng(seed), np.zeros(contrasts.shape[1])
    least = np.abs(total) - 1e-9 * (np.abs(moved).sum(axis=0) @ np.abs(contrasts))
    step = max(1, _CELLS // len(moved))
    for start in range(0, flips, step):
        rows = min(step, flips - start)
        bits = np.frombuffer(draw.bytes(rows * ((len(moved) + 7) // 8)), dtype=np.uint8).reshape(rows, -1)
        chosen = np.unpackbits(bits, axis=1, count=len(moved)).astype(np.float64)
        sums = 2 * (chosen @ moved) @ contrasts - total  # chosen ones keep their sign, the others turn
        hits += np.count_nonzero(np.abs(sums) >= least, axis=0)
    return (hits + 1) / (flips + 1)


def holm(p_values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return p values corrected by Holm's step-down rule, in the given order.

    References
    ----------
    Holm 1979; R p.adjust(method = "holm").

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p)
    stepped = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(stepped, 1.0)
    return corrected

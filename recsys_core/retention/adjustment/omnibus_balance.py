"""Are arms as alike as random assignment makes them, in all that was known before? One test for all columns."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys_core.retention.estimators.event_table import FloatArray
from recsys_core.retention.estimators.inference import chi_square_p

_LEAST_PART = 1e-9  # of the largest eigenvalue: what is less is a column that follows from others


@dataclass(frozen=True)
class OmnibusBalance:
    """The test, and where the arms differ most.

    Attributes
    ----------
    chisq, df, p
        Of the hypothesis that arms were drawn at random from the users of each stratum.
    column
        Number of the column that deviates most for its noise.
    smd
        Largest difference of its mean between two arms, in standard deviations.
    """

    chisq: float
    df: int
    p: float
    column: int
    smd: float


def omnibus_balance(columns: FloatArray, arm: npt.NDArray[np.int64], stratum: npt.NDArray[np.int64]) -> OmnibusBalance:
    """Test whether arms are a random draw within strata, given their sizes there.

    Under the hypothesis the sum of a column over the users of arm k in stratum s, n_s users with n_sk of the arm, has
    mean n_sk times the stratum's, and the sums of arms k and l have covariance

        sum over s of  n_sk ([k = l] n_s - n_sl) / n_s  S_s

    with S_s the covariance of the columns in s (divisor n_s - 1). The deviations of all columns and all arms but one
    make a quadratic form, chi-square with as many degrees of freedom as that matrix has rank. For two arms it is the
    d^2 of Hansen and Bowers.

    Parameters
    ----------
    columns
        Shape (users, columns).
    arm, stratum
        Whole numbers from 0, one per user.

    Returns
    -------
    OmnibusBalance
        With df 0 and p 1 where nothing varies in strata that hold two arms.

    References
    ----------
    Hansen & Bowers 2008, Covariate balance in simple, stratified and clustered comparative studies.
    """
    arms, width = int(arm.max()) + 1, columns.shape[1]
    deviation = np.zeros((arms - 1, width))
    covariance = np.zeros((arms - 1, width, arms - 1, width))
    order = np.argsort(stratum, kind="stable")
    for users in np.split(order, np.flatnonzero(np.diff(stratum[order])) + 1):
        sizes = np.bincount(arm[users], minlength=arms).astype(np.float64)
        if users.size < 2 or (sizes > 0).sum() < 2:
            continue
        apart = columns[users] - columns[users].mean(axis=0)
        spread = apart.T @ apart / (users.size - 1)
        shares = (np.diag(sizes) - np.outer(sizes, sizes) / users.size)[:-1, :-1]
        covariance += np.einsum("kl,ij->kilj", shares, spread)
        for one in range(arms - 1):
            deviation[one] += apart[arm[users] == one].sum(axis=0)
    chisq, df = _quadratic(deviation.ravel(), covariance.reshape((arms - 1) * width, -1))
    noise = np.einsum("kiki->ki", covariance)
    scores = np.divide(deviation**2, noise, out=np.zeros_like(noise), where=noise > 0).max(axis=0)
    worst = int(np.argmax(scores))
    p = chi_square_p(chisq, df) if df else 1.0
    return OmnibusBalance(chisq, df, p, worst, _largest_difference(columns[:, worst], arm))


def _quadratic(deviation: FloatArray, covariance: FloatArray) -> tuple[float, int]:
    scale = np.sqrt(np.diag(covariance))
    used = scale > 0
    if not used.any():
        return 0.0, 0
    values, vectors = np.linalg.eigh(covariance[np.ix_(used, used)] / np.outer(scale[used], scale[used]))
    kept = values > _LEAST_PART * values.max()
    along = vectors[:, kept].T @ (deviation[used] / scale[used])
    return float((along**2 / values[kept]).sum()), int(kept.sum())


def _largest_difference(column: FloatArray, arm: npt.NDArray[np.int64]) -> float:
    inside = [column[arm == one] for one in np.unique(arm)]
    means, spread = [float(part.mean()) for part in inside], float(np.mean([part.var() for part in inside]))
    return (max(means) - min(means)) / spread**0.5 if spread > 0 else 0.0

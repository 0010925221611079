"""The difference of two survival curves, day by day, with a band that holds for all days together."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys_core.errors import SettingsError
from recsys_core.retention.estimators.event_table import FloatArray, still_there
from recsys_core.retention.study.arm_results import ArmResult


@dataclass(frozen=True)
class DifferencePoint:
    """S of the arm minus S of the reference on a day, as a share (0 to 1).

    lower and upper hold for this day alone, band_lower and band_upper for all days up to the horizon together.
    """

    day: int
    estimate: float
    lower: float
    upper: float
    band_lower: float
    band_upper: float


@dataclass(frozen=True)
class DifferenceCurve:
    """Arm minus reference on days 0 to the horizon."""

    arm: str
    reference: str
    points: tuple[DifferencePoint, ...]
    resamples: int


def difference_curve(
    arm: ArmResult,
    reference: ArmResult,
    horizon: int,
    *,
    resamples: int = 500,
    seed: int = 1,
    confidence: float = 0.95,
) -> DifferenceCurve:
    """Subtract two Kaplan-Meier curves and resample users within each arm.

    Only a user's day and whether it was a lapse matter, so resampling users is drawing the counts of these cells from
    a multinomial. The limits of a day are estimate +- z times the resamples' standard error; the band takes, in place
    of z, the quantile over resamples of the largest studentised deviation on any day.

    Parameters
    ----------
    arm, reference
        With their counts per day.
    horizon
        Last day drawn; both arms are followed to it.
    resamples, seed
        Of the bootstrap.
    confidence
        Level of limits and band.

    Raises
    ------
    SettingsError
        When an arm is not followed to the horizon.

    References
    ----------
    Efron & Tibshirani 1993, chapter 12; band after Hall & Wellner 1980 in its bootstrap form (Akritas 1986).
    """
    last = min(arm.last_followed_day, reference.last_followed_day)
    if horizon > last:
        raise SettingsError("horizon-past-arms", horizon=horizon, arm=arm.name, reference=reference.name, last=last)
    rng = np.random.default_rng(seed)
    counts = ((one.lapses_by_day, one.leaving_by_day) for one in (arm, reference))
    curves = [resampled_curves(*pair, rng, resamples)[:, : horizon + 1] for pair in counts]
    change = curves[0] - curves[1]
    estimate, deviation = change[0], change[1:] - change[0]
    stderr = change[1:].std(axis=0, ddof=1)
    studentised = np.divide(np.abs(deviation), stderr, out=np.zeros_like(deviation), where=stderr > 0)
    pointwise, joint = np.quantile(studentised, confidence, axis=0), np.quantile(studentised.max(axis=1), confidence)
    columns = [estimate, estimate - pointwise * stderr, estimate + pointwise * stderr,
               estimate - joint * stderr, estimate + joint * stderr]  # fmt: skip
    rows = np.clip(np.stack(columns, axis=1), -1.0, 1.0).tolist()
    return DifferenceCurve(
        arm.name, reference.name, tuple(DifferencePoint(day, *row) for day, row in enumerate(rows)), resamples
    )


def resampled_curves(
    lapses: npt.ArrayLike, leaving: npt.ArrayLike, rng: np.random.Generator, resamples: int
) -> FloatArray:
    """Draw an arm's curve on days 0, 1, ... from resampled users, one row each; the first row is the observed one.

    Parameters
    ----------
    lapses, leaving
        Users who lapse, and all who leave observation, per day from day 0 on.
    rng, resamples
        Source and number of the draws.
    """
    events = np.asarray(lapses, dtype=np.int64)
    observed = np.concatenate([events, np.asarray(leaving, dtype=np.int64) - events])
    drawn = rng.multinomial(int(observed.sum()), observed / observed.sum(), size=resamples)
    counts = np.vstack([observed, drawn]).astype(np.float64)
    died, censored = counts[:, : events.size], counts[:, events.size :]
    at_risk = still_there(died + censored)
    hazard = np.divide(died, at_risk, out=np.zeros_like(died), where=at_risk > 0)
    return np.asarray(np.cumprod(1 - hazard, axis=1))

"""What the seeds show of a figure, and whether it lies within its band."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from validation.cells import Row
from validation.run import Study

LEVEL: Final = 0.05
COVERAGE: Final = (0.935, 0.965)
CENTRED: Final = 2.58  # Monte-Carlo errors: a right estimator lies within them 99 % of the time
BIASED: Final = 10.0
SEEDS: Final = 1000  # what the bands are made for


@dataclass(frozen=True)
class Share:
    """Share of the seeds, with its Monte-Carlo error."""

    value: float
    error: float


@dataclass(frozen=True)
class Found:
    """A row over its seeds. `misses` names in words what lies outside its band.

    Attributes
    ----------
    mean, mean_error, spread
        Mean of the estimates with its Monte-Carlo error, and their standard deviation; None where there are none.
    stated
        Root mean square of the standard errors that the studies state.
    rejected, covered
        Shares of seeds; None where the figure has no test or no interval.
    """

    row: Row
    seeds: int
    mean: float | None
    mean_error: float | None
    spread: float | None
    stated: float | None
    rejected: Share | None
    covered: Share | None
    misses: tuple[str, ...]


def judge(row: Row, studies: Sequence[Study], slack: float = 1.0) -> Found:
    """Hold a figure against its bands.

    With fewer than 1,000 seeds the bands of shares are as many Monte-Carlo errors wide as with 1,000.

    Parameters
    ----------
    row
        The figure and what is asked of it.
    studies
        Those that gave figures.
    slack
        Further widening of the bands, for checks of few seeds.
    """
    figures = [one.figures[row.figure] for one in studies if row.figure in one.figures]
    values = np.array([[np.nan if x is None else x for x in figure] for figure in figures], dtype=float).reshape(-1, 5)
    estimate, stderr, lower, upper, p = values.T
    rejected = covered = mean = mean_error = spread = stated = None
    known = 0.0 if row.truth is None else row.truth.value
    if np.isfinite(p).any():
        rejected = _share(p <= LEVEL)
    if np.isfinite(estimate).any():
        mean, spread = float(estimate.mean()), float(estimate.std(ddof=1)) if len(figures) > 1 else 0.0
        mean_error = float(np.hypot(spread / np.sqrt(len(figures)), row.truth.error if row.truth else 0.0))
        covered = _share((lower <= known) & (known <= upper))
    if np.isfinite(stderr).any():
        stated = float(np.sqrt(np.nanmean(stderr**2)))
    wide = slack * max(1.0, (SEEDS / max(len(figures), 1)) ** 0.5)
    misses = [*_centre_misses(row, mean, mean_error, known, slack)]
    if len(figures) < len(studies):
        misses.append(f"{len(studies) - len(figures)} studies without it")
    if row.rejects and not _within(rejected, row.rejects, wide):
        misses.append("rejections")
    if row.covers and not _within(covered, COVERAGE, wide):
        misses.append("coverage")
    return Found(row, len(figures), mean, mean_error, spread, stated, rejected, covered, tuple(misses))


def _share(hits: np.ndarray) -> Share:
    value = float(hits.mean())
    return Share(value, float(np.sqrt(max(value * (1 - value), 0.0) / len(hits))))


def _within(share: Share | None, band: tuple[float, float], wide: float) -> bool:
    if share is None:
        return False
    low, high = band
    if low == 0:  # one-sided: below, and no wider with fewer seeds
        return share.value < high
    middle, half = (low + high) / 2, (high - low) / 2 * wide
    return abs(share.value - middle) <= half + 1e-12


def _centre_misses(row: Row, mean: float | None, error: float | None, known: float, slack: float) -> tuple[str, ...]:
    if not row.mean:
        return ()
    if mean is None or not error:
        return ("no mean",)
    away = abs(mean - known) / error
    if row.mean == "centred" and away > CENTRED * slack:
        return (f"mean {away:.1f} Monte-Carlo errors off",)
    if row.mean == "biased" and away < BIASED / slack:
        return ("not biased",)
    return ()

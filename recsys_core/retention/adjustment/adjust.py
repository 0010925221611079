"""The contrast of two arms adjusted for attributes known at first exposure, by three methods."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from recsys_core.errors import SettingsError
from recsys_core.retention.adjustment.adjustment_cells import AdjustInput, Cells, count_cells
from recsys_core.retention.adjustment.adjustment_design import require_served_by_both
from recsys_core.retention.adjustment.balance_table import Balance, balance_table
from recsys_core.retention.adjustment.doubly_robust import aipw
from recsys_core.retention.adjustment.propensity import PropensityModel, arm_weights, effective_sample_size
from recsys_core.retention.adjustment.standardised import GComputation, Weighting, normal_error
from recsys_core.retention.estimators.event_table import FloatArray, SurvivalRows, table_of_rows
from recsys_core.retention.estimators.figures import Adjusted, AtDay, RestrictedMean
from recsys_core.retention.estimators.inference import interval, normal_p, z_value
from recsys_core.retention.estimators.kaplan_meier import SurvivalCurve, kaplan_meier


@dataclass(frozen=True)
class Adjustment:
    """Adjusted contrasts and what they rest on.

    Attributes
    ----------
    methods
        aipw (the primary), iptw, g-computation.
    balance
        How far the arms lie apart before and after weighting.
    effective_sample_size
        Of arm 0 and arm 1 under the weights.
    propensity_range
        Smallest and largest estimated chance of being in arm 1.
    users
        Of arm 0 and arm 1; with overlap, those of kinds that both arms served.
    """

    methods: tuple[Adjusted, ...]
    balance: Balance
    effective_sample_size: tuple[float, float]
    propensity_range: tuple[float, float]
    users: tuple[int, int]


def adjust(
    data: AdjustInput,
    horizon: float,
    day: float | None = None,
    *,
    finer: AdjustInput | None = None,
    resamples: int = 200,
    seed: int = 0,
    confidence: float = 0.95,
) -> Adjustment:
    """Contrast arm 1 with arm 0, standardised over the covariates of both.

    Parameters
    ----------
    data
        The two arms, and whether all their users are meant or those whom both arms could have served.
    horizon
        Restriction of the mean, in the unit of the durations.
    day
        Time of the difference in survival; the horizon when None.
    finer
        The same users with more columns, for aipw alone: it needs no bootstrap, whose cost grows with the patterns.
    resamples, seed
        Bootstrap over users for iptw and g-computation; aipw has its influence function, and folds by the seed.
    confidence
        Level of the limits.

    Raises
    ------
    DataError
        When an arm is empty, or a column is constant, redundant, or separates the arms or the events; unless with
        overlap, also when an arm never served a level of an attribute.
    SettingsError
        When the horizon or the day lies past the last followed time of an arm, or resamples is below 2.
    """
    z_value(confidence)
    if resamples < 2:
        raise SettingsError("adjustment-resamples", resamples=resamples)
    cells = _cells(data)
    when = float(horizon if day is None else day)
    _check_times(cells, horizon, when)
    model = PropensityModel(cells)
    probability = model.probability()
    weighting, standardised = Weighting(cells, model, horizon, when), GComputation(cells, model)
    estimates = {
        "iptw": weighting.difference(),
        "g-computation": standardised.difference(horizon, when),
    }
    draws = np.array(
        [
            (weighting.difference(count), standardised.difference(horizon, when, count))
            for count in _resampled(cells, resamples, seed)
        ]
    )
    robust = _aipw(finer, horizon, when, seed) if finer else aipw(cells, model, horizon, when, seed=seed)
    by_method = {"aipw": robust}
    for at, (method, estimate) in enumerate(estimates.items()):
        by_method[method] = (estimate, normal_error(draws[:, at]))
    weights = arm_weights(cells, probability, cells.count)
    return Adjustment(
        tuple(_adjusted(method, figures, (float(horizon), when), confidence) for method, figures in by_method.items()),
        balance_table(cells, weights),
        effective_sample_size(cells, weights),
        (float(probability.min()), float(probability.max())),
        (int(cells.count[cells.arm == 0].sum()), int(cells.count[cells.arm == 1].sum())),
    )


def aipw_mean_difference(
    data: AdjustInput, horizon: float, *, seed: int = 0, confidence: float = 0.95
) -> RestrictedMean:
    """Contrast arm 1 with arm 0 by aipw alone, which needs no bootstrap.

    Raises
    ------
    DataError, SettingsError
        As `adjust`.
    """
    figures = _aipw(data, horizon, horizon, seed)
    return _adjusted("aipw", figures, (float(horizon), float(horizon)), confidence).rmst_difference


def _aipw(data: AdjustInput, horizon: float, day: float, seed: int) -> tuple[FloatArray, FloatArray]:
    cells = _cells(data)
    _check_times(cells, horizon, day)
    return aipw(cells, PropensityModel(cells), horizon, day, seed=seed)


def _cells(data: AdjustInput) -> Cells:
    cells = count_cells(data)
    if not data.overlap:
        require_served_by_both(data.covariates, np.asarray(data.arm, dtype=np.float64))
    return cells


def iptw_curves(data: AdjustInput) -> tuple[SurvivalCurve, SurvivalCurve]:
    """Return the Kaplan-Meier curves of arm 0 and arm 1 under stabilised weights.

    Raises
    ------
    DataError
        As `adjust`.
    """
    cells = _cells(data)
    weights = cells.count * arm_weights(cells, PropensityModel(cells).probability(), cells.count)
    rows = SurvivalRows(cells.duration, cells.event, None, weights)
    reference, arm = (kaplan_meier(table_of_rows(rows.take(cells.arm == one))) for one in (0, 1))
    return reference, arm


def g_computation_survival(data: AdjustInput, times: FloatArray) -> FloatArray:
    """Return the standardised survival of arm 0 and arm 1 at each time, shape (2, times).

    Raises
    ------
    DataError
        As `adjust`.
    """
    return GComputation(count_cells(data)).survival(np.asarray(times, dtype=np.float64))


def _resampled(cells: Cells, resamples: int, seed: int) -> Iterator[FloatArray]:
    rng = np.random.default_rng(seed)
    for _ in range(resamples):
        yield rng.multinomial(cells.users, cells.count / cells.users).astype(np.float64)


def _check_times(cells: Cells, horizon: float, day: float) -> None:
    last = min(float(cells.duration[cells.arm == one].max()) for one in (0, 1))
    if not 0 < horizon <= last or not 0 <= day <= last:
        raise SettingsError("adjustment-past-follow-up", horizon=horizon, day=day, last=last)


def _adjusted(
    method: str, figures: tuple[FloatArray, FloatArray], times: tuple[float, float], confidence: float
) -> Adjusted:
    horizon, day = times
    rows = []
    for value, error in zip(*(part.tolist() for part in figures), strict=True):
        rows.append((value, error, *interval(value, error, confidence), normal_p(value, error)))
    return Adjusted(method, RestrictedMean(*rows[0], days=horizon), AtDay(*rows[1], day=day))

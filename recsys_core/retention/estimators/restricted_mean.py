"""Restricted mean survival time, and differences between two curves in days and in points."""

import math

from recsys_core.errors import SettingsError
from recsys_core.retention.estimators.figures import AtDay, Estimate, RestrictedMean
from recsys_core.retention.estimators.inference import interval, normal_p, z_value
from recsys_core.retention.estimators.kaplan_meier import SurvivalCurve


def restricted_mean(curve: SurvivalCurve, horizon: float) -> RestrictedMean:
    """Return the area under the curve from 0 to the horizon.

    On day tables (whole durations) this is the sum of S(d) for d = 0 .. horizon - 1, the number of the first
    `horizon` days on which a user is still a user.

    Parameters
    ----------
    curve
        From `kaplan_meier`; its confidence is used for the limits.
    horizon
        In the unit of the durations.

    Raises
    ------
    SettingsError
        When the horizon is not above 0 or lies past the last followed time of the curve.

    References
    ----------
    R survfit(rmean). Variance: sum over t_i <= horizon of
    (area from t_i to the horizon)^2 d_i / (n_i (n_i - d_i)), 0 where n_i = d_i.

    Examples
    --------
    >>> from recsys_core.retention.estimators.event_table import event_table
    >>> from recsys_core.retention.estimators.kaplan_meier import kaplan_meier
    >>> curve = kaplan_meier(event_table(duration=[1, 2, 2, 4], event_observed=[1, 1, 0, 0]))
    >>> mean = restricted_mean(curve, horizon=4)
    >>> mean.estimate, round(mean.stderr, 3)
    (2.75, 0.65)
    """
    check_horizon(curve, horizon)
    total = curve.area(0.0, horizon)
    used = curve.time <= horizon
    remaining = total - curve.area_to(curve.time[used])
    stderr = math.sqrt(float((remaining**2 * curve.hazard_variance[used]).sum()))
    lower, upper = interval(total, stderr, curve.confidence)
    return RestrictedMean(total, stderr, lower, upper, days=float(horizon))


def check_horizon(curve: SurvivalCurve, horizon: float) -> None:
    """Refuse a horizon that the curve does not reach.

    Raises
    ------
    SettingsError
        When the horizon is not above 0 or lies past the last followed time.
    """
    if not horizon > 0:
        raise SettingsError("horizon-not-above-zero", horizon=horizon)
    if horizon > curve.last_time:
        raise SettingsError("horizon-past-follow-up", horizon=horizon, last=curve.last_time)


def restricted_mean_difference(a: RestrictedMean, b: RestrictedMean, confidence: float = 0.95) -> RestrictedMean:
    """Return a minus b, for two independent arms.

    Raises
    ------
    SettingsError
        When the two are restricted to different horizons.
    """
    _same_horizon(a, b)
    difference, stderr = a.estimate - b.estimate, math.hypot(a.stderr, b.stderr)
    lower, upper = interval(difference, stderr, confidence)
    return RestrictedMean(difference, stderr, lower, upper, normal_p(difference, stderr), days=a.days)


def restricted_mean_ratio(a: RestrictedMean, b: RestrictedMean, confidence: float = 0.95) -> Estimate:
    """Return a / b with limits that are symmetric on the log scale (delta method).

    Raises
    ------
    SettingsError
        When the two are restricted to different horizons.
    """
    _same_horizon(a, b)
    ratio = a.estimate / b.estimate
    log_stderr = math.hypot(a.stderr / a.estimate, b.stderr / b.estimate)
    factor = math.exp(z_value(confidence) * log_stderr)
    p = normal_p(math.log(ratio), log_stderr)
    return Estimate(ratio, ratio * log_stderr, ratio / factor, ratio * factor, p)


def survival_difference(a: SurvivalCurve, b: SurvivalCurve, day: float) -> AtDay:
    """Return S_a(day) - S_b(day) with a normal interval from Greenwood's standard errors.

    Raises
    ------
    SettingsError
        When the day is below 0 or lies past the last followed time of one curve.
    """
    last = min(a.last_time, b.last_time)
    if not 0 <= day <= last:
        raise SettingsError("day-past-follow-up", day=day, last=last)
    difference = float(a.at(day) - b.at(day))
    stderr = math.hypot(float(a.stderr_at(day)), float(b.stderr_at(day)))
    lower, upper = interval(difference, stderr, a.confidence)
    return AtDay(difference, stderr, lower, upper, normal_p(difference, stderr), day=float(day))


def _same_horizon(a: RestrictedMean, b: RestrictedMean) -> None:
    if a.days != b.days:
        raise SettingsError("horizons-differ", first=a.days, second=b.days)

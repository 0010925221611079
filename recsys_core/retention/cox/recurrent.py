"""Lapses that come back: rates by Andersen and Gill, and the mean number of lapses per user."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from recsys_core.errors import DataError
from recsys_core.retention.cox.cox_model import CoxFit, Ties, fit_cox
from recsys_core.retention.estimators.event_table import (
    EventTable,
    FloatArray,
    SurvivalRows,
    at_risk_on,
    sum_by,
    survival_rows,
    table_of_rows,
)
from recsys_core.retention.estimators.figures import SurvivalPoint
from recsys_core.retention.estimators.inference import z_value
from recsys_core.retention.estimators.kaplan_meier import step_points


@dataclass(frozen=True)
class MeanCumulative:
    """Mean number of events per user up to t: a right-continuous step curve from 0.

    Attributes
    ----------
    time
        Ascending event times; the arrays follow it.
    estimate, stderr
        Number per user, and its standard error, robust to users who have several events.
    lower, upper
        Limits, symmetric on the log scale, so never below 0; they equal the estimate where it is 0.
    at_risk
        Weight at risk just before the time.
    last_time
        Last time at which somebody was followed.
    """

    time: FloatArray
    estimate: FloatArray
    stderr: FloatArray
    lower: FloatArray
    upper: FloatArray
    at_risk: FloatArray
    last_time: float

    def points(self, times: npt.ArrayLike) -> tuple[SurvivalPoint, ...]:
        """Return one row per time; at_risk is that at the first event time from there on, 0 past the last."""
        return step_points(self.time, (self.estimate, self.stderr, self.lower, self.upper), self.at_risk, times)


def mean_cumulative(
    entry: npt.ArrayLike,
    stop: npt.ArrayLike,
    event: npt.ArrayLike,
    user: npt.ArrayLike,
    *,
    weights: npt.ArrayLike | None = None,
    confidence: float = 0.95,
) -> MeanCumulative:
    """Estimate the mean number of events per user.

    Parameters
    ----------
    entry, stop, event
        One row per interval (entry, stop] in which a user is followed; event is 1 where one happens at `stop`.
        Rows in which a user is followed but cannot have the event belong to a mean per user; left out, the answer
        is the cumulative rate of those who can.
    user
        Whose interval it is; the rows of a user must not overlap.
    weights
        Per row.
    confidence
        Level of the limits.

    Raises
    ------
    DataError
        When a column is not valid, the rows of a user overlap, or no event is observed.

    References
    ----------
    Nelson 1988; Lawless & Nadeau 1995; R survival::survfit(Surv(entry, stop, event) ~ 1, id = user), cumhaz and
    std.chaz.

    Examples
    --------
    >>> mean = mean_cumulative(entry=[0, 0, 3], stop=[4, 3, 6], event=[1, 1, 1], user=["ann", "ben", "ben"])
    >>> mean.time.tolist(), mean.estimate.tolist()
    ([3.0, 4.0, 6.0], [0.5, 1.0, 2.0])
    """
    rows = survival_rows(stop, event, entry, weights)
    code = user_codes(user, rows)
    if not (rows.event * rows.weights).any():
        raise DataError("recurrent-no-event")
    times = np.unique(rows.duration[rows.event > 0])
    at_risk = at_risk_on(times, rows, rows.weights)
    deaths = sum_by(np.searchsorted(times, rows.duration[rows.event > 0]), rows.weights[rows.event > 0], times.size)
    rate = np.divide(deaths, at_risk, out=np.zeros_like(deaths), where=at_risk > 0)
    estimate = np.cumsum(rate)
    stderr = np.sqrt(_variance(times, rate, at_risk, (rows, code)))
    spread = np.exp(z_value(confidence) * stderr / np.where(estimate > 0, estimate, 1.0))
    last = float(rows.duration.max())
    return MeanCumulative(times, estimate, stderr, estimate / spread, estimate * spread, at_risk, last)


def andersen_gill(
    rows: pd.DataFrame,
    design: pd.DataFrame,
    *,
    weights: npt.ArrayLike | None = None,
    strata: npt.ArrayLike | None = None,
    ties: Ties = "efron",
    confidence: float = 0.95,
) -> CoxFit:
    """Fit the rate of events that come back, with errors that allow for users who have several.

    Parameters
    ----------
    rows
        entry, stop, event, user_id: one row per interval (entry, stop] in which a user can have the event.
    design
        Numeric columns, one row per interval; see `design_matrix`.

    Raises
    ------
    DataError, SettingsError
        As `fit_cox`; also when the rows of a user overlap.

    References
    ----------
    Andersen & Gill 1982; Lin & Wei 1989; R coxph(Surv(entry, stop, event) ~ x + cluster(user)).
    """
    checked = survival_rows(rows["stop"], rows["event"], rows["entry"], weights)
    return fit_cox(
        checked.duration,
        checked.event,
        design,
        entry=checked.entry,
        weights=checked.weights,
        strata=strata,
        cluster=user_codes(rows["user_id"], checked),
        ties=ties,
        confidence=confidence,
    )


def user_codes(user: npt.ArrayLike | Sequence[str], rows: SurvivalRows) -> npt.NDArray[np.int64]:
    """Number the users, and refuse intervals of one user that overlap.

    Raises
    ------
    DataError
        When a row names no user, or the rows of a user overlap.
    """
    code, names = pd.factorize(pd.Series(np.asarray(user)))
    if code.size != rows.duration.size or (code < 0).any():
        raise DataError("recurrent-user-not-named", named=int((code >= 0).sum()), rows=rows.duration.size)
    if rows.entry is None:
        return np.asarray(code, dtype=np.int64)
    order = np.lexsort((rows.entry, code))
    same = code[order][1:] == code[order][:-1]
    overlap = same & (rows.entry[order][1:] < rows.duration[order][:-1])
    if overlap.any():
        example = str(names[code[order][1:][overlap][0]])
        raise DataError("recurrent-intervals-overlap", overlaps=int(overlap.sum()), user=example)
    return np.asarray(code, dtype=np.int64)


def clustered_table(
    duration: npt.ArrayLike, event: npt.ArrayLike, user: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> EventTable:
    """Build an event table whose variance allows for users with several rows, for the limits of `kaplan_meier`.

    Restricted means of such a curve keep Greenwood's variance.

    Parameters
    ----------
    duration, event
        As for `event_table`.
    user
        Whose row it is.
    weights
        How often a row counts, each above 0.

    Raises
    ------
    DataError
        When a column is not valid.

    References
    ----------
    R survival::survfit(Surv(duration, event) ~ 1, cluster = user), std.err.
    """
    rows = survival_rows(duration, event, None, weights)
    code = user_codes(user, rows)
    table = table_of_rows(rows)
    rate, rest = table.events / table.at_risk, table.at_risk - table.events
    variance = _variance(table.times, rate, rest, (rows, code))
    return replace(table, log_variance=variance)


def _variance(
    times: FloatArray, rate: FloatArray, divisor: FloatArray, data: tuple[SurvivalRows, npt.NDArray[np.int64]]
) -> FloatArray:
    """Return the sum over users of their squared influence at each event time.

    Somebody at risk changes the sum of rates by -rate / Y, who has the event by 1 / Y more; for log S the divisor is
    Y - d in the place of Y. A user's influence at t is c - r Q(t): r the weight at risk, Q the sum of rate / divisor,
    and c what its entries, exits and events so far have added. Both change only at entries and exits, so squares are
    summed change by change.
    """
    rows, user = data
    own = np.divide(rate, divisor, out=np.zeros_like(rate), where=divisor > 0)
    q = np.append(0.0, np.cumsum(own))
    entry = np.zeros(user.size) if rows.entry is None else rows.entry
    enter = np.searchsorted(times, entry, side="right")  # index of q: event times up to then
    leave = np.searchsorted(times, rows.duration, side="right")
    per_event = np.divide(1.0, divisor, out=np.zeros_like(divisor), where=divisor > 0)[np.maximum(leave - 1, 0)]
    weight = rows.weights
    changes = pd.DataFrame(
        {
            "user": np.r_[user, user],
            "at": np.r_[enter, leave],
            "c": np.r_[weight * q[enter], weight * (rows.event * per_event - q[leave])],
            "r": np.r_[weight, -weight],
        }
    )
    summed = changes.groupby(["user", "at"], sort=True, as_index=False).sum()
    running = summed.groupby("user")[["c", "r"]].cumsum()
    first = np.r_[True, np.diff(summed["user"].to_numpy()) != 0]
    total = np.zeros(times.size)
    at = summed["at"].to_numpy()
    for left, right, factor in (("c", "c", np.ones(times.size)), ("c", "r", -2 * q[1:]), ("r", "r", q[1:] ** 2)):
        product = (running[left] * running[right]).to_numpy()
        change = product - np.where(first, 0.0, np.append(0.0, product[:-1]))
        # a change at index k holds from the k-th event time on (k = 0: before the first)
        sums = sum_by(np.asarray(at, dtype=np.int64), change, times.size + 1)
        total += factor * np.cumsum(sums)[1:]
    return np.maximum(total, 0.0)

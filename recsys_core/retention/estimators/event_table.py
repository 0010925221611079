"""From durations, or from counts per day, to the table that every curve is computed from."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys_core.errors import DataError

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class EventTable:
    """Who is at risk, and what happens, at each distinct time.

    Attributes
    ----------
    times
        Ascending, each time at which somebody has the event or is censored.
    at_risk
        Weight still followed just before the time; somebody censored at t is at risk at t.
    events, censored
        Weight leaving at the time, by reason.
    hazard_variance
        Variance of each factor of the curve on the log scale: d / (n (n - d)) of Greenwood, or its weighted
        form where the weights are not whole numbers; 0 where everybody at risk has the event.
    log_variance
        Variance of log S at each time, where it is not the sum of `hazard_variance` up to then: with weights that
        are not whole numbers a row's influence on one factor of the curve is not independent of that on the next.
    """

    times: FloatArray
    at_risk: FloatArray
    events: FloatArray
    censored: FloatArray
    hazard_variance: FloatArray
    log_variance: FloatArray | None = None


@dataclass(frozen=True)
class SurvivalRows:
    """Checked columns of equal length, as floats; entry is None where everybody is followed from 0."""

    duration: FloatArray
    event: FloatArray
    entry: FloatArray | None
    weights: FloatArray

    @property
    def whole_weights(self) -> bool:
        """Whether each weight is a number of repeats, and not a sampling or propensity weight."""
        return bool(np.all(self.weights == np.floor(self.weights)))

    def take(self, keep: npt.NDArray[np.bool_]) -> "SurvivalRows":
        """Return the rows where `keep` is true."""
        entry = None if self.entry is None else self.entry[keep]
        return SurvivalRows(self.duration[keep], self.event[keep], entry, self.weights[keep])


def survival_rows(
    duration: npt.ArrayLike,
    event_observed: npt.ArrayLike,
    entry: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    *,
    names: tuple[str, str, str, str] = ("duration", "event", "entry", "weights"),
) -> SurvivalRows:
    """Check the columns of a survival table; `names` is what messages call them.

    Raises
    ------
    DataError
        When columns differ in length, a number is missing, negative or infinite, an event is neither 0 nor 1,
        an entry is not before its duration, or no weight is above 0.
    """
    time = _column(names[0], duration)
    event = _column(names[1], event_observed, time.size)
    start = None if entry is None else _column(names[2], entry, time.size)
    weight = np.ones(time.size) if weights is None else _column(names[3], weights, time.size)
    if time.size == 0:
        raise DataError("survival-table-empty")
    _refuse(time < 0, "durations-below-zero", names[0])
    _refuse((event != 0) & (event != 1), "events-not-zero-or-one", names[1])
    if start is not None:
        _refuse(start >= time, "entries-not-before-durations", names[2])
    _refuse(weight < 0, "weights-below-zero", names[3])
    if not weight.any():
        raise DataError("weights-all-zero", column=names[3])
    return SurvivalRows(time, event, start, weight)


def event_table(
    duration: npt.ArrayLike,
    event_observed: npt.ArrayLike,
    entry: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
) -> EventTable:
    """Build the table of real-number durations, which are never rounded.

    Parameters
    ----------
    duration, event_observed
        Time of leaving, and 1 where it is the event, 0 where it is censoring.
    entry
        Delayed entry (left truncation): a row is at risk on (entry, duration].
    weights
        Whole numbers count as repeated rows. Otherwise the variance is that of the infinitesimal jackknife, the
        sum of squared influences of the rows, which equals Greenwood's when all weights are 1.

    Raises
    ------
    DataError
        See `survival_rows`.

    Examples
    --------
    >>> table = event_table(duration=[1, 2, 2, 4], event_observed=[1, 1, 0, 0])
    >>> table.times.tolist(), table.at_risk.tolist(), table.events.tolist()
    ([1.0, 2.0, 4.0], [4.0, 3.0, 1.0], [1.0, 1.0, 0.0])
    """
    rows = survival_rows(duration, event_observed, entry, weights)
    return table_of_rows(rows)


def table_of_rows(rows: SurvivalRows) -> EventTable:
    """Build the table of rows that are checked already."""
    if not rows.weights.all():
        rows = rows.take(rows.weights > 0)
    weights = rows.weights
    if rows.entry is None and (weights == 1).all() and not _few_days(rows.duration):
        times, leaving, events = _counted(rows)
        at_risk = still_there(leaving)
        return EventTable(times, at_risk, events, leaving - events, greenwood_increments(at_risk, events))
    times, at = distinct_times(rows.duration)
    events = sum_by(at, weights * rows.event, times.size)
    leaving = sum_by(at, weights, times.size)
    at_risk = still_there(leaving) - weight_from(times, rows.entry, weights)
    if rows.whole_weights:
        return EventTable(times, at_risk, events, leaving - events, greenwood_increments(at_risk, events))
    squared = weights**2
    variance = _weighted_increments(
        (at_risk, events),
        (at_risk_on(times, rows, squared), sum_by(at, squared * rows.event, times.size)),
    )
    return EventTable(times, at_risk, events, leaving - events, variance, _jackknife(times, at_risk, events, rows))


def event_table_from_counts(days: npt.ArrayLike, lapses: npt.ArrayLike, leaving: npt.ArrayLike) -> EventTable:
    """Build the table from counts per day; the cost does not depend on the number of users.

    Parameters
    ----------
    days
        Distinct days, in any order.
    lapses
        Users whose lapse falls on the day.
    leaving
        All users who leave on the day, lapsed or censored: lapses <= leaving.

    Raises
    ------
    DataError
        When a day is repeated or negative, lapses exceed leaving, or nobody is counted.

    Examples
    --------
    >>> table = event_table_from_counts(days=[1, 2, 4], lapses=[1, 1, 0], leaving=[1, 2, 1])
    >>> table.at_risk.tolist()
    [4.0, 3.0, 1.0]
    """
    day, lapsed = _column("days", days), _column("lapses", lapses)
    left = _column("leaving", leaving, day.size)
    if day.size == 0 or not left.any():
        raise DataError("counts-without-users")
    if np.unique(day).size != day.size:
        raise DataError("counts-repeat-a-day")
    _refuse(day < 0, "counted-days-below-zero", "days")
    _refuse((lapsed < 0) | (lapsed > left), "counted-lapses-outside-leaving", "lapses")
    order = np.argsort(day)
    order = order[left[order] > 0]
    events, gone = lapsed[order], left[order]
    at_risk = still_there(gone)
    return EventTable(day[order], at_risk, events, gone - events, greenwood_increments(at_risk, events))


def sum_by(index: npt.NDArray[np.int64], weights: FloatArray, size: int) -> FloatArray:
    """Return the sum of the weights at each index 0 .. size - 1."""
    return np.asarray(np.bincount(index, weights, size), dtype=np.float64)


def distinct_times(duration: FloatArray) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Return the distinct durations, ascending, and the position of each row's duration among them."""
    if _few_days(duration):
        day = duration.astype(np.int64)  # whole numbers need no sorting
        present = np.bincount(day) > 0
        return np.flatnonzero(present).astype(np.float64), (np.cumsum(present) - 1)[day]
    order = np.argsort(duration)
    ordered = duration[order]
    new = np.concatenate(([True], ordered[1:] != ordered[:-1]))
    at = np.empty(duration.size, dtype=np.int64)
    at[order] = np.cumsum(new) - 1
    return ordered[new], at


def _few_days(duration: FloatArray) -> bool:
    return bool(duration.max() <= 2 * duration.size + 65_536) and whole(duration)


def _counted(rows: SurvivalRows) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the distinct durations, who leaves on each and who has the event then, of rows that count once.

    The bits of a float that is not below 0 sort as it does and leave their highest place free: one sort of whole
    numbers, with the event in the lowest place, orders both.
    """
    key = np.sort((rows.duration.view(np.uint64) << np.uint64(1)) | rows.event.astype(np.uint64))
    ordered, event = (key >> np.uint64(1)).view(np.float64), (key & np.uint64(1)).astype(np.float64)
    begins = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    leaving = np.diff(begins, append=ordered.size).astype(np.float64)
    return ordered[begins], leaving, np.add.reduceat(event, begins)


def whole(values: FloatArray) -> bool:
    """Tell whether all values are whole numbers."""
    return bool((values == np.floor(values)).all())


def at_risk_on(times: FloatArray, rows: SurvivalRows, weights: FloatArray) -> FloatArray:
    """Return the weight at risk at each of `times`: entry < time <= duration."""
    return weight_from(times, rows.duration, weights) - weight_from(times, rows.entry, weights)


def greenwood_increments(at_risk: FloatArray, events: FloatArray) -> FloatArray:
    """Return d / (n (n - d)), and 0 where n = d."""
    rest = at_risk - events
    alive = rest > 1e-12 * at_risk
    return np.divide(events, at_risk * rest, out=np.zeros_like(events), where=alive)


def _weighted_increments(sums: tuple[FloatArray, FloatArray], squares: tuple[FloatArray, FloatArray]) -> FloatArray:
    # sum_i w_i^2 (d Y_i / (n (n - d)) - dN_i / (n - d))^2, the squared change of one factor per row
    (n, d), (n2, d2) = sums, squares
    rest = n - d
    alive = rest > 1e-12 * n
    safe = np.where(alive, rest, 1.0)
    return np.where(alive, (n2 * (d / n) ** 2 - 2 * d2 * d / n + d2) / safe**2, 0.0)


def _jackknife(times: FloatArray, at_risk: FloatArray, events: FloatArray, rows: SurvivalRows) -> FloatArray:
    # influence of a row on -log S: w (q(entry) - q(t)) while at risk and not struck, q = sum d / (n (n - d));
    # from its exit on it stays at w (q(entry) - q(exit) + 1 / (n - d) where it has the event)
    rest = at_risk - events
    alive = rest > 1e-12 * at_risk
    step = np.divide(1.0, rest, out=np.zeros_like(rest), where=alive)
    q = np.append(0.0, np.cumsum(greenwood_increments(at_risk, events)))
    leave = np.searchsorted(times, rows.duration, side="right")
    enter = np.zeros_like(leave) if rows.entry is None else np.searchsorted(times, rows.entry, side="right")
    w, start = rows.weights, rows.weights * q[enter]
    final = start - w * q[leave] + w * rows.event * step[leave - 1]

    def running(values: FloatArray, since: npt.NDArray[np.int64]) -> FloatArray:
        return np.cumsum(sum_by(since, values, times.size + 1))[1:]

    squares = running(start**2, enter) - running(start**2, leave) + running(final**2, leave)
    cross = running(start * w, enter) - running(start * w, leave)
    weight = running(w**2, enter) - running(w**2, leave)
    return np.maximum(squares - 2 * q[1:] * cross + q[1:] ** 2 * weight, 0.0)


def still_there(leaving: FloatArray) -> FloatArray:
    """Return who is followed at each time, from who leaves at each; times run along the last axis."""
    return np.asarray(np.cumsum(leaving[..., ::-1], axis=-1)[..., ::-1])


def weight_from(times: FloatArray, moments: FloatArray | None, weights: FloatArray) -> FloatArray:
    """Return the weight of the moments at or after each time; 0 where there are no moments."""
    if moments is None:
        return np.zeros(times.size)
    # bins are [t_k, t_k+1): the suffix sum at k holds every moment at or after t_k
    position = np.searchsorted(times, moments, side="right")
    return still_there(sum_by(position, weights, times.size + 1))[1:]


def _column(name: str, values: npt.ArrayLike, size: int | None = None) -> FloatArray:
    try:
        column = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError("survival-column-not-numbers", column=name) from error
    if column.ndim != 1:
        raise DataError("survival-column-shape", column=name, shape=str(column.shape))
    if size is not None and column.size != size:
        raise DataError("survival-column-size", column=name, shape=str(column.shape), rows=size)
    _refuse(~np.isfinite(column), "survival-column-not-finite", name)
    return column


def _refuse(bad: npt.NDArray[np.bool_], kind: str, column: str) -> None:
    if bad.any():
        raise DataError(kind, column=column, bad=int(bad.sum()), rows=bad.size)

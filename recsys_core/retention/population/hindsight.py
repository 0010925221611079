"""Attributes that were not known at the start of a user's clock: totals, last log-ins, who has left.

A users table is written after the log. What it holds may follow from what users did after their start; adjusting for
it, or testing assignment by it, would compare users by their outcome. Such attributes are told by how closely they
follow later events, much closer than anything known before can.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core import engine
from recsys_core.answers import Message, message
from recsys_core.data.dataset import Dataset
from recsys_core.retention.population.cohorts import Cohorts

if TYPE_CHECKING:
    import numpy.typing as npt

    from recsys_core.retention.estimators.event_table import FloatArray

MISSING = "(missing)"
EVENTS, ACTIVE_DAYS, LAST_ACTIVITY, LIFE, LATER_DATE = "events", "active-days", "last-activity", "life", "later-date"
_MOST_USERS = 20_000
_LEAST_USERS, _LEAST_IN_LEVEL, _MOST_LEVELS = 50, 30, 30
_STRATUM, _MOST_STRATA = 20, 200  # users of about the same start
_CORRELATED, _SEPARATED, _LATER = 0.9, 0.95, 0.2
_LEAST_LEFT = 1e-4  # of its variance, once the start is taken out
_DATE = r"^\d{4}-\d{2}-\d{2}"


@dataclass(frozen=True)
class Hindsight:
    """An attribute that follows from later events.

    Attributes
    ----------
    attribute
        Its name.
    event
        What it follows: events, active-days, last-activity or life (days from the start to the last activity); or
        later-date: it holds moments after the start.
    strength
        Absolute partial rank correlation, absolute rank-biserial correlation of a level, or share of later dates.
    level
        Of words, the level whose users stand apart; "" for numbers and dates.
    """

    attribute: str
    event: str
    strength: float
    level: str = ""

    @property
    def said(self) -> Message:
        """Its sentence."""
        return message(
            "hindsight-attribute", attribute=self.attribute, event=self.event, strength=self.strength, level=self.level
        )


def find_hindsight(
    dataset: Dataset, cohorts: Cohorts, users: pd.DataFrame, names: Sequence[str]
) -> tuple[Hindsight, ...]:
    """Find the attributes that were not known at a user's start.

    A number or date: partial Spearman correlation with a later-event figure, given a cubic of the start's rank, of .9
    or more; a date also where a fifth of the users hold one more than a day after their start. Words: a level of 30
    users or more that a later-event figure tells from the others, |2 AUC - 1| of .95 or more among users of about the
    same start. In simulation an attribute known before, with a rank correlation of up to .7 with later activity,
    stays below .8.

    Parameters
    ----------
    users
        user_id and start (UTC epoch seconds); at most 20,000 are looked at.
    names
        Attributes of the users table.
    """
    if not names or len(users) < _LEAST_USERS:
        return ()
    some = sampled(users[[col.USER, col.START]], _MOST_USERS)
    frame = _looked_up(dataset, cohorts, some, names)
    start = frame[col.START].to_numpy(dtype=np.float64)
    later = {name: frame[f"later {name}"].to_numpy(dtype=np.float64) for name in (EVENTS, ACTIVE_DAYS, LAST_ACTIVITY)}
    later[LIFE] = later[LAST_ACTIVITY] - start
    found = (_judged(name, frame[name], start, later) for name in names)
    return tuple(one for one in found if one is not None)


def sampled(users: pd.DataFrame, most: int) -> pd.DataFrame:
    """Take at most so many users, by a hash of their id, so that the order of rows has no part."""
    if len(users) <= most:
        return users.reset_index(drop=True)
    hashed = pd.util.hash_array(users[col.USER].astype(str).to_numpy(dtype=object))
    return users.iloc[np.sort(np.argsort(hashed, kind="stable")[:most])].reset_index(drop=True)


def attributes_of(dataset: Dataset, users: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Read some attributes of some users, in the order of `users`; only their rows leave the engine."""
    with engine.held(users[[col.USER]]) as mine:
        rows = dataset.users_table().select(col.USER, *names).semi_join(mine, col.USER).to_pandas()
    return rows.set_index(col.USER).reindex(users[col.USER]).reset_index(drop=True)


def numbers_of(column: pd.Series) -> "FloatArray | None":
    """Return numbers as they are and dates as epoch seconds, NaN where missing; None for words."""
    if pd.api.types.is_bool_dtype(column):
        return None
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    return dates_of(column)


def dates_of(column: pd.Series) -> "FloatArray | None":
    """Return dates and times, written out or not, as epoch seconds, NaN where missing; None for anything else."""
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        return None
    present = column.notna()
    if not pd.api.types.is_datetime64_any_dtype(column):
        words = column[present].astype(str)
        if words.empty or words.str.match(_DATE).mean() < 0.95:
            return None
        column = column.astype("string")
    moments = pd.to_datetime(column, errors="coerce", utc=True, format="ISO8601").dt.tz_localize(None)
    if moments.notna().sum() < 0.95 * present.sum():
        return None
    return np.asarray((moments - pd.Timestamp(0)).dt.total_seconds(), dtype=np.float64)


def _looked_up(dataset: Dataset, cohorts: Cohorts, users: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Put beside the attributes what users did after their start."""
    with engine.held(users) as mine:
        rows = cohorts.activity.inner_join(mine, col.USER)
        rows = rows.filter(rows[col.TIME] >= rows[col.START])
        day = (rows[col.TIME] - rows[col.START]) // col.DAY_SECONDS
        counted = rows.group_by(col.USER).agg(
            **{
                f"later {EVENTS}": rows.count(),
                f"later {ACTIVE_DAYS}": day.nunique(),
                f"later {LAST_ACTIVITY}": rows[col.TIME].max(),
            }
        )
        later = counted.to_pandas().set_index(col.USER).reindex(users[col.USER]).reset_index(drop=True)
    later[f"later {LAST_ACTIVITY}"] = later[f"later {LAST_ACTIVITY}"].fillna(users[col.START])
    return pd.concat([users, later.fillna(0), attributes_of(dataset, users, names)], axis=1)


def _judged(name: str, column: pd.Series, start: "FloatArray", later: "dict[str, FloatArray]") -> Hindsight | None:
    dates = dates_of(column)
    if dates is not None and np.isfinite(dates).sum() >= _LEAST_USERS:
        after = float((dates[np.isfinite(dates)] > (start + col.DAY_SECONDS)[np.isfinite(dates)]).mean())
        if after >= _LATER:
            return Hindsight(name, LATER_DATE, after)
    values = numbers_of(column)
    if values is not None:
        found, least = list(_correlations(name, values, start, later)), _CORRELATED
    else:
        found, least = list(_separations(name, column, start, later)), _SEPARATED
    strongest = max(found, key=lambda one: one.strength, default=None)
    return strongest if strongest is not None and strongest.strength >= least else None


def _correlations(
    name: str, values: "FloatArray", start: "FloatArray", later: "dict[str, FloatArray]"
) -> Iterator[Hindsight]:
    known = np.isfinite(values)
    if known.sum() < _LEAST_USERS or np.ptp(values[known]) == 0:
        return
    given = _centred_ranks(start[known])
    cubic = np.column_stack([np.ones_like(given), given, given**2, given**3])
    own = _without(cubic, values[known])
    for event, figures in later.items():
        other = _without(cubic, figures[known])
        if own is not None and other is not None:
            yield Hindsight(name, event, abs(float(own @ other)))


def _without(given: "FloatArray", values: "FloatArray") -> "FloatArray | None":
    """Return what the start leaves of a figure's ranks, with length 1; None where it leaves nothing."""
    ranks = _centred_ranks(values)
    rest = ranks - given @ np.linalg.lstsq(given, ranks, rcond=None)[0]
    left = float(rest @ rest)
    return rest / left**0.5 if left > _LEAST_LEFT * max(float(ranks @ ranks), 1e-300) else None


def _centred_ranks(values: "FloatArray") -> "FloatArray":
    ranks = pd.Series(values).rank().to_numpy(dtype=np.float64)
    return (ranks - ranks.mean()) / ranks.size


def _separations(
    name: str, column: pd.Series, start: "FloatArray", later: "dict[str, FloatArray]"
) -> Iterator[Hindsight]:
    words = column.astype("string").fillna(MISSING).astype(str).to_numpy()
    levels, count = np.unique(words, return_counts=True)
    if not 2 <= levels.size <= _MOST_LEVELS:
        return
    stratum = np.argsort(np.argsort(start, kind="stable"), kind="stable") // max(_STRATUM, start.size // _MOST_STRATA)
    for event, figures in later.items():
        if event == LAST_ACTIVITY:
            continue  # users of a start stand apart by when they came, not by what followed
        ranks = np.asarray(pd.Series(figures).groupby(stratum).rank(), dtype=np.float64)
        for level in levels[(count >= _LEAST_IN_LEVEL) & (count <= start.size - _LEAST_IN_LEVEL)]:
            yield Hindsight(name, event, _separation(words == level, ranks, stratum), str(level))


def _separation(inside: "npt.NDArray[np.bool_]", ranks: "FloatArray", stratum: "npt.NDArray[np.int64]") -> float:
    """Return |2 AUC - 1| of users inside against outside, over pairs of one stratum."""
    mine = np.bincount(stratum, inside)
    others = np.bincount(stratum) - mine
    if np.minimum(mine, others).sum() < _LEAST_IN_LEVEL:
        return 0.0
    wins = float(ranks[inside].sum() - (mine * (mine + 1) / 2).sum())
    return float(abs(2 * wins / (mine * others).sum() - 1))

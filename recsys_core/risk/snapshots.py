"""Users as they were known at one moment, and what became of them.

At a moment t everybody counts whose last activity lies within the gap G before t. What is known of them comes from
events at or before t alone. What became of them is read as in the retention study: the residual time from t to the last
activity before the first gap longer than G, known for everybody over the days up to `known_until` - G - t.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core.answers import Message, message
from recsys_core.data.dataset import Dataset
from recsys_core.retention.population.cohorts import Cohorts
from recsys_core.retention.population.lifetimes import last_activity_before_gap
from recsys_core.retention.population.plans import RECOMMENDER

if TYPE_CHECKING:
    import ibis

WEEK = 7
NOT_SERVED = "(not served yet)"
LAST_ACTIVE, FIRST_SEEN = "days-since-last-active", "days-since-first-seen"
ACTIVE_IN_WEEK, ACTIVE_IN_HISTORY, EVENTS_A_DAY = (
    "active-days-in-week",
    "active-days-in-history",
    "events-per-active-day",
)


@dataclass(frozen=True)
class Snapshot:
    """Users at one moment.

    Attributes
    ----------
    moment
        t, UTC epoch seconds.
    users
        One row per user who has not lapsed at t: user_id and what is known, numbers and words.
    """

    moment: int
    users: pd.DataFrame

    @property
    def known(self) -> pd.DataFrame:
        """The covariates alone."""
        return self.users.drop(columns=col.USER)


def covariate_names(history_days: int) -> dict[str, Message]:
    """Say what the covariates are called that come from events; a user's attributes are called as in the log."""
    return {
        LAST_ACTIVE: message("risk-covariate-last-active"),
        ACTIVE_IN_WEEK: message("risk-covariate-active-days", days=WEEK),
        ACTIVE_IN_HISTORY: message("risk-covariate-active-days", days=history_days),
        EVENTS_A_DAY: message("risk-covariate-events-a-day"),
        FIRST_SEEN: message("risk-covariate-first-seen"),
        RECOMMENDER: message("risk-covariate-recommender"),
    }


def take_snapshot(
    dataset: Dataset, cohorts: Cohorts, moment: int, gap_days: int, history_days: int, without: Sequence[str] = ()
) -> Snapshot:
    """Describe the users who have not lapsed at a moment by what was known then.

    Parameters
    ----------
    cohorts
        Users with their arm and start, and the events that count as activity.
    moment
        UTC epoch seconds; later events are not looked at.
    gap_days
        G.
    history_days
        Days before the moment whose activity is counted.
    without
        User attributes that tell of later events and so are left out.
    """
    described = _activity(cohorts.activity, moment, history_days)
    described = described.filter(lambda t: t["last"] > moment - gap_days * col.DAY_SECONDS)
    frame = described.to_pandas().sort_values(col.USER, ignore_index=True)
    last, first = (frame[c].to_numpy(dtype=np.int64) for c in ("last", "first"))
    users = pd.DataFrame(
        {
            col.USER: frame[col.USER],
            LAST_ACTIVE: (moment - last) / col.DAY_SECONDS,
            ACTIVE_IN_WEEK: frame["days_week"].astype(float),
            ACTIVE_IN_HISTORY: frame["days_history"].astype(float),
            # events and active days tell nearly the same, and would share a reason with opposite signs
            EVENTS_A_DAY: frame["events_history"] / frame["days_history"].clip(lower=1),
            FIRST_SEEN: (moment - first) / col.DAY_SECONDS,
        }
    )
    if history_days == WEEK:  # the same count twice
        users = users.drop(columns=ACTIVE_IN_HISTORY)
    return Snapshot(moment, _with_attributes(dataset, cohorts, users, moment, without))


def outcomes(cohorts: Cohorts, snapshot: Snapshot, gap_days: int, known_until: int) -> pd.DataFrame:
    """Tell what became of the users of a snapshot, from events up to `known_until` alone.

    Returns
    -------
    pandas.DataFrame
        duration (whole days: lapse day, or days followed) and lapsed, in the order of the snapshot's users.
    """
    import ibis

    from recsys_core import engine

    gap = gap_days * col.DAY_SECONDS
    activity = cohorts.activity.filter(lambda t: t[col.TIME] <= known_until)
    last = activity.filter(lambda t: t[col.TIME] <= snapshot.moment)
    last = last.group_by(col.USER).agg(start=last[col.TIME].max())
    with engine.held(snapshot.users[[col.USER]]) as users:
        begun = users.join(last, col.USER).select(col.USER, "start")
        paths = Cohorts(begun.mutate(arm=ibis.literal("")), activity, by_exposure=True)
        stops = last_activity_before_gap(paths, gap).select(col.USER, "last_active").to_pandas()
    stop = stops.set_index(col.USER)["last_active"].reindex(snapshot.users[col.USER]).to_numpy(dtype=np.int64)
    residual = np.maximum(stop - snapshot.moment, 0)
    lapse_day = -(-residual // col.DAY_SECONDS)
    followed = max((known_until - gap - snapshot.moment) // col.DAY_SECONDS, 0)
    return pd.DataFrame({col.DURATION: np.minimum(lapse_day, followed), col.LAPSED: lapse_day <= followed})


def _activity(activity: "ibis.Table", moment: int, history_days: int) -> "ibis.Table":
    past = activity.filter(lambda t: t[col.TIME] <= moment)
    past = past.mutate(ago=(moment - past[col.TIME]) // col.DAY_SECONDS)
    return past.group_by(col.USER).agg(
        last=past[col.TIME].max(),
        first=past[col.TIME].min(),
        days_week=past.ago.nunique(where=past.ago < WEEK),
        days_history=past.ago.nunique(where=past.ago < history_days),
        events_history=past.count(where=past.ago < history_days),
    )


def _with_attributes(
    dataset: Dataset, cohorts: Cohorts, users: pd.DataFrame, moment: int, without: Sequence[str]
) -> pd.DataFrame:
    """Add the arm, where it was known by then, and the user's attributes."""
    described = users
    if dataset.recommenders:
        arms = cohorts.users.filter(lambda t: t["start"] <= moment).select(col.USER, col.ARM).to_pandas()
        arm = arms.set_index(col.USER)[col.ARM].reindex(described[col.USER]).fillna(NOT_SERVED)
        described = described.assign(**{RECOMMENDER: arm.to_numpy()})
    attributes = [name for name in dataset.user_attributes if name not in without]
    if attributes:
        table = dataset.users_table().select(col.USER, *attributes).to_pandas().set_index(col.USER)
        described = pd.concat([described, table.reindex(described[col.USER]).reset_index(drop=True)], axis=1)
    return described

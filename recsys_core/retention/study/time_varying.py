"""The arm in force at each moment, for logs where users really switch.

A lapse at T is declared at T + G, and the arm path is lagged by G: what counts at time t is the arm of the last
exposure strictly before t - G. A switch shows only in an event, and an event means that the user has not lapsed;
without the lag the hazard ratio is biased even where arms make no difference.
"""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core.data.dataset import Dataset
from recsys_core.retention.cox.cox_model import CoxFit, fit_cox
from recsys_core.retention.estimators.design import design_matrix
from recsys_core.retention.population.arm_curves import arm_term
from recsys_core.retention.population.cohorts import Cohorts, named
from recsys_core.retention.population.lifetimes import last_activity_before_gap
from recsys_core.retention.population.survival_table import SurvivalTable

if TYPE_CHECKING:
    import ibis

ENTRY, STOP, EVENT = "entry", "stop", "event"


def time_varying_model(
    dataset: Dataset,
    cohorts: Cohorts,
    table: SurvivalTable,
    gap_days: int,
    arms: list[str],
    covariates: pd.DataFrame,
) -> CoxFit:
    """Fit Cox with the arm in force at each moment, for the population of a survival table.

    Parameters
    ----------
    dataset, cohorts, table
        As prepared for the logged recommender.
    gap_days
        G.
    arms
        Names; the last is the reference and has no column.
    covariates
        One row per user in the order of `table.users`; may have no columns.

    Raises
    ------
    DataError
        As `fit_cox`.
    """
    gap = gap_days * col.DAY_SECONDS
    lapses = last_activity_before_gap(cohorts, gap).select(col.USER, "start", "last_active").to_pandas()
    lapses = lapses[lapses[col.USER].isin(table.users[col.USER])]
    path = exposure_path(dataset, cohorts.users, table.log_end)
    if (clock := cohorts.clock).seconds:
        path = path.assign(**{col.TIME: clock.read(path[col.TIME].to_numpy())})
        lapses = lapses.assign(**{name: clock.read(lapses[name].to_numpy()) for name in (col.START, "last_active")})
    rows = arm_rows(lapses, path, gap, clock.at(table.log_end))
    rows = rows[rows[col.ARM].isin(arms)].reset_index(drop=True)  # time under an arm that is not compared
    return fit_time_varying(rows, arms, covariates.set_axis(table.users[col.USER], axis=0))


def exposure_path(dataset: Dataset, users: "ibis.Table", log_end: int) -> pd.DataFrame:
    """List the exposures at which a user's arm changes, the first one included.

    Exposures to several arms within a second count as the first name in the alphabet, as at the start.

    Parameters
    ----------
    users
        Table of the engine with user_id and start.
    log_end
        Epoch seconds; later events do not exist.

    Returns
    -------
    pandas.DataFrame
        user_id, timestamp (epoch seconds), arm; sorted by user and time.
    """
    import ibis

    events = dataset.interactions().filter(lambda t: t[col.RECOMMENDER].notnull() & (t[col.TIME] <= log_end))
    events = events.mutate(**{col.RECOMMENDER: named(events[col.RECOMMENDER])}).filter(
        lambda t: t[col.RECOMMENDER].notnull()
    )
    served = events.join(users.select(col.USER, "start"), col.USER).filter(lambda t: t[col.TIME] >= t.start)
    moments = served.group_by(col.USER, col.TIME).agg(arm=served[col.RECOMMENDER].min())
    by_user = ibis.window(group_by=moments[col.USER], order_by=moments[col.TIME])
    marked = moments.mutate(before=moments.arm.lag().over(by_user))
    changes = marked.filter(lambda t: t.before.isnull() | (t.before != t.arm)).drop("before")
    return changes.order_by(col.USER, col.TIME).to_pandas()


def arm_rows(users: pd.DataFrame, path: pd.DataFrame, gap_seconds: int, log_end: int) -> pd.DataFrame:
    """Cut each user's time into rows (entry, stop] with one arm, in stopping-time form and lagged by the gap.

    Parameters
    ----------
    users
        user_id, start and last_active (T), in epoch seconds.
    path
        user_id, timestamp, arm: as from `exposure_path`.
    gap_seconds
        G.
    log_end
        Epoch seconds.

    Returns
    -------
    pandas.DataFrame
        user_id, arm, entry and stop (days from the start), event (bool): a lapse is declared at T + G, all others are
        censored at the log's end.
    """
    joined = path.merge(users, on=col.USER)
    begins = joined[col.TIME].to_numpy() - joined["start"].to_numpy() + gap_seconds
    same_user = joined[col.USER].to_numpy()[1:] == joined[col.USER].to_numpy()[:-1]
    first = np.r_[True, ~same_user] if len(joined) else np.empty(0, dtype=bool)
    entry = np.where(first, 0, begins)
    declared = (joined["last_active"] - joined["start"]).to_numpy() + gap_seconds
    followed = log_end - joined["start"].to_numpy()
    end = np.minimum(declared, followed)
    until = np.full(len(joined), np.iinfo(np.int64).max)
    until[:-1][same_user] = begins[1:][same_user]
    rows = pd.DataFrame(
        {
            col.USER: joined[col.USER],
            col.ARM: joined[col.ARM],
            ENTRY: entry / col.DAY_SECONDS,
            STOP: np.minimum(until, end) / col.DAY_SECONDS,
            EVENT: (until >= end) & (declared <= followed),
        }
    )
    return rows[(entry < np.minimum(until, end))].reset_index(drop=True)


def fit_time_varying(rows: pd.DataFrame, arms: list[str], covariates: pd.DataFrame) -> CoxFit:
    """Fit Cox on (entry, stop] rows, with a robust covariance clustered by user.

    Parameters
    ----------
    rows
        As from `arm_rows`.
    arms
        Names; the last is the reference and has no column.
    covariates
        Indexed by user_id; may have no columns.

    Raises
    ------
    DataError
        As `fit_cox`.
    """
    parts = [pd.DataFrame({arm_term(name): (rows[col.ARM] == name).astype(float) for name in arms[:-1]})]
    if not covariates.empty:
        parts.append(design_matrix(covariates.loc[rows[col.USER]].reset_index(drop=True)))
    design = pd.concat(parts, axis=1)
    return fit_cox(rows[STOP], rows[EVENT], design, entry=rows[ENTRY], cluster=pd.factorize(rows[col.USER])[0])

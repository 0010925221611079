"""Every lapse and every return of a user: spells of being active and of being gone.

A lapse is declared G after the last activity before a gap, since nobody can know it earlier (the stopping-time form):
an active spell runs from the start, or from a return, to the declaration; a spell of absence runs from the declaration
to the return. Whoever is gone cannot lapse again before returning. All spells are followed to the end of the log.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core.answers import Message, message
from recsys_core.errors import DataError, StayingPowerError
from recsys_core.retention.cox.recurrent import andersen_gill, clustered_table, mean_cumulative
from recsys_core.retention.estimators.design import design_matrix
from recsys_core.retention.estimators.figures import HazardRatio, SurvivalPoint
from recsys_core.retention.estimators.kaplan_meier import ConfType, kaplan_meier
from recsys_core.retention.population.arm_curves import arm_term
from recsys_core.retention.population.cohorts import Cohorts
from recsys_core.retention.population.survival_table import SurvivalTable
from recsys_core.retention.study.time_varying import ENTRY, EVENT, STOP

if TYPE_CHECKING:
    import ibis

RETURN_DAYS = (7, 14, 30, 60)


@dataclass(frozen=True)
class Spells:
    """Days since each user's start, as real numbers.

    Attributes
    ----------
    active
        user_id, arm, entry, stop, event (True: a lapse is declared at `stop`). One row per active spell.
    gone
        user_id, arm, entry (the declaration), stop, event (True: the user returns at `stop`). One row per lapse.
    """

    active: pd.DataFrame
    gone: pd.DataFrame


@dataclass(frozen=True)
class ReturnShare:
    """Share (0 to 1) of lapses from which the user is back within `days` of the declaration, by Kaplan-Meier.

    The limits allow for users who lapse more than once. None where no lapse of the arm is followed that long.
    """

    days: int
    share: float | None
    lower: float | None
    upper: float | None
    at_risk: int


@dataclass(frozen=True)
class ArmReturns:
    """One arm: how often its users lapse, and how many come back."""

    arm: str
    users: int
    lapses: int  # all of them, second and later ones too
    users_lapsed: int
    returns: int
    returned: tuple[ReturnShare, ...]
    lapses_per_user: tuple[SurvivalPoint, ...]  # mean number up to a day since the start, of all users followed


@dataclass(frozen=True)
class LapseRatio:
    """Rate of lapses, first and later ones, of an arm over that of the reference, by Andersen and Gill."""

    arm: str
    reference: str
    hazard_ratio: HazardRatio


@dataclass(frozen=True)
class Resurrection:
    """Lapses and returns of every arm, the ratios of their lapse rates, and what could not be computed."""

    gap_days: int
    log_end: int
    arms: tuple[ArmReturns, ...]
    ratios: tuple[LapseRatio, ...]
    warnings: tuple[Message, ...] = ()


def long_gaps(cohorts: Cohorts, gap_seconds: int) -> "ibis.Table":
    """List each user's gaps longer than G between moments of activity, and the last activity.

    The start counts as activity, as in `last_activity_before_gap`.

    Returns
    -------
    ibis.Table
        user_id, last (epoch seconds of the activity before the gap), back (that after it; NULL: none in the log).
    """
    import ibis

    known = cohorts.users.filter(lambda t: t["start"].notnull()).select(col.USER, "start")
    acts = cohorts.activity.join(known, col.USER).filter(lambda t: t[col.TIME] >= t.start).select(col.USER, col.TIME)
    path = acts.union(known.select(col.USER, known["start"].name(col.TIME)), distinct=True)
    by_user = ibis.window(group_by=path[col.USER], order_by=path[col.TIME])
    path = path.select(col.USER, last=path[col.TIME], back=path[col.TIME].lead().over(by_user))
    silent = cohorts.clock.column(path.back) - cohorts.clock.column(path["last"])
    return path.filter(path.back.isnull() | (silent > gap_seconds))


def find_spells(cohorts: Cohorts, table: SurvivalTable, gap_days: int) -> Spells:
    """Cut the time of the population of a survival table into spells.

    Parameters
    ----------
    cohorts, table
        As prepared; only users of the table have spells.
    gap_days
        G.
    """
    gap = gap_days * col.DAY_SECONDS
    users, gaps, clock = table.users, long_gaps(cohorts, gap).to_pandas(), cohorts.clock
    if clock.seconds:
        users = users.assign(**{col.START: clock.read(users[col.START].to_numpy())})
        gaps = gaps.assign(
            last=clock.read(gaps["last"].to_numpy()), back=clock.read(gaps["back"].to_numpy(dtype=float))
        )
    return cut_spells(users, gaps, gap, clock.at(table.log_end))


def cut_spells(users: pd.DataFrame, gaps: pd.DataFrame, gap_seconds: int, log_end: int) -> Spells:
    """Cut time into spells.

    Parameters
    ----------
    users
        user_id, arm, start (epoch seconds, the zero of the clock).
    gaps
        user_id, last, back: as from `long_gaps`; one row per user has no `back`.
    gap_seconds
        G.
    log_end
        Epoch seconds.
    """
    joined = gaps.merge(users[[col.USER, col.ARM, col.START]], on=col.USER).sort_values([col.USER, "last"])
    user, start = joined[col.USER].to_numpy(), joined[col.START].to_numpy(dtype=np.int64)
    declared = joined["last"].to_numpy(dtype=np.int64) + gap_seconds
    back = pd.to_numeric(joined["back"]).fillna(log_end).to_numpy(dtype=np.int64)
    came_back = joined["back"].notna().to_numpy()
    lapsed = declared <= log_end
    first = np.r_[True, user[1:] != user[:-1]] if len(joined) else np.empty(0, dtype=bool)
    since = np.where(first, start, np.r_[0, back[:-1]] if len(joined) else back)
    named = {col.USER: user, col.ARM: joined[col.ARM].astype(str).to_numpy()}
    active = _rows(named, since - start, np.minimum(declared, log_end) - start, lapsed)
    gone = _rows(named, declared - start, back - start, came_back)
    return Spells(
        active[active[STOP] > active[ENTRY]].reset_index(drop=True),  # a return at the log's end is not followed
        gone[lapsed].reset_index(drop=True),
    )


def resurrection(
    spells: Spells,
    table: SurvivalTable,
    arms: Sequence[str],
    gap_days: int,
    *,
    covariates: pd.DataFrame | None = None,
    conf_type: ConfType = "log-log",
    days: Sequence[int] = RETURN_DAYS,
) -> Resurrection:
    """Tell how many lapsed users of each arm return, and whether lapses come faster in one arm than in another.

    Parameters
    ----------
    spells, table
        From `find_spells`.
    arms
        Names, longest kept first; ratios are given for each pair in this order.
    gap_days
        G, to be told with the result.
    covariates
        One row per user in the order of `table.users`; with them the ratios are adjusted.
    conf_type
        Scale of the limits of the shares.
    days
        Days after the declaration, and after the start, at which figures are given.
    """
    warnings: list[Message] = []
    returns = tuple(_arm(name, spells, table, (conf_type, gap_days, tuple(days))) for name in arms)
    ratios: tuple[LapseRatio, ...] = ()
    if len(arms) > 1:
        by_user = None if covariates is None or covariates.empty else covariates.set_axis(table.users[col.USER], axis=0)
        try:
            ratios = lapse_ratios(spells.active, arms, by_user)
        except StayingPowerError as error:
            warnings.append(message("warning-no-lapse-ratio", reason=error.message))
    return Resurrection(gap_days, table.log_end, returns, ratios, tuple(warnings))


def lapse_ratios(
    active: pd.DataFrame, arms: Sequence[str], covariates: pd.DataFrame | None = None
) -> tuple[LapseRatio, ...]:
    """Compare the rates of lapses, first and later ones, of all pairs of arms, with errors clustered by user.

    Parameters
    ----------
    active
        As in `Spells`.
    arms
        Names; arm over reference for each pair, in this order.
    covariates
        Indexed by user_id.

    Raises
    ------
    DataError
        As `andersen_gill`; when an arm has no lapse.
    """
    for name in arms:
        if not active.loc[active[col.ARM] == name, EVENT].any():
            raise DataError("arm-without-lapse", arm=name)
    parts = [pd.DataFrame({arm_term(name): (active[col.ARM] == name).astype(float) for name in arms[:-1]})]
    if covariates is not None:
        parts.append(design_matrix(covariates.loc[active[col.USER]].reset_index(drop=True)))
    fit = andersen_gill(active, pd.concat(parts, axis=1))
    return tuple(
        LapseRatio(a, b, fit.hazard_ratio(arm_term(a), None if b == arms[-1] else arm_term(b)))
        for a, b in combinations(arms, 2)
    )


def _arm(name: str, spells: Spells, table: SurvivalTable, asked: tuple[ConfType, int, tuple[int, ...]]) -> ArmReturns:
    conf_type, gap_days, days = asked
    active = spells.active[spells.active[col.ARM] == name]
    gone = spells.gone[spells.gone[col.ARM] == name]
    followed = pd.concat([active, gone[gone[STOP] > gone[ENTRY]].assign(event=False)])
    per_user: tuple[SurvivalPoint, ...] = ()
    if followed[EVENT].any():
        mean = mean_cumulative(followed[ENTRY], followed[STOP], followed[EVENT], followed[col.USER])
        followed_days = [day for day in days if day + gap_days <= mean.last_time]
        # a lapse on a day is declared a gap later: the curve is shifted back by the gap
        points = mean.points([day + gap_days for day in followed_days])
        per_user = tuple(replace(point, day=day) for point, day in zip(points, followed_days, strict=True))
    return ArmReturns(
        arm=name,
        users=table.sizes.get(name, 0),
        lapses=len(gone),
        users_lapsed=int(gone[col.USER].nunique()),
        returns=int(gone[EVENT].sum()),
        returned=_return_shares(gone, conf_type, days),
        lapses_per_user=per_user,
    )


def _return_shares(gone: pd.DataFrame, conf_type: ConfType, days: tuple[int, ...]) -> tuple[ReturnShare, ...]:
    if gone.empty:
        return tuple(ReturnShare(day, None, None, None, 0) for day in days)
    curve = kaplan_meier(clustered_table(gone[STOP] - gone[ENTRY], gone[EVENT], gone[col.USER]), conf_type)
    return tuple(
        ReturnShare(int(p.day), 1 - p.estimate, 1 - p.upper, 1 - p.lower, int(p.at_risk))
        if p.day <= curve.last_time
        else ReturnShare(int(p.day), None, None, None, 0)
        for p in curve.points(days)
    )


def _rows(named: dict[str, np.ndarray], entry: np.ndarray, stop: np.ndarray, event: np.ndarray) -> pd.DataFrame:
    seconds = np.maximum(entry, 0), np.maximum(stop, 0)  # affinity: nothing before the landmark counts
    return pd.DataFrame(
        {**named, ENTRY: seconds[0] / col.DAY_SECONDS, STOP: seconds[1] / col.DAY_SECONDS, EVENT: event}
    )

"""From raw events to the survival table: one row per user with a duration and whether the lapse was seen.

A user lapses at T, the time from start to the last activity before the first gap strictly longer than G. Whether a gap
is that long is known only G after it began, so everybody is followed up to c = log_end - G - start: a lapse counts if
T <= c, and all others are censored at c. Nobody is censored at a last event or at the end of the log.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core.answers import message
from recsys_core.data.dataset import Dataset
from recsys_core.errors import SettingsError
from recsys_core.retention.population.cohorts import BOTH, EXISTING, NEITHER, SWITCHED, Cohorts
from recsys_core.retention.population.population import Excluded
from recsys_core.retention.population.resolved import Counting
from recsys_core.settings import RetentionSettings

if TYPE_CHECKING:
    import ibis

TOO_LATE = "exclusion-too-late"
NO_NEW_ITEM = "exclusion-no-new-item"
RANKED_ALIKE = "exclusion-ranked-alike"


@dataclass(frozen=True)
class SurvivalTable:
    """The population of a study.

    Attributes
    ----------
    users
        One row per user who can be judged: user_id, arm (categorical), start, duration (days, integer), lapsed,
        existing, switched.
    excluded
        Users left out, by reason, in the order in which the reasons were applied.
    log_end
        Epoch seconds up to which the log was used.
    landmark
        Epoch seconds at which the clock of affinity cohorts starts; None elsewhere.
    """

    users: pd.DataFrame
    excluded: tuple[Excluded, ...]
    log_end: int
    landmark: int | None = None


def resolve_log_end(dataset: Dataset, text: str) -> int:
    """Read the moment up to which the log is complete: the given one (UTC), else the last event.

    Raises
    ------
    SettingsError
        If it is no date, or lies outside the log.
    """
    if not text:
        return dataset.log_end
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError("log-end-no-date", value=text) from None
    stamp = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    if len(text) == len("2026-08-27"):
        stamp += col.DAY_SECONDS - 1  # a date without an hour means all of it
    if stamp <= dataset.first_time:
        raise SettingsError("log-end-before-log", value=text, first_time=dataset.first_time)
    return stamp


def last_activity_before_gap(cohorts: Cohorts, gap_seconds: int) -> "ibis.Table":
    """Find, for each user with a start, the last activity before the first gap longer than G.

    The start itself is a point of the path: who does nothing for longer than G after it lapses at the start.

    Returns
    -------
    ibis.Table
        The columns of `cohorts.users`, and last_active (epoch seconds).
    """
    import ibis

    known = cohorts.users.filter(lambda t: t["start"].notnull())
    path = cohorts.activity.join(known.select(col.USER, "start"), col.USER).filter(lambda t: t[col.TIME] >= t.start)
    by_user = ibis.window(group_by=path[col.USER], order_by=path[col.TIME])
    path = path.mutate(before=path[col.TIME].lag().over(by_user).fill_null(path.start))
    last = path.group_by(col.USER).agg(
        stop=path.before.min(where=(path[col.TIME] - path.before) > gap_seconds), final=path[col.TIME].max()
    )
    joined = known.left_join(last, col.USER)
    return joined.mutate(last_active=ibis.coalesce(joined.stop, joined.final, joined.start)).drop(
        "stop", "final", f"{col.USER}_right"
    )


def survival_table(dataset: Dataset, cohorts: Cohorts, counting: Counting, log_end: int) -> SurvivalTable:
    """Build the survival table.

    Parameters
    ----------
    counting
        The gap, the burn-in and the clock.
    log_end
        Epoch seconds.
    """
    gap, settings = counting.gap * col.DAY_SECONDS, counting.settings
    users = last_activity_before_gap(cohorts, gap).to_pandas()
    unstarted = int(cohorts.users.count().execute()) - len(users)
    if cohorts.landmark is not None:
        users, excluded = _at_landmark(users, cohorts.landmark, gap)
        excluded.insert(0, Excluded(message("exclusion-after-landmark"), unstarted))
    elif cohorts.by_exposure:
        excluded = [Excluded(message("exclusion-never-exposed"), unstarted)]
    else:
        users, excluded = _of_known_arm(dataset, users, counting)
    if settings.without_switchers:
        excluded.append(Excluded(message("exclusion-switched"), int(users[SWITCHED].sum())))
        users = users[~users[SWITCHED].astype(bool)]
    lapse_day, followed = _days(users, log_end - gap, settings)
    late = followed < 0
    excluded.append(Excluded(message(TOO_LATE), int(late.sum())))
    table = pd.DataFrame(
        {
            col.USER: users[col.USER].to_numpy(),
            col.ARM: pd.Categorical(users[col.ARM].astype(str)),
            col.START: users["start"].to_numpy(dtype=np.int64),
            col.DURATION: np.minimum(lapse_day, followed),
            col.LAPSED: lapse_day <= followed,
            EXISTING: users[EXISTING].to_numpy(dtype=bool),
            SWITCHED: users[SWITCHED].to_numpy(dtype=bool),
        }
    )
    kept = table[~late].sort_values(col.USER, kind="stable", ignore_index=True)
    kept[col.ARM] = kept[col.ARM].cat.remove_unused_categories()
    return SurvivalTable(kept, tuple(e for e in excluded if e.users), log_end, cohorts.landmark)


def without_small_arms(table: SurvivalTable, smallest: int) -> SurvivalTable:
    """Leave out arms of fewer than `smallest` users, such as a misspelt name, where two others remain; they are named.

    Such an arm tells nothing of its own, and its short follow-up would shorten the horizon of all.
    """
    sizes = table.users[col.ARM].value_counts()
    small = sorted(str(name) for name in sizes.index[sizes < smallest])
    if not small or len(sizes) - len(small) < 2:
        return table
    kept = of_arms(table, [str(name) for name in sizes.index[sizes >= smallest]])
    reason = message("exclusion-small-arm", smallest=smallest, arms=tuple(small))
    return replace(kept, excluded=(*table.excluded, Excluded(reason, len(table.users) - len(kept.users))))


def of_arms(table: SurvivalTable, names: Sequence[str]) -> SurvivalTable:
    """Keep the users of some arms; the others are not counted as left out."""
    users = table.users[table.users[col.ARM].isin(names)].reset_index(drop=True)
    return replace(table, users=users.assign(**{col.ARM: users[col.ARM].cat.remove_unused_categories()}))


def _of_known_arm(dataset: Dataset, users: pd.DataFrame, counting: Counting) -> tuple[pd.DataFrame, list[Excluded]]:
    unknown = users[col.ARM].isna()
    excluded = [Excluded(message("exclusion-no-value", attribute=counting.plan.cohort), int(unknown.sum()))]
    users = users[~unknown]
    early = users["start"] < dataset.first_time + counting.burn_in * col.DAY_SECONDS
    excluded.append(Excluded(message("exclusion-burn-in"), int(early.sum())))
    return users[~early], excluded


def _at_landmark(users: pd.DataFrame, landmark: int, gap: int) -> tuple[pd.DataFrame, list[Excluded]]:
    """Keep who is a user at the landmark and belongs to one of two models; the clock starts there, at 0 at least."""
    quiet = users["start"] < landmark - gap
    excluded = [Excluded(message("exclusion-quiet-at-landmark", gap=gap // col.DAY_SECONDS), int(quiet.sum()))]
    users = users[~quiet]
    for arm, code in ((NEITHER, NO_NEW_ITEM), (BOTH, RANKED_ALIKE)):
        excluded.append(Excluded(message(code), int((users[col.ARM] == arm).sum())))
        users = users[users[col.ARM] != arm]
    return users.assign(start=landmark, last_active=users["last_active"].clip(lower=landmark)), excluded


def _days(users: pd.DataFrame, judged_until: int, settings: RetentionSettings) -> tuple[np.ndarray, np.ndarray]:
    """Lapse day and followed days, so that S(d) = P(T > d) holds on whole days.

    Elapsed: ceil(T) and floor(c). Calendar: dates between the start's and the last activity's, and the last date that
    was followed to its end.
    """
    start = users["start"].to_numpy(dtype=np.int64)
    last = users["last_active"].to_numpy(dtype=np.int64)
    if settings.day_rule == "elapsed":
        return -((start - last) // col.DAY_SECONDS), (judged_until - start) // col.DAY_SECONDS
    first = local_days(start, settings.time_zone)
    end = int(local_days(np.array([judged_until + 1]), settings.time_zone)[0])
    return local_days(last, settings.time_zone) - first, end - 1 - first


def local_days(seconds: np.ndarray, time_zone: str) -> np.ndarray:
    """Turn epoch seconds into days since 1970-01-01 on the calendar of an IANA time zone.

    Raises
    ------
    SettingsError
        For a name that is no time zone.
    """
    if time_zone != "UTC":
        try:
            zone = ZoneInfo(time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise SettingsError("time-zone-unknown", value=time_zone) from None
        local = pd.to_datetime(pd.Series(seconds, dtype="int64"), unit="s", utc=True).dt.tz_convert(zone)
        seconds = local.dt.tz_localize(None).astype("datetime64[s]").astype("int64").to_numpy()
    return seconds // col.DAY_SECONDS

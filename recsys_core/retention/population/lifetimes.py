"""From raw events to the survival table: one row per user with a duration and whether the lapse was seen.

A user lapses at T, the time from start to the last activity before the first gap strictly longer than G. Whether a gap
is that long is known only G after it began, so everybody is followed up to c = log_end - G - start: a lapse counts if
T <= c, and all others are censored at c. Nobody is censored at a last event or at the end of the log.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from recsys_core import columns as col
from recsys_core import engine
from recsys_core.answers import Message, message
from recsys_core.data.dataset import Dataset
from recsys_core.errors import SettingsError
from recsys_core.retention.population.cohorts import BOTH, EXISTING, NEITHER, SWITCHED, Cohorts, perhaps_old
from recsys_core.retention.population.local_time import local_day, local_days
from recsys_core.retention.population.population import Excluded
from recsys_core.retention.population.resolved import Counting
from recsys_core.retention.population.study_clock import StudyClock
from recsys_core.retention.population.survival_table import USERS, SurvivalTable, pattern_counts, pull_users
from recsys_core.settings import RetentionSettings

if TYPE_CHECKING:
    import ibis

AFTER_LANDMARK = "exclusion-after-landmark"
NEVER_EXPOSED = "exclusion-never-exposed"
QUIET = "exclusion-quiet-at-landmark"
NO_NEW_ITEM = "exclusion-no-new-item"
RANKED_ALIKE = "exclusion-ranked-alike"
NO_VALUE = "exclusion-no-value"
BURN_IN = "exclusion-burn-in"
NOT_CONCURRENT = "exclusion-not-concurrent"
MET_ANOTHER = "exclusion-switched"
TOO_LATE = "exclusion-too-late"
_OUT, _IN = "left_out", ""


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
    silent = cohorts.clock.column(path[col.TIME]) - cohorts.clock.column(path.before)
    last = path.group_by(col.USER).agg(stop=path.before.min(where=silent > gap_seconds), final=path[col.TIME].max())
    joined = known.left_join(last, col.USER)
    return joined.mutate(last_active=ibis.coalesce(joined.stop, joined.final, joined.start)).drop(
        "stop", "final", f"{col.USER}_right"
    )


def survival_table(dataset: Dataset, cohorts: Cohorts, counting: Counting, log_end: int) -> SurvivalTable:
    """Build the survival table; its users can be pulled for as long as the engine holds the cohorts.

    Parameters
    ----------
    counting
        The gap, the burn-in and the clock.
    log_end
        Epoch seconds.
    """
    rows = lifetimes(dataset, cohorts, counting, log_end)
    return judged(rows, cohorts, counting, log_end)


@contextmanager
def held_survival_table(
    dataset: Dataset, cohorts: Cohorts, counting: Counting, log_end: int
) -> Iterator[SurvivalTable]:
    """Build the survival table and keep its rows in the engine, for whoever asks more than once."""
    with engine.materialised(lifetimes(dataset, cohorts, counting, log_end)) as rows:
        yield judged(rows, cohorts, counting, log_end)


def judged(rows: "ibis.Table", cohorts: Cohorts, counting: Counting, log_end: int) -> SurvivalTable:
    """Count who can be judged, and who was left out why, of rows as from `lifetimes`."""
    counts = pattern_counts(rows, _OUT)
    unstarted = int(cohorts.users.count(where=cohorts.users[col.START].isnull()).execute())
    left_out = counts.groupby(_OUT)[USERS].sum().to_dict() | dict.fromkeys((AFTER_LANDMARK, NEVER_EXPOSED), unstarted)
    excluded = [Excluded(reason, int(left_out.get(reason.code, 0))) for reason in _reasons(cohorts, counting)]
    inside = counts[counts[_OUT] == _IN].drop(columns=_OUT).reset_index(drop=True)
    return SurvivalTable(
        inside,
        tuple(row for row in excluded if row.users),
        log_end,
        cohorts.landmark,
        pull=lambda: pull_users(rows.filter(rows[_OUT] == _IN)),
    )


def lifetimes(dataset: Dataset, cohorts: Cohorts, counting: Counting, log_end: int) -> "ibis.Table":
    """Follow every user from the start to a lapse, or to the end of the follow-up.

    Returns
    -------
    ibis.Table
        One row per user: user_id, arm, start, duration, lapsed, existing, switched, and why the user is left out: the
        code of the first reason that holds, "" for none.
    """
    import ibis

    gap = counting.gap * col.DAY_SECONDS
    users = last_activity_before_gap(cohorts, gap)
    reasons = _left_out(users, dataset, cohorts, counting)
    start, last = users[col.START], users["last_active"]
    if cohorts.landmark is not None:
        start, last = ibis.literal(cohorts.landmark), ibis.greatest(last, cohorts.landmark)
    users = users.mutate(**{col.START: start.cast("int64"), "last_active": last.cast("int64"), _OUT: reasons})
    lapse_day, followed = _days(users, dataset, (cohorts.clock, log_end, gap), counting.settings)
    users = users.mutate(lapse_day=lapse_day, followed=followed)
    late = (users[_OUT] == _IN) & (users.followed < 0)
    return users.select(
        col.USER, col.START,
        **{
            col.ARM: users[col.ARM].cast("string"),
            col.DURATION: ibis.least(users.lapse_day, users.followed),
            col.LAPSED: users.lapse_day <= users.followed,
            EXISTING: users[EXISTING],
            SWITCHED: users[SWITCHED],
            _OUT: ibis.cases((late, TOO_LATE), else_=users[_OUT]),
        },
    )  # fmt: skip


def still_counted(rows: "ibis.Table") -> "ibis.BooleanValue":
    """Tell, in rows as from `lifetimes`, who is left out for no other reason than a start too late for the gap."""
    return rows[_OUT].isin([_IN, TOO_LATE])


def _left_out(users: "ibis.Table", dataset: Dataset, cohorts: Cohorts, counting: Counting) -> "ibis.Value":
    """Code of the first reason for which a user who started is left out, but for a late start."""
    import ibis

    start, arm = users[col.START], users[col.ARM]
    cases: list[tuple[ibis.Value, str]] = []
    if cohorts.landmark is not None:  # who is a user at the landmark and belongs to one of two models
        landmark = cohorts.clock.at(cohorts.landmark)
        quiet = cohorts.clock.column(start) < landmark - counting.gap * col.DAY_SECONDS
        cases = [(quiet, QUIET), (arm == NEITHER, NO_NEW_ITEM), (arm == BOTH, RANKED_ALIKE)]
    elif not cohorts.by_exposure:
        early = perhaps_old(users, dataset.first_time, counting.burn_in)
        cases = [(arm.isnull(), NO_VALUE), (early, BURN_IN)]
    together = cohorts.concurrency
    if together and together.restricted:
        alone = (start < together.first) | (start > together.last)
        cases.append((alone, NOT_CONCURRENT))
    if counting.settings.without_switchers:
        cases.append((users[SWITCHED], MET_ANOTHER))
    return ibis.cases(*cases, else_=_IN) if cases else ibis.literal(_IN)


def _reasons(cohorts: Cohorts, counting: Counting) -> list[Message]:
    """Reasons in the order in which they are applied."""
    if cohorts.landmark is not None:
        reasons = [
            message("exclusion-after-landmark"),
            message("exclusion-quiet-at-landmark", gap=counting.gap),
            message("exclusion-no-new-item"),
            message("exclusion-ranked-alike"),
        ]
    elif cohorts.by_exposure:
        reasons = [message("exclusion-never-exposed"), message("exclusion-not-concurrent")]
    else:
        reasons = [message("exclusion-no-value", attribute=counting.plan.cohort), message("exclusion-burn-in")]
    return [*reasons, message("exclusion-switched"), message("exclusion-too-late")]


def _days(
    users: "ibis.Table", dataset: Dataset, judged: tuple[StudyClock, int, int], settings: RetentionSettings
) -> tuple["ibis.Value", "ibis.Value"]:
    """Lapse day and followed days, so that S(d) = P(T > d) holds on whole days.

    Elapsed: ceil(T) and floor(c). Calendar: dates between the start's and the last activity's, and the last date that
    was followed to its end. Both on the clock of the study, on which `judged` gives the log's end and the gap.
    """
    (clock, log_end, gap), zone = judged, settings.time_zone
    judged_until = clock.at(log_end) - gap
    start, last = users[col.START], users["last_active"]
    if settings.day_rule == "elapsed":
        begun = clock.column(start)
        return -((begun - clock.column(last)) // col.DAY_SECONDS), (judged_until - begun) // col.DAY_SECONDS
    between = (dataset.first_time, dataset.log_end)
    begun = clock.day_column(local_day(start, zone, between))
    end = clock.day_at(int(local_days(np.array([clock.moment(judged_until) + 1]), zone)[0]))
    return clock.day_column(local_day(last, zone, between)) - begun, end - 1 - begun

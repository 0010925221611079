"""Who is in which arm, and when their clock starts. Arms are fixed at the first exposure: intention to treat."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recsys_core import columns as col
from recsys_core.data.dataset import Dataset
from recsys_core.data.splitting import learnt_events
from recsys_core.errors import SettingsError
from recsys_core.retention.population.concurrency import Concurrency
from recsys_core.retention.population.plans import AFFINITY, EVERYONE, RECOMMENDER, plan_of
from recsys_core.retention.population.sign_up import SIGNED_UP, signed_up
from recsys_core.retention.population.study_clock import StudyClock, study_clock
from recsys_core.settings import RetentionSettings

if TYPE_CHECKING:
    import ibis

ALL_USERS = "all users"
EXISTING = "existing"
SWITCHED = "switched"
BOTH = "both"  # affinity: two models ranked a user's new items alike
NEITHER = "neither"  # affinity: there was no new item to rank
NO_NAME = ("", "nan", "none", "null", "n/a", "na", "nil", "\\n", "-", "<na>", "undefined")  # said of what is missing


def resolve_cohort(dataset: Dataset, cohort: str) -> str:
    """Name the cohort that is meant: the given one, else the logged recommender, else everyone.

    Raises
    ------
    SettingsError
        For a cohort that this data set cannot give, or one that looks into the future.
    """
    if cohort in ("", EVERYONE):
        return RECOMMENDER if cohort == "" and dataset.recommenders else EVERYONE
    if cohort == RECOMMENDER and not dataset.recommenders:
        raise SettingsError("no-recommender-in-log")
    if cohort in ("most-frequent", "ever-exposed"):
        raise SettingsError("cohort-looks-ahead", cohort=cohort)
    if cohort not in (RECOMMENDER, AFFINITY, *dataset.user_attributes):
        known = (RECOMMENDER, AFFINITY, EVERYONE, *dataset.user_attributes)
        raise SettingsError("cohort-unknown", cohort=cohort, known=known)
    return cohort


def resolve_activity(dataset: Dataset, events: tuple[str, ...]) -> tuple[str, ...]:
    """Name the events that count as coming back; empty where the log has one kind of event only or none.

    Raises
    ------
    SettingsError
        For an event that the log does not have.
    """
    return learnt_events(dataset, events, "retention.activity_events")


@dataclass(frozen=True)
class Cohorts:
    """Tables in the engine.

    Attributes
    ----------
    users
        One row per user: user_id, arm, start (epoch seconds), existing, switched; signed_up (epoch seconds) where a
        burn-in may ask for it and an attribute says so. Arm is NULL where it is not known.
    activity
        Events that count as coming back: user_id, timestamp.
    by_exposure
        True where the clock starts at an exposure; False where it starts at the first activity.
    landmark
        Where the clock starts at one moment for all (epoch seconds); then `start` is the last activity before it.
    concurrency
        Whether logged arms were offered at the same time; None where nothing was logged.
    clock
        What gaps and durations are counted on; the tables hold moments as they were.
    """

    users: "ibis.Table"
    activity: "ibis.Table"
    by_exposure: bool
    landmark: int | None = None
    clock: StudyClock = field(default_factory=StudyClock)
    concurrency: Concurrency | None = None


def assign_cohorts(dataset: Dataset, settings: RetentionSettings, log_end: int) -> Cohorts:
    """Give every user an arm and a start.

    Parameters
    ----------
    settings
        With cohort and activity events resolved.
    log_end
        Epoch seconds; later events do not exist.
    """
    activity = activity_of(dataset, settings, log_end)
    clock = study_clock(settings.missing_days, settings.time_zone)
    if plan_of(settings.cohort).by_exposure:
        events = dataset.interactions().filter(lambda t: t[col.TIME] <= log_end)
        return Cohorts(_by_first_exposure(events), activity, by_exposure=True, clock=clock)
    users = _by_attribute(dataset, activity, settings.cohort)
    return Cohorts(users, activity, by_exposure=False, clock=clock)


def activity_of(dataset: Dataset, settings: RetentionSettings, log_end: int) -> "ibis.Table":
    """Return the events that count as coming back: user_id, timestamp (epoch seconds, up to `log_end`)."""
    events = dataset.interactions().filter(lambda t: t[col.TIME] <= log_end)
    if settings.activity_events:
        events = events.filter(lambda t: t[col.EVENT].isin(settings.activity_events))
    return events.select(col.USER, col.TIME)


def named(column: "ibis.Value") -> "ibis.Value":
    """Read names of arms: what only says that a value is missing is no arm, but NULL."""
    import ibis

    text = column.cast("string")
    return ibis.ifelse(text.strip().lower().isin(NO_NAME), ibis.null("string"), text)


def perhaps_old(users: "ibis.Table", first_time: int, burn_in_days: int) -> "ibis.Value":
    """Say of each user with a start whether the burn-in leaves them out: seen early, and not known to be new.

    Whoever signed up on or after the day on which the log begins is new, however early the first event.
    """
    early = users[col.START] < first_time + burn_in_days * col.DAY_SECONDS
    if SIGNED_UP not in users.columns:
        return early
    new = users[SIGNED_UP] // col.DAY_SECONDS >= first_time // col.DAY_SECONDS
    return early & ~new.fill_null(False)


def _by_first_exposure(events: "ibis.Table") -> "ibis.Table":
    """Arm of the first event that names a recommender; ties within a second go to the first name in the alphabet."""
    events = events.mutate(**{col.RECOMMENDER: named(events[col.RECOMMENDER])})
    exposed = events.filter(lambda t: t[col.RECOMMENDER].notnull())
    starts = exposed.group_by(col.USER).agg(start=exposed[col.TIME].min())
    at_start = exposed.join(starts, col.USER).filter(lambda t: t[col.TIME] == t.start)
    first = at_start.group_by(col.USER).agg(arm=at_start[col.RECOMMENDER].min(), start=at_start.start.min())
    rows = events.left_join(first, col.USER)
    later_arm = rows[col.RECOMMENDER].notnull() & (rows[col.RECOMMENDER] != rows.arm)
    return rows.group_by(col.USER).agg(
        arm=rows.arm.min(),
        start=rows.start.min(),
        existing=(rows[col.TIME] < rows.start).any().fill_null(False),
        switched=later_arm.any().fill_null(False),
    )


def _by_attribute(dataset: Dataset, activity: "ibis.Table", cohort: str) -> "ibis.Table":
    import ibis

    starts = activity.group_by(col.USER).agg(start=activity[col.TIME].min())
    known = starts.mutate(existing=ibis.literal(False), switched=ibis.literal(False))
    if (new := signed_up(dataset, starts)) is not None:
        known = known.left_join(new, col.USER).drop(f"{col.USER}_right")
    if cohort == EVERYONE:
        return known.mutate(arm=ibis.literal(ALL_USERS))
    users = dataset.users_table()
    return known.left_join(users.select(col.USER, arm=named(users[cohort])), col.USER).drop(f"{col.USER}_right")


def require_logged_arm(cohort: str) -> None:
    """Refuse a time-varying arm where the log's recommender is not what users are compared by.

    Raises
    ------
    SettingsError
        For any other cohort.
    """
    if cohort != RECOMMENDER:
        raise SettingsError("time-varying-arm-needs-recommender", cohort=cohort)

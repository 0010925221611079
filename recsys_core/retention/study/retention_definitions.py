"""How the figures were counted, in sentences: printed with every result so that it can be questioned and repeated."""

from datetime import UTC, datetime

from recsys_core import columns as col
from recsys_core import words
from recsys_core.data.dataset import Dataset
from recsys_core.retention.population.affinity_cohorts import STANDARDISED
from recsys_core.retention.population.cohorts import AFFINITY, EVERYONE, RECOMMENDER
from recsys_core.retention.population.lifetimes import SurvivalTable
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.settings import RetentionSettings


def definitions(dataset: Dataset, table: SurvivalTable, settings: RetentionSettings) -> tuple[tuple[str, str], ...]:
    """State population, start, lapse, censoring, activity, clock and figures, as used for a result."""
    gap = settings.inactivity_days
    later = "" if table.landmark is None else " One that lies before the landmark counts as day 0."
    stated = [
        ("Population", _population(table, settings)),
        ("Start", _start(table, settings)),
        ("Lapse", f"Last activity before the first gap longer than {words.count(gap)} days.{later}"),
        ("Censoring", f"Everyone is followed to the log's end less {words.count(gap)} days, and no further."),
        ("Coming back", _coming_back(dataset, settings)),
        ("Clock", _clock(dataset, table, settings)),
        (
            "Figures",
            f"Kaplan-Meier with {settings.confidence_form} intervals. Days kept: restricted mean over "
            f"{settings.horizon_days} days. p values of pairs are corrected by Holm over all pairs.",
        ),
    ]
    if settings.cohort == AFFINITY:
        stated += _affinity(settings)
    if settings.time_varying_arm:
        stated.append(("Arm over time", _ARM_OVER_TIME.format(gap=words.count(gap))))
    return tuple(stated)


def how_computed(result: RetentionResult, figure: str) -> str:
    """State in a line how a figure came about: population, start, event, gap, zone, window, and who is left out.

    Parameters
    ----------
    figure
        The estimator in a sentence: "Kaplan-Meier with log-log intervals."
    """
    used, stated = result.settings, dict(result.definitions)
    zone = f"calendar dates in {used.time_zone}" if used.day_rule == "calendar" else "24-hour periods, UTC"
    return (
        f"{figure} {stated['Population']} From {clock_start(used)}; lapsed after a gap of more than "
        f"{words.count(used.inactivity_days)} days, everyone followed to the log's end less that gap; days are {zone}; "
        f"log {_moment(result.log_start)} to {_moment(result.log_end)} UTC."
    )


def clock_start(settings: RetentionSettings) -> str:
    """Say what starts the clock, as on an axis: "first exposure"."""
    if settings.cohort == AFFINITY:
        return "the landmark"
    return "first exposure" if settings.cohort == RECOMMENDER else "first activity"


_ARM_OVER_TIME = (
    "The Cox model takes the arm in force at each moment, lagged by {gap} days: a lapse is declared {gap} days after "
    "the last activity, and what counts is the arm of the last exposure before that activity. Intervals are clustered "
    "by user. Curves and contrasts keep the arm of the first exposure."
)


def _start(table: SurvivalTable, settings: RetentionSettings) -> str:
    if table.landmark is not None:
        split = table.landmark - settings.landmark_days * col.DAY_SECONDS
        return (
            f"The landmark, {_moment(table.landmark)} UTC: the end of the {settings.landmark_days} days after the "
            f"split on {_moment(split)}, before which both models learnt. Days are counted from the landmark on."
        )
    if settings.cohort == RECOMMENDER:
        return "First event that names a recommender. Arm at that moment; later switches do not move a user."
    by = "" if settings.cohort == EVERYONE else f" Compared by {settings.cohort}."
    return f"First activity in the log.{by}"


def _affinity(settings: RetentionSettings) -> list[tuple[str, str]]:
    return [
        (
            "Cohorts",
            f"The model, of {words.listed(settings.models)}, that ranked the new items a user took in those "
            f"{settings.landmark_days} days higher, by mean reciprocal rank.",
        ),
        (
            "Adjustment",
            f"Contrasts are standardised over {words.listed(STANDARDISED)}, since more active users are told apart "
            "more often and stay longer anyhow. Curves and unadjusted differences only describe.",
        ),
    ]


def _population(table: SurvivalTable, settings: RetentionSettings) -> str:
    starts = table.users["start"]
    span = words.date_span(int(starts.min()), int(starts.max()))
    sentence = f"{words.counted(len(table.users), 'user')} who started {span}."
    if table.landmark is not None:
        sentence = (
            f"{words.counted(len(table.users), 'user')} active in the {settings.inactivity_days} days before {span}, "
            "whose next items one model ranked higher."
        )
    left = [f"{words.count(e.users)} {e.reason}" for e in table.excluded]
    return f"{sentence} Left out: {'; '.join(left)}." if left else f"{sentence} Nobody was left out."


def _coming_back(dataset: Dataset, settings: RetentionSettings) -> str:
    if not settings.activity_events:
        return "Every event counts as activity."
    others = [event for event in dataset.events if event not in settings.activity_events]
    counted = f"{words.listed(list(settings.activity_events)).capitalize()} count as activity"
    return f"{counted}; {words.listed(others)} {'does' if len(others) == 1 else 'do'} not." if others else f"{counted}."


def _clock(dataset: Dataset, table: SurvivalTable, settings: RetentionSettings) -> str:
    begin = "each user's start" if table.landmark is None else "the landmark"
    days = f"24-hour periods from {begin}"
    if settings.day_rule == "calendar":
        days = f"calendar dates in {settings.time_zone}"
    first, last = (_moment(t) for t in (dataset.first_time, table.log_end))
    hours = " Times are dates without hours." if dataset.date_only else ""
    return f"Days are {days}. Log window {first} to {last} UTC.{hours}"


def _moment(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"

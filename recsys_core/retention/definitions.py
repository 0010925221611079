"""How the figures were counted, in sentences: printed with every result so that it can be questioned and repeated."""

from datetime import UTC, datetime

from recsys_core import words
from recsys_core.data.dataset import Dataset
from recsys_core.retention.cohorts import EVERYONE, RECOMMENDER
from recsys_core.retention.lifetimes import SurvivalTable
from recsys_core.settings import RetentionSettings


def definitions(dataset: Dataset, table: SurvivalTable, settings: RetentionSettings) -> tuple[tuple[str, str], ...]:
    """State population, start, lapse, censoring, activity, clock and figures, as used for a result."""
    gap = settings.inactivity_days
    logged = settings.cohort == RECOMMENDER
    start = "First activity in the log."
    if logged:
        start = "First event that names a recommender. Arm at that moment; later switches do not move a user."
    elif settings.cohort != EVERYONE:
        start += f" Compared by {settings.cohort}."
    return (
        ("Population", _population(table)),
        ("Start", start),
        ("Lapse", f"Last activity before the first gap longer than {words.count(gap)} days."),
        ("Censoring", f"Everyone is followed to the log's end less {words.count(gap)} days, and no further."),
        ("Coming back", _coming_back(dataset, settings)),
        ("Clock", _clock(dataset, table, settings)),
        (
            "Figures",
            f"Kaplan-Meier with {settings.confidence_form} intervals. Days kept: restricted mean over "
            f"{settings.horizon_days} days. p values of pairs are corrected by Holm over all pairs.",
        ),
    )


def _population(table: SurvivalTable) -> str:
    starts = table.users["start"]
    span = words.date_span(int(starts.min()), int(starts.max()))
    sentence = f"{words.counted(len(table.users), 'user')} who started {span}."
    left = [f"{words.count(e.users)} {e.reason}" for e in table.excluded]
    return f"{sentence} Left out: {'; '.join(left)}." if left else f"{sentence} Nobody was left out."


def _coming_back(dataset: Dataset, settings: RetentionSettings) -> str:
    if not settings.activity_events:
        return "Every event counts as activity."
    others = [event for event in dataset.events if event not in settings.activity_events]
    counted = f"{words.listed(list(settings.activity_events)).capitalize()} count as activity"
    return f"{counted}; {words.listed(others)} {'does' if len(others) == 1 else 'do'} not." if others else f"{counted}."


def _clock(dataset: Dataset, table: SurvivalTable, settings: RetentionSettings) -> str:
    days = "24-hour periods from each user's start"
    if settings.day_rule == "calendar":
        days = f"calendar dates in {settings.time_zone}"
    first, last = (datetime.fromtimestamp(t, UTC) for t in (dataset.first_time, table.log_end))
    hours = " Times are dates without hours." if dataset.date_only else ""
    return f"Days are {days}. Log window {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC.{hours}"

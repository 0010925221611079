"""How the figures were counted: printed with every result so that it can be questioned and repeated."""

from collections.abc import Sequence

from recsys_core import columns as col
from recsys_core.answers import Message, message
from recsys_core.data.dataset import Dataset
from recsys_core.retention.population.affinity_cohorts import STANDARDISED
from recsys_core.retention.population.plans import CohortPlan
from recsys_core.retention.population.population import Excluded
from recsys_core.retention.population.resolved import Resolved
from recsys_core.retention.population.survival_table import SurvivalTable
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.settings import RetentionSettings


def definitions(
    dataset: Dataset, table: SurvivalTable, settings: RetentionSettings, resolved: Resolved
) -> tuple[Message, ...]:
    """State population, start, lapse, censoring, activity, clock and figures, as used for a result."""
    plan, gap = resolved.plan, resolved.gap
    stated = [
        _population(table, resolved),
        _start(table, settings, plan),
        message("definition-lapse", gap=gap, cohort_kind=plan.kind),
        message("definition-censoring", gap=gap),
        _coming_back(dataset, resolved),
        _clock(dataset, table, settings, plan),
        message("definition-figures", form=resolved.form, horizon=resolved.horizon),
    ]
    if plan.at_landmark:
        stated += [
            message("definition-affinity-cohorts", models=settings.models, landmark_days=settings.landmark_days),
            message("definition-affinity-adjustment", covariates=STANDARDISED, overlap=settings.estimand == "overlap"),
        ]
    elif resolved.covariates and len(resolved.arms) > 1:
        stated.append(how_adjusted(settings, resolved))
    if settings.time_varying_arm:
        stated.append(message("definition-arm-over-time", gap=gap))
    return tuple(stated)


def how_adjusted(settings: RetentionSettings, resolved: Resolved) -> Message:
    """State what contrasts are adjusted for, how, and of whom the adjusted figures speak."""
    overlap = settings.estimand == "overlap"
    return message("definition-adjustment", covariates=resolved.covariates, overlap=overlap)


def how_computed(result: RetentionResult, *figure: Message) -> Message:
    """State in a line how a figure came about: population, start, event, gap, zone, window, and who is left out.

    Parameters
    ----------
    figure
        The estimator in a sentence or more.
    """
    used = result.settings
    return message(
        "how-computed", figure=figure, population=result.definitions[0], start=clock_start(result.resolved.plan),
        gap=result.resolved.gap, day_rule=used.day_rule, time_zone=used.time_zone, first=result.log_start,
        last=result.log_end,
    )  # fmt: skip


def gap_returns(result: RetentionResult) -> tuple[Message, ...]:
    """Say how many come back after having lapsed, as far as the log tells: to stand beside the gap."""
    known = [row for row in result.back_after_gap if row.share is not None]
    if not known:
        return (message("gap-returns-not-known", gap=result.resolved.gap),)
    shares = tuple(message("gap-returned-within", days=row.days, share=row.share) for row in known)
    return (message("gap-returns", gap=result.resolved.gap, shares=shares),)


def clock_start(plan: CohortPlan) -> Message:
    """Say what starts the clock, as on an axis: "first exposure"."""
    if plan.at_landmark:
        return message("clock-start-landmark")
    return message("clock-start-exposure") if plan.by_exposure else message("clock-start-activity")


def left_out(excluded: Sequence[Excluded]) -> tuple[Message, ...]:
    """List who was left out, each reason with its users."""
    return tuple(message("excluded-users", users=row.users, reason=row.reason) for row in excluded)


def _population(table: SurvivalTable, resolved: Resolved) -> Message:
    first, last = table.starts
    return message(
        "definition-population", users=table.size, first=first, last=last,
        gap=resolved.gap, cohort_kind=resolved.plan.kind, reasons=len(table.excluded),
        left_out=left_out(table.excluded),
    )  # fmt: skip


def _start(table: SurvivalTable, settings: RetentionSettings, plan: CohortPlan) -> Message:
    landmark = table.landmark or 0
    return message(
        "definition-start", cohort_kind=plan.kind, cohort=plan.cohort, landmark=landmark,
        landmark_days=settings.landmark_days, split=landmark - settings.landmark_days * col.DAY_SECONDS,
    )  # fmt: skip


def _coming_back(dataset: Dataset, resolved: Resolved) -> Message:
    events = resolved.activity_events
    if not events:
        return message("definition-coming-back")
    others = tuple(event for event in dataset.events if event not in events)
    return message("definition-coming-back-of", events=events, others=others, others_count=len(others))


def _clock(dataset: Dataset, table: SurvivalTable, settings: RetentionSettings, plan: CohortPlan) -> Message:
    return message(
        "definition-clock", day_rule=settings.day_rule, time_zone=settings.time_zone, cohort_kind=plan.kind,
        first=dataset.first_time, last=table.log_end, date_only=bool(dataset.date_only),
    )  # fmt: skip

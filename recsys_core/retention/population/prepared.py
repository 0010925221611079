"""A data set made ready for its analysis: settings resolved, cohorts assigned, survival table built."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import cast

import pandas as pd

from recsys_core import columns as col
from recsys_core import engine
from recsys_core.data.dataset import Dataset
from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.estimators.kaplan_meier import ConfType
from recsys_core.retention.population.affinity_cohorts import AffinityInput, activity_covariates, affinity_cohorts
from recsys_core.retention.population.arm_curves import ArmCurve, arm_curves, resolve_days
from recsys_core.retention.population.cohorts import (
    AFFINITY,
    Cohorts,
    assign_cohorts,
    require_logged_arm,
    resolve_activity,
    resolve_cohort,
)
from recsys_core.retention.population.covariates import covariate_frame, varying
from recsys_core.retention.population.gaps import GapCurve, gap_curve
from recsys_core.retention.population.landmark import window_at
from recsys_core.retention.population.lifetimes import (
    SurvivalTable,
    resolve_log_end,
    survival_table,
    without_small_arms,
)
from recsys_core.settings import RetentionSettings


@dataclass(frozen=True)
class Prepared:
    """A data set made ready under resolved settings: what retention, what-ifs and calendars start from."""

    dataset: Dataset
    settings: RetentionSettings
    cohorts: Cohorts
    gaps: GapCurve
    log_end: int
    table: SurvivalTable
    curves: tuple[ArmCurve, ...]
    counts: pd.DataFrame | None = None  # affinity: see `affinity_cohorts`


@contextmanager
def prepare(dataset: Dataset, settings: RetentionSettings, affinity: AffinityInput | None = None) -> Iterator[Prepared]:
    """Resolve the settings, assign cohorts and build the survival table; the engine's tables live for the block.

    Raises
    ------
    SettingsError
        If a setting does not fit this data set.
    DataError
        If no user can be judged.
    """
    settings = replace(
        settings,
        cohort=resolve_cohort(dataset, settings.cohort),
        activity_events=resolve_activity(dataset, settings.activity_events),
    )
    if settings.time_varying_arm:
        require_logged_arm(settings.cohort)
    log_end = resolve_log_end(dataset, settings.log_end)
    with _cohorts(dataset, settings, affinity, log_end) as (cohorts, counts):
        gaps = gap_curve(dataset, cohorts, log_end)
        gap = settings.inactivity_days or gaps.suggested
        clocked = cohorts.by_exposure or cohorts.landmark is not None
        burn_in = 0 if clocked else gap if settings.burn_in_days is None else settings.burn_in_days
        settings = replace(settings, inactivity_days=gap, burn_in_days=burn_in)
        if affinity is not None and cohorts.landmark is not None:
            _require_window(dataset, affinity, settings)
        table = without_small_arms(survival_table(dataset, cohorts, settings, log_end), settings.smallest_arm)
        if table.users.empty:
            raise _nobody(dataset, table, settings)
        curves = arm_curves(table.users, confidence_form(settings))
        yield Prepared(dataset, resolve_days(curves, settings), cohorts, gaps, log_end, table, curves, counts)


@contextmanager
def _cohorts(
    dataset: Dataset, settings: RetentionSettings, affinity: AffinityInput | None, log_end: int
) -> Iterator[tuple[Cohorts, pd.DataFrame | None]]:
    if settings.cohort == AFFINITY:
        with affinity_cohorts(dataset, settings, affinity, log_end) as made:
            yield made
        return
    lazy = assign_cohorts(dataset, settings, log_end)
    with engine.materialised(lazy.users) as users, engine.materialised(lazy.activity) as activity:
        yield Cohorts(users, activity, lazy.by_exposure), None


def _require_window(dataset: Dataset, affinity: AffinityInput, settings: RetentionSettings) -> None:
    window = window_at(dataset, affinity.test_from, settings, settings.inactivity_days)
    if window.refusal:
        raise SettingsError(window.refusal)


def confidence_form(settings: RetentionSettings) -> ConfType:
    """Name the transform of the intervals."""
    return cast("ConfType", settings.confidence_form)  # the settings allow no other words


def _nobody(dataset: Dataset, table: SurvivalTable, settings: RetentionSettings) -> DataError:
    reasons = "; ".join(f"{e.users:,} {e.reason}" for e in table.excluded) or "there is no activity"
    gap, burn_in = int(settings.inactivity_days or 0), int(settings.burn_in_days or 0)
    needed = gap + burn_in + 1
    return DataError(
        f"No user can be judged: {reasons}. The log spans {dataset.days:.1f} days, and a lapse shows only after a gap "
        f"of more than {gap} days. Bring a log of {needed} days or more, or choose a shorter gap."
    )


def covariates_of(ready: Prepared, table: SurvivalTable) -> pd.DataFrame:
    """Look up what contrasts are adjusted for, one row per user in the order of `table.users`.

    The attributes of the settings, and for affinity cohorts the activity up to the landmark.

    Raises
    ------
    SettingsError
        As `covariate_frame`.
    """
    frame = covariate_frame(ready.dataset, table, ready.settings.covariates)
    if ready.counts is None or len(table.users[col.ARM].cat.categories) < 2:
        return frame
    return varying(pd.concat([frame, activity_covariates(ready.counts, table.users)], axis=1))

"""A data set made ready for its analysis: settings resolved, cohorts assigned, survival table built."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from recsys_core import columns as col
from recsys_core import engine
from recsys_core.answers import message
from recsys_core.data.dataset import Dataset
from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.population.affinity_cohorts import AffinityInput, activity_covariates, affinity_cohorts
from recsys_core.retention.population.arm_curves import ArmCurve, curves_of
from recsys_core.retention.population.cohorts import (
    Cohorts,
    assign_cohorts,
    require_logged_arm,
    resolve_activity,
    resolve_cohort,
)
from recsys_core.retention.population.concurrency import concurrency, start_weeks
from recsys_core.retention.population.covariates import covariate_frame, varying
from recsys_core.retention.population.gaps import GapCurve, gap_curve
from recsys_core.retention.population.hindsight import Hindsight, find_hindsight
from recsys_core.retention.population.landmark import window_at
from recsys_core.retention.population.lifetimes import held_survival_table, resolve_log_end
from recsys_core.retention.population.plans import plan_of
from recsys_core.retention.population.resolved import Counting, Resolved, confidence_form, resolve_days
from recsys_core.retention.population.survival_table import SurvivalTable, without_small_arms
from recsys_core.settings import RetentionSettings


@dataclass(frozen=True)
class Prepared:
    """A data set made ready under resolved settings: what retention, what-ifs and calendars start from."""

    dataset: Dataset
    settings: RetentionSettings
    resolved: Resolved
    counting: Counting
    cohorts: Cohorts
    gaps: GapCurve
    log_end: int
    table: SurvivalTable
    curves: tuple[ArmCurve, ...]
    counts: pd.DataFrame | None = None  # affinity: see `affinity_cohorts`

    @cached_property
    def hindsight(self) -> tuple[Hindsight, ...]:
        """User attributes that follow from events after a user's start, looked for when first asked."""
        users = self.table.users
        if self.cohorts.landmark is not None:
            users = users.assign(**{col.START: self.cohorts.landmark})
        return find_hindsight(self.dataset, self.cohorts, users, self.dataset.user_attributes)

    def require_known(self, names: Iterable[str], setting: str) -> None:
        """Refuse attributes that were not known at a user's start.

        Parameters
        ----------
        setting
            What names them, such as "retention.covariates".

        Raises
        ------
        SettingsError
            For the first such attribute.
        """
        wanted = [name for name in names if name in self.dataset.user_attributes]
        for one in self.hindsight if wanted else ():
            if one.attribute in wanted:
                raise SettingsError(
                    "covariate-hindsight", attribute=one.attribute, event=one.event, strength=one.strength,
                    level=one.level, words=bool(one.level), setting=setting,
                )  # fmt: skip


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
        counting = Counting.of(settings, gaps)
        if affinity is not None and counting.plan.at_landmark:
            window_at(dataset, affinity.test_from, settings, counting.gap).require()
        with held_survival_table(dataset, cohorts, counting, log_end) as everybody:
            table = without_small_arms(everybody, settings.smallest_arm)
            if table.size == 0:
                raise _nobody(dataset, table, counting)
            curves = curves_of(table, confidence_form(settings))
            settings = resolve_days(curves, counting.settings)
            resolved = Resolved.of(settings, log_end, [curve.name for curve in curves])
            yield Prepared(dataset, settings, resolved, counting, cohorts, gaps, log_end, table, curves, counts)


@contextmanager
def _cohorts(
    dataset: Dataset, settings: RetentionSettings, affinity: AffinityInput | None, log_end: int
) -> Iterator[tuple[Cohorts, pd.DataFrame | None]]:
    if plan_of(settings.cohort).at_landmark:
        with affinity_cohorts(dataset, settings, affinity, log_end) as cohorts_and_counts:
            yield cohorts_and_counts
        return
    lazy = assign_cohorts(dataset, settings, log_end)
    with engine.materialised(lazy.users) as users, engine.materialised(lazy.activity) as activity:
        made = replace(lazy, users=users, activity=activity)
        if made.by_exposure:
            made = replace(made, concurrency=concurrency(start_weeks(users), settings.smallest_arm))
        yield made, None


def _nobody(dataset: Dataset, table: SurvivalTable, counting: Counting) -> DataError:
    """Say why nobody can be judged, and how long a log it takes."""
    return DataError(
        "no-user-judged",
        reasons=tuple(
            message("excluded-users", users=excluded.users, reason=excluded.reason) for excluded in table.excluded
        ),
        left_out=len(table.excluded),
        log_days=dataset.days,
        gap=counting.gap,
        needed=counting.gap + counting.burn_in + 1,
    )


def covariates_of(ready: Prepared, table: SurvivalTable) -> pd.DataFrame:
    """Look up what contrasts are adjusted for, one row per user in the order of `table.users`.

    The attributes of the settings, and for affinity cohorts the activity up to the landmark.

    Raises
    ------
    SettingsError
        As `covariate_frame`, and for an attribute that was not known at a user's start.
    """
    ready.require_known(ready.settings.covariates, "retention.covariates")
    frame = covariate_frame(ready.dataset, table, ready.settings.covariates)
    if ready.counts is None or len(table.arms) < 2:
        return frame
    return varying(pd.concat([frame, activity_covariates(ready.counts, table.users)], axis=1))

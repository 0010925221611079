"""The retention analysis of one data set, from settings to verdict."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import cast

import pandas as pd

from recsys_core import columns as col
from recsys_core import engine
from recsys_core.data.dataset import Dataset
from recsys_core.errors import DataError, SettingsError
from recsys_core.metrics.significance import holm
from recsys_core.retention.adjust import Adjustment, adjust
from recsys_core.retention.affinity import AffinityInput, activity_covariates, affinity_cohorts
from recsys_core.retention.arms import (
    ArmCurve,
    arm_curves,
    arm_results,
    arm_term,
    contrasts,
    logrank_or_none,
    resolve_days,
)
from recsys_core.retention.calendar import calendar
from recsys_core.retention.cells import AdjustInput
from recsys_core.retention.checks import Evidence, trust_checks
from recsys_core.retention.cohorts import AFFINITY, Cohorts, assign_cohorts, resolve_activity, resolve_cohort
from recsys_core.retention.covariates import covariate_frame, varying
from recsys_core.retention.cox import CoxFit, fit_cox
from recsys_core.retention.definitions import definitions
from recsys_core.retention.design import design_matrix
from recsys_core.retention.gaps import gap_curve
from recsys_core.retention.kaplan_meier import ConfType
from recsys_core.retention.landmark import window_at
from recsys_core.retention.lifetimes import SurvivalTable, resolve_log_end, survival_table
from recsys_core.retention.proportional_hazards import cox_result
from recsys_core.retention.restricted_mean import restricted_mean, restricted_mean_difference
from recsys_core.retention.results import (
    ArmResult,
    Contrast,
    CoxResult,
    GapCurve,
    Population,
    RetentionResult,
    Sensitivity,
)
from recsys_core.retention.time_varying import require_logged_arm, time_varying_model
from recsys_core.retention.verdict import reach_verdict
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
        table = survival_table(dataset, cohorts, settings, log_end)
        if table.users.empty:
            raise _nobody(dataset, table, settings)
        curves = arm_curves(table.users, _form(settings))
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


def _form(settings: RetentionSettings) -> ConfType:
    return cast("ConfType", settings.confidence_form)  # the settings allow no other words


def _nobody(dataset: Dataset, table: SurvivalTable, settings: RetentionSettings) -> DataError:
    reasons = "; ".join(f"{e.users:,} {e.reason}" for e in table.excluded) or "there is no activity"
    gap, burn_in = int(settings.inactivity_days or 0), int(settings.burn_in_days or 0)
    needed = gap + burn_in + 1
    return DataError(
        f"No user can be judged: {reasons}. The log spans {dataset.days:.1f} days, and a lapse shows only after a gap "
        f"of more than {gap} days. Bring a log of {needed} days or more, or choose a shorter gap."
    )


def analyse_retention(
    dataset: Dataset, settings: RetentionSettings, affinity: AffinityInput | None = None
) -> RetentionResult:
    """Estimate how long users of each arm stay, compare the arms, check the figures and reach a verdict.

    Parameters
    ----------
    dataset
        From the workspace.
    settings
        Values left empty are chosen from the data and returned, resolved, with the result.
    affinity
        For cohort "affinity": where the two models that learnt before one split rank what users took after it.

    Raises
    ------
    SettingsError, DataError
        As `prepare`; also for a horizon that an arm is not followed to.
    """
    with prepare(dataset, settings, affinity) as ready:
        horizon, day = int(ready.settings.horizon_days or 0), int(ready.settings.report_day or 0)
        arms = arm_results(ready.curves, horizon)
        warnings: list[str] = []
        arm_only = _arm_model(ready.table.users, arms, pd.DataFrame(index=ready.table.users.index), warnings)
        made = contrasts(ready.curves, arms, arm_only, day)
        frame = _covariates(ready, ready.table)
        made, adjustments = _adjusted(ready, made, frame, warnings)
        cox = arm_only if frame.empty else _arm_model(ready.table.users, arms, frame, warnings) or arm_only
        if ready.settings.time_varying_arm:
            cox = _time_varying(ready, arms, frame, warnings) or cox
        sensitivity = tuple(_under_gap(ready, arms, gap) for gap in _other_gaps(ready)) if made else ()
        tested = _tested(arm_only, warnings)
        checks = trust_checks(Evidence(ready.table, ready.curves, tested, adjustments, sensitivity, ready.settings))
        return RetentionResult(
            dataset_id=dataset.dataset_id,
            settings=ready.settings,
            log_start=dataset.first_time,
            log_end=ready.log_end,
            population=Population(len(ready.table.users), ready.table.excluded),
            arms=arms,
            contrasts=made,
            logrank=logrank_or_none({c.name: c.table for c in ready.curves}),
            cox=tested if cox is arm_only else _tested(cox, warnings),
            checks=checks,
            verdict=reach_verdict(arms, made, checks, ready.settings),
            gaps=ready.gaps,
            sensitivity=sensitivity,
            definitions=definitions(dataset, ready.table, ready.settings),
            calendar=calendar(ready.cohorts, ready.settings, dataset.first_time, ready.log_end),
            warnings=tuple(dict.fromkeys(warnings)),
        )


def _covariates(ready: Prepared, table: SurvivalTable) -> pd.DataFrame:
    frame = covariate_frame(ready.dataset, table, ready.settings.covariates)
    if ready.counts is None or len(table.users[col.ARM].cat.categories) < 2:
        return frame
    return varying(pd.concat([frame, activity_covariates(ready.counts, table.users)], axis=1))


def _arm_model(
    users: pd.DataFrame, arms: tuple[ArmResult, ...], covariates: pd.DataFrame, warnings: list[str]
) -> CoxFit | None:
    """Fit Cox with a column for every arm but the one that keeps users shortest, and the covariates' columns."""
    parts = [pd.DataFrame({arm_term(a.name): (users[col.ARM] == a.name).astype(float) for a in arms[:-1]})]
    try:
        if not covariates.empty:
            parts.append(design_matrix(covariates))
        design = pd.concat(parts, axis=1)
        if design.empty:
            return None
        return fit_cox(users[col.DURATION].to_numpy(), users[col.LAPSED].to_numpy(), design)
    except (DataError, SettingsError) as err:
        warnings.append(f"No Cox model: {err}")
        return None


def _time_varying(
    ready: Prepared, arms: tuple[ArmResult, ...], frame: pd.DataFrame, warnings: list[str]
) -> CoxFit | None:
    names, gap = [arm.name for arm in arms], int(ready.settings.inactivity_days or 0)
    try:
        return time_varying_model(ready.dataset, ready.cohorts, ready.table, gap, names, frame)
    except (DataError, SettingsError) as err:
        warnings.append(f"No Cox model with a time-varying arm: {err}")
        return None


def _tested(fit: CoxFit | None, warnings: list[str]) -> CoxResult | None:
    if fit is None:
        return None
    try:
        return cox_result(fit)
    except (DataError, SettingsError) as err:
        warnings.append(f"No test of proportional hazards: {err}")
        return cox_result(fit, transform=None)


def _adjusted(
    ready: Prepared, made: tuple[Contrast, ...], frame: pd.DataFrame, warnings: list[str]
) -> tuple[tuple[Contrast, ...], tuple[Adjustment, ...]]:
    """Standardise each contrast over the covariates; Holm over the pairs, as for the raw contrasts."""
    if frame.empty or not made:
        return made, ()
    users, settings = ready.table.users, ready.settings
    done = []
    for contrast in made:
        mine = users[col.ARM].isin([contrast.arm, contrast.reference]).to_numpy()
        pair = AdjustInput(
            users.loc[mine, col.DURATION].to_numpy(),
            users.loc[mine, col.LAPSED].to_numpy(),
            (users.loc[mine, col.ARM] == contrast.arm).to_numpy(),
            varying(frame.loc[mine]),
        )
        horizon, day = int(settings.horizon_days or 0), int(settings.report_day or 0)
        try:
            done.append(adjust(pair, horizon, day, resamples=settings.resamples, seed=settings.seed))
        except (DataError, SettingsError) as err:
            warnings.append(f"Contrasts are not adjusted, because of {contrast.arm} and {contrast.reference}: {err}")
            return made, ()
    p_values = [a.methods[0].rmst_difference.p for a in done]
    p_holm = holm([1.0 if p is None else p for p in p_values])
    filled = []
    for contrast, adjustment, p in zip(made, done, p_holm, strict=True):
        first = adjustment.methods[0]
        primary = replace(first, rmst_difference=replace(first.rmst_difference, p_holm=float(p)))
        filled.append(replace(contrast, adjusted=primary, adjusted_methods=(primary, *adjustment.methods[1:])))
    return tuple(filled), tuple(done)


def _other_gaps(ready: Prepared) -> list[int]:
    gap = int(ready.settings.inactivity_days or 0)
    return [other for other in dict.fromkeys((max(gap // 2, 1), gap * 2)) if other != gap]


def _under_gap(ready: Prepared, arms: tuple[ArmResult, ...], gap: int) -> Sensitivity:
    """Repeat the first contrast with another inactivity gap, over the same horizon."""
    best, second = arms[0].name, arms[1].name
    settings = replace(ready.settings, inactivity_days=gap)
    users = survival_table(ready.dataset, ready.cohorts, settings, ready.log_end).users
    if users.empty or len(users[col.ARM].cat.categories) < len(arms):
        return Sensitivity(gap, best, second, None, (), f"The log is too short for a gap of {gap} days.")
    curves = {c.name: c.curve for c in arm_curves(users, _form(settings))}
    horizon = int(settings.horizon_days or 0)
    shared = int(min([horizon, *(c.last_time for c in curves.values())]))
    if shared < horizon:
        note = f"With a gap of {gap} days the arms are followed for {shared} days only."
        return Sensitivity(gap, best, second, None, (), note)
    means = {name: restricted_mean(curve, horizon) for name, curve in curves.items()}
    order = tuple(sorted(means, key=lambda name: -means[name].estimate))
    return Sensitivity(gap, best, second, restricted_mean_difference(means[best], means[second]), order)

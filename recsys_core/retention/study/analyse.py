"""The retention analysis of one data set, from settings to verdict."""

from dataclasses import replace

import pandas as pd

from recsys_core import columns as col
from recsys_core.answers import Check, Message, message
from recsys_core.data.dataset import Dataset
from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.adjustment.adjust import Adjustment
from recsys_core.retention.calendar.calendar_results import CalendarResult
from recsys_core.retention.calendar.calendar_retention import calendar
from recsys_core.retention.cox.cox_model import CoxFit, fit_cox
from recsys_core.retention.cox.proportional_hazards import cox_result
from recsys_core.retention.estimators.design import design_matrix
from recsys_core.retention.estimators.figures import CoxResult
from recsys_core.retention.estimators.power import minimum_detectable
from recsys_core.retention.estimators.restricted_mean import restricted_mean, restricted_mean_difference
from recsys_core.retention.integrity.log_integrity import LogIntegrity, log_integrity
from recsys_core.retention.population.affinity_cohorts import AffinityInput
from recsys_core.retention.population.arm_curves import arm_term, curves_of
from recsys_core.retention.population.known_at_exposure import AssignmentBalance, assignment_balance
from recsys_core.retention.population.lifetimes import survival_table
from recsys_core.retention.population.population import Population
from recsys_core.retention.population.prepared import Prepared, covariates_of, prepare
from recsys_core.retention.population.survival_table import SurvivalTable, of_arms
from recsys_core.retention.study.adjusted_contrasts import adjusted_contrasts, adjusted_difference, standardised_order
from recsys_core.retention.study.arm_results import ArmResult, Contrast, Sensitivity
from recsys_core.retention.study.concurrency_checks import start_matters, together
from recsys_core.retention.study.contrasts import arm_results, contrasts, logrank_or_none
from recsys_core.retention.study.details import further_details
from recsys_core.retention.study.evidence import Evidence
from recsys_core.retention.study.population_checks import burn_in_doubt
from recsys_core.retention.study.retention_definitions import definitions
from recsys_core.retention.study.retention_result import RetentionResult, Verdict
from recsys_core.retention.study.time_varying import time_varying_model
from recsys_core.retention.study.trust_checks import by_status, trust_checks
from recsys_core.retention.study.with_verdict import with_verdict
from recsys_core.settings import RetentionSettings


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
        return with_verdict(ready, _figures(ready))


def retention_figures(
    dataset: Dataset, settings: RetentionSettings, affinity: AffinityInput | None = None
) -> RetentionResult:
    """Do all of `analyse_retention` but for what decides, so that curves need not wait; the verdict is "pending"."""
    with prepare(dataset, settings, affinity) as ready:
        return _figures(ready)


def decide_retention(
    dataset: Dataset, figures: RetentionResult, affinity: AffinityInput | None = None
) -> RetentionResult:
    """Reach the verdict on what `retention_figures` found."""
    with prepare(dataset, figures.settings, affinity) as ready:
        return with_verdict(ready, figures)


def _figures(ready: Prepared) -> RetentionResult:
    dataset, resolved, descriptive = ready.dataset, ready.resolved, ready.resolved.plan.descriptive
    integrity = log_integrity(ready)
    arms = arm_results(ready.curves, resolved.horizon)
    frame = covariates_of(ready, ready.table)
    if descriptive:
        arms = standardised_order(ready, arms, frame)
    warnings = [*burn_in_doubt(ready.table, resolved), *_constant(ready.settings.covariates, frame)]
    arm_only = _arm_model(ready.table.users, arms, pd.DataFrame(index=ready.table.users.index), warnings)
    cox = arm_only if frame.empty else _arm_model(ready.table.users, arms, frame, warnings) or arm_only
    deciding = cox if descriptive else arm_only
    pairs = contrasts(ready.curves, arms, deciding, resolved.report_day)
    pairs, adjustments, refused = adjusted_contrasts(ready, pairs, frame)
    if descriptive:
        pairs = tuple(_without_unadjusted_tests(contrast) for contrast in pairs)
    if ready.settings.time_varying_arm:
        cox = _time_varying(ready, arms, frame, warnings) or cox
    sensitivity = tuple(_under_gap(ready, arms, gap) for gap in _other_gaps(ready)) if pairs else ()
    tested = _tested(deciding, warnings)
    checks = trust_checks(_evidence(ready, tested, (pairs, adjustments, refused), integrity))
    return RetentionResult(
        dataset_id=dataset.dataset_id,
        settings=ready.settings,
        log_start=dataset.first_time,
        log_end=ready.log_end,
        population=Population(ready.table.size, ready.table.excluded),
        arms=arms,
        contrasts=pairs,
        logrank=None if descriptive else logrank_or_none({c.name: c.table for c in ready.curves}),
        cox=tested if cox is deciding else _tested(cox, warnings),
        checks=by_status([*checks, *_about_starts(ready)]),
        verdict=Verdict("pending", "retention-pending"),
        gaps=ready.gaps,
        sensitivity=sensitivity,
        definitions=definitions(dataset, ready.table, ready.settings, resolved),
        calendar=None if descriptive else _calendar(ready, arms),
        details=None if descriptive else further_details(ready, arms, pairs, warnings),
        warnings=tuple(dict.fromkeys(warnings)),
        integrity=integrity,
        back_after_gap=ready.gaps.back_after(resolved.gap),
    )


def _assigned(ready: Prepared) -> dict[str, int] | None:
    concurrent = ready.cohorts.concurrency
    return dict(concurrent.sizes) if concurrent and concurrent.restricted else None


def _about_starts(ready: Prepared) -> list[Check]:
    """Checks on when users started; affinity cohorts all start at the landmark."""
    if ready.resolved.plan.at_landmark:
        return []
    concurrent, matters = ready.cohorts.concurrency, start_matters(ready)
    return [*([together(concurrent)] if concurrent else []), *([matters] if matters else [])]


def _evidence(
    ready: Prepared,
    tested: CoxResult | None,
    adjusted: tuple[tuple[Contrast, ...], tuple[Adjustment, ...], Message | None],
    integrity: LogIntegrity,
) -> Evidence:
    pairs, adjustments, refused = adjusted
    return Evidence(
        table=ready.table,
        curves=ready.curves,
        arm_only=tested,
        adjustments=adjustments,
        settings=ready.settings,
        resolved=ready.resolved,
        contrasts=pairs,
        refused=refused,
        assignment=_assignment(ready),
        assigned=_assigned(ready),
        integrity=integrity,
    )


def _assignment(ready: Prepared) -> AssignmentBalance | None:
    """Hold the claim that arms were assigned at random against what was known before, where it is made."""
    if len(ready.table.arms) < 2 or not ready.resolved.plan.causal(randomised=ready.settings.randomised):
        return None
    return assignment_balance(ready.dataset, ready.table, ready.hindsight)


def _calendar(ready: Prepared, arms: tuple[ArmResult, ...]) -> CalendarResult:
    return calendar(
        ready.cohorts,
        ready.settings,
        ready.dataset.first_time,
        ready.log_end,
        arms=[arm.name for arm in arms],
        date_only=ready.dataset.date_only,
    )


def _constant(covariates: tuple[str, ...], frame: pd.DataFrame) -> list[Message]:
    """Say which covariates are alike for all users of the population: they cannot confound and are left out."""
    constant = [name for name in dict.fromkeys(covariates) if name not in frame.columns]
    return [message("warning-covariate-constant", attribute=name) for name in constant]


def _without_unadjusted_tests(contrast: Contrast) -> Contrast:
    """Keep of an affinity contrast only tests that are adjusted, and what the adjusted one can show."""
    if contrast.adjusted is None:
        return replace(contrast, logrank=None, hazard_ratio=None, anytime=None)
    smallest = minimum_detectable(contrast.adjusted.rmst_difference.stderr)
    return replace(contrast, logrank=None, anytime=None, minimum_detectable_days=smallest)


def _arm_model(
    users: pd.DataFrame, arms: tuple[ArmResult, ...], covariates: pd.DataFrame, warnings: list[Message]
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
        warnings.append(message("warning-no-cox-model", reason=err.message))
        return None


def _time_varying(
    ready: Prepared, arms: tuple[ArmResult, ...], frame: pd.DataFrame, warnings: list[Message]
) -> CoxFit | None:
    names = [arm.name for arm in arms]
    try:
        return time_varying_model(ready.dataset, ready.cohorts, ready.table, ready.resolved.gap, names, frame)
    except (DataError, SettingsError) as err:
        warnings.append(message("warning-no-time-varying-model", reason=err.message))
        return None


def _tested(fit: CoxFit | None, warnings: list[Message]) -> CoxResult | None:
    if fit is None:
        return None
    try:
        return cox_result(fit)
    except (DataError, SettingsError) as err:
        warnings.append(message("warning-no-proportional-hazards", reason=err.message))
    try:
        return cox_result(fit, transform=None)
    except (DataError, SettingsError) as err:
        warnings.append(message("warning-no-cox-model", reason=err.message))
        return None


def _other_gaps(ready: Prepared) -> list[int]:
    gap = ready.resolved.gap
    return [other for other in dict.fromkeys((max(gap // 2, 1), gap * 2)) if other != gap]


def _under_gap(ready: Prepared, arms: tuple[ArmResult, ...], gap: int) -> Sensitivity:
    """Repeat the first contrast with another inactivity gap, over the same horizon."""
    best, second = arms[0].name, arms[1].name
    table = survival_table(ready.dataset, ready.cohorts, ready.counting.under(gap), ready.log_end)
    table = of_arms(table, [arm.name for arm in arms])
    if len(table.arms) < len(arms):
        return Sensitivity(gap, best, second, None, (), message("gap-log-too-short", gap=gap))
    curves = {c.name: c.curve for c in curves_of(table, ready.resolved.form)}
    horizon = ready.resolved.horizon
    shared = int(min([horizon, *(c.last_time for c in curves.values())]))
    if shared < horizon:
        note = message("gap-followed-short", gap=gap, days=shared)
        return Sensitivity(gap, best, second, None, (), note)
    if ready.resolved.plan.descriptive:
        return _adjusted_under_gap(ready, table, (best, second), gap)
    means = {name: restricted_mean(curve, horizon) for name, curve in curves.items()}
    order = tuple(sorted(means, key=lambda name: -means[name].estimate))
    return Sensitivity(gap, best, second, restricted_mean_difference(means[best], means[second]), order)


def _adjusted_under_gap(ready: Prepared, table: SurvivalTable, pair: tuple[str, str], gap: int) -> Sensitivity:
    """Repeat the standardised contrast of affinity cohorts: unadjusted ones only describe."""
    try:
        difference = adjusted_difference(ready, table, covariates_of(ready, table), pair)
    except (DataError, SettingsError) as err:
        return Sensitivity(gap, *pair, None, (), message("gap-not-adjusted", gap=gap, reason=err.message))
    return Sensitivity(gap, *pair, difference, pair if difference.estimate >= 0 else pair[::-1])

"""The contrasts of a study standardised over attributes known at first exposure, or why they cannot be."""

from dataclasses import replace

import pandas as pd

from recsys_core import columns as col
from recsys_core.answers import Message, message
from recsys_core.errors import DataError, SettingsError
from recsys_core.metrics.significance import holm
from recsys_core.retention.adjustment.adjust import Adjustment, adjust, aipw_mean_difference
from recsys_core.retention.adjustment.adjustment_cells import AdjustInput
from recsys_core.retention.estimators.figures import RestrictedMean
from recsys_core.retention.population.affinity_cohorts import in_bins
from recsys_core.retention.population.covariates import varying
from recsys_core.retention.population.prepared import Prepared
from recsys_core.retention.population.survival_table import SurvivalTable
from recsys_core.retention.study.arm_results import ArmResult, Contrast
from recsys_core.settings import RetentionSettings

OVERLAP = "overlap"


def adjusted_contrasts(
    ready: Prepared, made: tuple[Contrast, ...], frame: pd.DataFrame
) -> tuple[tuple[Contrast, ...], tuple[Adjustment, ...], Message | None]:
    """Standardise each contrast over the covariates; Holm over the pairs, as for the raw contrasts.

    Returns
    -------
    tuple
        The contrasts, what the adjusted ones rest on, and why there are none where there should be: then no contrast
        is adjusted, and the check `adjustment` says what stands in the way.
    """
    if frame.empty or not made:
        return made, (), None
    adjustments = []
    for contrast in made:
        try:
            adjustments.append(_adjustment(ready, frame, (contrast.arm, contrast.reference)))
        except (DataError, SettingsError) as err:
            return made, (), _refusal(contrast, err)
    p_values = [a.methods[0].rmst_difference.p for a in adjustments]
    p_holm = holm([1.0 if p is None else p for p in p_values])
    filled = []
    for contrast, adjustment, p in zip(made, adjustments, p_holm, strict=True):
        first = adjustment.methods[0]
        primary = replace(first, rmst_difference=replace(first.rmst_difference, p_holm=float(p)))
        filled.append(replace(contrast, adjusted=primary, adjusted_methods=(primary, *adjustment.methods[1:])))
    return tuple(filled), tuple(adjustments), None


def adjusted_difference(
    ready: Prepared, table: SurvivalTable, frame: pd.DataFrame, pair: tuple[str, str]
) -> RestrictedMean:
    """Return the first of a pair of arms minus the second by AIPW, over the study's horizon.

    Raises
    ------
    DataError, SettingsError
        As `aipw_mean_difference`.
    """
    data = _pair(table.users, frame, pair, ready.settings)
    return aipw_mean_difference(data, ready.resolved.horizon, seed=ready.settings.seed)


def standardised_order(ready: Prepared, arms: tuple[ArmResult, ...], frame: pd.DataFrame) -> tuple[ArmResult, ...]:
    """Put the cohort first that keeps its users longer after standardisation: unadjusted means only describe."""
    try:
        difference = adjusted_difference(ready, ready.table, frame, (arms[0].name, arms[-1].name))
    except (DataError, SettingsError):
        return arms  # the adjusted contrast fails for the same reason, and says so
    return arms if difference.estimate >= 0 else arms[::-1]


def _adjustment(ready: Prepared, frame: pd.DataFrame, pair: tuple[str, str]) -> Adjustment:
    users, settings = ready.table.users, ready.settings
    coarse, finer = in_bins(frame), None
    if len(coarse.columns) < len(frame.columns):
        finer = _pair(users, frame, pair, settings)
    return adjust(
        _pair(users, coarse, pair, settings), ready.resolved.horizon, ready.resolved.report_day,
        finer=finer, resamples=settings.resamples, seed=settings.seed,
    )  # fmt: skip


def _pair(users: pd.DataFrame, frame: pd.DataFrame, pair: tuple[str, str], settings: RetentionSettings) -> AdjustInput:
    arm, _ = pair
    mine = users[col.ARM].isin(pair).to_numpy()
    covariates = varying(frame.loc[mine])
    binned = in_bins(covariates).columns
    return AdjustInput(
        users.loc[mine, col.DURATION].to_numpy(),
        users.loc[mine, col.LAPSED].to_numpy(),
        (users.loc[mine, col.ARM] == arm).to_numpy(),
        covariates,
        straight=tuple(name for name in covariates.columns if name not in binned),  # logarithms stand beside their bins
        overlap=settings.estimand == OVERLAP,
    )


def _refusal(contrast: Contrast, err: DataError | SettingsError) -> Message:
    if err.kind != "adjustment-level-of-one-arm":
        return message("adjustment-refused", arm=contrast.arm, reference=contrast.reference, reason=err.message)
    found = err.values
    served, never = (contrast.arm, contrast.reference) if found["arm"] else (contrast.reference, contrast.arm)
    return message(
        "adjustment-never-served", served=served, never=never, attribute=found["attribute"], level=found["level"],
        users=found["users"],
    )  # fmt: skip

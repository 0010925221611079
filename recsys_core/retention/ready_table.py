"""The whole analysis of a ready survival table: arms, contrasts, log-rank, Cox and adjusted contrasts."""

from dataclasses import asdict, replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from recsys_core.errors import StayingPowerError
from recsys_core.metrics.significance import holm
from recsys_core.retention.adjust import Adjustment, adjust
from recsys_core.retention.cells import AdjustInput
from recsys_core.retention.cox import CoxFit, fit_cox
from recsys_core.retention.design import design_matrix
from recsys_core.retention.event_table import SurvivalRows, table_of_rows
from recsys_core.retention.kaplan_meier import SurvivalCurve, kaplan_meier
from recsys_core.retention.logrank import logrank
from recsys_core.retention.power import minimum_detectable
from recsys_core.retention.proportional_hazards import cox_result
from recsys_core.retention.ready_columns import ReadyTable, SurvivalOptions, read_table
from recsys_core.retention.restricted_mean import (
    restricted_mean,
    restricted_mean_difference,
    survival_difference,
)
from recsys_core.retention.results import (
    ArmResult,
    Check,
    ChiSquare,
    Contrast,
    CoxResult,
    Excluded,
    HazardRatio,
)


def analyse_table(frame: pd.DataFrame, options: SurvivalOptions) -> dict[str, Any]:
    """Analyse a survival table whose durations are real numbers, which are never rounded.

    Parameters
    ----------
    frame
        One row per user, or per (entry, duration] interval of a user.
    options
        Columns and choices.

    Returns
    -------
    dict
        Ready for JSON: settings, population, arms (longest kept first), contrasts, tests, cox, checks. The
        Cox model holds the covariates, and the group unless it is one of them; rows that lack a covariate,
        stratum or cluster are left out of the models that use it, and counted.

    Raises
    ------
    DataError, SettingsError
        As `read_table` and the estimators.
    """
    table = read_table(frame, options)
    parts = {name: table.rows.take(table.arm == name) for name in sorted(set(table.arm))}
    curves = {
        name: kaplan_meier(table_of_rows(part), options.conf_type, options.confidence) for name, part in parts.items()
    }
    last = min(curve.last_time for curve in curves.values())
    options = replace(options, horizon=options.horizon if options.horizon is not None else last)
    arms = [_arm(name, parts[name], curves[name], options) for name in parts]
    arms.sort(key=lambda arm: -arm.rmst.estimate)
    complete, left_out = _complete_rows(table, options)
    fit = _cox(table, complete, options)
    checks: list[Check] = []
    contrasts = _contrasts(table, curves, [arm.name for arm in arms], options, checks)
    overall = _logrank(table, options, tuple(parts)) if len(parts) > 1 else None
    result = None if fit is None else cox_result(fit, options.transform)
    checks += _checks(result, arms, options)
    return {
        "settings": asdict(options),
        "population": {
            "users": len(table.frame),
            "excluded": [asdict(one) for one in (*table.excluded, *left_out)],
        },
        "arms": [_plain(arm) for arm in arms],
        "contrasts": [_plain(contrast) for contrast in contrasts],
        "tests": {"logrank": None if overall is None else _plain(overall)},
        "cox": None if result is None else _plain(result),
        "checks": [asdict(check) for check in checks],
    }


def _arm(name: str, rows: SurvivalRows, curve: SurvivalCurve, options: SurvivalOptions) -> ArmResult:
    times = np.array(options.at) if options.at else curve.time[curve.events > 0]
    return ArmResult(
        name=name,
        users=rows.duration.size,
        lapses=int(rows.event.sum()),
        median_days=curve.median().estimate,
        rmst=restricted_mean(curve, options.horizon or 0.0),
        survival=curve.points(times[times <= curve.last_time]),
        last_followed_day=int(curve.last_time),
    )


def _complete_rows(table: ReadyTable, options: SurvivalOptions) -> tuple[np.ndarray, list[Excluded]]:
    names = [name for name in (*options.covariates, options.strata, options.cluster) if name]
    lacking = table.frame[names].isna()
    left_out = [
        Excluded(f"no value in {name} (left out of the models that use it)", int(lacking[name].sum()))
        for name in dict.fromkeys(names)
        if lacking[name].any()
    ]
    return ~lacking.any(axis=1).to_numpy(), left_out


def _cox(table: ReadyTable, keep: np.ndarray, options: SurvivalOptions) -> CoxFit | None:
    covariates = table.frame.loc[keep, list(options.covariates)]
    if options.group and options.group not in options.covariates and len(set(table.arm)) > 1:
        covariates.insert(0, options.group, table.arm[keep])
    if covariates.shape[1] == 0:
        return None
    return _fit(table, keep, design_matrix(covariates), options)


def _fit(table: ReadyTable, keep: np.ndarray, design: pd.DataFrame, options: SurvivalOptions) -> CoxFit:
    rows = table.rows.take(keep)
    return fit_cox(
        rows.duration,
        rows.event,
        design,
        entry=rows.entry,
        weights=rows.weights,
        strata=table.frame.loc[keep, options.strata] if options.strata else None,
        cluster=table.frame.loc[keep, options.cluster] if options.cluster else None,
        robust=bool(np.any((rows.weights != 0) & (rows.weights != 1))),
        ties=options.ties,
        confidence=options.confidence,
    )


def _logrank(table: ReadyTable, options: SurvivalOptions, arms: tuple[str, ...]) -> ChiSquare:
    keep = np.isin(table.arm, arms)
    if options.strata:
        keep &= table.frame[options.strata].notna().to_numpy()
    rows = table.rows.take(keep)
    return logrank(
        rows.duration,
        rows.event,
        table.arm[keep],
        strata=table.frame.loc[keep, options.strata] if options.strata else None,
        entry=rows.entry,
        weights=rows.weights,
    )


def _contrasts(
    table: ReadyTable,
    curves: dict[str, SurvivalCurve],
    order: list[str],
    options: SurvivalOptions,
    checks: list[Check],
) -> list[Contrast]:
    contrasts = []
    for arm, reference in combinations(order, 2):
        pair = [curves[arm], curves[reference]]
        means = [restricted_mean(curve, options.horizon or 0.0) for curve in pair]
        difference = restricted_mean_difference(means[0], means[1], options.confidence)
        adjusted = _adjusted(table, arm, reference, options, checks)
        contrasts.append(
            Contrast(
                arm=arm,
                reference=reference,
                rmst_difference=difference,
                survival_difference=survival_difference(pair[0], pair[1], options.horizon or 0.0),
                logrank=_logrank(table, options, (arm, reference)),
                hazard_ratio=_hazard_ratio(table, arm, reference, options, checks),
                minimum_detectable_days=minimum_detectable(difference.stderr),
                adjusted=adjusted.methods[0] if adjusted else None,
                adjusted_methods=adjusted.methods if adjusted else (),
            )
        )
    return _with_holm(contrasts)


def _hazard_ratio(
    table: ReadyTable, arm: str, reference: str, options: SurvivalOptions, checks: list[Check]
) -> HazardRatio | None:
    keep = np.isin(table.arm, (arm, reference))
    for name in (options.strata, options.cluster):
        if name:
            keep &= table.frame[name].notna().to_numpy()
    design = pd.DataFrame({"arm": (table.arm[keep] == arm).astype(np.float64)})
    try:
        return _fit(table, keep, design, options).hazard_ratio("arm")
    except StayingPowerError as error:
        checks.append(Check("hazard ratio", "warn", "none", f"No hazard ratio of {arm} to {reference}: {error}"))
        return None


def _adjusted(
    table: ReadyTable, arm: str, reference: str, options: SurvivalOptions, checks: list[Check]
) -> Adjustment | None:
    names = [name for name in options.covariates if name != options.group]
    if not names:
        return None
    if options.entry or options.weights or options.cluster:
        why = "entry, weights or cluster are given, which the standardised contrasts do not take."
    else:
        pair = np.isin(table.arm, (arm, reference))
        keep = pair & table.frame[names].notna().all(axis=1).to_numpy()
        rows = table.rows.take(keep)
        data = AdjustInput(rows.duration, rows.event, table.arm[keep] == arm, table.frame.loc[keep, names])
        try:
            return adjust(
                data,
                options.horizon or 0.0,
                resamples=options.resamples,
                seed=options.seed,
                confidence=options.confidence,
            )
        except StayingPowerError as error:
            why = str(error)
    checks.append(Check("adjustment", "warn", "none", f"{arm} and {reference} are not adjusted: {why}"))
    return None


def _with_holm(contrasts: list[Contrast]) -> list[Contrast]:
    ranks = iter(holm([one.logrank.p for one in contrasts if one.logrank]).tolist())
    means = holm([1.0 if (p := one.rmst_difference.p) is None else p for one in contrasts]).tolist()
    return [
        replace(
            one,
            logrank=replace(one.logrank, p_holm=next(ranks)) if one.logrank else None,
            rmst_difference=replace(one.rmst_difference, p_holm=mean),
        )
        for one, mean in zip(contrasts, means, strict=True)
    ]


def _checks(result: CoxResult | None, arms: list[ArmResult], options: SurvivalOptions) -> list[Check]:
    checks = []
    if result is not None and result.proportional_hazards:
        overall = result.proportional_hazards[-1]
        holds = overall.p >= 0.05
        advice = "hazard ratios may be read" if holds else "read restricted means, not hazard ratios"
        detail = f"The score test of proportional hazards gives p = {overall.p:.3g}: {advice}."
        checks.append(Check("proportional hazards", "pass" if holds else "warn", f"p = {overall.p:.3g}", detail))
    short = [arm.name for arm in arms if len(arm.survival) < len(options.at)]
    if short:
        detail = f"Nobody in {', '.join(short)} is followed to the last times asked for, which are left out."
        checks.append(Check("follow-up", "warn", "too short", detail))
    return checks


def _plain(result: Any) -> dict[str, Any]:
    """Return the fields as lists and dicts; a p value that was not computed is left out."""

    def pick(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return {key: value for key, value in pairs if not (value is None and key in {"p", "p_holm"})}

    return asdict(result, dict_factory=pick)

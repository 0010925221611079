"""The whole analysis of a ready survival table: arms, contrasts, log-rank, Cox and adjusted contrasts."""

from dataclasses import asdict, replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from recsys_core.answers import Check
from recsys_core.metrics.significance import holm
from recsys_core.retention.estimators.event_table import SurvivalRows, table_of_rows
from recsys_core.retention.estimators.figures import CoxResult
from recsys_core.retention.estimators.kaplan_meier import SurvivalCurve, kaplan_meier
from recsys_core.retention.estimators.power import minimum_detectable
from recsys_core.retention.estimators.restricted_mean import (
    restricted_mean,
    restricted_mean_difference,
    restricted_mean_ratio,
    survival_difference,
)
from recsys_core.retention.ready.ready_columns import SurvivalOptions, read_table
from recsys_core.retention.ready.ready_models import ReadyModels
from recsys_core.retention.ready.ready_more import competing, recurrent, weibull
from recsys_core.retention.study.arm_results import ArmResult, Contrast


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
        Plain values, with the checks and the reasons of rows left out as codes (`wording.objects.worded` makes it
        JSON): settings, population, arms (longest kept first), contrasts, tests, cox, checks; and, where
        asked for and else None, competing, recurrent and aft. The Cox and Weibull models hold the covariates, and
        the group unless it is one of them; rows that lack a covariate, stratum or cluster are left out of the
        models that use it, and counted.

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
    models = ReadyModels.of(table, options)
    cox = models.cox()
    contrasts = _contrasts(models, arms, curves)
    overall = models.logrank(tuple(parts)) if len(parts) > 1 else None
    more = {"competing": competing(models), "recurrent": recurrent(models), "aft": weibull(models)}
    checks = [*models.checks, *_checks(cox, arms, options)]
    return {
        "settings": asdict(options),
        "population": {
            "users": len(table.frame),
            "excluded": [*table.excluded, *models.left_out],
        },
        "arms": [_plain(arm) for arm in arms],
        "contrasts": contrasts,
        "tests": {"logrank": None if overall is None else _plain(overall)},
        "cox": None if cox is None else _plain(cox),
        **more,
        "checks": checks,
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


def _contrasts(models: ReadyModels, arms: list[ArmResult], curves: dict[str, SurvivalCurve]) -> list[dict[str, Any]]:
    options, contrasts, ratios = models.options, [], []
    for a, b in combinations(arms, 2):
        difference = restricted_mean_difference(a.rmst, b.rmst, options.confidence)
        adjusted = models.adjusted(a.name, b.name)
        ratios.append(_plain(restricted_mean_ratio(a.rmst, b.rmst, options.confidence)))
        contrasts.append(
            Contrast(
                arm=a.name,
                reference=b.name,
                rmst_difference=difference,
                survival_difference=survival_difference(curves[a.name], curves[b.name], options.horizon or 0.0),
                logrank=models.logrank((a.name, b.name)),
                hazard_ratio=models.hazard_ratio(a.name, b.name),
                minimum_detectable_days=minimum_detectable(difference.stderr),
                adjusted=adjusted.methods[0] if adjusted else None,
                adjusted_methods=adjusted.methods if adjusted else (),
            )
        )
    corrected = _with_holm(contrasts)
    return [_plain(contrast) | {"rmst_ratio": ratio} for contrast, ratio in zip(corrected, ratios, strict=True)]


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
        p = result.proportional_hazards[-1].p
        checks.append(Check("ready-proportional-hazards", "pass" if p >= 0.05 else "warn", "tested", {"p": p}))
    short = tuple(arm.name for arm in arms if len(arm.survival) < len(options.at))
    if short:
        checks.append(Check("ready-follow-up", "warn", values={"arms": short}))
    if options.group and len(arms) == 1:
        checks.append(Check("ready-arms", "warn", values={"column": options.group, "arm": arms[0].name}))
    silent = tuple(arm.name for arm in arms if arm.lapses == 0)
    if silent:
        checks.append(Check("ready-events", "warn", values={"arms": silent, "column": options.event}))
    return checks


def _plain(result: Any) -> dict[str, Any]:
    """Return the fields as lists and dicts; a p value that was not computed is left out."""

    def pick(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return {key: value for key, value in pairs if not (value is None and key in {"p", "p_holm"})}

    return asdict(result, dict_factory=pick)

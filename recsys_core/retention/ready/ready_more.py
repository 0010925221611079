"""What a ready survival table can be asked for beside curves and Cox: causes, returning events, accelerated time."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from recsys_core.answers import message
from recsys_core.errors import SettingsError, StayingPowerError
from recsys_core.retention.cox.recurrent import mean_cumulative
from recsys_core.retention.estimators.aft import WeibullFit, fit_weibull
from recsys_core.retention.estimators.competing_risks import cumulative_incidence
from recsys_core.retention.estimators.design import design_matrix
from recsys_core.retention.estimators.figures import SurvivalPoint
from recsys_core.retention.ready.ready_models import ReadyModels


def competing(models: ReadyModels) -> dict[str, Any] | None:
    """Return the cumulative incidence of each cause in each arm, or None where no causes are named."""
    table, options = models.table, models.options
    if table.causes is None:
        return None
    if options.cluster:
        models.note("ready-competing", "rows-independent")
    return {
        "column": options.competing,
        "causes": list(table.causes.names.values()),
        "arms": [{"name": name, "causes": _incidence(models, name)} for name in sorted(set(table.arm))],
    }


def _incidence(models: ReadyModels, arm: str) -> list[dict[str, Any]]:
    table, options, causes = models.table, models.options, models.table.causes
    mine = table.arm == arm
    rows = table.rows.take(mine)
    if causes is None or not (causes.code[mine] * rows.weights).any():
        models.note("ready-competing", "no-cause", arm=arm)
        return []
    curves = cumulative_incidence(
        rows.duration,
        causes.code[mine],
        causes.names,
        entry=rows.entry,
        weights=rows.weights,
        conf_type=options.conf_type,
        confidence=options.confidence,
    )
    by_cause = []
    for curve in curves:
        times = np.array(options.at) if options.at else curve.time[curve.events > 0]
        points = curve.points(times[times <= curve.last_time])
        by_cause.append({"cause": curve.cause, "events": float(curve.events.sum()), "incidence": _plain(points)})
    return by_cause


def recurrent(models: ReadyModels) -> dict[str, Any] | None:
    """Return the mean number of events per user in each arm, or None where it is not asked for."""
    table, options = models.table, models.options
    if not options.recurrent or options.cluster is None:
        return None
    return {
        "users": options.cluster,
        "arms": [_mean_number(models, name, options.cluster) for name in sorted(set(table.arm))],
    }


def _mean_number(models: ReadyModels, arm: str, cluster: str) -> dict[str, Any]:
    table, options = models.table, models.options
    mine = (table.arm == arm) & table.frame[cluster].notna().to_numpy()
    rows, user = table.rows.take(mine), table.frame.loc[mine, cluster]
    points: tuple[SurvivalPoint, ...] = ()
    if (rows.event * rows.weights).any():
        mean = mean_cumulative(
            rows.entry if rows.entry is not None else np.zeros(rows.duration.size),
            rows.duration,
            rows.event,
            user,
            weights=rows.weights,
            confidence=options.confidence,
        )
        times = np.array(options.at) if options.at else mean.time
        points = mean.points(times[times <= mean.last_time])
    else:
        models.note("ready-recurrent", arm=arm)
    return {"name": arm, "users": int(user.nunique()), "events": int(rows.event.sum()), "mean": _plain(points)}


def weibull(models: ReadyModels) -> dict[str, Any] | None:
    """Return the Weibull model; None where it is not asked for and, with a check, where there is none."""
    if not models.options.aft:
        return None
    try:
        fit = _weibull(models)
    except StayingPowerError as error:
        models.note("ready-aft", "refused", reason=error.message)
        return None
    zeros = fit.zero_durations
    if zeros:
        models.note("ready-aft", "zero-durations", zeros=zeros)
    note = message("note-weibull-zero-durations", zeros=zeros) if zeros else ""
    return {"distribution": "weibull", **asdict(fit), "note": note, "shape": fit.shape}


def _weibull(models: ReadyModels) -> WeibullFit:
    table, options = models.table, models.options
    if options.strata:
        raise SettingsError("ready-weibull-strata", column=options.strata)
    rows = table.rows.take(models.keep)
    return fit_weibull(
        rows.duration,
        rows.event,
        _design(models.covariates(), rows.duration.size),
        entry=rows.entry,
        weights=rows.weights,
        cluster=table.frame.loc[models.keep, options.cluster] if options.cluster else None,
        robust=models.robust,
        confidence=options.confidence,
    )


def _design(covariates: pd.DataFrame, size: int) -> pd.DataFrame:
    return design_matrix(covariates) if covariates.shape[1] else pd.DataFrame(index=range(size))


def _plain(points: tuple[SurvivalPoint, ...]) -> list[dict[str, Any]]:
    return [asdict(point) for point in points]

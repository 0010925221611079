"""Reading a ready survival table: which column plays which part, and what each must hold."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys_core.answers import message
from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.cox.cox_model import Ties
from recsys_core.retention.cox.proportional_hazards import Transform
from recsys_core.retention.estimators.event_table import SurvivalRows, survival_rows
from recsys_core.retention.estimators.kaplan_meier import ConfType
from recsys_core.retention.population.arm_curves import MOST_ARMS
from recsys_core.retention.population.population import Excluded

CENSORED = frozenset({"", "0", "censored", "none"})
TRUE_FALSE = {"0": 0.0, "1": 1.0, "0.0": 0.0, "1.0": 1.0, "false": 0.0, "true": 1.0}


@dataclass(frozen=True)
class SurvivalOptions:
    """Columns and choices of the analysis of a ready survival table.

    Attributes
    ----------
    duration, event, entry, group, weights, cluster, strata
        Names of columns.
    covariates
        Names of columns for the Cox model and the adjusted contrasts.
    horizon
        Restriction of the mean; the last time at which every arm is followed when None.
    at
        Times at which survival is reported; every event time when empty.
    ties, conf_type, transform
        As in `fit_cox`, `kaplan_meier` and `proportional_hazards`.
    competing
        Name of a column of causes; see `read_causes`.
    aft
        Fit the Weibull model of accelerated time with the columns of the Cox model.
    recurrent
        Rows of one `cluster` are intervals of one user, who can have several events: give their mean number.
    resamples, seed, confidence
        As in `adjust`.
    """

    duration: str
    event: str
    entry: str | None = None
    group: str | None = None
    covariates: tuple[str, ...] = ()
    weights: str | None = None
    cluster: str | None = None
    strata: str | None = None
    horizon: float | None = None
    at: tuple[float, ...] = ()
    ties: Ties = "efron"
    conf_type: ConfType = "log-log"
    transform: Transform = "km"
    competing: str | None = None
    aft: bool = False
    recurrent: bool = False
    resamples: int = 200
    seed: int = 0
    confidence: float = 0.95


@dataclass(frozen=True)
class Causes:
    """Why each row ended: 0 censored, else a key of `names`."""

    code: np.ndarray
    names: dict[int, str]


@dataclass(frozen=True)
class ReadyTable:
    """The rows that can be used, with their arm and cause, and the frame they came from."""

    rows: SurvivalRows
    arm: np.ndarray
    frame: pd.DataFrame
    excluded: tuple[Excluded, ...]
    causes: Causes | None = None


def read_table(frame: pd.DataFrame, options: SurvivalOptions) -> ReadyTable:
    """Pick and check the columns; rows that miss a value in one of them are left out and counted.

    Raises
    ------
    DataError
        When a column is not there, holds no numbers, or its values are not allowed; when no row is left, there are
        more than 12 arms, or every weight of an arm is 0.
    SettingsError
        When one column is both group and strata, a time of `at` is below 0, or recurrent events have no intervals.
    """
    needed = _named_columns(frame, options)
    complete = frame[needed].notna().all(axis=1)
    used = frame[complete].reset_index(drop=True)
    if used.empty:
        raise DataError("ready-no-complete-row", rows=len(frame), columns=tuple(needed))
    excluded = tuple(
        Excluded(message("exclusion-ready-no-value", column=name), int(frame[name].isna().sum()))
        for name in needed
        if frame[name].isna().any()
    )
    rows = survival_rows(
        _numbers(used, options.duration),
        event_numbers(used[options.event], options.event),
        _numbers(used, options.entry) if options.entry else None,
        _numbers(used, options.weights) if options.weights else None,
        names=(options.duration, options.event, options.entry or "entry", options.weights or "weights"),
    )
    arm = used[options.group].map(level_name).to_numpy() if options.group else np.full(len(used), "all")
    _require_arms(arm, rows, options)
    causes = read_causes(used[options.competing], rows.event, options.competing) if options.competing else None
    return ReadyTable(rows, arm, used, excluded, causes)


def _named_columns(frame: pd.DataFrame, options: SurvivalOptions) -> list[str]:
    """Return the columns that each row needs a value in, after checking that all that are named exist."""
    named = (options.duration, options.event, options.entry, options.group, options.weights)
    needed = list(dict.fromkeys(name for name in named if name))
    others = (options.cluster, options.strata, options.competing, *options.covariates)
    missing = [name for name in dict.fromkeys((*needed, *others)) if name and name not in frame.columns]
    if missing:
        raise DataError("ready-columns-missing", missing=tuple(missing), known=tuple(map(str, frame.columns)))
    if options.group and options.group == options.strata:
        raise SettingsError("ready-group-is-strata", column=options.group)
    if any(not 0 <= time < math.inf for time in options.at):
        wrong = next(time for time in options.at if not 0 <= time < math.inf)
        raise SettingsError("ready-time-below-zero", time=wrong)
    if options.recurrent and not (options.entry and options.cluster):
        raise SettingsError("ready-recurrent-without-intervals")
    return needed


def _require_arms(arm: np.ndarray, rows: SurvivalRows, options: SurvivalOptions) -> None:
    names = sorted(set(arm))
    if len(names) > MOST_ARMS:
        raise DataError("ready-too-many-arms", column=options.group, arms=len(names), most=MOST_ARMS)
    for name in names:
        if not rows.weights[arm == name].any():
            raise DataError("ready-arm-without-weight", arm=name, column=options.weights)
        if not rows.duration[(arm == name) & (rows.weights > 0)].any():
            if options.group is None:
                raise DataError("ready-table-not-followed", column=options.duration)
            raise DataError("ready-arm-not-followed", group=options.group, arm=name, column=options.duration)


def read_causes(column: pd.Series, event: np.ndarray, name: str) -> Causes:
    """Read a column of causes: numbers, 0 for censored, or words.

    Empty cells, 0, "censored" and "none" are censored; every other number or word is a cause. Causes are told in the
    order of their numbers or of the alphabet.

    Raises
    ------
    DataError
        When an event has no cause, there is no cause at all, or there are more than 12.
    """
    causes = column.astype(object).where(column.notna(), "").map(level_name).str.strip()
    struck = ~causes.str.lower().isin(CENSORED)
    lacking = int(((event > 0) & ~struck).sum())
    if lacking:
        raise DataError("ready-event-without-cause", column=name, lacking=lacking, events=int(event.sum()))
    labels = sorted(set(causes[struck]), key=_by_number)
    if not labels:
        raise DataError("ready-no-cause", column=name, rows=len(causes))
    if len(labels) > MOST_ARMS:
        raise DataError("ready-too-many-causes", column=name, causes=len(labels), most=MOST_ARMS)
    names = dict(enumerate(labels, start=1))
    codes = {label: code for code, label in names.items()}
    return Causes(causes.where(struck, "").map({**codes, "": 0}).to_numpy(dtype=np.int64), names)


def _by_number(cause: str) -> tuple[bool, int, str]:
    return not cause.isdigit(), int(cause) if cause.isdigit() else 0, cause


def event_numbers(column: pd.Series, name: str) -> np.ndarray:
    """Return 0 and 1 from 0 / 1 or true / false.

    Raises
    ------
    DataError
        When another value occurs.
    """
    levels = column.astype(str).str.strip().str.lower()
    values = levels.map(TRUE_FALSE)
    if values.isna().any():
        strange = sorted(levels[values.isna()].unique())
        raise DataError("ready-event-unreadable", column=name, levels=tuple(strange[:5]))
    return values.to_numpy(dtype=np.float64)


def level_name(value: object) -> str:
    """Return the name of a group: whole numbers without decimals."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _numbers(frame: pd.DataFrame, name: str) -> np.ndarray:
    numbers = pd.to_numeric(frame[name], errors="coerce")
    bad = numbers.isna() | ~np.isfinite(numbers)
    if bad.any():
        example = str(frame[name][bad].iloc[0])
        raise DataError("ready-not-numbers", column=name, bad=int(bad.sum()), rows=len(frame), example=example)
    return numbers.to_numpy(dtype=np.float64)

"""Reading a ready survival table: which column plays which part, and what each must hold."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

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
        raise DataError(f"No row of {len(frame):,} has a value in each of {', '.join(needed)}.")
    excluded = [
        Excluded(f"no value in {name}", int(frame[name].isna().sum())) for name in needed if frame[name].isna().any()
    ]
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
    return ReadyTable(rows, arm, used, tuple(excluded), causes)


def _named_columns(frame: pd.DataFrame, options: SurvivalOptions) -> list[str]:
    """Return the columns that each row needs a value in, after checking that all that are named exist."""
    named = (options.duration, options.event, options.entry, options.group, options.weights)
    needed = list(dict.fromkeys(name for name in named if name))
    others = (options.cluster, options.strata, options.competing, *options.covariates)
    missing = [name for name in dict.fromkeys((*needed, *others)) if name and name not in frame.columns]
    if missing:
        raise DataError(f"The table has no column {', '.join(missing)}; it has {', '.join(map(str, frame.columns))}.")
    if options.group and options.group == options.strata:
        raise SettingsError(f"{options.group} is both group and strata; compare by it, or stratify by it.")
    if any(not 0 <= time < math.inf for time in options.at):
        wrong = next(time for time in options.at if not 0 <= time < math.inf)
        raise SettingsError(f"Times to report must be numbers of 0 or more; found {wrong:g}.")
    if options.recurrent and not (options.entry and options.cluster):
        raise SettingsError(
            "Recurrent events need intervals of users: name the columns of entry and of cluster (users)."
        )
    return needed


def _require_arms(arm: np.ndarray, rows: SurvivalRows, options: SurvivalOptions) -> None:
    names = sorted(set(arm))
    if len(names) > MOST_ARMS:
        raise DataError(
            f"The column {options.group} has {len(names):,} values; at most {MOST_ARMS} arms can be compared. Choose a "
            "column with fewer values, or use it as strata."
        )
    for name in names:
        if not rows.weights[arm == name].any():
            raise DataError(f"Every weight of {name} is 0 in the column {options.weights}; leave those rows out.")
        if not rows.duration[(arm == name) & (rows.weights > 0)].any():
            whose = f"{options.group} {name}" if options.group else "the table"
            raise DataError(
                f"Every duration of {whose} is 0 in the column {options.duration}, so nobody is followed and there is "
                "no curve to draw; check the durations, or leave those rows out."
            )


def read_causes(column: pd.Series, event: np.ndarray, name: str) -> Causes:
    """Read a column of causes: numbers, 0 for censored, or words.

    Empty cells, 0, "censored" and "none" are censored; every other number or word is a cause. Causes are told in the
    order of their numbers or of the alphabet.

    Raises
    ------
    DataError
        When an event has no cause, there is no cause at all, or there are more than 12.
    """
    words = column.astype(object).where(column.notna(), "").map(level_name).str.strip()
    struck = ~words.str.lower().isin(CENSORED)
    lacking = int(((event > 0) & ~struck).sum())
    if lacking:
        raise DataError(f"The column {name} gives no cause for {lacking:,} of {int(event.sum()):,} events; name one.")
    labels = sorted(set(words[struck]), key=lambda word: (not word.isdigit(), int(word) if word.isdigit() else 0, word))
    if not labels:
        raise DataError(f"The column {name} names no cause: all of its {len(words):,} rows are censored.")
    if len(labels) > MOST_ARMS:
        raise DataError(f"The column {name} names {len(labels):,} causes; at most {MOST_ARMS} can be told apart.")
    names = dict(enumerate(labels, start=1))
    codes = {label: code for code, label in names.items()}
    return Causes(words.where(struck, "").map({**codes, "": 0}).to_numpy(dtype=np.int64), names)


def event_numbers(column: pd.Series, name: str) -> np.ndarray:
    """Return 0 and 1 from 0 / 1 or true / false.

    Raises
    ------
    DataError
        When another value occurs.
    """
    words = column.astype(str).str.strip().str.lower()
    values = words.map(TRUE_FALSE)
    if values.isna().any():
        found = ", ".join(sorted(words[values.isna()].unique())[:5])
        raise DataError(
            f"The column {name} holds {found}; write 1 (or true) for an event and 0 (or false) for censored."
        )
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
        raise DataError(
            f"The column {name} has {int(bad.sum()):,} of {len(frame):,} values that are not "
            f"numbers, for example {frame[name][bad].iloc[0]!r}."
        )
    return numbers.to_numpy(dtype=np.float64)

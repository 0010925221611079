"""Reading a ready survival table: which column plays which part, and what each must hold."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.cox import Ties
from recsys_core.retention.event_table import SurvivalRows, survival_rows
from recsys_core.retention.kaplan_meier import ConfType
from recsys_core.retention.proportional_hazards import Transform
from recsys_core.retention.results import Excluded

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
    resamples: int = 200
    seed: int = 0
    confidence: float = 0.95


@dataclass(frozen=True)
class ReadyTable:
    """The rows that can be used, with their arm, and the frame they came from."""

    rows: SurvivalRows
    arm: np.ndarray
    frame: pd.DataFrame
    excluded: tuple[Excluded, ...]


def read_table(frame: pd.DataFrame, options: SurvivalOptions) -> ReadyTable:
    """Pick and check the columns; rows that miss a value in one of them are left out and counted.

    Raises
    ------
    DataError
        When a column is not there, holds no numbers, or its values are not allowed; when no row is left.
    SettingsError
        When one column is both group and strata, or a time of `at` is below 0.
    """
    named = (options.duration, options.event, options.entry, options.group, options.weights)
    needed = [name for name in named if name]
    extra = [name for name in (options.cluster, options.strata, *options.covariates) if name]
    missing = [name for name in (*needed, *extra) if name not in frame.columns]
    if missing:
        raise DataError(f"The table has no column {', '.join(missing)}; it has {', '.join(map(str, frame.columns))}.")
    if options.group and options.group == options.strata:
        raise SettingsError(f"{options.group} is both group and strata; compare by it, or stratify by it.")
    if any(not time >= 0 for time in options.at):
        raise SettingsError(f"Times to report must be 0 or more; found {min(options.at):g}.")
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
    )
    arm = used[options.group].map(level_name).to_numpy() if options.group else np.full(len(used), "all")
    return ReadyTable(rows, arm, used, tuple(excluded))


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

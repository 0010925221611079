"""Why a user's risk is high or low: what moved the linear predictor of the Cox model most."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from recsys_core.answers import Message, Value, message
from recsys_core.retention.estimators.event_table import FloatArray
from recsys_core.risk.encoding import MISSING, Encoding
from recsys_core.risk.snapshots import (
    ACTIVE_IN_HISTORY,
    ACTIVE_IN_WEEK,
    FIRST_SEEN,
    LAST_ACTIVE,
    NOT_SERVED,
    WEEK,
    covariate_names,
)

MOST = 3
_WEAK = 0.05  # a covariate that moves the log hazard by less moves the risk by less than a twentieth of itself


def contributions(coef: FloatArray, design: pd.DataFrame, encoding: Encoding) -> pd.DataFrame:
    """Sum beta_j x_ij over the columns of each covariate, against the average user of training.

    Returns
    -------
    pandas.DataFrame
        One column per covariate, in log hazard; one row per user.
    """
    owners = [encoding.covariate_of(column) for column in design.columns]
    parts = pd.DataFrame(design.to_numpy() * coef, columns=pd.Index(owners))
    return parts.T.groupby(level=0, sort=False).sum().T


def reasons(moved: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Tell the three covariates that moved each user's risk most, strongest first.

    Parameters
    ----------
    moved
        From `contributions`.
    known
        What is known of the users, in the same order.

    Returns
    -------
    pandas.DataFrame
        Three columns for each of 1 to 3: reason_1 (the covariate; empty where it hardly moved the risk),
        reason_1_value (its value, whole numbers as int) and reason_1_up (whether it moved the risk up).
    """
    names = np.array([*moved.columns, *[""] * MOST], dtype=object)  # where there are fewer covariates
    values = np.pad(moved.to_numpy(), ((0, 0), (0, MOST)))
    order = np.argsort(-np.abs(values), axis=1, kind="stable")[:, :MOST]
    strongest = np.take_along_axis(values, order, axis=1)
    columns: dict[str, np.ndarray] = {}
    for place in range(MOST):
        effect = strongest[:, place]
        covariate = np.where(np.abs(effect) >= _WEAK, names[order[:, place]], "")
        columns |= zip(reason_columns(place + 1), (covariate, _values(covariate, known), effect > 0), strict=True)
    return pd.DataFrame(columns)


def reason_columns(place: int) -> tuple[str, str, str]:
    """Name the columns of the reason at a place from 1 on: covariate, its value, whether it moved the risk up."""
    return f"reason_{place}", f"reason_{place}_value", f"reason_{place}_up"


def reason(row: Mapping[Any, Any], place: int, history_days: int) -> Message | None:
    """Make a message of a reason: "last active 9.2 days ago: up"; None where there is none.

    Parameters
    ----------
    row
        Of a result's users.
    place
        1 to `MOST`.
    history_days
        Of the settings.
    """
    covariate, value, up = (row[column] for column in reason_columns(place))
    if not covariate:
        return None
    values: dict[str, Value] = {"up": bool(up)}
    called = covariate_names(history_days).get(covariate, covariate)
    if isinstance(value, str):
        return Message("reason-level", values | {"covariate": called, "level": _LEVELS.get(value, value)})
    values |= {"amount": value, "whole": isinstance(value, int)}
    if covariate in {ACTIVE_IN_WEEK, ACTIVE_IN_HISTORY}:
        days = WEEK if covariate == ACTIVE_IN_WEEK else history_days
        return Message("reason-active-days", values | {"days": days})
    if covariate == LAST_ACTIVE:
        return Message("reason-last-active", values)
    if covariate == FIRST_SEEN:
        return Message("reason-first-seen", values)
    return Message("reason-number", values | {"covariate": called})


_LEVELS: Mapping[str, Message] = {
    MISSING: message("risk-level-missing"),
    NOT_SERVED: message("risk-level-not-served"),
}


def _values(covariate: np.ndarray, known: pd.DataFrame) -> np.ndarray:
    """What is known of each user's covariate; None where there is none."""
    values = np.full(len(covariate), None, dtype=object)
    for name in known.columns:
        mine = covariate == name
        if mine.any():
            values[mine] = _plain(known[name])[mine]
    return values


def _plain(column: pd.Series) -> np.ndarray:
    """Values of a column: float, int where all of them are whole, and words."""
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        numbers = column.astype(float)
        if bool((numbers.dropna() % 1 == 0).all()):
            return np.array([int(v) if np.isfinite(v) else v for v in numbers], dtype=object)
        return numbers.to_numpy(dtype=object)
    return column.astype("string").fillna(MISSING).to_numpy(dtype=object)

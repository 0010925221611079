"""Why a user's risk is high or low: what moved the linear predictor of the Cox model most."""

import numpy as np
import pandas as pd

from recsys_core import words
from recsys_core.retention.estimators.event_table import FloatArray
from recsys_core.risk.encoding import MISSING, Encoding
from recsys_core.risk.snapshots import phrase

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
        reason_1 to reason_3: "last active 9.2 days ago: up"; empty where a covariate hardly moved the risk.
    """
    size = moved.abs().to_numpy()
    order = np.argsort(-size, axis=1, kind="stable")[:, :MOST]
    texts = {name: _texts(name, known[name]) for name in moved.columns}
    names = list(moved.columns)
    values = moved.to_numpy()
    told = np.full((len(moved), MOST), "", dtype=object)
    for place in range(order.shape[1]):
        for at, name in enumerate(names):
            mine = (order[:, place] == at) & (size[:, at] >= _WEAK)
            way = np.where(values[mine, at] > 0, ": up", ": down").astype(object)
            told[mine, place] = texts[name][mine] + way
    return pd.DataFrame(told, columns=[f"reason_{place + 1}" for place in range(MOST)])


def _texts(name: str, column: pd.Series) -> np.ndarray:
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        values = column.astype(float)
        digits = 0 if bool((values.dropna() % 1 == 0).all()) else 1
        return np.array([phrase(name, words.number(v, digits)) for v in values], dtype=object)
    return np.array([f"{name} {v}" for v in column.astype("string").fillna(MISSING)], dtype=object)

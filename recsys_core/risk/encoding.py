"""From what is known of users to the columns of a model: learnt once, applied to later users alike."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys_core.answers import Message, message
from recsys_core.retention.estimators.design import first_dependent

_MOST_LEVELS, _FEWEST = 30, 20
MISSING = "(missing)"  # the level of users without a value


@dataclass(frozen=True)
class Encoding:
    """Columns of the models.

    Attributes
    ----------
    numbers
        Numeric covariates with the value that stands in for a missing one; they enter as log(1 + x) where never
        negative.
    levels
        Words: the levels that have a column; the most frequent level has none and is what they are held against.
    columns
        Names of the columns, in order, after those that are constant or follow from others were left out.
    centre, scale
        Mean and standard deviation of each column in training.
    left_out
        Covariates and columns that were not used.
    """

    numbers: dict[str, float]
    levels: dict[str, tuple[str, ...]]
    columns: tuple[str, ...]
    centre: np.ndarray
    scale: np.ndarray
    left_out: tuple[Message, ...]

    @staticmethod
    def learn(known: pd.DataFrame, names: Mapping[str, Message]) -> "Encoding":
        """Learn the columns from the users of training.

        Parameters
        ----------
        known
            One row per user and snapshot, a column per covariate.
        names
            What covariates are called that are no attributes of the log.
        """
        numbers, levels = {}, {}
        left_out: list[Message] = []
        for name in known.columns:
            column = known[name]
            if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
                numbers[name] = float(column.median()) if column.notna().any() else 0.0
                continue
            counts = column.astype("string").fillna(MISSING).value_counts()
            if len(counts) > _MOST_LEVELS:
                left_out.append(
                    message("warning-risk-too-many-levels", attribute=name, levels=len(counts), most=_MOST_LEVELS)
                )
                continue
            levels[name] = tuple(sorted(str(level) for level in counts.index[1:] if counts[level] >= _FEWEST))
        raw = _raw(known, numbers, levels)
        columns = _independent(raw)
        values = raw[columns].to_numpy()
        left_out += [message("warning-risk-column-unused", column=names.get(name, name))
                     for name in raw.columns if name not in columns]  # fmt: skip
        return Encoding(numbers, levels, tuple(columns), values.mean(axis=0), values.std(axis=0), tuple(left_out))

    def apply(self, known: pd.DataFrame) -> pd.DataFrame:
        """Write users in the columns of training, centred and scaled; unknown levels count as the most frequent one."""
        values = _raw(known, self.numbers, self.levels)[list(self.columns)].to_numpy()
        return pd.DataFrame((values - self.centre) / self.scale, columns=list(self.columns))

    def covariate_of(self, column: str) -> str:
        """Name the covariate that a column belongs to."""
        return column if column in self.numbers else column.split("=", 1)[0]


def _raw(known: pd.DataFrame, numbers: dict[str, float], levels: dict[str, tuple[str, ...]]) -> pd.DataFrame:
    parts: dict[str, np.ndarray] = {}
    for name, middle in numbers.items():
        values = known[name].astype(float).fillna(middle).to_numpy()
        parts[name] = np.log1p(values) if middle >= 0 and values.min(initial=0.0) >= 0 else values
    for name, own in levels.items():
        level_of = known[name].astype("string").fillna(MISSING)
        parts |= {f"{name}={level}": (level_of == level).to_numpy(dtype=float) for level in own}
    return pd.DataFrame(parts, index=known.index)


def _independent(raw: pd.DataFrame) -> list[str]:
    """Leave out columns that are constant or follow from those before them."""
    values = raw.to_numpy()
    centred = values - values.mean(axis=0)
    spread = np.sqrt((centred**2).sum(axis=0))
    columns = [name for name, s in zip(raw.columns, spread, strict=True) if s > 1e-9]
    while columns:
        unit = raw[columns].to_numpy()
        unit = unit - unit.mean(axis=0)
        unit /= np.sqrt((unit**2).sum(axis=0))
        at = first_dependent(unit.T @ unit, 1e-8)
        if at is None:
            break
        columns.pop(at)
    return columns

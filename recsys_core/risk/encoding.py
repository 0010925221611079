"""From what is known of users to the columns of a model: learnt once, applied to later users alike."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys_core.retention.estimators.design import first_dependent

_MOST_LEVELS, _FEWEST = 30, 20
MISSING, OTHER = "(missing)", "(other)"


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
        Sentences about covariates that were not used.
    """

    numbers: dict[str, float]
    levels: dict[str, tuple[str, ...]]
    columns: tuple[str, ...]
    centre: np.ndarray
    scale: np.ndarray
    left_out: tuple[str, ...]

    @staticmethod
    def learn(known: pd.DataFrame) -> "Encoding":
        """Learn the columns from the users of training."""
        numbers, levels, left_out = {}, {}, []
        for name in known.columns:
            column = known[name]
            if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
                numbers[name] = float(column.median()) if column.notna().any() else 0.0
                continue
            counts = column.astype("string").fillna(MISSING).value_counts()
            if len(counts) > _MOST_LEVELS:
                left_out.append(f"{name} has {len(counts):,} different values; at most {_MOST_LEVELS} can be used.")
                continue
            levels[name] = tuple(sorted(str(level) for level in counts.index[1:] if counts[level] >= _FEWEST))
        found = _raw(known, numbers, levels)
        kept = _independent(found)
        values = found[kept].to_numpy()
        left_out += [f"{name} is alike for all users or follows from the others." for name in _unused(found, kept)]
        return Encoding(numbers, levels, tuple(kept), values.mean(axis=0), values.std(axis=0), tuple(left_out))

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
        told = known[name].astype("string").fillna(MISSING)
        parts |= {f"{name}={level}": (told == level).to_numpy(dtype=float) for level in own}
    return pd.DataFrame(parts, index=known.index)


def _independent(found: pd.DataFrame) -> list[str]:
    """Leave out columns that are constant or follow from those before them."""
    kept = list(found.columns)
    values = found.to_numpy()
    centred = values - values.mean(axis=0)
    spread = np.sqrt((centred**2).sum(axis=0))
    kept = [name for name, s in zip(kept, spread, strict=True) if s > 1e-9]
    while kept:
        unit = found[kept].to_numpy()
        unit = unit - unit.mean(axis=0)
        unit /= np.sqrt((unit**2).sum(axis=0))
        at = first_dependent(unit.T @ unit, 1e-8)
        if at is None:
            break
        kept.pop(at)
    return kept


def _unused(found: pd.DataFrame, kept: list[str]) -> list[str]:
    return [str(name) for name in found.columns if name not in kept]

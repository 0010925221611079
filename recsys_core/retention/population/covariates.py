"""What is known about a user at the first exposure, ready for a model: no missing values, few levels."""

import pandas as pd

from recsys_core import columns as col
from recsys_core.data.dataset import Dataset
from recsys_core.errors import SettingsError
from recsys_core.retention.population.cohorts import EXISTING
from recsys_core.retention.population.survival_table import SurvivalTable

MISSING = "(missing)"
_MOST_LEVELS = 30


def covariate_frame(dataset: Dataset, table: SurvivalTable, names: tuple[str, ...]) -> pd.DataFrame:
    """Look up covariates for the population, one row per user in the order of `table.users`.

    Attributes of words keep a level "(missing)" of their own; numbers that are missing get the median and a column
    that says so. Attributes with a single value in this population are left out: they cannot confound.

    Raises
    ------
    SettingsError
        For an attribute that the data set does not have, or one with more than 30 different words.
    """
    frame = look_up(dataset, table, names)
    columns: dict[str, pd.Series] = {}
    for name in frame.columns:
        columns |= ready(name, frame[name])
    return varying(pd.DataFrame(columns, index=table.users.index))


def look_up(dataset: Dataset, table: SurvivalTable, names: tuple[str, ...]) -> pd.DataFrame:
    """Look up attributes as the data set has them, one row per user in the order of `table.users`.

    Raises
    ------
    SettingsError
        For an attribute that the data set does not have.
    """
    known = [EXISTING, *dataset.user_attributes]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SettingsError("covariate-unknown", attribute=unknown[0], known=tuple(known))
    users = table.users
    frame = users[[EXISTING]].copy()
    names = tuple(dict.fromkeys(names))
    stored = [name for name in names if name != EXISTING]
    if stored:
        looked_up = dataset.users_table().select(col.USER, *stored).to_pandas().set_index(col.USER)
        frame = pd.concat([frame, looked_up.reindex(users[col.USER]).reset_index(drop=True)], axis=1)
    return frame[list(names)]


def varying(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave out columns with a single value."""
    return frame.loc[:, [name for name in frame.columns if frame[name].nunique() > 1]]


def ready(name: str, column: pd.Series) -> dict[str, pd.Series]:
    """Make one attribute ready for a model: the column, and one more where numbers are missing.

    Raises
    ------
    SettingsError
        For words with more than 30 different values.
    """
    if name == EXISTING:
        return {name: column.astype(bool)}
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        numbers, absent = column.astype(float), column.isna()
        filled = numbers.fillna(numbers.median() if not absent.all() else 0.0)
        return {name: filled} | ({f"{name} {MISSING}": absent} if absent.any() else {})
    levels = column.astype("string").fillna(MISSING).astype(str)
    if levels.nunique() > _MOST_LEVELS:
        raise SettingsError("covariate-too-many-levels", attribute=name, levels=levels.nunique(), most=_MOST_LEVELS)
    return {name: levels}

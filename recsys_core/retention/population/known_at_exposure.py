"""All that was known of users at first exposure, as one test of whether arms were assigned as a study claims."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core.data.dataset import Dataset
from recsys_core.retention.adjustment.omnibus_balance import OmnibusBalance, omnibus_balance
from recsys_core.retention.estimators.event_table import FloatArray
from recsys_core.retention.population.cohorts import EXISTING
from recsys_core.retention.population.hindsight import MISSING, Hindsight, attributes_of, numbers_of, sampled
from recsys_core.retention.population.survival_table import SurvivalTable

_MOST_USERS = 50_000
_IN_SMALLEST_ARM = 10  # users of a level to be expected there, for the test to keep its level
_MOST_LEVELS = 30
_WEEK = 7 * col.DAY_SECONDS
_TAIL = 0.005


@dataclass(frozen=True)
class AssignmentBalance:
    """Whether arms are alike in what was known at first exposure.

    Attributes
    ----------
    test
        Over all attributes, among users who started in the same week.
    attributes
        Those that were tested.
    worst
        The attribute in which arms differ most for its noise.
    users
        How many were looked at.
    hindsight
        Attributes that were left out, since they follow from later events.
    """

    test: OmnibusBalance
    attributes: tuple[str, ...]
    worst: str
    users: int
    hindsight: tuple[Hindsight, ...]


def assignment_balance(
    dataset: Dataset, table: SurvivalTable, hindsight: tuple[Hindsight, ...]
) -> AssignmentBalance | None:
    """Test assignment on every attribute of the users table and on who was seen before; None where there is none.

    Numbers enter with their squares, the outermost .5 % of users at either end pulled in; dates as numbers; words as
    indicators, levels too rare to expect ten users in the smallest arm as one; what is missing as a level.

    Parameters
    ----------
    table
        The population; of more than 50,000 users, so many are drawn by a hash of their id.
    hindsight
        Attributes to leave out.
    """
    users = sampled(table.users, _MOST_USERS)
    after = {one.attribute for one in hindsight}
    names = [name for name in dataset.user_attributes if name not in after]
    frame = attributes_of(dataset, users, names) if names else pd.DataFrame(index=users.index)
    frame[EXISTING] = users[EXISTING].to_numpy()
    arm = pd.factorize(users[col.ARM].astype(str), sort=True)[0].astype(np.int64)
    least = _IN_SMALLEST_ARM / (np.bincount(arm).min() / arm.size)
    made = [(str(name), column) for name in frame.columns for column in _columns(frame[name], least)]
    if not made:
        return None
    week = pd.factorize((users[col.START] - users[col.START].min()) // _WEEK)[0].astype(np.int64)
    test = omnibus_balance(np.column_stack([column for _, column in made]), arm, week)
    if test.df == 0:
        return None
    tested = tuple(dict.fromkeys(name for name, _ in made))
    return AssignmentBalance(test, tested, made[test.column][0], len(users), hindsight)


def _columns(column: pd.Series, least: float) -> Iterator[FloatArray]:
    values = numbers_of(column)
    if values is None:
        yield from _indicators(column.astype("string").fillna(MISSING).astype(str), least)
        return
    absent = ~np.isfinite(values)
    if min(absent.sum(), (~absent).sum()) >= least:
        yield absent.astype(np.float64)
    if absent.all():
        return
    low, high = np.quantile(values[~absent], [_TAIL, 1 - _TAIL])
    filled = np.clip(np.where(absent, np.median(values[~absent]), values), low, high)
    spread = filled.std()
    if spread > 0:
        scaled = (filled - filled.mean()) / spread
        yield scaled
        square = scaled**2
        if square.std() > 1e-9:
            yield square - square.mean()


def _indicators(words: pd.Series, least: float) -> Iterator[FloatArray]:
    code, names = pd.factorize(words, sort=True)
    sizes = np.bincount(code, minlength=len(names))
    by_size = np.argsort(-sizes, kind="stable")
    frequent = [at for at in by_size[1:_MOST_LEVELS] if sizes[at] >= least]
    for at in frequent:
        yield np.asarray(code == at, dtype=np.float64)
    rare = np.asarray(~np.isin(code, [by_size[0], *frequent]), dtype=np.float64)
    if rare.sum() >= least:  # fewer stay with the most frequent level, which is the reference
        yield rare

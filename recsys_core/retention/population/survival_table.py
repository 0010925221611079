"""The population of a study: counted in the engine, and row by row for the models that need every user."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core.answers import message
from recsys_core.retention.population.cohorts import EXISTING, SWITCHED
from recsys_core.retention.population.population import Excluded

if TYPE_CHECKING:
    import ibis

USERS = "users"
FEW_USERS, FEW_LAPSES = 30, 10  # of an arm with fewer there is nothing to say
LAPSES_A_THIRD = 3
FIRST_START, LAST_START = "first_start", "last_start"
PATTERN = (col.ARM, col.DURATION, col.LAPSED, EXISTING, SWITCHED)


@dataclass(frozen=True)
class SurvivalTable:
    """The population of a study.

    Attributes
    ----------
    counts
        Users by arm, duration (days, integer), lapsed, existing and switched: one row per pattern, with its number of
        users and their first and last start (epoch seconds).
    excluded
        Users left out, by reason, in the order in which the reasons were applied.
    log_end
        Epoch seconds up to which the log was used.
    landmark
        Epoch seconds at which the clock of affinity cohorts starts; None elsewhere.
    pull
        Brings the users out of the engine; see `users`.
    """

    counts: pd.DataFrame
    excluded: tuple[Excluded, ...]
    log_end: int
    landmark: int | None = None
    pull: Callable[[], pd.DataFrame] = field(kw_only=True, repr=False, compare=False)

    @classmethod
    def of_frame(cls, users: pd.DataFrame, excluded: tuple[Excluded, ...], log_end: int) -> Self:
        """Count a frame of users; without a column of the pattern, it is false for all."""
        full = users.assign(**{name: False for name in (EXISTING, SWITCHED) if name not in users})
        starts = full[col.START] if col.START in full else pd.Series(0, index=full.index)
        grouped = full.assign(start=starts, **{col.ARM: full[col.ARM].astype(str)}).groupby(list(PATTERN))["start"]
        counts = grouped.agg(["size", "min", "max"]).reset_index()
        counts.columns = pd.Index([*PATTERN, USERS, FIRST_START, LAST_START])
        return cls(_typed(counts), excluded, log_end, pull=lambda: users)

    @cached_property
    def users(self) -> pd.DataFrame:
        """One row per user who can be judged: user_id, arm (categorical), start and the rest of the pattern.

        They are brought out of the engine when they are first asked for: only models that need every user should ask.
        """
        return self.pull()

    @property
    def size(self) -> int:
        """Number of users."""
        return int(self.counts[USERS].sum())

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms, sorted."""
        return tuple(sorted(self.counts[col.ARM].unique()))

    @property
    def sizes(self) -> dict[str, int]:
        """Number of users by arm."""
        return {str(arm): int(users) for arm, users in self.counts.groupby(col.ARM)[USERS].sum().items()}

    @property
    def starts(self) -> tuple[int, int]:
        """First and last start, epoch seconds."""
        return int(self.counts[FIRST_START].min()), int(self.counts[LAST_START].max())

    @property
    def lapses(self) -> dict[str, int]:
        """Number of lapses by arm."""
        lapsed = self.counts[USERS].where(self.counts[col.LAPSED], 0)
        return {str(arm): int(lapses) for arm, lapses in lapsed.groupby(self.counts[col.ARM]).sum().items()}

    def by_arm(self, flag: str) -> np.ndarray:
        """Users of each arm for whom a flag (existing, switched) is false, and for whom it is true."""
        grouped = self.counts.groupby([col.ARM, flag])[USERS].sum().unstack(fill_value=0)
        return grouped.reindex(columns=[False, True], fill_value=0).to_numpy(dtype=float)


def of_arms(table: SurvivalTable, names: Sequence[str]) -> SurvivalTable:
    """Keep the users of some arms; the others are not counted as left out."""
    counts = table.counts[table.counts[col.ARM].isin(names)].reset_index(drop=True)

    def pull() -> pd.DataFrame:
        users = table.users[table.users[col.ARM].isin(names)].reset_index(drop=True)
        return users.assign(**{col.ARM: users[col.ARM].cat.remove_unused_categories()})

    return replace(table, counts=counts, pull=pull)


def without_small_arms(table: SurvivalTable, smallest: int) -> SurvivalTable:
    """Leave out arms of fewer than `smallest` users, such as a misspelt name, where two others remain; they are named.

    So are arms with fewer lapses than a third of that, 10 of 30. Such an arm tells nothing of its own, and its short
    follow-up would shorten the horizon of all.
    """
    least = smallest // LAPSES_A_THIRD
    sizes, lapses = table.sizes, table.lapses
    small = tuple(name for name in table.arms if sizes[name] < smallest or lapses[name] < least)
    others = [name for name in table.arms if name not in small]
    if not small or len(others) < 2:
        return table
    rest = of_arms(table, others)
    reason = message("exclusion-small-arm", smallest=smallest, lapses=least, arms=small)
    return replace(rest, excluded=(*table.excluded, Excluded(reason, table.size - rest.size)))


def pattern_counts(rows: "ibis.Table", *also: str) -> pd.DataFrame:
    """Count, in the engine, the users of a table with one row each: by some columns and the pattern."""
    by, start = (*also, *PATTERN), rows[col.START]
    grouped = rows.group_by(*by).agg(**{USERS: rows.count(), FIRST_START: start.min(), LAST_START: start.max()})
    return _typed(grouped.order_by(*by).to_pandas())


def _typed(counts: pd.DataFrame) -> pd.DataFrame:
    whole = dict.fromkeys((col.DURATION, USERS, FIRST_START, LAST_START), "int64")
    flags = dict.fromkeys((col.LAPSED, EXISTING, SWITCHED), "bool")
    return counts.astype({col.ARM: object, **whole, **flags})


def pull_users(rows: "ibis.Table") -> pd.DataFrame:
    """Bring the users of such a table out of the engine, sorted by their id."""
    users = rows.select(col.USER, col.ARM, col.START, *PATTERN[1:]).to_pandas()
    users = users.sort_values(col.USER, kind="stable", ignore_index=True)
    kinds = {col.START: "int64", col.DURATION: "int64", col.LAPSED: "bool", EXISTING: "bool", SWITCHED: "bool"}
    return users.assign(**{col.ARM: pd.Categorical(users[col.ARM].astype(str))}).astype(kinds)

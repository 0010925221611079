"""Each arm's counts per day and its curve: ten million users cost no more than their count."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core.errors import SettingsError
from recsys_core.retention.estimators.event_table import EventTable, event_table_from_counts
from recsys_core.retention.estimators.kaplan_meier import ConfType, SurvivalCurve, kaplan_meier
from recsys_core.retention.population.survival_table import USERS, SurvivalTable

MIN_AT_RISK = 10
MOST_ARMS = 12


@dataclass(frozen=True)
class ArmCurve:
    """One arm's counts and curve on whole days."""

    name: str
    users: int
    lapses: int
    table: EventTable
    curve: SurvivalCurve
    lapses_by_day: tuple[int, ...]
    leaving_by_day: tuple[int, ...]

    def last_day_with(self, users: int) -> int:
        """Last day on which at least so many users are at risk; -1 where there never were so many."""
        enough = self.curve.at_risk >= users
        return int(self.curve.time[enough][-1]) if enough.any() else -1


def arm_curves(users: pd.DataFrame, form: ConfType) -> tuple[ArmCurve, ...]:
    """Count users that are at hand by arm and day, and draw each arm's curve; else as `curves_of`.

    Parameters
    ----------
    users
        Columns arm (categorical), duration (days), lapsed.
    """
    return curves_of(SurvivalTable.of_frame(users, (), 0), form)


def curves_of(table: SurvivalTable, form: ConfType) -> tuple[ArmCurve, ...]:
    """Draw each arm's Kaplan-Meier curve from the users counted by arm and day; arms by name.

    Parameters
    ----------
    form
        Transform of the intervals: log-log, log or plain.

    Raises
    ------
    SettingsError
        For more than 12 arms.
    """
    if len(table.arms) > MOST_ARMS:
        raise SettingsError("too-many-arms", arms=len(table.arms), most=MOST_ARMS)
    counts = table.counts
    return tuple(_curve(name, counts[counts[col.ARM] == name], form) for name in table.arms)


def _curve(name: str, counts: pd.DataFrame, form: ConfType) -> ArmCurve:
    length = int(counts[col.DURATION].max()) + 1
    lapses, leaving = _by_day(counts[counts[col.LAPSED]], length), _by_day(counts, length)
    table = event_table_from_counts(np.arange(length), lapses, leaving)
    curve = kaplan_meier(table, form)
    by_day = tuple(lapses.tolist()), tuple(leaving.tolist())
    return ArmCurve(name, int(leaving.sum()), int(lapses.sum()), table, curve, *by_day)


def _by_day(counts: pd.DataFrame, length: int) -> np.ndarray:
    days = np.zeros(length, dtype=np.int64)
    np.add.at(days, counts[col.DURATION].to_numpy(), counts[USERS].to_numpy())
    return days


def arm_term(arm: str) -> str:
    """Name of an arm's column in a Cox model; the arm that keeps users shortest is the reference and has none."""
    return f"{col.ARM}={arm}"

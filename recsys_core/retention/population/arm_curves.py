"""Each arm's counts per day and its curve: ten million users cost no more than their count."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core.errors import SettingsError
from recsys_core.retention.estimators.event_table import EventTable, event_table_from_counts
from recsys_core.retention.estimators.kaplan_meier import ConfType, SurvivalCurve, kaplan_meier

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
    """Count lapses and leavings per arm and day, and draw each arm's Kaplan-Meier curve.

    Parameters
    ----------
    users
        Columns arm (categorical), duration (days), lapsed.
    form
        Transform of the intervals: log-log, log or plain.

    Raises
    ------
    SettingsError
        For more than 12 arms.
    """
    names = list(users[col.ARM].cat.categories)
    if len(names) > MOST_ARMS:
        raise SettingsError("too-many-arms", arms=len(names), most=MOST_ARMS)
    codes = users[col.ARM].cat.codes.to_numpy()
    days, lapsed = users[col.DURATION].to_numpy(), users[col.LAPSED].to_numpy()
    curves = []
    for code, name in enumerate(names):
        mine = codes == code
        length = int(days[mine].max()) + 1
        lapses = np.bincount(days[mine & lapsed], minlength=length)
        leaving = np.bincount(days[mine], minlength=length)
        table = event_table_from_counts(np.arange(length), lapses, leaving)
        curve = kaplan_meier(table, form)
        counts = tuple(lapses.tolist()), tuple(leaving.tolist())
        curves.append(ArmCurve(str(name), int(mine.sum()), int(lapses.sum()), table, curve, *counts))
    return tuple(curves)


def arm_term(arm: str) -> str:
    """Name of an arm's column in a Cox model; the arm that keeps users shortest is the reference and has none."""
    return f"{col.ARM}={arm}"

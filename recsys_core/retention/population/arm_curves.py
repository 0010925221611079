"""Each arm's counts per day and its curve: ten million users cost no more than their count."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.estimators.event_table import EventTable, event_table_from_counts
from recsys_core.retention.estimators.kaplan_meier import ConfType, SurvivalCurve, kaplan_meier
from recsys_core.settings import RetentionSettings

MIN_AT_RISK = 10
MOST_ARMS = 12
_DEFAULT_HORIZON = 60
_DEFAULT_REPORT_DAY = 30


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
        raise SettingsError(
            f"There are {len(names)} arms; at most {MOST_ARMS} can be compared. Choose an attribute with fewer values."
        )
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


def resolve_days(curves: Sequence[ArmCurve], settings: RetentionSettings) -> RetentionSettings:
    """Fill in horizon and report day where they are left to us.

    The horizon is the last day on which every arm has 10 users at risk, at most 60; an arm that never has 10 does not
    shorten it below its own last day.

    Raises
    ------
    DataError
        Where an arm is not followed for a single day, so that no horizon is left.
    SettingsError
        For a report day past an arm's last followed day.
    """
    followed = [int(c.curve.last_time) for c in curves]
    if min(followed) == 0:
        arm = curves[followed.index(0)]
        raise DataError(
            f"{arm.lapses:,} of the {arm.users:,} users of {arm.name} lapsed at their start and none is followed for a "
            "day, so there is no curve to draw. Bring a longer log, choose a shorter gap, or count more events as "
            "coming back; a misspelt arm is mended in the log."
        )
    trusted = [
        last if (last := c.last_day_with(MIN_AT_RISK)) > 0 else end for c, end in zip(curves, followed, strict=True)
    ]
    horizon = settings.horizon_days or max(min(_DEFAULT_HORIZON, *trusted), 1)
    report_day = settings.report_day or (_DEFAULT_REPORT_DAY if horizon > _DEFAULT_REPORT_DAY else max(horizon // 2, 1))
    if report_day > min(followed):
        raise SettingsError(
            f"retention.report_day is {report_day}, but an arm is followed for {min(followed)} days only. "
            f"Choose {min(followed)} or less."
        )
    return replace(settings, horizon_days=horizon, report_day=report_day)


def arm_term(arm: str) -> str:
    """Name of an arm's column in a Cox model; the arm that keeps users shortest is the reference and has none."""
    return f"{col.ARM}={arm}"

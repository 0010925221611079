"""Curves and contrasts of the arms, from counts per arm and day: ten million users cost no more than their count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core.errors import DataError, SettingsError
from recsys_core.metrics.significance import holm
from recsys_core.retention.always_valid import always_valid_from_tables
from recsys_core.retention.cox import CoxFit
from recsys_core.retention.event_table import EventTable, event_table_from_counts
from recsys_core.retention.kaplan_meier import ConfType, SurvivalCurve, kaplan_meier
from recsys_core.retention.logrank import logrank_from_tables
from recsys_core.retention.power import minimum_detectable
from recsys_core.retention.restricted_mean import restricted_mean, restricted_mean_difference, survival_difference
from recsys_core.retention.results import Anytime, ArmResult, ChiSquare, Contrast, SurvivalPoint
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


def arm_results(curves: Sequence[ArmCurve], horizon: int) -> tuple[ArmResult, ...]:
    """State each arm's figures, longest kept first (ties in the order of their names)."""
    found = []
    for arm in curves:
        last = int(arm.curve.last_time)
        found.append(
            ArmResult(
                name=arm.name,
                users=arm.users,
                lapses=arm.lapses,
                median_days=arm.curve.median().estimate,
                rmst=restricted_mean(arm.curve, horizon),
                survival=_points(arm.curve, 0, horizon),
                last_followed_day=last,
                lapses_by_day=arm.lapses_by_day,
                leaving_by_day=arm.leaving_by_day,
                tail=_points(arm.curve, horizon + 1, last),
            )
        )
    return tuple(sorted(found, key=lambda arm: -arm.rmst.estimate))


def _points(curve: SurvivalCurve, first: int, last: int) -> tuple[SurvivalPoint, ...]:
    """Read the curve on whole days, which are written as whole numbers."""
    if last < first:
        return ()
    return tuple(replace(point, day=int(point.day)) for point in curve.points(np.arange(first, last + 1)))


def contrasts(
    curves: Sequence[ArmCurve], arms: Sequence[ArmResult], fit: CoxFit | None, report_day: int
) -> tuple[Contrast, ...]:
    """Contrast all pairs of arms: the best with the runner-up, the best with the others, then the rest.

    p values are corrected by Holm over all pairs, not only those of the best arm, since which arm is best was read
    off the same data.
    """
    by_name = {c.name: c for c in curves}
    made = [_contrast(by_name[a.name], by_name[b.name], arms, fit, report_day) for a, b in combinations(arms, 2)]
    # no p value: neither arm varies, as when nobody lapses; 1 keeps the family's size in Holm's correction
    p_means = holm([1.0 if c.rmst_difference.p is None else c.rmst_difference.p for c in made])
    p_ranks = iter(holm([c.logrank.p for c in made if c.logrank]))
    p_anytime = iter(holm([c.anytime.p for c in made if c.anytime]))
    return tuple(
        replace(
            c,
            rmst_difference=replace(c.rmst_difference, p_holm=float(p)),
            logrank=replace(c.logrank, p_holm=float(next(p_ranks))) if c.logrank else None,
            anytime=replace(c.anytime, p_holm=float(next(p_anytime))) if c.anytime else None,
        )
        for c, p in zip(made, p_means, strict=True)
    )


def _contrast(a: ArmCurve, b: ArmCurve, arms: Sequence[ArmResult], fit: CoxFit | None, day: int) -> Contrast:
    means = {arm.name: arm.rmst for arm in arms}
    difference = restricted_mean_difference(means[a.name], means[b.name])
    reference = None if b.name == arms[-1].name else arm_term(b.name)
    return Contrast(
        arm=a.name,
        reference=b.name,
        rmst_difference=difference,
        survival_difference=replace(survival_difference(a.curve, b.curve, day), day=day),
        logrank=logrank_or_none({a.name: a.table, b.name: b.table}),
        hazard_ratio=fit.hazard_ratio(arm_term(a.name), reference) if fit else None,
        minimum_detectable_days=minimum_detectable(difference.stderr),
        anytime=_anytime(a, b),
    )


def _anytime(a: ArmCurve, b: ArmCurve) -> Anytime | None:
    try:
        found = always_valid_from_tables(a.table, b.table)
    except DataError:
        return None
    return Anytime(found.e_value, found.p)


def arm_term(arm: str) -> str:
    """Name of an arm's column in a Cox model; the arm that keeps users shortest is the reference and has none."""
    return f"{col.ARM}={arm}"


def logrank_or_none(tables: Mapping[str, EventTable]) -> ChiSquare | None:
    """Log-rank test; None where no lapse happens while two arms are followed, so that nothing can be tested."""
    if len(tables) < 2:
        return None
    try:
        return logrank_from_tables(tables)
    except DataError:
        return None

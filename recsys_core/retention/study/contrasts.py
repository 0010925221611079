"""Curves and contrasts of the arms, from counts per arm and day: ten million users cost no more than their count."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from recsys_core.errors import DataError
from recsys_core.metrics.significance import holm
from recsys_core.retention.cox.cox_model import CoxFit
from recsys_core.retention.estimators.always_valid import always_valid_from_tables
from recsys_core.retention.estimators.event_table import EventTable
from recsys_core.retention.estimators.figures import ChiSquare, SurvivalPoint
from recsys_core.retention.estimators.kaplan_meier import SurvivalCurve
from recsys_core.retention.estimators.logrank import logrank_from_tables
from recsys_core.retention.estimators.power import minimum_detectable
from recsys_core.retention.estimators.restricted_mean import (
    restricted_mean,
    restricted_mean_difference,
    survival_difference,
)
from recsys_core.retention.population.arm_curves import ArmCurve, arm_term
from recsys_core.retention.study.arm_results import Anytime, ArmResult, Contrast


def arm_results(curves: Sequence[ArmCurve], horizon: int) -> tuple[ArmResult, ...]:
    """State each arm's figures, longest kept first (ties in the order of their names)."""
    results = []
    for arm in curves:
        last = int(arm.curve.last_time)
        results.append(
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
    return tuple(sorted(results, key=lambda arm: -arm.rmst.estimate))


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
        test = always_valid_from_tables(a.table, b.table)
    except DataError:
        return None
    return Anytime(test.e_value, test.p)


def logrank_or_none(tables: Mapping[str, EventTable]) -> ChiSquare | None:
    """Log-rank test; None where no lapse happens while two arms are followed, so that nothing can be tested."""
    if len(tables) < 2:
        return None
    try:
        return logrank_from_tables(tables)
    except DataError:
        return None

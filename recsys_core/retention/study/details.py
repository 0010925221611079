"""What stands behind the first contrast: day by day, over time, within segments, and after a lapse."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from recsys_core import columns as col
from recsys_core.answers import Message
from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.cox.cox_model import fit_cox
from recsys_core.retention.cox.schoenfeld import HazardOverTime, hazard_over_time
from recsys_core.retention.estimators.e_value import COMMON, EValue, e_value
from recsys_core.retention.population.arm_curves import arm_term
from recsys_core.retention.population.prepared import Prepared
from recsys_core.retention.study.arm_results import ArmResult, Contrast
from recsys_core.retention.study.difference_curve import DifferenceCurve, difference_curve
from recsys_core.retention.study.segment_contrasts import Segments, segment_levels, segments
from recsys_core.retention.study.spells import Resurrection, find_spells, resurrection


@dataclass(frozen=True)
class Details:
    """More about a retention study; all but `resurrection` is None where there is one arm.

    Attributes
    ----------
    difference
        The first contrast on every day to the horizon, with bands.
    hazard
        Its hazard ratio over time; None where there is no Cox model.
    e_value
        Of its hazard ratio.
    segments
        The first contrast within segments of users.
    resurrection
        Lapses and returns.
    """

    difference: DifferenceCurve | None
    hazard: HazardOverTime | None
    e_value: EValue | None
    segments: Segments | None
    resurrection: Resurrection


def further_details(
    ready: Prepared, arms: Sequence[ArmResult], contrasts: Sequence[Contrast], warnings: list[Message]
) -> Details:
    """Look closer at the first contrast, and at what happens after a lapse.

    Parameters
    ----------
    ready
        The prepared study.
    arms, contrasts
        As found, longest kept first.
    warnings
        Takes what cannot be computed.
    """
    gap, form = ready.resolved.gap, ready.resolved.form
    spells = find_spells(ready.cohorts, ready.table, gap)
    returns = resurrection(spells, ready.table, [arm.name for arm in arms], gap, conf_type=form)
    if not contrasts:
        return Details(None, None, None, None, returns)
    horizon, first = ready.resolved.horizon, contrasts[0]
    by_name = {arm.name: arm for arm in arms}
    ready.require_known(ready.settings.segments, "retention.segments")
    levels, left_out = segment_levels(ready.dataset, ready.table, ready.settings.segments, ready.hindsight)
    if ready.settings.segments:
        warnings += left_out
    return Details(
        difference=difference_curve(by_name[first.arm], by_name[first.reference], horizon, seed=ready.settings.seed),
        hazard=_over_time(ready, first),
        e_value=_e_value(first, arms),
        segments=segments(ready.table.users, levels, (first.arm, first.reference), horizon, form),
        resurrection=returns,
    )


def _over_time(ready: Prepared, contrast: Contrast) -> HazardOverTime | None:
    """Fit the two arms alone, so that the ratio is that of the contrast."""
    users = ready.table.users
    mine = users[users[col.ARM].isin([contrast.arm, contrast.reference])]
    design = pd.DataFrame({arm_term(contrast.arm): (mine[col.ARM] == contrast.arm).to_numpy(dtype=float)})
    try:
        fit = fit_cox(mine[col.DURATION].to_numpy(), mine[col.LAPSED].to_numpy(), design)
        return hazard_over_time(fit, arm_term(contrast.arm))
    except (DataError, SettingsError):  # the model of all arms fails for the same reason, and says so
        return None


def _e_value(contrast: Contrast, arms: Sequence[ArmResult]) -> EValue | None:
    if contrast.hazard_ratio is None:
        return None
    mine = [arm for arm in arms if arm.name in (contrast.arm, contrast.reference)]
    gone = 1 - min(arm.survival[-1].estimate for arm in mine)
    return e_value(contrast.hazard_ratio, common=gone > COMMON)

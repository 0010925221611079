"""How long is a gap before it means goodbye? The share of gaps that end in a return, against their length."""

import math
from dataclasses import dataclass

import numpy as np

from recsys_core import columns as col
from recsys_core.data.dataset import Dataset
from recsys_core.retention.estimators.event_table import event_table_from_counts
from recsys_core.retention.estimators.kaplan_meier import kaplan_meier
from recsys_core.retention.population.cohorts import Cohorts

_ENOUGH_SHARE = 0.9
_MIN_AT_RISK = 10
_RISK_SHARE = 0.01
BACK_WITHIN = (30, 60, 90)


@dataclass(frozen=True)
class BackAfterGap:
    """Share (0 to 1) of gaps longer than G that end within `days` after G; None where the log is too short to say."""

    days: int
    share: float | None


@dataclass(frozen=True)
class GapCurve:
    """P(return within g days | a gap started), by Kaplan-Meier on the pooled gaps, g = 1 .. last.

    Attributes
    ----------
    days, returned
        g, and the share (0 to 1) of gaps that end in a return within g days.
    plateau
        Share that ends in a return at all, as far as the log tells.
    suggested
        G in days that the log suggests.
    wanted
        Where the curve passes 90 % of its plateau, in whole weeks; None where no gap ever closed.
    capped
        A quarter of the log is less than that: `suggested` is then what the log allows, and more than a tenth of those
        who come back would count as lapsed.
    """

    days: tuple[int, ...]
    returned: tuple[float, ...]
    plateau: float
    suggested: int
    wanted: int | None = None
    capped: bool = False

    def back_after(self, gap: int) -> tuple[BackAfterGap, ...]:
        """Say how many of those who lapsed under a gap (days) come back within 30, 60 and 90 days after it was over.

        By the same Kaplan-Meier curve: 1 - S(G + d) / S(G), S the share of gaps that still last.
        """
        lasting = {0: 1.0} | {day: 1.0 - share for day, share in zip(self.days, self.returned, strict=True)}
        made = []
        for days in BACK_WITHIN:
            known = gap + days in lasting and lasting.get(gap, 0.0) > 0
            made.append(BackAfterGap(days, 1.0 - lasting[gap + days] / lasting[gap] if known else None))
        return tuple(made)


def gap_curve(dataset: Dataset, cohorts: Cohorts, log_end: int) -> GapCurve:
    """Estimate P(return within g days | a gap started) by Kaplan-Meier on the pooled gaps between active days.

    The gap that is open when the log ends is censored; closed gaps alone would be biased short, since long gaps are
    the ones that the end of the log cuts.

    The suggested G is where the curve passes 90 % of its plateau, rounded up to whole weeks, at most a quarter of the
    log (in whole weeks where that is a week or more). The plateau is read at the last gap length with at least 1 % of
    the gaps (10 or more) at risk.
    """
    import ibis

    clock = cohorts.clock
    last_day = clock.at(log_end) // col.DAY_SECONDS
    active = cohorts.activity.select(
        col.USER, day=clock.column(cohorts.activity[col.TIME]) // col.DAY_SECONDS
    ).distinct()
    by_user = ibis.window(group_by=active[col.USER], order_by=active.day)
    gaps = active.mutate(next_day=active.day.lead().over(by_user))
    gaps = gaps.mutate(gap=gaps.next_day.fill_null(last_day) - gaps.day, closed=gaps.next_day.notnull())
    counts = (
        gaps.group_by("gap")
        .agg(returned=gaps.closed.sum(), ended=gaps.count())
        .order_by("gap")
        .to_pandas()
        .astype("int64")
    )
    longest = max((clock.at(dataset.log_end) - clock.at(dataset.first_time)) // col.DAY_SECONDS // 4, 1)
    if counts["returned"].sum() == 0:
        return GapCurve((), (), 0.0, min(14, longest))
    table = event_table_from_counts(counts["gap"].to_numpy(), counts["returned"].to_numpy(), counts["ended"].to_numpy())
    curve = kaplan_meier(table)
    trusted = curve.at_risk >= max(_MIN_AT_RISK, _RISK_SHARE * curve.at_risk[0])
    last = int(curve.time[trusted][-1]) if trusted.any() else int(curve.time[0])
    days = np.arange(1, max(last, 1) + 1)
    returned = 1.0 - curve.at(days)
    plateau = float(returned[-1])
    passed = int(days[np.argmax(returned >= _ENOUGH_SHARE * plateau)])
    wanted = math.ceil(passed / 7) * 7
    suggested = min(wanted, longest - longest % 7 or longest)
    return GapCurve(tuple(days.tolist()), tuple(returned.tolist()), plateau, suggested, wanted, suggested < wanted)

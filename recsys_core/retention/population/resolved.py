"""Settings as they are used: what could be left to the program is a number here, chosen in one place."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self, cast

from recsys_core.errors import DataError, SettingsError
from recsys_core.retention.estimators.kaplan_meier import ConfType
from recsys_core.retention.population.arm_curves import MIN_AT_RISK, ArmCurve
from recsys_core.retention.population.gaps import GapCurve
from recsys_core.retention.population.plans import CohortPlan, plan_of
from recsys_core.settings import RetentionSettings

_DEFAULT_HORIZON = 60
_DEFAULT_REPORT_DAY = 30
_GAPS_AHEAD = 3


@dataclass(frozen=True)
class Counting:
    """What it takes to count lapses: how users are compared, the gap G and the burn-in in days."""

    plan: CohortPlan
    gap: int
    burn_in: int
    settings: RetentionSettings

    @classmethod
    def of(cls, settings: RetentionSettings, gaps: GapCurve) -> Self:
        """Take gap and burn-in as given; else the gap that the log suggests, and a burn-in as long as the gap.

        There is no burn-in where the product started with the log.
        """
        plan = plan_of(settings.cohort)
        gap = settings.inactivity_days or gaps.suggested
        burn_in = 0
        if plan.burns_in and not settings.new_users_from_start:
            burn_in = gap if settings.burn_in_days is None else settings.burn_in_days
        return cls(plan, gap, burn_in, replace(settings, inactivity_days=gap, burn_in_days=burn_in))

    def under(self, gap: int) -> Self:
        """The same study with another gap."""
        return replace(self, gap=gap, settings=replace(self.settings, inactivity_days=gap))


@dataclass(frozen=True)
class Resolved:
    """The settings of a study as they were used.

    Attributes
    ----------
    plan
        How users are compared.
    gap, burn_in, horizon, report_day
        Days.
    log_end
        UTC epoch seconds up to which the log was used.
    arms
        Names.
    covariates, activity_events
        As given, or chosen.
    form
        Transform of the intervals of curves.
    """

    plan: CohortPlan
    gap: int
    burn_in: int
    horizon: int
    report_day: int
    log_end: int
    arms: tuple[str, ...]
    covariates: tuple[str, ...]
    activity_events: tuple[str, ...]
    form: ConfType

    @classmethod
    def of(cls, settings: RetentionSettings, log_end: int, arms: Sequence[str]) -> Self:
        """Read settings in which every choice has been made, as a result carries them.

        Raises
        ------
        ValueError
            If a choice is still open.
        """
        open_still = [
            name for name in ("inactivity_days", "horizon_days", "report_day") if getattr(settings, name) is None
        ]
        if open_still:
            raise ValueError(f"not resolved: {', '.join(open_still)}")
        return cls(
            plan=plan_of(settings.cohort),
            gap=int(settings.inactivity_days or 0),
            burn_in=int(settings.burn_in_days or 0),
            horizon=int(settings.horizon_days or 0),
            report_day=int(settings.report_day or 0),
            log_end=log_end,
            arms=tuple(arms),
            covariates=settings.covariates,
            activity_events=settings.activity_events,
            form=confidence_form(settings),
        )


def confidence_form(settings: RetentionSettings) -> ConfType:
    """Name the transform of the intervals."""
    return cast("ConfType", settings.confidence_form)  # the settings allow no other words


def resolve_days(curves: Sequence[ArmCurve], settings: RetentionSettings) -> RetentionSettings:
    """Fill in horizon and report day where they are left to us.

    The horizon is the last day on which every arm has 10 users at risk, at most 60, or three gaps where these are
    longer: users who return every 52 days are not judged on day 60. An arm that never has 10 does not shorten it below
    its own last day. The report day is 30, or half of a horizon that is not 60.

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
        raise DataError("arm-not-followed", lapses=arm.lapses, users=arm.users, arm=arm.name)
    trusted = [
        last if (last := c.last_day_with(MIN_AT_RISK)) > 0 else end for c, end in zip(curves, followed, strict=True)
    ]
    longest = max(_DEFAULT_HORIZON, _GAPS_AHEAD * (settings.inactivity_days or 0))
    horizon = settings.horizon_days or max(min(longest, *trusted), 1)
    half = max(horizon // 2, 1)
    usual = (
        min(half, *followed) if horizon > _DEFAULT_HORIZON and settings.horizon_days is None else _DEFAULT_REPORT_DAY
    )
    report_day = settings.report_day or (usual if horizon > _DEFAULT_REPORT_DAY else half)
    if report_day > min(followed):
        raise SettingsError("report-day-past-follow-up", day=report_day, last=min(followed))
    return replace(settings, horizon_days=horizon, report_day=report_day)

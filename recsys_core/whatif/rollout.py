"""What if part of one arm's users were served by another? First form: a mixture of the two arms' curves.

Moving a fraction q of the users of B to A gives S_q = (1 - q) S_B + q S_A. The curves are the arms' own, nothing is
adjusted for. The interval comes from resampling users within each arm; only a user's day and whether it was a lapse
matter, so that resampling users is drawing the counts of these cells from a multinomial.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.special import ndtri

from recsys_core.answers import Check, Message, Value, message
from recsys_core.errors import SettingsError
from recsys_core.retention.population.arm_curves import MIN_AT_RISK
from recsys_core.retention.population.plans import plan_of
from recsys_core.retention.study.arm_results import ArmResult
from recsys_core.retention.study.difference_curve import resampled_curves
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.settings import RetentionSettings, ScenarioSettings
from recsys_core.whatif.rollout_result import Difference, RolloutPoint, RolloutResult, RolloutRow
from recsys_core.whatif.rollout_verdict import ALPHA, level_of, rollout_verdict

_PER = 1000
_STEPS = 21


def can_be_moved(result: RetentionResult) -> bool:
    """Tell whether there are arms whose users could be moved: two or more, and not affinity cohorts."""
    return len(result.arms) > 1 and not result.plan.descriptive


def refuse_affinity(settings: RetentionSettings) -> None:
    """Refuse a rollout between affinity cohorts.

    Raises
    ------
    SettingsError
        For cohort "affinity".
    """
    if plan_of(settings.cohort).descriptive:
        raise SettingsError("rollout-of-affinity-cohorts")


def rollout(result: RetentionResult, scenario: ScenarioSettings) -> RolloutResult:
    """Estimate what moving users between two arms would change.

    Parameters
    ----------
    result
        Of `analyse_retention`, with two arms or more.
    scenario
        Empty values are resolved: the pair of arms that the verdict speaks of, from the shorter stay to the longer.

    Raises
    ------
    SettingsError
        For affinity cohorts; with fewer than two arms, an unknown arm, the same arm twice, or a day past an arm's last
        followed day.
    """
    refuse_affinity(result.settings)
    scenario = _resolved(result, scenario)
    by_name = {arm.name: arm for arm in result.arms}
    source, target = by_name[scenario.source], by_name[scenario.target]
    horizon, day = result.resolved.horizon, int(scenario.day or 0)
    rng = np.random.default_rng(scenario.seed)
    level = level_of(result, source.name, target.name)
    users_by, days_by = [], []
    for arm in (source, target):
        curves = resampled_curves(arm.lapses_by_day, arm.leaving_by_day, rng, scenario.resamples)
        users_by.append(_PER * curves[:, day])
        days_by.append(_PER * curves[:, :horizon].sum(axis=1))
    rows = [
        _row(message("rollout-users-kept", day=day), users_by, scenario.share, level),
        _row(message("rollout-days-kept", horizon=horizon), days_by, scenario.share, level),
    ]
    if scenario.value_per_day > 0:
        value_by = [scenario.value_per_day * days for days in days_by]
        rows.append(_row(message("rollout-value", horizon=horizon), value_by, scenario.share, level))
    points = [(float(share), _change(users_by, float(share), level)) for share in np.linspace(0, 1, _STEPS)]
    checks = _checks(result, source, target, day)
    return RolloutResult(
        settings=scenario,
        retention=result.settings,
        arms=(source.name, target.name),
        difference=rows[0].difference,
        rows=tuple(rows),
        points=tuple(RolloutPoint(share, d.estimate, d.lower, d.upper) for share, d in points),
        checks=checks,
        verdict=rollout_verdict(result, scenario, rows),
        method="unadjusted",
        warnings=tuple(check.detail for check in checks if check.status != "pass"),
    )


def _resolved(result: RetentionResult, scenario: ScenarioSettings) -> ScenarioSettings:
    names = [arm.name for arm in result.arms]
    if len(names) < 2:
        raise SettingsError("rollout-without-arms")
    own = result.verdict.pair
    best, worst = (own.arm, own.reference) if own else (names[0], names[-1])
    order = [best, *(name for name in names if name not in (best, worst)), worst]
    source = scenario.source or next(name for name in reversed(order) if name != scenario.target)
    target = scenario.target or next(name for name in order if name != source)
    for name in (source, target):
        if name not in names:
            raise SettingsError("rollout-arm-unknown", arm=name, arms=tuple(names))
    if source == target:
        raise SettingsError("rollout-to-the-same-arm", arm=source)
    day = scenario.day or result.resolved.report_day
    last = min(arm.last_followed_day for arm in result.arms if arm.name in (source, target))
    if day > last:
        raise SettingsError("rollout-day-past-follow-up", day=day, last=last)
    return replace(scenario, source=source, target=target, day=day)


def _row(measure: Message, by_arm: Sequence[np.ndarray], share: float, level: float) -> RolloutRow:
    """Mix source and target; entry 0 is the estimate, the others are its resamples."""
    change, today = _change(by_arm, share, level), float(by_arm[0][0])
    return RolloutRow(measure, today, today + change.estimate, change)


def _change(by_arm: Sequence[np.ndarray], share: float, level: float) -> Difference:
    source, target = by_arm
    changes = share * (target - source)
    half = float(ndtri(1 - level / 2)) * float(changes[1:].std(ddof=1))  # far quantiles of few resamples are not known
    lower, upper = changes[0] - half, changes[0] + half
    if level == ALPHA:
        lower, upper = np.quantile(changes[1:], [ALPHA / 2, 1 - ALPHA / 2])
    return Difference(float(changes[0]), float(lower), float(upper))


def _checks(result: RetentionResult, source: ArmResult, target: ArmResult, day: int) -> tuple[Check, ...]:
    assignment = Check("rollout-assignment", "warn", "not-random")
    if result.case.causal:
        assignment = Check("rollout-assignment", "pass", "random")
    return (
        *(_on_retention_page(check) for check in result.checks if check.status == "fail"),
        _inside_data(source, target, day),
        assignment,
        Check("rollout-own-curves", "pass"),
        Check("rollout-new-users", "warn", values={"source": source.name}),
    )


def _on_retention_page(check: Check) -> Check:
    """Carry along a check that failed for the curves themselves."""
    values: dict[str, Value] = {
        "check": check.code,
        "called": check.name,
        "in_short": check.short,
        "in_full": check.detail,
    }
    return Check("rollout-retention", check.status, values=values)


def _inside_data(source: ArmResult, target: ArmResult, day: int) -> Check:
    at_risk = min(sum(arm.leaving_by_day[day:]) for arm in (source, target))
    if at_risk < MIN_AT_RISK:
        last = max(min(_last_trusted(arm) for arm in (source, target)), 0)
        return Check("rollout-inside-data", "warn", "few-at-risk", {"at_risk": at_risk, "day": day, "last": last})
    last = min(source.last_followed_day, target.last_followed_day)
    return Check("rollout-inside-data", "pass", "enough-at-risk", {"at_risk": at_risk, "day": day, "last": last})


def _last_trusted(arm: ArmResult) -> int:
    at_risk = np.cumsum(arm.leaving_by_day[::-1])[::-1]
    return int(np.flatnonzero(at_risk >= MIN_AT_RISK)[-1]) if (at_risk >= MIN_AT_RISK).any() else -1

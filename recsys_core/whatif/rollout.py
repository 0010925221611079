"""What if part of one arm's users were served by another? First form: a mixture of the two arms' curves.

Moving a fraction q of the users of B to A gives S_q = (1 - q) S_B + q S_A. The curves are the arms' own, nothing is
adjusted for. The interval comes from resampling users within each arm; only a user's day and whether it was a lapse
matter, so that resampling users is drawing the counts of these cells from a multinomial.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from recsys_core import words
from recsys_core.answers import Check, old_check, old_words
from recsys_core.errors import SettingsError
from recsys_core.retention.population.arm_curves import MIN_AT_RISK
from recsys_core.retention.population.plans import plan_of
from recsys_core.retention.study.arm_results import ArmResult
from recsys_core.retention.study.difference_curve import resampled_curves
from recsys_core.retention.study.retention_result import RetentionResult, Verdict
from recsys_core.settings import RetentionSettings, ScenarioSettings
from recsys_core.whatif.rollout_result import Difference, RolloutPoint, RolloutResult, RolloutRow

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
        raise SettingsError(
            "Affinity cohorts cannot be moved: nobody was served by these models, and the cohorts' curves differ by "
            "activity, so a mixture of them would promise what no model did. Compare by the logged recommender, or by "
            "a user attribute."
        )


def rollout(result: RetentionResult, scenario: ScenarioSettings) -> RolloutResult:
    """Estimate what moving users between two arms would change.

    Parameters
    ----------
    result
        Of `analyse_retention`, with two arms or more.
    scenario
        Empty values are resolved: from the arm that keeps users shortest to the one that keeps them longest.

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
    kept_by, means_by = [], []
    for arm in (source, target):
        curves = resampled_curves(arm.lapses_by_day, arm.leaving_by_day, rng, scenario.resamples)
        kept_by.append(_PER * curves[:, day])
        means_by.append(_PER * curves[:, :horizon].sum(axis=1))
    kept = _row(f"users kept at day {day}", kept_by[0], kept_by[1], scenario.share)
    days = _row(f"days kept in {horizon}", means_by[0], means_by[1], scenario.share)
    rows = [kept, days]
    if scenario.value_per_day > 0:
        worth = [scenario.value_per_day * mean for mean in means_by]
        rows.append(_row(f"value in {horizon} days", worth[0], worth[1], scenario.share))
    shares = np.linspace(0, 1, _STEPS)
    points = [(float(q), _row("", kept_by[0], kept_by[1], float(q)).difference) for q in shares]
    checks = _checks(result, source, target, day)
    return RolloutResult(
        settings=scenario,
        retention=result.settings,
        arms=(source.name, target.name),
        difference=kept.difference,
        rows=tuple(rows),
        points=tuple(RolloutPoint(q, d.estimate, d.lower, d.upper) for q, d in points),
        checks=checks,
        verdict=_verdict(result, scenario, rows),
        method="unadjusted",
        warnings=tuple(str(check.values["detail"]) for check in checks if check.status != "pass"),
    )


def _resolved(result: RetentionResult, scenario: ScenarioSettings) -> ScenarioSettings:
    names = [arm.name for arm in result.arms]
    if len(names) < 2:
        raise SettingsError(
            "A rollout moves users from one arm to another, and this data set has one curve. Import a log with a "
            "recommender column, or compare by a user attribute."
        )
    source = scenario.source or next(name for name in reversed(names) if name != scenario.target)
    target = scenario.target or next(name for name in names if name != source)
    for name in (source, target):
        if name not in names:
            raise SettingsError(f"There is no arm {name!r}. The arms are: {', '.join(names)}.")
    if source == target:
        raise SettingsError(f"Users of {source!r} cannot move to {source!r}. Choose two different arms.")
    day = scenario.day or result.resolved.report_day
    last = min(arm.last_followed_day for arm in result.arms if arm.name in (source, target))
    if day > last:
        raise SettingsError(
            f"scenario.day is {day}, but both arms are followed for {last} days only. Choose {last} or less."
        )
    return replace(scenario, source=source, target=target, day=day)


def _row(name: str, source: np.ndarray, target: np.ndarray, share: float) -> RolloutRow:
    """Mix the two arms; entry 0 is the estimate, the others are its resamples."""
    changes = share * (target - source)
    lower, upper = np.quantile(changes[1:], [0.025, 0.975])
    today, scenario = float(source[0]), float(source[0] + changes[0])
    return RolloutRow(name, today, scenario, Difference(float(changes[0]), float(lower), float(upper)))


def _verdict(result: RetentionResult, scenario: ScenarioSettings, rows: Sequence[RolloutRow]) -> Verdict:
    kept, days = rows[0].difference, rows[1].difference
    causal = result.case.causal
    clear = kept.lower > 0 or kept.upper < 0
    title = "Estimated effect, randomised arms, unadjusted" if causal else "Association, unadjusted"
    if not clear:
        title = f"No clear effect, {'unadjusted' if causal else 'association, unadjusted'}"
    moved = f"Moving {scenario.share:.0%} of {scenario.source} users to {scenario.target}".replace("%", " %")
    would = "would keep" if causal else "is associated with keeping"
    more = "more" if kept.estimate >= 0 else "fewer"
    size = words.count(abs(kept.estimate))
    low, high = sorted((kept.lower, kept.upper)) if kept.estimate >= 0 else sorted((-kept.lower, -kept.upper))
    support = (
        f"95 % interval {words.limits(low, high, 0)}, from {words.count(scenario.resamples)} resamples of users. "
        f"Over {result.settings.horizon_days} days: {words.number(days.estimate, 0, sign=True)} kept days "
        f"({words.limits(days.lower, days.upper, 0)}) per 1,000 users"
    )
    if len(rows) > 2:
        worth = rows[2].difference
        support += f", worth {words.number(worth.estimate, 0, sign=True)} ({words.limits(worth.lower, worth.upper, 0)})"
    sentence = f"{moved} {would} about {size} {more} of every 1,000 at day {scenario.day}."
    return Verdict(**old_words("winner" if clear else "tie", title, sentence, f"{support}."))


def _checks(result: RetentionResult, source: ArmResult, target: ArmResult, day: int) -> tuple[Check, ...]:
    least = min(sum(arm.leaving_by_day[day:]) for arm in (source, target))
    last = min(_last_trusted(arm) for arm in (source, target))
    inside = old_check(
        "Inside the data",
        "pass",
        f"{words.count(least)} at risk",
        (
            f"Both arms still have {words.count(least)} or more users at risk on day {day}."
            f" Beyond day {min(source.last_followed_day, target.last_followed_day)} the answer is refused."
        ),
    )
    if least < MIN_AT_RISK:
        inside = old_check(
            "Inside the data",
            "warn",
            f"{least} at risk",
            (f"Only {least} users of one arm are at risk on day {day}. Choose day {max(last, 0)} or earlier."),
        )
    causal = result.case.causal
    assigned = old_check("Assignment", "pass", "at random", "Arms were assigned at random, so their users are alike.")
    if not causal:
        assigned = old_check(
            "Assignment",
            "warn",
            "not random",
            ("Users were not assigned at random, and nothing is adjusted for: the arms' users may differ."),
        )
    blocked = [check for check in result.checks if check.status == "fail"]
    failed = [
        replace(check, values={**check.values, "detail": f"On the retention page: {check.values['detail']}"})
        for check in blocked
    ]
    own = old_check(
        "Own curves",
        "pass",
        "no hazard ratio",
        ("The scenario mixes the arms' own curves; it does not need hazards to be proportional."),
    )
    new = old_check(
        "New users only",
        "warn",
        "first exposure",
        (f"Arms were fixed at the first exposure. Users who have had {source.name} for months may react differently."),
    )
    return (*failed, inside, assigned, own, new)


def _last_trusted(arm: ArmResult) -> int:
    at_risk = np.cumsum(arm.leaving_by_day[::-1])[::-1]
    return int(np.flatnonzero(at_risk >= MIN_AT_RISK)[-1]) if (at_risk >= MIN_AT_RISK).any() else -1

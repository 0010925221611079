"""The answer: which arm keeps its users, that none can be told apart, or what stands in the way."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from recsys_core.answers import Check, Message, message
from recsys_core.retention.estimators.figures import AtDay, RestrictedMean
from recsys_core.retention.estimators.power import users_needed
from recsys_core.retention.study.arm_results import ArmResult, Contrast
from recsys_core.retention.study.case import ALPHA, Case, primary_difference, primary_survival
from recsys_core.retention.study.retention_result import Verdict

_BLOCKS = {
    "adjustment": "retention-blocked-adjustment",
    "sample-ratio": "retention-blocked-sample-ratio",
}


def reach_verdict(
    arms: Sequence[ArmResult], contrasts: Sequence[Contrast], checks: Sequence[Check], case: Case
) -> Verdict:
    """Say which arm keeps its users, that none can be told apart, or what stands in the way.

    The best arm wins if its restricted mean exceeds every other's with Holm's p below .05. Where arms were not
    assigned at random and attributes were given, the adjusted contrast decides, and the words are "associated with".
    In a study that is looked at more than once, the always-valid log-rank test must reject too.
    """
    if len(arms) < 2:
        return _single(arms[0], case)
    failed = next((check for check in checks if check.status == "fail"), None)
    if failed:
        code = _BLOCKS.get(failed.code, "retention-blocked")
        support = (message("support-blocked", check=failed.detail),)
        return Verdict("blocked", code, {"check": failed.name, "failed": failed.code}, support)
    against = [contrast for contrast in contrasts if contrast.arm == arms[0].name]
    if all(_differs(contrast, case) for contrast in against):
        return _winner(against[0], case)
    return _tie(arms, against, case)


def _differs(contrast: Contrast, case: Case) -> bool:
    difference = primary_difference(contrast, case)
    if case.looked_at_often:
        anytime = contrast.anytime
        if anytime is None or anytime.p_holm is None or anytime.p_holm > ALPHA:
            return False
    return difference.p_holm is not None and difference.p_holm < ALPHA and difference.estimate > 0


def _single(arm: ArmResult, case: Case) -> Verdict:
    values = {**_of(case), "arm": arm.name, "days": arm.rmst.estimate}
    support = message(
        "support-single", lower=arm.rmst.lower, upper=arm.rmst.upper, reached=arm.median_days is not None,
        median=arm.median_days,
    )  # fmt: skip
    return Verdict("single", "retention-single", values, (support,))


def _of(case: Case) -> dict[str, Any]:
    return {"cohort_kind": case.plan.kind, "cohort": case.plan.cohort, "horizon": case.horizon}


def _between(contrast: Contrast, case: Case) -> dict[str, Any]:
    decided_by = "adjusted" if case.by_adjusted(contrast) else "as observed"
    return {**_of(case), "arm": contrast.arm, "reference": contrast.reference, "decided_by": decided_by}


def _winner(first: Contrast, case: Case) -> Verdict:
    difference = primary_difference(first, case)
    code = "retention-winner" if case.causal else "retention-associated"
    values = {**_between(first, case), "days": difference.estimate}
    return Verdict("winner", code, values, _winner_support(first, difference, case), first)


def _winner_support(contrast: Contrast, difference: RestrictedMean, case: Case) -> tuple[Message, ...]:
    kept = primary_survival(contrast, case)
    more = kept if kept.estimate >= 0 else _turned(kept)
    size = message(
        "support-winner", lower=difference.lower, upper=difference.upper, day=kept.day, kept=abs(kept.estimate),
        more=kept.estimate >= 0, kept_lower=more.lower, kept_upper=more.upper,
        smallest=contrast.minimum_detectable_days,
    )  # fmt: skip
    if case.by_adjusted(contrast):
        return (message("support-adjusted", cohort_kind=case.plan.kind), size)
    return (size,)


def _turned(difference: AtDay) -> AtDay:
    return replace(
        difference, estimate=-difference.estimate, lower=-difference.upper, upper=-difference.lower
    )  # fmt: skip


def _tie(arms: Sequence[ArmResult], against: Sequence[Contrast], case: Case) -> Verdict:
    level = [contrast for contrast in against if not _differs(contrast, case)]
    first, beaten = level[0], tuple(c.reference for c in against if _differs(c, case))
    values = {**_between(first, case), "level": (first.arm, *(contrast.reference for contrast in level))}
    return Verdict("tie", "retention-tie", values, _tie_support(arms, first, beaten, case), first)


def _tie_support(
    arms: Sequence[ArmResult], first: Contrast, beaten: tuple[str, ...], case: Case
) -> tuple[Message, ...]:
    difference = primary_difference(first, case)
    support = [
        message(
            "support-tie", estimate=difference.estimate, lower=difference.lower, upper=difference.upper,
            horizon=case.horizon, arm=first.arm, reference=first.reference,
        )
    ]  # fmt: skip
    if first.minimum_detectable_days > 0:
        users = sum(arm.users for arm in arms if arm.name in (first.arm, first.reference))
        each = users_needed(users, difference.stderr, 1.0) / 2 if difference.stderr > 0 else 0
        support.append(
            message("support-tie-could-show", smallest=first.minimum_detectable_days, users_each=float(each))
        )
    if case.looks > 1 and first.anytime and difference.p_holm is not None and difference.p_holm < ALPHA:
        support.append(message("support-tie-looks", looks=case.looks, e_value=first.anytime.e_value))
    if beaten:
        support.append(message("support-tie-beaten", beaten=beaten, arm=first.arm))
    return tuple(support)

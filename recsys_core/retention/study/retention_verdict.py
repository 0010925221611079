"""The answer: which arm keeps its users, that none can be told apart, or what stands in the way.

One table decides, row by row, and the first row that holds is the answer; docs/verdicts.md lists every row with its
words. A difference between two arms is ahead only where the life model and the pace-matched curves both find it, beyond
noise and in the same direction: one alone is fooled by pace, the other by the law it assumes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from recsys_core.answers import Check, Message, message
from recsys_core.retention.estimators.figures import RestrictedMean
from recsys_core.retention.study.arm_results import ArmResult, Contrast
from recsys_core.retention.study.case import Case
from recsys_core.retention.study.decision import Decision, PaceRatio, PairDecision
from recsys_core.retention.study.retention_result import Verdict

AHEAD, BEHIND, LEVEL = "ahead", "behind", "level"
ENGAGED_ALONE, MATCHED_ALONE, OPPOSITE, NOT_APPLIED = "engaged-alone", "matched-alone", "opposite", "not-applied"
_PACE_MATTERS: Final = 0.05
DISAGREE: Final = (ENGAGED_ALONE, MATCHED_ALONE, OPPOSITE)

_BLOCKS: Final = {
    "adjustment": "retention-blocked-adjustment",
    "balance": "retention-blocked-balance",
    "sample-ratio": "retention-blocked-sample-ratio",
}


@dataclass(frozen=True)
class Findings:
    """What the verdict is reached from.

    Attributes
    ----------
    arms, contrasts
        Under the fixed gap: they describe, and decide nothing.
    decision
        None where there is nothing to compare.
    checks
        A failed one blocks.
    too_few
        Arms with too few users or lapses to say anything.
    """

    arms: Sequence[ArmResult]
    contrasts: Sequence[Contrast]
    decision: Decision | None
    checks: Sequence[Check]
    too_few: tuple[str, ...]
    case: Case


def outcome(pair: PairDecision) -> str:
    """Say how an arm stands against its reference: one of the words above."""
    if pair.engaged is None or pair.matched is None:
        return NOT_APPLIED
    engaged, matched = _sign(pair.engaged), _sign(pair.matched)
    if engaged and matched:
        return (AHEAD if engaged > 0 else BEHIND) if engaged == matched else OPPOSITE
    return ENGAGED_ALONE if engaged else MATCHED_ALONE if matched else LEVEL


def _sign(difference: RestrictedMean) -> int:
    return (difference.lower > 0) - (difference.upper < 0)


def reach_verdict(found: Findings) -> Verdict:
    """Take the first row of the table that holds.

    ========================================================== =========
    one arm                                                    single
    a check failed                                             blocked
    an arm of fewer than 30 users or 10 lapses                 few
    every difference lies inside the margin that was set       equal
    the best arm is ahead of every other                       winner
    a method does not apply to the best arm and another        undecided
    every other arm is ahead of the last, of three or more     worst
    the methods disagree on the best arm and another           undecided
    else                                                       tie
    ========================================================== =========

    "Ahead of every other" is an intersection-union test: it names a winner by chance no more often than its least
    certain pair, and needs no correction for the number of arms (Berger 1982).
    """
    if len(found.arms) < 2:
        return _single(found.arms[0], found.case)
    failed = next((check for check in found.checks if check.status == "fail"), None)
    if failed:
        code = _BLOCKS.get(failed.code, "retention-blocked")
        support = (message("support-blocked", check=failed.detail),)
        return Verdict("blocked", code, {"check": failed.name, "failed": failed.code}, support)
    if found.too_few or found.decision is None:
        return Verdict("few", "retention-few", {"few": found.too_few, "few_count": len(found.too_few)})
    return _compared(found, found.decision)


def _compared(found: Findings, decision: Decision) -> Verdict:
    against = [pair for pair in decision.pairs if pair.arm == decision.order[0]]
    stands = {pair.reference: outcome(pair) for pair in against}
    if found.case.margin and all(_inside(pair, found.case.margin) for pair in decision.pairs):
        return _verdict("equal", "retention-equal", found, against[0], {"margin": found.case.margin})
    if all(stand == AHEAD for stand in stands.values()):
        return _verdict(
            "winner", "retention-winner" if found.case.causal else "retention-associated", found, against[0]
        )
    missing = next((pair for pair in against if stands[pair.reference] == NOT_APPLIED), None)
    if missing:
        reasons = {"reasons": missing.not_applied}
        return _verdict("undecided", "retention-undecided-method-missing", found, missing, reasons)
    last = [pair for pair in decision.pairs if pair.reference == decision.order[-1]]
    if len(decision.order) > 2 and all(outcome(pair) == AHEAD for pair in last):
        worst = {"worst": decision.order[-1], "others": decision.order[:-1], "causal": found.case.causal}
        return _verdict("worst", "retention-worst", found, last[-1], worst)
    disputed = next((pair for pair in against if stands[pair.reference] in DISAGREE), None)
    if disputed:
        how = {"disagreement": outcome(disputed)}
        return _verdict("undecided", "retention-undecided-methods-disagree", found, disputed, how)
    level = next(pair for pair in against if stands[pair.reference] != AHEAD)
    names = (level.arm, *(pair.reference for pair in against if stands[pair.reference] != AHEAD))
    beaten = tuple(pair.reference for pair in against if stands[pair.reference] == AHEAD)
    return _verdict("tie", "retention-tie", found, level, {"level": names, "beaten": beaten})


def _inside(pair: PairDecision, margin: float) -> bool:
    both = (pair.engaged, pair.matched)
    return all(one is not None and -margin < one.lower and one.upper < margin for one in both)


def _single(arm: ArmResult, case: Case) -> Verdict:
    values = {**_of(case), "arm": arm.name, "days": arm.rmst.estimate}
    support = message(
        "support-single", lower=arm.rmst.lower, upper=arm.rmst.upper, reached=arm.median_days is not None,
        median=arm.median_days,
    )  # fmt: skip
    return Verdict("single", "retention-single", values, (support,))


def _of(case: Case) -> dict[str, Any]:
    return {"cohort_kind": case.plan.kind, "cohort": case.plan.cohort, "horizon": case.horizon}


def _verdict(
    state: str, code: str, found: Findings, pair: PairDecision, values: dict[str, Any] | None = None
) -> Verdict:
    """Say it of a pair of arms; the difference in days engaged is the figure."""
    days = {"days": pair.engaged.estimate if pair.engaged else None}
    said = {**_of(found.case), "arm": pair.arm, "reference": pair.reference, **days, **(values or {})}
    return Verdict(state, code, said, tuple(_support(state, found, pair, said)), pair)


def _support(state: str, found: Findings, pair: PairDecision, said: dict[str, Any]) -> list[Message]:
    decision, case = found.decision, found.case
    support = []
    if decision and decision.weighted:
        support.append(
            message("support-weighted", by=decision.weighted, cohort_kind=case.plan.kind, overlap=case.overlap)
        )
    if pair.engaged and pair.matched:
        support.append(
            message(
                "support-both", arm=pair.arm, reference=pair.reference, horizon=case.horizon,
                estimate=pair.engaged.estimate, lower=pair.engaged.lower, upper=pair.engaged.upper,
                matched=pair.matched.estimate, matched_lower=pair.matched.lower, matched_upper=pair.matched.upper,
                matched_days=int(pair.matched.days), cut=pair.matched.days < case.horizon, looks=case.looks or 1,
            )
        )  # fmt: skip
    if state == "tie" and pair.engaged:
        widest = max(abs(pair.engaged.lower), abs(pair.engaged.upper))
        support.append(message("support-tie", widest=widest, beaten=said["beaten"], beaten_count=len(said["beaten"])))
    if pair.pace and pair.pace.p < _PACE_MATTERS:  # then the curves show something else than the verdict says
        support += [_pace(pair, pair.pace), *_under_the_gap(found, pair)]
    if state in ("tie", "undecided") and decision and decision.smallest and pair.engaged:
        support.append(_could_show(found, pair, decision.smallest))
    return support


def _pace(pair: PairDecision, pace: PaceRatio) -> Message:
    ratio = pace.ratio
    return message(
        "support-pace", arm=pair.arm, reference=pair.reference, ratio=ratio.estimate, lower=ratio.lower,
        upper=ratio.upper, p=pace.p,
    )  # fmt: skip


def _under_the_gap(found: Findings, pair: PairDecision) -> list[Message]:
    for contrast in found.contrasts:
        if {contrast.arm, contrast.reference} == {pair.arm, pair.reference}:
            difference, sign = contrast.rmst_difference, 1 if contrast.arm == pair.arm else -1
            lower, upper = sorted((sign * difference.lower, sign * difference.upper))
            values = {"estimate": sign * difference.estimate, "lower": lower, "upper": upper, "gap": found.case.gap}
            return [Message("support-fixed-gap", values)]
    return []


def _could_show(found: Findings, pair: PairDecision, smallest: float) -> Message:
    """What is shown shrinks with the root of the users, so that one day takes smallest^2 times as many."""
    users = sum(arm.users for arm in found.arms if arm.name in (pair.arm, pair.reference))
    return message("support-could-show", smallest=smallest, users_each=users / 2 * smallest**2)

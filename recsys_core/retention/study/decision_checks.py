"""Checks on what decides: do arms differ in pace, how small a difference could be seen, how often was it looked at."""

from typing import Final

from recsys_core.answers import Check, Value
from recsys_core.retention.study.arm_results import Contrast
from recsys_core.retention.study.case import Case
from recsys_core.retention.study.decision import Decision
from recsys_core.retention.study.evidence import PASS, WARN

_CLEAR, _SOME = 0.001, 0.05
_LITTLE: Final = 1 / 12  # of the horizon: a study that misses such differences says little


def pace(decision: Decision) -> Check:
    """Say whether users of one arm come more often than those of another while they come at all.

    It informs and never decides: a verdict that waits for this test is fooled by differences that it misses.
    """
    judged = [pair for pair in decision.pairs if pair.pace]
    if not judged:
        return Check("pace", WARN, "not-judged")
    widest = min(judged, key=lambda pair: pair.pace.p if pair.pace else 1.0)
    assert widest.pace is not None  # noqa: S101
    p = min(widest.pace.p * len(judged), 1.0)
    values: dict[str, Value] = {
        "arm": widest.arm, "reference": widest.reference, "ratio": widest.pace.ratio.estimate,
        "lower": widest.pace.ratio.lower, "upper": widest.pace.ratio.upper, "p": p,
    }  # fmt: skip
    if p < _CLEAR:
        return Check("pace", WARN, "differs", values)
    return Check("pace", PASS, "may-differ" if p < _SOME else "alike", values)


def smallest(decision: Decision, case: Case) -> Check | None:
    """Say what difference this study could show at all, by the rule that decides."""
    if decision.smallest is None:
        return None
    status = PASS if decision.smallest <= _LITTLE * case.horizon else WARN
    values: dict[str, Value] = {
        "days": decision.smallest, "horizon": case.horizon, "others": len(decision.order) - 1, "looks": case.looks or 1,
    }  # fmt: skip
    return Check("smallest-effect", status, "", values)


def looks(first: Contrast, case: Case) -> Check | None:
    """Say how repeated looks are paid for (a fixed test looked at 22 times rejects 23 % of null studies)."""
    if not case.plan.logged:
        return None
    if case.looks is None:
        return Check("looks", WARN, "not-told")
    if case.looks == 1:
        return Check("looks", PASS, "one-look")
    values: dict[str, Value] = {
        "arm": first.arm, "reference": first.reference, "looks": case.looks,
        "tested": first.anytime is not None, "e_value": first.anytime.e_value if first.anytime else None,
    }  # fmt: skip
    return Check("looks", PASS, "several", values)

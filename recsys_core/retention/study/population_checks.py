"""Who is counted, for how long, and who is not."""

from typing import Final

from recsys_core.answers import Check, Message, Value, message
from recsys_core.retention.integrity import breaks, log_integrity
from recsys_core.retention.integrity.log_integrity import IntegrityFinding
from recsys_core.retention.population.arm_curves import MIN_AT_RISK
from recsys_core.retention.population.lifetimes import (
    BURN_IN,
    NO_NEW_ITEM,
    NO_VALUE,
    RANKED_ALIKE,
    TOO_LATE,
)
from recsys_core.retention.population.resolved import Resolved
from recsys_core.retention.population.survival_table import FEW_LAPSES, FEW_USERS, SurvivalTable
from recsys_core.retention.study.evidence import FAIL, PASS, WARN, Evidence

_LOST: Final = frozenset({BURN_IN, TOO_LATE, NO_VALUE, "exclusion-small-arm"})
_LOST_MANY, _LOST_TOO_MANY = 1 / 3, 1 / 2
_BURNT_MANY = 0.2
_SAID: Final = {
    breaks.OUTAGE: "integrity-outage",
    breaks.HALF: "integrity-half-delivered",
    breaks.LATE: "integrity-late-delivery",
    breaks.ARM: "integrity-arm-broken",
    breaks.CLOCK: "integrity-clock",
    breaks.ONE_DAY: "integrity-one-day",
    breaks.ONE_SECOND: "integrity-one-second",
    breaks.ONE_HOUR: "integrity-one-time-of-day",
}
_PROPOSED: Final = {
    log_integrity.END_LOG: "integrity-end-log",
    log_integrity.LEAVE_OUT: "integrity-leave-out",
    log_integrity.CUT: "integrity-cut-window",
    log_integrity.MEND_ARM: "integrity-mend-arm",
    log_integrity.MEND_TIMES: "integrity-mend-times",
}


def whole_log(evidence: Evidence) -> Check:
    """Say which days of the log cannot be read as they stand; one arm's broken logging blocks the verdict."""
    findings = evidence.integrity.findings
    if not findings:
        return Check("log-integrity", PASS, "whole")
    values: dict[str, Value] = {"found": len(findings), "findings": tuple(map(_said, findings))}
    return Check("log-integrity", FAIL if evidence.integrity.arm_broken else WARN, "broken", values)


def _said(finding: IntegrityFinding) -> Message:
    effect: Value = ""
    if finding.lapses is not None and finding.expected is not None:
        effect = message("integrity-effect", lapses=finding.lapses, expected=finding.expected)
    one_day = finding.first == finding.last
    return message(
        _SAID[finding.kind], first=finding.first, last=finding.last, one_day=one_day, share=finding.share,
        arm=finding.arm, effect=effect,
        proposal=message(_PROPOSED[finding.proposal], first=finding.first, last=finding.last, one_day=one_day),
    )  # fmt: skip


def follow_up(evidence: Evidence) -> Check:
    """Say up to which day every arm has enough users at risk."""
    horizon = evidence.resolved.horizon
    least = min(float(c.curve.at_risk_at([horizon])[0]) for c in evidence.curves)
    if least >= MIN_AT_RISK:
        return Check("follow-up", PASS, "enough", {"at_risk": least, "day": horizon})
    last = min(c.last_day_with(MIN_AT_RISK) for c in evidence.curves)
    if last < 0:
        small = min(evidence.curves, key=lambda c: c.users)
        return Check("follow-up", WARN, "few-users", {"arm": small.name, "users": small.users})
    values: dict[str, Value] = {"least": MIN_AT_RISK, "last": last, "horizon": max(last, 1)}
    return Check("follow-up", WARN, "few-after-day", values)


def _left_out(evidence: Evidence, code: str) -> int:
    return sum(row.users for row in evidence.table.excluded if row.reason.code == code)


def counted(evidence: Evidence) -> Check | None:
    """Say how many of the users who had a start are counted, and why the others are not.

    Who never met a logged recommender had none; switchers are left out by choice. Affinity cohorts are left to
    `told_apart`.
    """
    if evidence.plan.at_landmark:
        return None
    lost = [row for row in evidence.table.excluded if row.reason.code in _LOST]
    users = sum(row.users for row in lost)
    of = users + evidence.table.size
    values: dict[str, Value] = {
        "users": evidence.table.size, "of": of, "share": evidence.table.size / of, "reasons": len(lost),
        "left_out": tuple(message("excluded-users", users=row.users, reason=row.reason) for row in lost),
    }  # fmt: skip
    status = FAIL if users > _LOST_TOO_MANY * of else WARN if users > _LOST_MANY * of else PASS
    return Check("counted", status, "", values)


def burn_in_doubt(table: SurvivalTable, resolved: Resolved) -> tuple[Message, ...]:
    """Warn where the burn-in takes more than a fifth of those who had a start."""
    burnt = sum(row.users for row in table.excluded if row.reason.code == BURN_IN)
    of = table.size + sum(row.users for row in table.excluded)
    if burnt <= _BURNT_MANY * of:
        return ()
    return (message("warning-burn-in", users=burnt, of=of, burn_in=resolved.burn_in),)


def too_few(table: SurvivalTable) -> tuple[str, ...]:
    """Name the arms with too few users or lapses to say anything, of those that are compared."""
    return tuple(
        name for name in table.arms if table.sizes[name] < FEW_USERS or table.lapses[name] < FEW_LAPSES
    )  # fmt: skip


def told_apart(evidence: Evidence) -> Check:
    """Count the users whose new items the two models rank alike or who took none: shown, never contrasted."""
    users, alike, none = evidence.table.size, _left_out(evidence, RANKED_ALIKE), _left_out(evidence, NO_NEW_ITEM)
    share = users / (users + alike + none)
    values: dict[str, Value] = {"share": share, "users": users, "alike": alike, "none": none}
    return Check("told-apart", PASS if share >= 0.5 else WARN, "", values)

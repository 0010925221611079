"""What could make the answer wrong, looked at before the answer is given. A failed check blocks the verdict."""

from collections.abc import Iterable
from typing import Final

from recsys_core.answers import Check
from recsys_core.retention.estimators.figures import CoxResult
from recsys_core.retention.population.cohorts import SWITCHED
from recsys_core.retention.study.assignment_checks import adjustment, balance, existing, overlap, sample_ratio
from recsys_core.retention.study.evidence import FAIL, PASS, WARN, Evidence
from recsys_core.retention.study.population_checks import counted, follow_up, told_apart, whole_log

_RANK: Final = {FAIL: 0, WARN: 1, PASS: 2}


def trust_checks(evidence: Evidence) -> tuple[Check, ...]:
    """Make all checks that apply, those that need attention first.

    Raises
    ------
    SettingsError
        If the planned shares do not name the arms of the log.
    """
    arms, plan = len(evidence.curves) > 1, evidence.plan
    tested = evidence.arm_only if evidence.arm_only and evidence.arm_only.proportional_hazards else None
    made = [
        whole_log(evidence),
        sample_ratio(evidence) if arms and plan.logged and evidence.settings.randomised else None,
        balance(evidence),
        overlap(evidence) if evidence.adjustments else None,
        counted(evidence),
        follow_up(evidence),
        _switchers(evidence) if arms and plan.logged else None,
        _hazards(evidence, tested) if tested else None,
        existing(evidence) if arms and plan.logged else None,
        adjustment(evidence),
        told_apart(evidence) if plan.at_landmark else None,
        Check("arm-over-time", WARN, "", {"gap": evidence.resolved.gap})
        if evidence.settings.time_varying_arm
        else None,
    ]
    return by_status([check for check in made if check])


def by_status(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Put those first that need attention."""
    return tuple(sorted(checks, key=lambda check: _RANK[check.status]))


def _switchers(evidence: Evidence) -> Check:
    share = float(evidence.table.by_arm(SWITCHED)[:, 1].sum() / evidence.table.size)
    return Check("switchers", PASS if share <= 0.02 else WARN, "", {"share": share})


def _hazards(evidence: Evidence, fit: CoxResult) -> Check:
    tests = {row.term: row.p for row in fit.proportional_hazards}
    p = tests[fit.terms[0].name if evidence.plan.descriptive else "GLOBAL"]  # there the others are activity
    if p >= 0.05:
        return Check("hazards", PASS, "proportional", {"p": p})
    return Check("hazards", WARN, "not-proportional", {"p": p})

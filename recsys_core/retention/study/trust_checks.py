"""What could make the answer wrong, looked at before the answer is given. A failed check blocks the verdict."""

import math

from recsys_core.answers import Check, Value, message
from recsys_core.retention.estimators.figures import CoxResult
from recsys_core.retention.estimators.power import minimum_detectable, users_needed
from recsys_core.retention.population.cohorts import SWITCHED
from recsys_core.retention.study.assignment_checks import associated, balance, existing, overlap, sample_ratio
from recsys_core.retention.study.case import primary_survival
from recsys_core.retention.study.evidence import FAIL, PASS, WARN, Evidence
from recsys_core.retention.study.population_checks import counted, follow_up, told_apart, whole_log

_WIDE = 0.05  # a study that misses differences of 5 points says little
_RANK = {FAIL: 0, WARN: 1, PASS: 2}


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
        balance(evidence) if evidence.adjustments else None,
        overlap(evidence) if evidence.adjustments else None,
        counted(evidence),
        follow_up(evidence),
        _switchers(evidence) if arms and plan.logged else None,
        _hazards(evidence, tested) if tested else None,
        existing(evidence) if arms and plan.logged else None,
        _smallest(evidence) if evidence.contrasts else None,
        _looks(evidence) if evidence.contrasts and plan.logged else None,
        _gap(evidence) if arms and evidence.sensitivity else None,
        associated(evidence) if plan.descriptive and arms else None,
        told_apart(evidence) if plan.at_landmark else None,
        Check("arm-over-time", WARN, "", {"gap": evidence.resolved.gap})
        if evidence.settings.time_varying_arm
        else None,
    ]
    return tuple(sorted((check for check in made if check), key=lambda check: _RANK[check.status]))


def _switchers(evidence: Evidence) -> Check:
    share = float(evidence.table.by_arm(SWITCHED)[:, 1].sum() / evidence.table.size)
    return Check("switchers", PASS if share <= 0.02 else WARN, "", {"share": share})


def _hazards(evidence: Evidence, fit: CoxResult) -> Check:
    tests = {row.term: row.p for row in fit.proportional_hazards}
    p = tests[fit.terms[0].name if evidence.plan.descriptive else "GLOBAL"]  # there the others are activity
    if p >= 0.05:
        return Check("hazards", PASS, "proportional", {"p": p})
    return Check("hazards", WARN, "not-proportional", {"p": p})


def _smallest(evidence: Evidence) -> Check:
    """Say what the first contrast could show at all: four times in five, at the level of .05."""
    first = evidence.contrasts[0]
    decided = primary_survival(first, evidence.case)
    points = minimum_detectable(decided.stderr)
    if points == 0:
        return Check("smallest-effect", WARN, "nothing-varies")
    users = sum(curve.users for curve in evidence.curves if curve.name in (first.arm, first.reference))
    more = math.ceil((users_needed(users, decided.stderr, 0.01) - users) / 2)
    values: dict[str, Value] = {
        "arm": first.arm, "reference": first.reference, "points": points, "day": decided.day,
        "days": first.minimum_detectable_days, "more": max(more, 0),
    }  # fmt: skip
    return Check("smallest-effect", PASS if points <= _WIDE else WARN, "known", values)


def _looks(evidence: Evidence) -> Check | None:
    """Say how repeated looks are paid for (a fixed test looked at 22 times rejects 23 % of null studies)."""
    looks, first = evidence.settings.looks, evidence.contrasts[0]
    if looks == 1:
        return Check("looks", PASS, "one-look")
    if first.anytime is None:
        return Check("looks", WARN, "not-tested")
    values: dict[str, Value] = {
        "arm": first.arm,
        "reference": first.reference,
        "e_value": first.anytime.e_value,
        "looks": looks,
    }
    return Check("looks", PASS, "several", values)


def _gap(evidence: Evidence) -> Check:
    """Say whether half or double the gap changes which of the first two arms keeps its users longer."""
    tried = [(row, row.rmst_difference) for row in evidence.sensitivity if row.rmst_difference is not None]
    if not tried:
        return Check("choice-of-gap", WARN, "not-tested")
    turned = tuple(
        message(
            "gap-turned", gap=row.inactivity_days, reference=row.reference, estimate=difference.estimate,
            lower=difference.lower, upper=difference.upper, beyond_noise=difference.upper < 0,
        )
        for row, difference in tried
        if difference.estimate < 0
    )  # fmt: skip
    if turned:
        return Check("choice-of-gap", WARN, "changes", {"turned": turned})
    first = tried[0][0]
    gaps = tuple(row.inactivity_days for row, _ in tried)
    return Check("choice-of-gap", PASS, "holds", {"gaps": gaps, "arm": first.arm, "reference": first.reference})

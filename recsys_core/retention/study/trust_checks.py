"""What could make the answer wrong, looked at before the answer is given. A failed check blocks the verdict."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recsys_core.answers import Check, Value, message
from recsys_core.errors import SettingsError
from recsys_core.retention.adjustment.adjust import Adjustment
from recsys_core.retention.estimators.figures import CoxResult
from recsys_core.retention.estimators.inference import chi_square_p
from recsys_core.retention.estimators.power import minimum_detectable, users_needed
from recsys_core.retention.population.arm_curves import MIN_AT_RISK, ArmCurve
from recsys_core.retention.population.cohorts import EXISTING, SWITCHED
from recsys_core.retention.population.lifetimes import NO_NEW_ITEM, RANKED_ALIKE, TOO_LATE
from recsys_core.retention.population.plans import CohortPlan
from recsys_core.retention.population.resolved import Resolved
from recsys_core.retention.population.survival_table import SurvivalTable
from recsys_core.retention.study.arm_results import Contrast, Sensitivity
from recsys_core.retention.study.case import Case, primary_survival
from recsys_core.settings import RetentionSettings

PASS, WARN, FAIL = "pass", "warn", "fail"
_WIDE = 0.05  # a study that misses differences of 5 points says little
_RANK = {FAIL: 0, WARN: 1, PASS: 2}


@dataclass(frozen=True)
class Evidence:
    """What the checks look at."""

    table: SurvivalTable
    curves: tuple[ArmCurve, ...]
    arm_only: CoxResult | None
    adjustments: tuple[Adjustment, ...]
    sensitivity: tuple[Sensitivity, ...]
    settings: RetentionSettings
    resolved: Resolved
    contrasts: tuple[Contrast, ...] = ()

    @property
    def plan(self) -> CohortPlan:
        """How users are compared."""
        return self.resolved.plan

    @property
    def case(self) -> Case:
        """What decides."""
        return Case.of(self.settings, self.resolved)


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
        _sample_ratio(evidence) if arms and plan.logged and evidence.settings.randomised else None,
        _balance(evidence) if evidence.adjustments else None,
        _overlap(evidence) if evidence.adjustments else None,
        _follow_up(evidence),
        _switchers(evidence) if arms and plan.logged else None,
        _hazards(evidence, tested) if tested else None,
        _existing(evidence) if arms and plan.logged else None,
        _smallest(evidence) if evidence.contrasts else None,
        _looks(evidence) if evidence.contrasts and plan.logged else None,
        _gap(evidence) if arms and evidence.sensitivity else None,
        _too_late(evidence),
        _associated(evidence) if plan.descriptive and arms else None,
        _told_apart(evidence) if plan.at_landmark else None,
        Check("arm-over-time", WARN, "", {"gap": evidence.resolved.gap})
        if evidence.settings.time_varying_arm
        else None,
    ]
    return tuple(sorted((check for check in made if check), key=lambda check: _RANK[check.status]))


def planned_shares(arms: Sequence[str], given: Sequence[str]) -> np.ndarray:
    """Read planned shares such as bert=0.5; equal where none are given.

    Raises
    ------
    SettingsError
        If they do not name each arm once with a positive number.
    """
    if not given:
        return np.full(len(arms), 1 / len(arms))
    pairs = {name: share for name, _, share in (entry.partition("=") for entry in given)}
    try:
        shares = np.array([float(pairs[arm]) for arm in arms])
        good = len(pairs) == len(arms) and bool((shares > 0).all())
    except (KeyError, ValueError):
        good = False
    if not good:
        example = ", ".join(f"{arm}={1 / len(arms):.2g}" for arm in arms)
        raise SettingsError("expected-shares-off", given=", ".join(given), example=example)
    return shares / shares.sum()


def _sample_ratio(evidence: Evidence) -> Check:
    """Chi-square test of the arms' sizes against the plan (Fabijan et al. 2019)."""
    names = [curve.name for curve in evidence.curves]
    sizes = np.array([curve.users for curve in evidence.curves])
    planned = sizes.sum() * planned_shares(names, evidence.settings.expected_shares)
    p = chi_square_p(float(((sizes - planned) ** 2 / planned).sum()), len(sizes) - 1)
    status = FAIL if p < 0.001 else WARN if p < 0.01 else PASS
    values: dict[str, Value] = {
        "p": p,
        "arms": tuple(names),
        "users": tuple(sizes.tolist()),
        "planned": tuple(planned.tolist()),
    }
    return Check("sample-ratio", status, "", values)


def _balance(evidence: Evidence) -> Check:
    row = max((r for a in evidence.adjustments for r in a.balance.rows), key=lambda r: abs(r.smd_before))
    status = PASS if abs(row.smd_before) < 0.1 else WARN
    values: dict[str, Value] = {
        "term": row.term, "smd_before": abs(row.smd_before), "smd_after": abs(row.smd_after),
        "cohort_kind": evidence.plan.kind,
    }  # fmt: skip
    return Check("balance", status, "", values)


def _overlap(evidence: Evidence) -> Check:
    low = min(a.propensity_range[0] for a in evidence.adjustments)
    high = max(a.propensity_range[1] for a in evidence.adjustments)
    share = min(_effective_share(adjustment) for adjustment in evidence.adjustments)
    status = PASS if low >= 0.02 and high <= 0.98 and share >= 0.5 else WARN
    return Check("overlap", status, "", {"least": low, "most": high, "effective": share})


def _effective_share(adjustment: Adjustment) -> float:
    return min(n / of for n, of in zip(adjustment.effective_sample_size, adjustment.users, strict=True))


def _follow_up(evidence: Evidence) -> Check:
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


def _switchers(evidence: Evidence) -> Check:
    share = float(evidence.table.by_arm(SWITCHED)[:, 1].sum() / evidence.table.size)
    return Check("switchers", PASS if share <= 0.02 else WARN, "", {"share": share})


def _hazards(evidence: Evidence, fit: CoxResult) -> Check:
    tests = {row.term: row.p for row in fit.proportional_hazards}
    p = tests[fit.terms[0].name if evidence.plan.descriptive else "GLOBAL"]  # there the others are activity
    if p >= 0.05:
        return Check("hazards", PASS, "proportional", {"p": p})
    return Check("hazards", WARN, "not-proportional", {"p": p})


def _existing(evidence: Evidence) -> Check | None:
    counts = evidence.table.by_arm(EXISTING)
    share = float(counts[:, 1].sum() / evidence.table.size)
    if share == 0:
        return None
    counts = counts[:, counts.any(axis=0)]
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    p = chi_square_p(float(((counts - expected) ** 2 / expected).sum()), len(counts) - 1)
    values: dict[str, Value] = {"share": share, "p": p}
    if p >= 0.001 or not evidence.settings.randomised:
        return Check("seen-before", PASS, "alike", values)
    return Check("seen-before", WARN, "not-alike", values)


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


def _left_out(evidence: Evidence, code: str) -> int:
    return sum(row.users for row in evidence.table.excluded if row.reason.code == code)


def _too_late(evidence: Evidence) -> Check | None:
    late = _left_out(evidence, TOO_LATE)
    share = late / (late + evidence.table.size)
    if share <= 0.2:
        return None
    return Check("maturity", WARN, "", {"share": share, "gap": evidence.resolved.gap})


def _associated(evidence: Evidence) -> Check:
    if not evidence.adjustments:
        return Check("adjustment", FAIL, "not-possible")
    return Check("adjustment", WARN, "associations")


def _told_apart(evidence: Evidence) -> Check:
    """Count the users whose new items the two models rank alike or who took none: shown, never contrasted."""
    users, alike, none = evidence.table.size, _left_out(evidence, RANKED_ALIKE), _left_out(evidence, NO_NEW_ITEM)
    share = users / (users + alike + none)
    values: dict[str, Value] = {"share": share, "users": users, "alike": alike, "none": none}
    return Check("told-apart", PASS if share >= 0.5 else WARN, "", values)

"""What could make the answer wrong, looked at before the answer is given. A failed check blocks the verdict."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core import words
from recsys_core.answers import Check, old_check
from recsys_core.errors import SettingsError
from recsys_core.retention.adjustment.adjust import Adjustment
from recsys_core.retention.estimators.figures import CoxResult
from recsys_core.retention.estimators.inference import chi_square_p
from recsys_core.retention.estimators.power import minimum_detectable, users_needed
from recsys_core.retention.population.arm_curves import MIN_AT_RISK, ArmCurve
from recsys_core.retention.population.cohorts import AFFINITY, BOTH, EXISTING, NEITHER, RECOMMENDER, SWITCHED
from recsys_core.retention.population.lifetimes import SurvivalTable
from recsys_core.retention.study.arm_results import Contrast, Sensitivity
from recsys_core.retention.study.retention_verdict import primary_survival
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
    contrasts: tuple[Contrast, ...] = ()


def trust_checks(evidence: Evidence) -> tuple[Check, ...]:
    """Make all checks that apply, those that need attention first.

    Raises
    ------
    SettingsError
        If the planned shares do not name the arms of the log.
    """
    arms = len(evidence.curves) > 1
    logged = evidence.settings.cohort == RECOMMENDER
    made = [
        _sample_ratio(evidence) if arms and logged and evidence.settings.randomised else None,
        _balance(evidence) if evidence.adjustments else None,
        _overlap(evidence) if evidence.adjustments else None,
        _follow_up(evidence),
        _switchers(evidence) if arms and logged else None,
        _hazards(evidence, evidence.arm_only) if evidence.arm_only and evidence.arm_only.proportional_hazards else None,
        _existing(evidence) if arms and logged else None,
        _smallest(evidence) if evidence.contrasts else None,
        _looks(evidence) if evidence.contrasts and logged else None,
        _gap(evidence) if arms and evidence.sensitivity else None,
        _too_late(evidence),
        _associated(evidence) if evidence.settings.cohort == AFFINITY and arms else None,
        _told_apart(evidence) if evidence.settings.cohort == AFFINITY else None,
        _over_time(evidence) if evidence.settings.time_varying_arm else None,
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
        raise SettingsError(
            f"retention.expected_shares is {', '.join(given)!r}; give each arm its planned share, as in {example}."
        )
    return shares / shares.sum()


def _sample_ratio(evidence: Evidence) -> Check:
    """Chi-square test of the arms' sizes against the plan (Fabijan et al. 2019)."""
    names = [curve.name for curve in evidence.curves]
    sizes = np.array([curve.users for curve in evidence.curves])
    expected = sizes.sum() * planned_shares(names, evidence.settings.expected_shares)
    p = chi_square_p(float(((sizes - expected) ** 2 / expected).sum()), len(sizes) - 1)
    found = words.listed([f"{words.count(n)} {name}" for n, name in zip(sizes, names, strict=True)])
    plan = words.listed([words.count(e) for e in expected])
    status = FAIL if p < 0.001 else WARN if p < 0.01 else PASS
    detail = f"Expected {plan} users, found {found} ({words.p_value(p)})."
    if status != PASS:
        detail += (
            " Users may have been lost after assignment in one arm. If the plan was not equal shares, state it in the "
            "settings; if assignment was not random, say so there."
        )
    return old_check("Sample ratio", status, words.p_value(p), detail)


def _balance(evidence: Evidence) -> Check:
    row = max((r for a in evidence.adjustments for r in a.balance.rows), key=lambda r: abs(r.smd_before))
    status = PASS if abs(row.smd_before) < 0.1 else WARN
    size = f"SMD {abs(row.smd_before):.2f}".replace("0.", ".")
    detail = (
        f"Largest standardised difference between arms before adjustment: {abs(row.smd_before):.2f}, in {row.term}; "
        f"after weighting {abs(row.smd_after):.2f}. "
    )
    who = "The cohorts differ in activity" if evidence.settings.cohort == AFFINITY else "Arms differ in who they serve"
    detail += "Arms look alike." if status == PASS else f"{who}: read the adjusted contrasts."
    return old_check("Balance", status, size, detail)


def _overlap(evidence: Evidence) -> Check:
    low = min(a.propensity_range[0] for a in evidence.adjustments)
    high = max(a.propensity_range[1] for a in evidence.adjustments)
    share = min(_effective_share(adjustment) for adjustment in evidence.adjustments)
    status = PASS if low >= 0.02 and high <= 0.98 and share >= 0.5 else WARN
    detail = (
        f"The probability of an arm given the attributes runs from {low:.2f} to {high:.2f}; weighting leaves "
        f"{words.percent(share, 0)} of the sample in effect."
    )
    if status == WARN:
        detail += " Some kinds of users were hardly ever served by one arm; adjusted figures lean on few of them."
    return old_check("Overlap", status, f"effective {words.percent(share, 0)}", detail)


def _effective_share(adjustment: Adjustment) -> float:
    return min(n / of for n, of in zip(adjustment.effective_sample_size, adjustment.users, strict=True))


def _follow_up(evidence: Evidence) -> Check:
    horizon = int(evidence.settings.horizon_days or 0)
    least = min(float(c.curve.at_risk_at([horizon])[0]) for c in evidence.curves)
    if least >= MIN_AT_RISK:
        detail = f"Every arm still has {words.count(least)} users or more at risk on day {horizon}."
        return old_check("Follow-up", PASS, f"{words.count(least)} at day {horizon}", detail)
    last = min(c.last_day_with(MIN_AT_RISK) for c in evidence.curves)
    if last < 0:
        small = min(evidence.curves, key=lambda c: c.users)
        detail = f"{small.name} has {words.count(small.users)} users; nothing can be claimed from fewer than 10."
        return old_check("Follow-up", WARN, "fewer than 10 users", detail)
    detail = (
        f"Fewer than {MIN_AT_RISK} users are at risk in some arm after day {last}; nothing is claimed beyond. "
        f"Choose a horizon of {max(last, 1)} days or less, or bring a longer log."
    )
    return old_check("Follow-up", WARN, f"fewer than 10 after day {last}", detail)


def _switchers(evidence: Evidence) -> Check:
    share = float(evidence.table.users[SWITCHED].mean())
    status = PASS if share <= 0.02 else WARN
    detail = f"{words.percent(share)} of users later met another arm. They stay in the arm of their first exposure."
    if status == WARN:
        detail += " This pulls the arms together; the setting 'without switchers' shows by how much, but not fairly."
    return old_check("Switchers", status, words.percent(share), detail)


def _hazards(evidence: Evidence, fit: CoxResult) -> Check:
    tests = {row.term: row.p for row in fit.proportional_hazards}
    p = tests[fit.terms[0].name if evidence.settings.cohort == AFFINITY else "GLOBAL"]  # there the others are activity
    if p >= 0.05:
        return old_check("Hazards", PASS, "proportional", f"One hazard ratio fits all days ({words.p_value(p)}).")
    detail = (
        f"Hazards are not proportional ({words.p_value(p)}), so read days and points first; the ratio is an average "
        "over the days."
    )
    return old_check("Hazards", WARN, "not proportional", detail)


def _existing(evidence: Evidence) -> Check | None:
    users = evidence.table.users
    share = float(users[EXISTING].mean())
    if share == 0:
        return None
    counts = pd.crosstab(users[col.ARM], users[EXISTING]).to_numpy(dtype=float)
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    p = chi_square_p(float(((counts - expected) ** 2 / expected).sum()), len(counts) - 1)
    detail = f"{words.percent(share)} of users were seen before their first exposure"
    if p >= 0.001 or not evidence.settings.randomised:
        return old_check(
            "Seen before", PASS, words.percent(share), f"{detail}, about alike in all arms ({words.p_value(p)})."
        )
    detail += f", and not alike in all arms ({words.p_value(p)}). Adjust for 'existing', and look at the assignment."
    return old_check("Seen before", WARN, words.percent(share), detail)


def _smallest(evidence: Evidence) -> Check:
    """Say what the first contrast could show at all: four times in five, at the level of .05."""
    first = evidence.contrasts[0]
    decided = primary_survival(first, evidence.settings)
    points = minimum_detectable(decided.stderr)
    if points == 0:
        return old_check("Smallest effect", WARN, "not known", "Nobody lapsed or everybody alike, so nothing varies.")
    users = sum(curve.users for curve in evidence.curves if curve.name in (first.arm, first.reference))
    more = math.ceil((users_needed(users, decided.stderr, 0.01) - users) / 2)
    detail = (
        f"{first.arm} against {first.reference}: a true difference of {words.points(points)} points at day "
        f"{decided.day:g}, or of {words.days(first.minimum_detectable_days)} days kept, is found four times in five; "
        "smaller ones are missed more often than that. "
    )
    if more > 0:
        detail += f"You need about {words.about(more)} more users in each arm to see 1 point."
    status = PASS if points <= _WIDE else WARN
    return old_check("Smallest effect", status, f"{words.points(points)} points", detail)


def _looks(evidence: Evidence) -> Check | None:
    """Say how repeated looks are paid for (a fixed test looked at 22 times rejects 23 % of null studies)."""
    looks, first = evidence.settings.looks, evidence.contrasts[0]
    if looks == 1:
        detail = (
            "The p values hold for one look at the end. If the study is watched while it runs, say how often in the "
            "settings; then a winner needs the always-valid log-rank test too."
        )
        return old_check("Looks", PASS, "one look", detail)
    if first.anytime is None:
        return old_check("Looks", WARN, "not tested", "No lapse happens while both arms are followed.")
    evidence_for = f"The always-valid log-rank test of {first.arm} against {first.reference} gives e = "
    detail = (
        f"{evidence_for}{first.anytime.e_value:.3g}; 20 or more rejects however often one looks. With {looks} looks a "
        "winner needs it too."
    )
    return old_check("Looks", PASS, f"e = {first.anytime.e_value:.2g}", detail)


def _gap(evidence: Evidence) -> Check:
    """Say whether half or double the gap changes which of the first two arms keeps its users longer."""
    tried = [(row, row.rmst_difference) for row in evidence.sensitivity if row.rmst_difference is not None]
    if not tried:
        return old_check("Choice of gap", WARN, "not tested", "The log is too short to try half or double the gap.")
    turned = [(row, found) for row, found in tried if found.estimate < 0]
    if not turned:
        gaps, first = words.listed([f"{row.inactivity_days}" for row, _ in tried], "or"), tried[0][0]
        detail = f"With a gap of {gaps} days instead, {first.arm} still keeps its users longer than {first.reference}."
        return old_check("Choice of gap", PASS, "order holds", detail)
    told = [
        f"with a gap of {row.inactivity_days} days {row.reference} comes first "
        f"({words.interval(found.estimate, found.lower, found.upper)} days, "
        f"{'beyond' if found.upper < 0 else 'within'} noise)"
        for row, found in turned
    ]
    sentence = words.listed(told)
    detail = f"{sentence[0].upper()}{sentence[1:]}. The answer hangs on when a gap means goodbye."
    return old_check("Choice of gap", WARN, "order changes", detail)


def _too_late(evidence: Evidence) -> Check | None:
    late = next((e.users for e in evidence.table.excluded if "too late" in e.reason), 0)
    share = late / (late + len(evidence.table.users))
    if share <= 0.2:
        return None
    detail = (
        f"{words.percent(share, 0)} of users came in the last {evidence.settings.inactivity_days} days, too late to be "
        "judged. A longer log would use them."
    )
    return old_check("Maturity", WARN, f"{words.percent(share, 0)} too late", detail)


def _associated(evidence: Evidence) -> Check:
    if not evidence.adjustments:
        detail = (
            "More active users are told apart more often and stay longer anyhow, and this could not be adjusted for. "
            "Bring a longer log or one with more users, or widen the landmark window."
        )
        return old_check("Adjustment", FAIL, "not possible", detail)
    detail = (
        "Nobody was assigned to a cohort: it follows from what users took. Contrasts are adjusted for activity and "
        "read as associations; curves and unadjusted differences only describe."
    )
    return old_check("Adjustment", WARN, "associations only", detail)


def _told_apart(evidence: Evidence) -> Check:
    """Count the users whose new items the two models rank alike or who took none: shown, never contrasted."""
    left = {
        name: sum(row.users for row in evidence.table.excluded if row.reason.endswith(f"({name})"))
        for name in (BOTH, NEITHER)
    }
    share = len(evidence.table.users) / (len(evidence.table.users) + sum(left.values()))
    detail = (
        f"Of the users active before the landmark, {words.count(len(evidence.table.users))} are told apart. Both "
        f"models ranked the new items of {words.count(left[BOTH])} alike, and {words.count(left[NEITHER])} took no new "
        "item in the window; these are in no cohort."
    )
    return old_check("Told apart", PASS if share >= 0.5 else WARN, words.percent(share, 0), detail)


def _over_time(evidence: Evidence) -> Check:
    detail = (
        f"The hazard ratio of the Cox model compares arms moment by moment, the arm lagged by the gap of "
        f"{evidence.settings.inactivity_days} days. Unless switching was random, it is observational: who switched may "
        "have been about to stay or to leave anyhow."
    )
    return old_check("Arm over time", WARN, "per moment", detail)

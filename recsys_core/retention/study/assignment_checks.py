"""Was assignment what it claims, and could the arms be made alike? A failed check blocks the verdict."""

from collections.abc import Sequence

import numpy as np

from recsys_core.answers import Check, Value
from recsys_core.errors import SettingsError
from recsys_core.retention.adjustment.adjust import Adjustment
from recsys_core.retention.estimators.inference import chi_square_p
from recsys_core.retention.population.cohorts import EXISTING
from recsys_core.retention.population.known_at_exposure import AssignmentBalance
from recsys_core.retention.study.evidence import FAIL, PASS, WARN, Evidence


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


def sample_ratio(evidence: Evidence) -> Check:
    """Chi-square test of the arms' sizes against the plan (Fabijan et al. 2019)."""
    names = [curve.name for curve in evidence.curves]
    sizes = np.array([curve.users for curve in evidence.curves])
    planned = sizes.sum() * planned_shares(names, evidence.settings.expected_shares)
    p = chi_square_p(float(((sizes - planned) ** 2 / planned).sum()), len(sizes) - 1)
    if evidence.assigned:  # an arm came later: the plan may be meant for all users, or for those who could have either
        everyone = np.array([evidence.assigned.get(name, 0) for name in names])
        of_all = everyone.sum() * planned / planned.sum()
        p = max(p, chi_square_p(float(((everyone - of_all) ** 2 / of_all).sum()), len(sizes) - 1))
    status = FAIL if p < 0.001 else WARN if p < 0.01 else PASS
    values: dict[str, Value] = {
        "p": p,
        "arms": tuple(names),
        "users": tuple(sizes.tolist()),
        "planned": tuple(planned.tolist()),
    }
    return Check("sample-ratio", status, "", values)


def balance(evidence: Evidence) -> Check | None:
    """Say whether the arms are alike in what was known before: as assignment promises, or as adjustment makes them."""
    if evidence.assignment is not None:
        return _assigned(evidence.assignment)
    return _weighted(evidence) if any(one.balance.rows for one in evidence.adjustments) else None


def _assigned(found: AssignmentBalance) -> Check:
    """Hansen and Bowers's test: a gross imbalance is evidence like sizes that assignment did not promise."""
    status = FAIL if found.test.p < 0.001 else WARN if found.test.p < 0.01 else PASS
    values: dict[str, Value] = {
        "p": found.test.p, "df": found.test.df, "term": found.worst, "smd": found.test.smd, "users": found.users,
        "attributes": found.attributes, "left_out": tuple(one.said for one in found.hindsight),
        "hindsight": len(found.hindsight),
    }  # fmt: skip
    return Check("balance", status, "assigned", values)


def _weighted(evidence: Evidence) -> Check:
    """Say how unlike the arms are in the attributes that contrasts are adjusted for."""
    rows = [row for one in evidence.adjustments for row in one.balance.rows]
    row, left = max(rows, key=lambda r: abs(r.before)), max(rows, key=lambda r: abs(r.after))
    status = PASS if abs(row.before) < 0.1 and abs(left.after) < 0.1 else WARN
    values: dict[str, Value] = {
        "term": row.term, "of": row.kind, "smd_before": abs(row.before), "smd_after": abs(row.after),
        "left_term": left.term, "left_of": left.kind, "left": abs(left.after), "cohort_kind": evidence.plan.kind,
        "overlap": evidence.overlap,
    }  # fmt: skip
    return Check("balance", status, "adjusted", values)


def overlap(evidence: Evidence) -> Check:
    """Say whether every kind of user was served by both arms."""
    low = min(a.propensity_range[0] for a in evidence.adjustments)
    high = max(a.propensity_range[1] for a in evidence.adjustments)
    share = min(_effective_share(adjustment) for adjustment in evidence.adjustments)
    status = PASS if low >= 0.02 and high <= 0.98 and share >= 0.5 else WARN
    return Check("overlap", status, "", {"least": low, "most": high, "effective": share, "overlap": evidence.overlap})


def _effective_share(adjustment: Adjustment) -> float:
    return min(n / of for n, of in zip(adjustment.effective_sample_size, adjustment.users, strict=True))


def existing(evidence: Evidence) -> Check | None:
    """Say how many users were seen before their first exposure, and whether alike in all arms."""
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


def adjustment(evidence: Evidence) -> Check | None:
    """Fail where an adjusted contrast should decide and there is none; say that affinity cohorts are associations.

    The contrast observed never stands in for one that could not be adjusted.
    """
    if evidence.plan.descriptive:
        return associated(evidence) if len(evidence.curves) > 1 else None
    if evidence.refused is None:
        return None
    status = WARN if evidence.case.causal else FAIL
    return Check("adjustment", status, "refused", {"reason": evidence.refused, "overlap": evidence.overlap})


def associated(evidence: Evidence) -> Check:
    """Say that affinity cohorts are associations, and fail where they could not be adjusted."""
    if not evidence.adjustments:
        return Check("adjustment", FAIL, "not-possible")
    return Check("adjustment", WARN, "associations")

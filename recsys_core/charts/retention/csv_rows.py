"""What the retention page offers as files: one mapping per row, figures unrounded."""

from recsys_core.retention.study.retention_result import RetentionResult


def arm_rows(result: RetentionResult) -> list[dict[str, object]]:
    """List the arms with their restricted means."""
    return [
        {"arm": arm.name, "users": arm.users, "lapses": arm.lapses, "median_days": arm.median_days,
         "days": arm.rmst.days, "days_kept": arm.rmst.estimate, "stderr": arm.rmst.stderr, "lower": arm.rmst.lower,
         "upper": arm.rmst.upper}
        for arm in result.arms
    ]  # fmt: skip


def curve_rows(result: RetentionResult) -> list[dict[str, object]]:
    """List the curves, day by day to where nobody is at risk."""
    return [
        {"arm": arm.name, "day": p.day, "survival": p.estimate, "stderr": p.stderr, "lower": p.lower,
         "upper": p.upper, "at_risk": p.at_risk}
        for arm in result.arms for p in (*arm.survival, *arm.tail)
    ]  # fmt: skip


def contrast_rows(result: RetentionResult) -> list[dict[str, object]]:
    """List the differences in days kept, as observed and adjusted."""
    rows: list[dict[str, object]] = []
    for contrast in result.contrasts:
        found = [("raw", contrast.rmst_difference)]
        found += [(a.method, a.rmst_difference) for a in contrast.adjusted_methods]
        rows += [
            {"arm": contrast.arm, "reference": contrast.reference, "method": method, "days": d.days,
             "difference_days": d.estimate, "stderr": d.stderr, "lower": d.lower, "upper": d.upper, "p": d.p,
             "p_holm": d.p_holm}
            for method, d in found
        ]  # fmt: skip
    return rows


def gap_rows(result: RetentionResult) -> list[dict[str, object]]:
    """List the share of gaps that end in a return, by their length."""
    gaps = zip(result.gaps.days, result.gaps.returned, strict=True)
    return [{"days": days, "returned": share} for days, share in gaps]

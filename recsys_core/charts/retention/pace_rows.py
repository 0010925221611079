"""Do they leave, or do they only come less often: tables and forest rows of what decides."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from recsys_core import words
from recsys_core.answers import Interval, Message, message
from recsys_core.charts.blocks import Cell
from recsys_core.charts.retention.contrast_forest import ForestRow, pair_title
from recsys_core.charts.tables import Table
from recsys_core.charts.theme import ArmStyle
from recsys_core.retention.estimators.figures import RestrictedMean
from recsys_core.retention.study.arm_results import Contrast
from recsys_core.retention.study.decision import ArmPace, BestComparison, Decision, PairDecision
from recsys_core.wording.sentences import label, say


def pace_table(decision: Decision, styles: Mapping[str, ArmStyle]) -> Table:
    """List, per arm, days engaged, the share of days with a visit, lapses, and who came back after them."""
    heads = ["", f"days engaged, of {decision.horizon}", "days with a visit", "lapses", "back in 30 days",
             "back in 60 days"]  # fmt: skip
    return heads, [_arm(arm, styles[arm.name]) for arm in decision.arms]


def _arm(arm: ArmPace, style: ArmStyle) -> list[str | Cell]:
    engaged: str | Cell = words.UNKNOWN
    if arm.engaged:
        limits = words.limits(arm.engaged.lower, arm.engaged.upper)
        engaged = Cell(words.days(arm.engaged.estimate), f"({limits})")
    shares = [words.percent(share) for share in (arm.visit_share, arm.returned_30, arm.returned_60)]
    return [Cell(arm.name, family=style.family), engaged, shares[0], words.count(arm.lapses), *shares[1:]]


def decision_rows(decision: Decision, contrasts: Sequence[Contrast]) -> tuple[ForestRow, ...]:
    """List every pair by both methods, and beside them its difference under the study's own gap.

    Under the first pair stands the difference with a life model for each arm, too.

    Parameters
    ----------
    decision
        What the verdict goes by.
    contrasts
        Of the same arms, either way round; a pair without one has no row for it.
    """
    return tuple(row for place, pair in enumerate(decision.pairs) for row in _pair(pair, decision, contrasts, place))


def _pair(pair: PairDecision, decision: Decision, contrasts: Sequence[Contrast], place: int) -> list[ForestRow]:
    why = label("pace-not-applied")
    matched = say(message("pace-row-matched", gap=decision.matched_gap, days=decision.matched_horizon))
    rows = [
        ForestRow(pair_title(pair.arm, pair.reference), pair.engaged, True, pair.arm, "" if pair.engaged else why),
        ForestRow(matched, pair.matched, False, pair.arm, "" if pair.matched else why),
    ]
    if place == 0 and decision.apart:
        rows.append(ForestRow(label("pace-row-apart"), decision.apart, False, pair.arm))
    if fixed := fixed_gap(pair, contrasts):
        rows.append(ForestRow(label("pace-row-fixed-gap"), fixed, False, pair.arm))
    return rows


def not_applied(decision: Decision) -> tuple[Message, ...]:
    """Say of every pair for which a method gave nothing why that is."""
    return tuple(
        message("pace-why-not", pair=pair_name(pair.arm, pair.reference), why=pair.not_applied)
        for pair in decision.pairs
        if pair.not_applied
    )


def pair_name(arm: str, reference: str) -> str:
    """Name a pair: "bert − cf"."""
    return f"{arm} {words.MINUS} {reference}"


def fixed_gap(pair: PairDecision, contrasts: Sequence[Contrast]) -> RestrictedMean | None:
    """Return the difference in days kept of a pair, arm minus reference; None where it was not contrasted."""
    for contrast in contrasts:
        days = contrast.rmst_difference
        if (contrast.arm, contrast.reference) == (pair.arm, pair.reference):
            return days
        if (contrast.reference, contrast.arm) == (pair.arm, pair.reference):
            return replace(days, estimate=-days.estimate, lower=-days.upper, upper=-days.lower)
    return None


def pace_ratio_table(decision: Decision) -> Table:
    """List, per pair, how often users of the arm visit for one visit of the reference while they come."""
    rows: list[list[str | Cell]] = []
    for place, pair in enumerate(decision.pairs):
        name: str | Cell = Cell(pair_name(pair.arm, pair.reference), bold=place == 0)
        if pair.pace is None:
            rows.append([name, words.UNKNOWN, words.UNKNOWN])
            continue
        rows.append([name, _interval(pair.pace.ratio), words.p_figure(pair.pace.p)])
    return ["pair", "pace, as a ratio", "p"], rows


def _interval(ratio: Interval) -> Cell:
    known = ratio.lower is not None and ratio.upper is not None
    return Cell(words.number(ratio.estimate, 2), f"({words.limits(ratio.lower, ratio.upper, 2)})" if known else "")


def pace_sentence(decision: Decision) -> Message | None:
    """Say of the verdict's pair whether one arm's users come more often; None where it cannot be told."""
    pair = decision.pairs[0] if decision.pairs else None
    if pair is None or pair.pace is None:
        return None
    ratio = pair.pace.ratio
    return message(
        "pace-sentence", arm=pair.arm, reference=pair.reference, ratio=ratio.estimate, lower=ratio.lower,
        upper=ratio.upper, p=pair.pace.p, differs=pair.pace.p < 0.05,
    )  # fmt: skip


def best_table(decision: Decision, styles: Mapping[str, ArmStyle]) -> Table:
    """List every arm against the best of the others, with what its limits say."""
    rows: list[list[str | Cell]] = [
        [
            Cell(one.arm, family=styles[one.arm].family),
            Cell(words.days(one.estimate, sign=True), f"({words.limits(one.lower, one.upper)})"),
            say(_standing(one)),
        ]
        for one in decision.best
    ]
    return ["", "days engaged, minus the best other", "so it"], rows


def _standing(one: BestComparison) -> Message:
    if one.lower >= 0:
        return message("best-is")
    return message("best-is-not") if one.upper <= 0 else message("best-may-be")


def pace_csv(decision: Decision) -> list[dict[str, object]]:
    """List the arms for a file."""
    return [
        {"arm": arm.name, "horizon": decision.horizon,
         "days_engaged": arm.engaged.estimate if arm.engaged else None,
         "lower": arm.engaged.lower if arm.engaged else None, "upper": arm.engaged.upper if arm.engaged else None,
         "visit_share": arm.visit_share, "lapses": arm.lapses, "returned_30": arm.returned_30,
         "returned_60": arm.returned_60}
        for arm in decision.arms
    ]  # fmt: skip


def pair_csv(decision: Decision) -> list[dict[str, object]]:
    """List the pairs for a file, one row per method."""
    return [
        {"arm": pair.arm, "reference": pair.reference, "method": method,
         "gap": decision.matched_gap if method == "pace-matched" else None, "days": days.days if days else None,
         "difference_days": days.estimate if days else None, "stderr": days.stderr if days else None,
         "lower": days.lower if days else None, "upper": days.upper if days else None,
         "pace_ratio": pair.pace.ratio.estimate if pair.pace else None, "pace_p": pair.pace.p if pair.pace else None}
        for pair in decision.pairs
        for method, days in (("life model", pair.engaged), ("pace-matched", pair.matched))
    ]  # fmt: skip

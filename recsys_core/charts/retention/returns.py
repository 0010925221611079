"""After a lapse: how many users come back, and whether lapses come faster under one arm than another."""

from collections.abc import Mapping

from recsys_core import words
from recsys_core.charts.blocks import Cell
from recsys_core.charts.tables import Table
from recsys_core.charts.theme import ArmStyle
from recsys_core.retention.study.spells import ArmReturns, LapseRatio, Resurrection

TITLE = "Who comes back after a lapse?"
NOTE = (
    "Per cent of lapses that end in a return, by days since the lapse was declared; Kaplan-Meier, 95 % intervals that "
    "allow for users who lapse more than once."
)


def returns_table(found: Resurrection, styles: Mapping[str, ArmStyle]) -> Table:
    """List, per arm, lapses, users who lapsed, and the share back within so many days of the declaration."""
    days = [share.days for share in found.arms[0].returned] if found.arms else []
    heads = ["", "lapses", "users lapsed", *(f"back in {day} days" for day in days)]
    return heads, [_row(arm, styles[arm.arm]) for arm in found.arms]


def _row(arm: ArmReturns, style: ArmStyle) -> list[str | Cell]:
    shares: list[str | Cell] = [
        Cell(words.UNKNOWN, "not followed")
        if share.share is None
        else Cell(words.percent(share.share), f"({words.limits(share.lower, share.upper, scale=100)})")
        for share in arm.returned
    ]
    return [Cell(arm.arm, family=style.family), words.count(arm.lapses), words.count(arm.users_lapsed), *shares]


def return_rows(found: Resurrection) -> list[dict[str, object]]:
    """List the same for a file, one row per arm and number of days."""
    return [
        {"arm": arm.arm, "lapses": arm.lapses, "users_lapsed": arm.users_lapsed, "days": share.days,
         "returned": share.share, "lower": share.lower, "upper": share.upper, "at_risk": share.at_risk}
        for arm in found.arms for share in arm.returned
    ]  # fmt: skip


def returns_note(found: Resurrection) -> str:
    """Say how the lapse rates compare, first and later lapses together; empty where there is one arm."""
    said = [_ratio(ratio) for ratio in found.ratios]
    rates = f"Rate of lapses, first and later ones, as a ratio (Andersen-Gill): {'; '.join(said)}. " if said else ""
    later = [row for arm in found.arms for row in arm.lapses_per_user[-1:]]
    mean = ""
    if len(later) == len(found.arms) and len({row.day for row in later}) == 1:
        counts = words.listed(
            [
                f"{words.number(1000 * row.estimate, 0)} for {arm.arm}"
                for row, arm in zip(later, found.arms, strict=True)
            ]
        )
        mean = f"Lapses per 1,000 users within {later[0].day:g} days of the start: {counts}. "
    return f"{rates}{mean}{' '.join(found.warnings)}".strip()


def _ratio(found: LapseRatio) -> str:
    ratio = found.hazard_ratio
    figure = words.interval(ratio.estimate, ratio.lower, ratio.upper, 2)
    return f"{found.arm} against {found.reference} {figure}, {words.p_value(ratio.p)}"

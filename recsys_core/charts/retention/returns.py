"""After a lapse: how many users come back, and whether lapses come faster under one arm than another."""

from collections.abc import Mapping

from recsys_core import words
from recsys_core.answers import Message, message
from recsys_core.charts.blocks import Cell
from recsys_core.charts.tables import Table
from recsys_core.charts.theme import ArmStyle
from recsys_core.retention.study.spells import ArmReturns, LapseRatio, Resurrection

TITLE = "Who comes back after a lapse?"
NOTE = message("note-returns")


def returns_table(returns: Resurrection, styles: Mapping[str, ArmStyle]) -> Table:
    """List, per arm, lapses, users who lapsed, and the share back within so many days of the declaration."""
    days = [share.days for share in returns.arms[0].returned] if returns.arms else []
    heads = ["", "lapses", "users lapsed", *(f"back in {day} days" for day in days)]
    return heads, [_row(arm, styles[arm.arm]) for arm in returns.arms]


def _row(arm: ArmReturns, style: ArmStyle) -> list[str | Cell]:
    shares: list[str | Cell] = [
        Cell(words.UNKNOWN, "not followed")
        if share.share is None
        else Cell(words.percent(share.share), f"({words.limits(share.lower, share.upper, scale=100)})")
        for share in arm.returned
    ]
    return [Cell(arm.arm, family=style.family), words.count(arm.lapses), words.count(arm.users_lapsed), *shares]


def return_rows(returns: Resurrection) -> list[dict[str, object]]:
    """List the same for a file, one row per arm and number of days."""
    return [
        {"arm": arm.arm, "lapses": arm.lapses, "users_lapsed": arm.users_lapsed, "days": share.days,
         "returned": share.share, "lower": share.lower, "upper": share.upper, "at_risk": share.at_risk}
        for arm in returns.arms for share in arm.returned
    ]  # fmt: skip


def returns_note(returns: Resurrection) -> tuple[Message, ...]:
    """Say how the lapse rates compare, first and later lapses together; nothing where there is one arm."""
    notes: list[Message] = []
    if returns.ratios:
        notes.append(message("returns-ratios", ratios=tuple(_ratio(ratio) for ratio in returns.ratios)))
    later = [row for arm in returns.arms for row in arm.lapses_per_user[-1:]]
    if len(later) == len(returns.arms) and len({row.day for row in later}) == 1:
        arms = tuple(
            message("returns-per-thousand-of", lapses=1000 * row.estimate, arm=arm.arm)
            for row, arm in zip(later, returns.arms, strict=True)
        )
        notes.append(message("returns-per-thousand", day=later[0].day, arms=arms))
    return (*notes, *returns.warnings)


def _ratio(lapses: LapseRatio) -> Message:
    ratio = lapses.hazard_ratio
    return message(
        "returns-ratio", arm=lapses.arm, reference=lapses.reference, estimate=ratio.estimate, lower=ratio.lower,
        upper=ratio.upper, p=ratio.p,
    )  # fmt: skip

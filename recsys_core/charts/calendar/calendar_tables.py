"""Tables and files of the calendar figures: day-N retention in its three forms, and the time to return."""

from collections.abc import Mapping, Sequence

from recsys_core import words
from recsys_core.answers import Message, message
from recsys_core.charts.blocks import Cell
from recsys_core.charts.tables import Table
from recsys_core.charts.theme import ArmStyle
from recsys_core.retention.calendar.calendar_results import (
    CalendarResult,
    DayN,
    DayNDifference,
    Form,
    ReturnTime,
    WeekTriangle,
)
from recsys_core.wording.sentences import label, say

FORMS: Mapping[Form, Message] = {
    "exact": message("definition-day-n-exact"),
    "on or after": message("definition-day-n-on-or-after"),
    "bracket": message("definition-day-n-bracket"),
}


def day_n_forms_table(
    counted: CalendarResult, form: Form, styles: Mapping[str, ArmStyle], arms: Sequence[str]
) -> Table:
    """List, per arm, the share active again with its limits and its users, and below the first difference in points."""
    cells = {"exact": counted.day_n, "on or after": counted.on_or_after, "bracket": counted.brackets}[form]
    arms = [arm for arm in arms if any(cell.arm == arm for cell in cells)]
    heads = list(dict.fromkeys(_head(cell) for cell in cells))
    rows: list[list[str | Cell]] = [
        [Cell(arm, family=styles[arm].family), *(_share(cell) for cell in cells if cell.arm == arm)] for arm in arms
    ]
    apart = [d for d in counted.differences if d.form == form]
    if apart:
        name = say(message("label-day-n-difference", arm=apart[0].arm, reference=apart[0].reference))
        rows.append([Cell(name, bold=True), *(_points(difference) for difference in apart)])
    return ["", *heads], rows


def _head(cell: DayN) -> str:
    if cell.form == "exact":
        return say(message("label-day-n-exact", day=cell.day))
    if cell.form == "on or after":
        return say(message("label-day-n-on-or-after", day=cell.day))
    if cell.day == cell.last:
        return say(message("label-day-n-one-day", day=cell.day))
    return say(message("label-day-n-bracket", day=cell.day, last=cell.last))


def _share(cell: DayN) -> Cell:
    if cell.share is None:
        return Cell(words.UNKNOWN, label("label-not-followed"))
    return Cell(
        words.percent(cell.share), f"({words.limits(cell.lower, cell.upper, scale=100)}) of {words.count(cell.users)}"
    )


def _points(difference: DayNDifference) -> Cell:
    if difference.estimate is None:
        return Cell(words.UNKNOWN, label("label-not-followed"), bold=True)
    limits = words.limits(difference.lower, difference.upper, scale=100)
    return Cell(words.points(difference.estimate, sign=True), f"({limits})", bold=True)


def day_n_rows(counted: CalendarResult) -> list[dict[str, object]]:
    """List every cell of day-N retention and every difference for a file."""
    shares: list[dict[str, object]] = [
        {"arm": cell.arm, "reference": None, "form": cell.form, "first_day": cell.day, "last_day": cell.last,
         "users": cell.users, "active": cell.active, "share": cell.share, "lower": cell.lower, "upper": cell.upper}
        for cell in (*counted.day_n, *counted.on_or_after, *counted.brackets)
    ]  # fmt: skip
    apart: list[dict[str, object]] = [
        {"arm": d.arm, "reference": d.reference, "form": d.form, "first_day": d.day, "last_day": None, "users": None,
         "active": None, "share": d.estimate, "lower": d.lower, "upper": d.upper}
        for d in counted.differences
    ]  # fmt: skip
    return [*shares, *apart]


def triangle_rows(triangles: Sequence[WeekTriangle]) -> list[dict[str, object]]:
    """List the cells of triangles for a file; a share that is not known yet is empty."""
    return [
        {"arm": triangle.arm or "all", "start_week": say(week), "users": users, "week": place, "share": share}
        for triangle in triangles
        for week, users, shares in zip(triangle.weeks, triangle.users, triangle.shares, strict=True)
        for place, share in enumerate(shares, 1)
    ]


def return_time_table(by_arm: Sequence[ReturnTime], styles: Mapping[str, ArmStyle]) -> Table:
    """List, per arm, gaps, the median days to the next active day, and the shares back within so many days."""
    days = [within.days for within in by_arm[0].within] if by_arm else []
    within_days = (say(message("label-returned-within", days=day)) for day in days)
    heads = ["", "users", "gaps", "median days", *within_days]
    return heads, [_returns(arm, styles[arm.arm]) for arm in by_arm]


def _returns(arm: ReturnTime, style: ArmStyle) -> list[str | Cell]:
    median: str | Cell = Cell(words.UNKNOWN, label("label-not-reached"))
    if arm.median is not None:
        median = Cell(
            words.number(arm.median, 0 if arm.median == int(arm.median) else 1), _limits(arm.lower, arm.upper, 0)
        )
    shares: list[str | Cell] = [
        Cell(words.UNKNOWN, label("label-not-followed"))
        if within.share is None
        else Cell(words.percent(within.share), _limits(within.lower, within.upper, 1, 100))
        for within in arm.within
    ]
    counts = [words.count(arm.users), words.count(arm.gaps)]
    return [Cell(arm.arm, family=style.family), *counts, median, *shares]


def _limits(lower: float | None, upper: float | None, digits: int, scale: float = 1) -> str:
    return "" if lower is None and upper is None else f"({words.limits(lower, upper, digits, scale=scale)})"


def return_time_rows(by_arm: Sequence[ReturnTime]) -> list[dict[str, object]]:
    """List the same for a file, one row per arm and number of days."""
    return [
        {"arm": arm.arm, "users": arm.users, "gaps": arm.gaps, "closed": arm.closed, "median_days": arm.median,
         "median_lower": arm.lower, "median_upper": arm.upper, "days": within.days, "returned": within.share,
         "lower": within.lower, "upper": within.upper, "at_risk": within.at_risk}
        for arm in by_arm for within in arm.within
    ]  # fmt: skip

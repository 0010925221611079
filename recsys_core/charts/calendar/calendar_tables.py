"""Tables and files of the calendar figures: day-N retention in its three forms, and the time to return."""

from collections.abc import Mapping, Sequence

from recsys_core import words
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

FORMS: Mapping[Form, tuple[str, str]] = {
    "exact": ("On that day", "Active on day N itself, of users followed through day N."),
    "on or after": (
        "On that day or later",
        "Active on day N or on any later day up to the log's end, of users followed through day N.",
    ),
    "bracket": ("Within those days", "Active on any day of the bracket, of users followed through its last day."),
}


def form_cells(found: CalendarResult, form: Form) -> tuple[DayN, ...]:
    """Give the cells of one form."""
    return {"exact": found.day_n, "on or after": found.on_or_after, "bracket": found.brackets}[form]


def day_n_forms_table(found: CalendarResult, form: Form, styles: Mapping[str, ArmStyle], arms: Sequence[str]) -> Table:
    """List, per arm, the share active again with its limits and its users, and below the first difference in points."""
    cells = form_cells(found, form)
    arms = [arm for arm in arms if any(cell.arm == arm for cell in cells)]
    heads = list(dict.fromkeys(_head(cell) for cell in cells))
    rows: list[list[str | Cell]] = [
        [Cell(arm, family=styles[arm].family), *(_share(cell) for cell in cells if cell.arm == arm)] for arm in arms
    ]
    apart = [d for d in found.differences if d.form == form]
    if apart:
        name = f"{apart[0].arm} {words.MINUS} {apart[0].reference}, points"
        rows.append([Cell(name, bold=True), *(_points(difference) for difference in apart)])
    return ["", *heads], rows


def _head(cell: DayN) -> str:
    if cell.form == "exact":
        return f"D{cell.day}"
    if cell.form == "on or after":
        return f"D{cell.day} or later"
    return f"day {cell.day}" if cell.day == cell.last else f"days {cell.day} to {cell.last}"


def _share(cell: DayN) -> Cell:
    if cell.share is None:
        return Cell(words.UNKNOWN, "not followed")
    return Cell(
        words.percent(cell.share), f"({words.limits(cell.lower, cell.upper, scale=100)}) of {words.count(cell.users)}"
    )


def _points(found: DayNDifference) -> Cell:
    if found.estimate is None:
        return Cell(words.UNKNOWN, "not followed", bold=True)
    limits = words.limits(found.lower, found.upper, scale=100)
    return Cell(words.points(found.estimate, sign=True), f"({limits})", bold=True)


def day_n_rows(found: CalendarResult) -> list[dict[str, object]]:
    """List every cell of day-N retention and every difference for a file."""
    shares: list[dict[str, object]] = [
        {"arm": cell.arm, "reference": None, "form": cell.form, "first_day": cell.day, "last_day": cell.last,
         "users": cell.users, "active": cell.active, "share": cell.share, "lower": cell.lower, "upper": cell.upper}
        for cell in (*found.day_n, *found.on_or_after, *found.brackets)
    ]  # fmt: skip
    apart: list[dict[str, object]] = [
        {"arm": d.arm, "reference": d.reference, "form": d.form, "first_day": d.day, "last_day": None, "users": None,
         "active": None, "share": d.estimate, "lower": d.lower, "upper": d.upper}
        for d in found.differences
    ]  # fmt: skip
    return [*shares, *apart]


def triangle_rows(found: Sequence[WeekTriangle]) -> list[dict[str, object]]:
    """List the cells of triangles for a file; a share that is not known yet is empty."""
    return [
        {"arm": triangle.arm or "all", "start_week": week, "users": users, "week": place, "share": share}
        for triangle in found
        for week, users, shares in zip(triangle.weeks, triangle.users, triangle.shares, strict=True)
        for place, share in enumerate(shares, 1)
    ]


def return_time_table(found: Sequence[ReturnTime], styles: Mapping[str, ArmStyle]) -> Table:
    """List, per arm, gaps, the median days to the next active day, and the shares back within so many days."""
    days = [within.days for within in found[0].within] if found else []
    heads = ["", "users", "gaps", "median days", *(f"within {words.counted(day, 'day')}" for day in days)]
    return heads, [_returns(arm, styles[arm.arm]) for arm in found]


def _returns(arm: ReturnTime, style: ArmStyle) -> list[str | Cell]:
    median: str | Cell = Cell(words.UNKNOWN, "not reached")
    if arm.median is not None:
        median = Cell(
            words.number(arm.median, 0 if arm.median == int(arm.median) else 1), _limits(arm.lower, arm.upper, 0)
        )
    shares: list[str | Cell] = [
        Cell(words.UNKNOWN, "not followed")
        if within.share is None
        else Cell(words.percent(within.share), _limits(within.lower, within.upper, 1, 100))
        for within in arm.within
    ]
    counts = [words.count(arm.users), words.count(arm.gaps)]
    return [Cell(arm.arm, family=style.family), *counts, median, *shares]


def _limits(lower: float | None, upper: float | None, digits: int, scale: float = 1) -> str:
    return "" if lower is None and upper is None else f"({words.limits(lower, upper, digits, scale=scale)})"


def return_time_rows(found: Sequence[ReturnTime]) -> list[dict[str, object]]:
    """List the same for a file, one row per arm and number of days."""
    return [
        {"arm": arm.arm, "users": arm.users, "gaps": arm.gaps, "closed": arm.closed, "median_days": arm.median,
         "median_lower": arm.lower, "median_upper": arm.upper, "days": within.days, "returned": within.share,
         "lower": within.lower, "upper": within.upper, "at_risk": within.at_risk}
        for arm in found for within in arm.within
    ]  # fmt: skip

"""The cohort triangle: start weeks down, weeks since start across, as a table that also prints."""

from html import escape
from typing import Literal

from recsys_core import words
from recsys_core.charts import theme
from recsys_core.retention.calendar.calendar_results import WeekTriangle
from recsys_core.wording.sentences import say

_TOP = 0.75  # the share at which the scale is darkest
_WHITE_FROM = 0.62


def triangle_html(triangle: WeekTriangle, mode: Literal["auto", "light", "dark", "print"] = "auto") -> str:
    """Write a triangle as an HTML table, one coloured cell per start week and week.

    Parameters
    ----------
    triangle
        Shares from 0 to 1; None leaves a cell grey and empty: not followed long enough, which is not zero.
    mode
        auto follows the page's light or dark scheme; the others fix one (print is light).
    """
    width = max((len(row) for row in triangle.shares), default=0)
    heads = "".join(f"<th>{'week 1' if place == 0 else place + 1}</th>" for place in range(width))
    body = "".join(
        f'<tr><th scope="row">{escape(say(week))}</th><td class="sp-users">{words.count(users)}</td>'
        + "".join(_cell(share, mode) for share in (*row, *[None] * (width - len(row))))
        + "</tr>"
        for week, users, row in zip(triangle.weeks, triangle.users, triangle.shares, strict=True)
    )
    return (
        '<table class="sp-triangle"><thead><tr><th>start week</th><th>users</th>'
        f"{heads}</tr></thead><tbody>{body}</tbody></table>"
    )


def cell_colours(share: float, mode: theme.Mode) -> tuple[str, str]:
    """Return a cell's background and the colour of its figure."""
    scale = theme.tokens(mode).scale
    place = min(max(share / _TOP, 0.0), 1.0) * (len(scale) - 1)
    step = min(int(place), len(scale) - 2)
    background = theme.mix(scale[step + 1], scale[step], place - step)
    strong = share > _WHITE_FROM
    if mode == "dark":
        return background, "#0F1417" if strong else "#FFFFFF"
    return background, "#FFFFFF" if strong else theme.LIGHT.ink


def _cell(share: float | None, mode: str) -> str:
    if share is None:
        return '<td class="sp-immature"></td>'
    light, dark = cell_colours(share, "light"), cell_colours(share, "dark")
    back, ink = (
        [f"light-dark({a},{b})" for a, b in zip(light, dark, strict=True)]
        if mode == "auto"
        else list(dark if mode == "dark" else light)
    )
    return f'<td style="background:{back};color:{ink}">{words.number(100 * share, 0)}</td>'

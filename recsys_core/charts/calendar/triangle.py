"""The cohort triangle: start weeks down, weeks since start across, as a table that also prints."""

from html import escape
from typing import Literal

from recsys_core import words
from recsys_core.charts import theme
from recsys_core.retention.calendar.calendar_results import WeekTriangle
from recsys_core.wording.sentences import say

_LEAST_SPAN = 0.1  # shares closer together than this differ by chance, and are not to look far apart
_LEAST_CONTRAST = 4.5  # black or white has it on any colour


def triangle_html(triangle: WeekTriangle, mode: Literal["auto", "light", "dark", "print"] = "auto") -> str:
    """Write a triangle as an HTML table, one coloured cell per start week and week.

    Parameters
    ----------
    triangle
        Shares from 0 to 1; None leaves a cell grey and empty: not followed long enough, which is not zero.
    mode
        auto follows the page's light or dark scheme; the others fix one (print is light).
    """
    width, ends = max((len(row) for row in triangle.shares), default=0), scale_ends(triangle)
    heads = "".join(f"<th>{'week 1' if place == 0 else place + 1}</th>" for place in range(width))
    body = "".join(
        f'<tr><th scope="row">{escape(say(week))}</th><td class="sp-users">{words.count(users)}</td>'
        + "".join(_cell(share, ends, mode) for share in (*row, *[None] * (width - len(row))))
        + "</tr>"
        for week, users, row in zip(triangle.weeks, triangle.users, triangle.shares, strict=True)
    )
    return (
        '<table class="sp-triangle"><thead><tr><th>start week</th><th>users</th>'
        f"{heads}</tr></thead><tbody>{body}</tbody></table>"
    )


def scale_ends(triangle: WeekTriangle) -> tuple[float, float]:
    """Return the shares at which the scale is lightest and darkest: those of the data, a little apart at least."""
    known = [share for row in triangle.shares for share in row if share is not None]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    missing = max(_LEAST_SPAN - (high - low), 0.0) / 2
    return low - missing, high + missing


def cell_colours(share: float, ends: tuple[float, float], mode: theme.Mode) -> tuple[str, str]:
    """Return a cell's background and the colour of its figure, dark or white, whichever can be read on it."""
    scale, (low, high) = theme.tokens(mode).scale, ends
    place = min(max((share - low) / (high - low), 0.0), 1.0) * (len(scale) - 1)
    step = min(int(place), len(scale) - 2)
    background = theme.mix(scale[step + 1], scale[step], place - step)
    inks = ("#FFFFFF", "#0F1417", "#000000") if mode == "dark" else (theme.LIGHT.ink, "#FFFFFF", "#000000")
    return background, next(ink for ink in inks if theme.contrast(ink, background) >= _LEAST_CONTRAST)


def _cell(share: float | None, ends: tuple[float, float], mode: str) -> str:
    if share is None:
        return '<td class="sp-immature"></td>'
    light, dark = cell_colours(share, ends, "light"), cell_colours(share, ends, "dark")
    back, ink = (
        [f"light-dark({a},{b})" for a, b in zip(light, dark, strict=True)]
        if mode == "auto"
        else list(dark if mode == "dark" else light)
    )
    return f'<td style="background:{back};color:{ink}">{words.number(100 * share, 0)}</td>'

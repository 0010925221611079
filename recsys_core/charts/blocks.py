"""Blocks of HTML that pages and report share; every word from outside is escaped.

They carry classes only; `blocks.css` styles them with the custom properties of `token_css`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from html import escape
from pathlib import Path
from typing import Literal

from recsys_core.answers import Check, Verdict
from recsys_core.charts import theme
from recsys_core.charts.defined_words import defined_html
from recsys_core.charts.logo import logo_html
from recsys_core.charts.ruler import Ruler, pair_ruler, ruler_html
from recsys_core.charts.theme import ArmStyle
from recsys_core.retention.study import retention_result
from recsys_core.wording.sentences import check_detail, check_name, check_short, sentence, support, title

_STATUSES = ("pass", "warn", "fail")
_STATES = ("winner", "worst", "tie", "equal", "undecided", "few", "blocked", "single")
_LONG = 24  # characters; a longer cell may break


@dataclass(frozen=True)
class Cell:
    """One cell of an evidence table.

    Attributes
    ----------
    text
        The figure or the name.
    note
        Smaller and muted after it: "(2.3 to 9.0)".
    bold
        Semi-bold.
    family
        An arm's family, from its `ArmStyle`: the text takes its colour.
    """

    text: str
    note: str = ""
    bold: bool = False
    family: str = ""


def text_html(text: str) -> str:
    """Escape a text; `**words**` become bold and a figure keeps its per cent sign on the line."""
    bound = escape(text).replace(" %", "\u00a0%")
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", bound)


def verdict_html(verdict: Verdict, ruler: Ruler | None = None, *, with_ruler: bool = True) -> str:
    """Write the verdict: its state, the sentence, the support and the ruler at the right.

    Parameters
    ----------
    verdict
        A blocked verdict never has a ruler.
    ruler
        Instead of the one for the verdict's pair of arms.
    with_ruler
        False leaves it out, as on a sheet of paper.
    """
    state = verdict.state if verdict.state in _STATES else "single"
    drawn = ""
    if with_ruler and state != "blocked":
        pair = verdict.pair if isinstance(verdict, retention_result.Verdict) else None
        ruler = ruler or (pair_ruler(pair) if pair else None)
        drawn = ruler_html(ruler) if ruler else ""
    return (
        f'<div class="sp-verdict sp-{state}"><div class="sp-verdict-words">'
        f'<div class="sp-state">{text_html(title(verdict))}</div>'
        f'<h1 class="sp-sentence">{text_html(sentence(verdict))}</h1>'
        f'<div class="sp-support">{text_html(support(verdict))}</div></div>{drawn}</div>'
    )


def checks_html(checks: Sequence[Check]) -> str:
    """Write the line of checks: a shape, the name, the word, the number; the detail is its tooltip."""
    items = "".join(
        f'<div class="sp-check" title="{escape(check_detail(check))}">{icon_html(check.status)}'
        f"<span><b>{text_html(check_name(check))}</b> {_said(check)}</span></div>"
        for check in checks
    )
    return f'<div class="sp-checks">{items}</div>'


def _said(check: Check) -> str:
    return text_html(f"{check.status}, {short}" if (short := check_short(check)) else check.status)


def check_details_html(checks: Sequence[Check], *, defined: bool = False) -> str:
    """Write checks as a list, each with its sentence; with `defined`, words of the glossary explain themselves."""
    said = [text_html(check_detail(check)) for check in checks]
    items = "".join(
        f'<div class="sp-detail">{icon_html(check.status)}'
        f"<span><b>{text_html(check_name(check))}.</b> {defined_html(detail) if defined else detail}</span></div>"
        for check, detail in zip(checks, said, strict=True)
    )
    return f'<div class="sp-details">{items}</div>'


def icon_html(status: str) -> str:
    """Draw the shape of pass (disc), warn (triangle) or fail (square)."""
    return f'<span class="sp-icon sp-{status if status in _STATUSES else "warn"}" aria-hidden="true"></span>'


def warning_html(title: str, text: str) -> str:
    """Write one line of warning, as above a chart of thin data."""
    said = f"<b>{text_html(title)}</b> {text_html(text)}"
    return f'<div class="sp-check">{icon_html("warn")}<span>{said}</span></div>'


def table_html(
    headers: Sequence[str],
    rows: Sequence[Sequence[str | Cell]],
    *,
    left: int = 1,
    compact: bool = False,
    defined: bool = False,
) -> str:
    """Write an evidence table.

    Parameters
    ----------
    headers
        One per column; an empty string leaves a head blank.
    rows
        Texts or cells, as many as there are headers.
    left
        How many columns from the left hold words and are set left; the others hold figures and are set right.
    compact
        Notes go under their figure, for a narrow column.
    defined
        Words of the glossary in the head explain themselves, and the keyboard can scroll a wide table.
    """
    said = [defined_html(text_html(head)) if defined else text_html(head) for head in headers]
    heads = "".join(f"<th{_side(i, left)}>{head}</th>" for i, head in enumerate(said))
    body = "".join(
        "<tr>" + "".join(f"<td{_side(i, left, cell)}>{_cell(cell)}</td>" for i, cell in enumerate(row)) + "</tr>"
        for row in rows
    )
    kind = "sp-table sp-compact" if compact else "sp-table"
    return (
        f'<div class="sp-table-frame"{" tabindex=0" * defined}><table class="{kind}"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _side(column: int, left: int, cell: str | Cell = "") -> str:
    long = len(cell if isinstance(cell, str) else cell.text) > _LONG
    classes = ["sp-left"] * (column < left) + ["sp-long"] * long
    return f' class="{" ".join(classes)}"' if classes else ""


def _cell(cell: str | Cell) -> str:
    if isinstance(cell, str):
        return text_html(cell)
    classes = ["sp-bold"] * (cell.bold or bool(cell.family))
    classes += [f"sp-family-{cell.family}"] if cell.family in theme.word_colours() else []
    text = f'<span class="{" ".join(classes)}">{text_html(cell.text)}</span>' if classes else text_html(cell.text)
    return f'{text} <span class="sp-note">{text_html(cell.note)}</span>' if cell.note else text


def definitions_html(pairs: Sequence[tuple[str, str]]) -> str:
    """Write definitions, each a term and its sentence, in two columns where there is room."""
    items = "".join(f"<div><dt>{text_html(term)}</dt> <dd>{text_html(meaning)}</dd></div>" for term, meaning in pairs)
    return f'<dl class="sp-definitions">{items}</dl>'


def heading_html(
    title: str, note: str = "", *, rule: bool = False, defined: bool = False, everyday: Sequence[str] = ()
) -> str:
    """Write a section's title and the muted line under it; `rule` parts it from what is above.

    With `defined`, words of the glossary in the line explain themselves, see `defined_html`.
    """
    said = defined_html(text_html(note), everyday) if defined else text_html(note)
    under = f'<div class="sp-heading-note">{said}</div>' if note else ""
    return f'<div class="sp-heading{" sp-ruled" if rule else ""}"><h2>{text_html(title)}</h2>{under}</div>'


def page_line_html(page: str, text: str) -> str:
    """Write the line at the top of a page: its name and what is on it."""
    return f'<div class="sp-page-line"><b>{text_html(page)}</b>{text_html(text)}</div>'


def title_html(title: str, text: str = "", *, above: str = "", home: bool = False) -> str:
    """Write a page's title, a few words above and the sentence under it; larger on the home page."""
    over = f'<div class="sp-eyebrow">{text_html(above)}</div>' if above else ""
    under = f'<div class="sp-lead">{text_html(text)}</div>' if text else ""
    return f'<div class="sp-title{" sp-home" if home else ""}">{over}<h1>{text_html(title)}</h1>{under}</div>'


def error_html(title: str, found: str, next_step: str) -> str:
    """Write what went wrong: a title, what was found, what to do."""
    return (
        f'<div class="sp-error" role="alert"><div class="sp-error-title">{icon_html("fail")}'
        f"<b>{text_html(title)}</b></div><div>{text_html(found)} {text_html(next_step)}</div></div>"
    )


def families_html(styles: Sequence[ArmStyle]) -> str:
    """Write the families of a chart, each with its shape, in its colour."""
    items = "".join(
        f'<span class="sp-family-{style.family}"><i class="sp-shape sp-shape-{style.marker}"></i>{style.family}</span>'
        for style in styles
    )
    return f'<div class="sp-families">{items}</div>'


def card_html(title: str, text: str) -> str:
    """Write a remark on a card: a bold sentence and what follows it."""
    return f'<div class="sp-card"><b>{text_html(title)}</b> {text_html(text)}</div>'


def brand_html() -> str:
    """Write the mark and the name, for the top of the sidebar."""
    return f'<div class="sp-brand">{logo_html(26)}<span>Staying Power</span></div>'


def study_card_html(title: str, lines: Sequence[str]) -> str:
    """Write the sidebar's card: the open study and what it holds."""
    under = "".join(f"<div>{text_html(line)}</div>" for line in lines)
    return f'<div class="sp-study"><b>{text_html(title)}</b>{under}</div>'


def machine_html(text: str) -> str:
    """Write the line at the foot of the sidebar: what this runs on."""
    return f'<div class="sp-machine">{text_html(text)}</div>'


def skeleton_html(height: int, step: str = "", phone: int | None = None) -> str:
    """Write a grey block of the height of what is to come, on a phone too, with the step in words above it."""
    words = f'<div class="sp-heading-note">{text_html(step)}</div>' if step else ""
    return f'{words}<div class="sp-skeleton" style="--high:{height}px;--high-phone:{phone or height}px"></div>'


@cache
def block_css() -> str:
    """Return the style sheet of the blocks; it needs `token_css` beside it."""
    return Path(__file__).with_name("blocks.css").read_text(encoding="utf-8")


def token_css(mode: Literal["auto", "light", "dark", "print"] = "auto") -> str:
    """Return the custom properties that the blocks use.

    auto follows the page's colour scheme by light-dark(); the others fix one scheme.
    """
    names = [field.name for field in fields(theme.Tokens) if field.name != "scale"]
    pairs = {name.replace("_", "-"): (getattr(theme.LIGHT, name), getattr(theme.DARK, name)) for name in names}
    pairs |= {f"family-{name}": colours for name, colours in theme.word_colours().items()}
    lines = [f"--sp-{name}:{_scheme(light, dark, mode)};" for name, (light, dark) in pairs.items()]
    families = [f".sp-family-{name}{{color:var(--sp-family-{name})}}" for name in theme.word_colours()]
    return ":root{" + "".join(lines) + "}\n" + "\n".join(families) + "\n"


def _scheme(light: str, dark: str, mode: str) -> str:
    if mode == "auto":
        return f"light-dark({light},{dark})"
    return dark if mode == "dark" else light

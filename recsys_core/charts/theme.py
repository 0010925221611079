"""Colours, dashes and shapes: one place for pages, figures and the report."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from recsys_core.models.cards import all_cards

Mode = Literal["light", "dark", "print"]

FONT = '"Source Sans", "Source Sans 3", "Source Sans Pro", "Helvetica Neue", Arial, sans-serif'
CONFIG: dict[str, Any] = {
    "displayModeBar": False,
    "scrollZoom": False,
    "doubleClick": False,
    "responsive": True,
}


@dataclass(frozen=True)
class Tokens:
    """Colours of one mode, as hexadecimal strings."""

    paper: str
    panel: str  # behind a verdict
    card: str
    ink: str
    muted: str
    border: str
    hairline: str
    grid: str
    axis: str
    immature: str
    accent: str
    on_accent: str
    link: str
    current: str  # behind the current page's link
    good: str
    warn: str
    bad: str
    neutral: str
    worst: str  # the bar of a verdict against an arm
    scale: tuple[str, str, str, str, str]


LIGHT = Tokens(
    paper="#FCFBF8",
    panel="#F3F1EB",
    card="#FFFFFF",
    ink="#1F2427",
    muted="#5F656A",
    border="#DDD9CF",
    hairline="#DDD9CF",
    grid="#E9E6DE",
    axis="#B9B5AA",
    immature="#EFECE5",
    accent="#12344D",
    on_accent="#FFFFFF",
    link="#12518A",
    current="#E7E2D6",
    good="#1F7A54",
    warn="#96610A",
    bad="#B3261E",
    neutral="#8B9094",
    worst="#4F6B80",
    scale=("#EFF4F8", "#C6D9E6", "#93B8CE", "#5B8FAE", "#286286"),
)
DARK = Tokens(
    paper="#15181B",
    panel="#20252A",
    card="#1B1F23",
    ink="#E7E4DD",
    muted="#A9AEB2",
    border="#363C42",
    hairline="#363C42",
    grid="#2A3036",
    axis="#515960",
    immature="#22272C",
    accent="#8FC1E3",
    on_accent="#0F1417",
    link="#8FC1E3",
    current="#2A3238",
    good="#63C296",
    warn="#E5AE52",
    bad="#FF8B7E",
    neutral="#8B9094",
    worst="#9FB3C2",
    scale=("#1B2A35", "#244455", "#32647B", "#4D8AA5", "#7EB5CC"),
)


def tokens(mode: Mode) -> Tokens:
    """Return the colours of a mode; print uses those of light."""
    return DARK if mode == "dark" else LIGHT


@dataclass(frozen=True)
class Family:
    """A kind of recommender: colour, dash and shape always go together."""

    name: str
    light: str
    light_word: str  # darker where the line colour is too light for words
    dark: str
    dash: str
    marker: str


FAMILIES: tuple[Family, ...] = (
    Family("text", "#2A62D9", "#2A62D9", "#3D9BF5", "solid", "circle"),
    Family("neighbours", "#C77B0A", "#A26000", "#F7B65C", "dash", "square"),
    Family("baseline", "#4A4E53", "#4A4E53", "#B4B4B4", "dot", "circle-open"),
    Family("hybrid", "#059C80", "#04806A", "#25A07A", "longdashdot", "star"),
    Family("sequence", "#8E3B78", "#8E3B78", "#E7BDEB", "dashdot", "triangle-up"),
    Family("factors", "#A92A10", "#A92A10", "#F2552C", "longdash", "diamond"),
)
_BY_NAME = {family.name: family for family in FAMILIES}

# What people call their arms, where no model has that name; the first line that matches decides.
_HINTS: tuple[tuple[str, str], ...] = (
    ("sequence", r"sasrec|bert4rec|gru4rec|(?<![a-z])(sequen\w*|session)(?![a-z])"),
    ("hybrid", r"hybrid|ensemble|(?<![a-z])blend(ed)?(?![a-z])"),
    ("text", r"bert|encoder|(?<![a-z])(text\w*|semantic|content|llm|embedding\w*)(?![a-z])"),
    ("factors", r"svd|(?<![a-z])(i?als|ease|bpr|n?mf|factors?|matrix)(?![a-z])"),
    ("baseline", r"(?<![a-z])(popular\w*|pop|control|baseline|random)(?![a-z])"),
    ("neighbours", r"knn|neighbou?r|(?<![a-z])(cf|collaborative|item)(?![a-z])"),
)
_STRENGTHS = (1.0, 0.6, 0.8, 0.45)


@dataclass(frozen=True)
class ArmStyle:
    """How one arm is drawn."""

    family: str
    colour: str  # lines and markers
    word: str  # the arm's name
    dash: str
    marker: str
    strength: float = 1.0  # below 1 for the second arm of a family: its colour is that much of the way from paper


def family_of(name: str) -> str | None:
    """Return the family that a model's card names, or that an arm's name points to; None where it says nothing."""
    lowered = name.strip().lower()
    looks = {card.name: card.legend for card in all_cards()}
    hinted = (family for family, pattern in _HINTS if re.search(pattern, lowered))
    return looks.get(lowered) or next(hinted, None)


def arm_styles(
    names: Sequence[str], mode: Mode = "light", arm_models: Mapping[str, str] | None = None
) -> dict[str, ArmStyle]:
    """Give every arm a colour, a dash and a shape.

    Known models and telling names get their family; the others share out the families left over. Two arms of
    one family differ in strength. The outcome depends on the set of names only, so that an arm keeps its look
    when the order of the arms changes.

    Parameters
    ----------
    names
        The arms.
    mode
        light, dark or print.
    arm_models
        The model behind an arm, where the study says so.
    """
    models = arm_models or {}
    known = {name: family_of(models.get(name, name)) for name in sorted(set(names))}
    used = dict.fromkeys(_BY_NAME, 0)
    styles: dict[str, ArmStyle] = {}
    for name in sorted(known, key=lambda name: (known[name] is None, name)):
        family = known[name] or min(used, key=lambda family: used[family])
        strength = _STRENGTHS[used[family] % len(_STRENGTHS)]
        used[family] += 1
        styles[name] = _style(_BY_NAME[family], strength, mode)
    return {name: styles[name] for name in names}


def _style(family: Family, strength: float, mode: Mode) -> ArmStyle:
    colour, word = (family.dark, family.dark) if mode == "dark" else (family.light, family.light_word)
    line = colour if strength == 1 else mix(colour, tokens(mode).paper, strength)
    return ArmStyle(family.name, line, word, family.dash, family.marker, strength)


def word_colours() -> dict[str, tuple[str, str]]:
    """Return the colour of words, light and dark, by family."""
    return {family.name: (family.light_word, family.dark) for family in FAMILIES}


def mix(colour: str, other: str, share: float) -> str:
    """Mix `share` of one hexadecimal colour with the rest of another."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(share * a + (1 - share) * b):02X}" for a, b in pairs)


def contrast(colour: str, other: str) -> float:
    """Return the contrast of two hexadecimal colours as WCAG measures it, 1 to 21."""
    high, low = sorted((_luminance(colour), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = (channel / 255 for channel in _channels(colour))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def fade(colour: str, alpha: float) -> str:
    """Make a hexadecimal colour see-through."""
    red, green, blue = _channels(colour)
    return f"rgba({red},{green},{blue},{alpha:g})"


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def short_label(name: str, longest: int = 16) -> str:
    """Prepare a name for plotly, which reads HTML: cut at `longest` characters, escaped."""
    shown = name if len(name) <= longest else name[: longest - 1].rstrip() + "…"
    return escape(shown, quote=False)


def base_layout(mode: Mode, height: int, margin: tuple[int, int, int, int]) -> dict[str, Any]:
    """Return the layout that all figures share.

    Parameters
    ----------
    mode
        light, dark or print.
    height
        Of the whole figure, in px.
    margin
        Left, right, top, bottom, in px.
    """
    colours = tokens(mode)
    left, right, top, bottom = margin
    return {
        "template": "none",
        "height": height,
        "autosize": True,
        "margin": {"l": left, "r": right, "t": top, "b": bottom, "pad": 0, "autoexpand": False},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 13, "color": colours.ink},
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "hoverlabel": {
            "bgcolor": colours.card,
            "bordercolor": colours.border,
            "font": {"family": FONT, "size": 13, "color": colours.ink},
        },
    }


def axis(mode: Mode, **extra: Any) -> dict[str, Any]:
    """Return a fixed axis with its line and ticks and no grid; `extra` overrides."""
    colours = tokens(mode)
    return {
        "fixedrange": True,
        "zeroline": False,
        "showgrid": False,
        "showline": True,
        "linecolor": colours.axis,
        "linewidth": 1,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": colours.axis,
        "tickfont": {"size": 12, "color": colours.muted},
        "automargin": False,
    } | extra


def bare_axis(**extra: Any) -> dict[str, Any]:
    """Return a fixed axis that shows nothing; `extra` overrides."""
    return {
        "fixedrange": True,
        "zeroline": False,
        "showgrid": False,
        "showline": False,
        "showticklabels": False,
        "ticks": "",
        "automargin": False,
    } | extra


def note(text: str, mode: Mode, **extra: Any) -> dict[str, Any]:
    """Return a muted 12 px annotation without an arrow; `text` is plotly HTML, already escaped."""
    return {
        "text": text,
        "showarrow": False,
        "font": {"size": 12, "color": tokens(mode).muted},
    } | extra


def axis_title(text: str, mode: Mode, standoff: int = 6) -> dict[str, Any]:
    """Return an axis title in muted 12 px."""
    return {
        "text": escape(text, quote=False),
        "standoff": standoff,
        "font": {"size": 12, "color": tokens(mode).muted},
    }

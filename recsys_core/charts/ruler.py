"""The verdict's small ruler: zero, an interval and a dot, drawn with divs so that any page can show it."""

import math
from dataclasses import dataclass
from html import escape

from recsys_core import words
from recsys_core.answers import message
from recsys_core.retention.study.decision import PairDecision
from recsys_core.wording.sentences import say

_ENDS = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0)


@dataclass(frozen=True)
class Ruler:
    """What a ruler shows.

    Attributes
    ----------
    estimate, lower, upper
        In the unit of `caption`.
    left, right
        Whom a figure left and right of zero favours: "cf longer", "bert longer".
    caption
        Under the scale: "days kept, bert minus cf".
    digits
        After the point of the estimate.
    """

    estimate: float
    lower: float
    upper: float
    left: str
    right: str
    caption: str
    digits: int = 1


def pair_ruler(pair: PairDecision) -> Ruler | None:
    """Lay out the ruler for the difference in days engaged of a pair; None where the life model gave none."""
    if pair.engaged is None:
        return None
    days = pair.engaged
    left, right = (say(message("ruler-longer", arm=arm)) for arm in (pair.reference, pair.arm))
    caption = say(message("ruler-engaged", arm=pair.arm, reference=pair.reference))
    return Ruler(days.estimate, days.lower, days.upper, left, right, caption)


def scale_end(largest: float) -> float:
    """Choose where a scale about zero ends: a round number a little past the largest figure."""
    if not math.isfinite(largest) or largest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(1.05 * largest))
    return next(end * power for end in _ENDS if end * power >= 1.05 * largest * (1 - 1e-9))


def ruler_html(ruler: Ruler) -> str:
    """Draw a ruler as HTML; every word is escaped, places are in per cent of its width.

    An estimate that is not finite leaves the ruler out (an empty string).
    """
    figures = (ruler.estimate, ruler.lower, ruler.upper)
    if not all(math.isfinite(figure) for figure in figures):
        return ""
    end = scale_end(max(abs(figure) for figure in figures))
    dot, low, high = (50 + 50 * figure / end for figure in figures)
    said = escape(words.interval(*figures, ruler.digits, sign=True))
    ticks = "".join(
        f'<div class="sp-ruler-tick" style="left:{25 * i}%"></div>'
        f'<div class="sp-ruler-number" style="left:{25 * i}%">{_tick(end * (i - 2) / 2)}</div>'
        for i in range(5)
    )
    return (
        f'<div class="sp-ruler" role="img" aria-label="{escape(ruler.caption)}: {said}">'
        f'<div class="sp-ruler-side sp-ruler-left">{escape(ruler.left)}</div>'
        f'<div class="sp-ruler-side sp-ruler-right">{escape(ruler.right)}</div>'
        f'<div class="sp-ruler-value" style="left:{dot:.2f}%">'
        f"{words.number(ruler.estimate, ruler.digits, sign=True)}</div>"
        '<div class="sp-ruler-zero"></div><div class="sp-ruler-axis"></div>'
        f"{ticks}"
        f'<div class="sp-ruler-interval" style="left:{low:.2f}%;width:{high - low:.2f}%"></div>'
        f'<div class="sp-ruler-dot" style="left:{dot:.2f}%"></div>'
        f'<div class="sp-ruler-caption">{escape(ruler.caption)}</div></div>'
    )


def _tick(value: float) -> str:
    return f"{words.MINUS if value < 0 else ''}{abs(value):g}"

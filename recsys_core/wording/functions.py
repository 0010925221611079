"""What a catalogue may call inside a sentence, in Fluent's form: how figures, dates and lists are written.

{ COUNT($users) }              6,012              { ABOUT($users) }              7,800
{ FIGURE($x, digits: 3) }      0.123              { SHORT($x) }                  0.5, as short as it goes
{ DAYS($days, sign: 1) }       +3.2               { DAY($day) }                  30
{ PERCENT($share, digits: 0) } 45 %               { POINTS($share, sign: 1) }    +5.7
{ P($p) }                      p = .012           { P_FIGURE($p) }               .012
{ LIMITS($lower, $upper) }     1.5 to 4.8         { INTERVAL($x, $low, $high) }  3.2 (1.5 to 4.8)
{ DATE($time) }                1 March 2026       { SPAN($first, $last) }        1 March to 27 August 2026
{ SHORT_DATE($time) }          2 Mar
{ DURATION($seconds) }         4 min              { SIZE($bytes) }               3.1 MB
{ ROOM($bytes) }               310 MB, 6.4 GB: memory or disk that something needs
{ LIST($names) }               a, b and c         { LIST($names, last: "or") }   a, b or c
{ PLAIN($names) }              a, b, c            { QUOTED($text) }              'as typed'
{ COUNTS($numbers) }           20 and 1,200       { NAMED($numbers, $names) }    20 bert and 1,200 cf
{ MOMENT($time) }              2026-03-01 09:30   { DAY_STAMP($time) }           2026-03-01
{ BARE($share) }               .12                { LIST($x, join: "; ") }       parts that hold commas
{ SPELLED($count) }            twelve             { CAPITAL($text) }             First letter large
{ INSIDE($label) }             a label as it stands inside a sentence

LIMITS and INTERVAL take digits and scale (100 turns shares into points), INTERVAL also sign; SHORT takes digits that
are significant (6), POINTS those after the point (1); PLAIN what stands between (between: "; ").
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from fluent.runtime.types import FluentType

from recsys_core import words


class Unknown(FluentType):
    """A value that is not there; written as an en dash."""

    def format(self, locale: Any) -> str:  # noqa: ARG002
        """Write it."""
        return words.UNKNOWN


class Several(FluentType):
    """Several values: parts of a list, or sentences one after another.

    Attributes
    ----------
    parts
        As texts.
    figures
        As they came, numbers among them.
    """

    def __init__(self, parts: tuple[str, ...], figures: tuple[Any, ...], *, sentences: bool) -> None:
        self.parts, self.figures, self._sentences = parts, figures, sentences

    def format(self, locale: Any) -> str:  # noqa: ARG002
        """Write sentences one after another, anything else as a list."""
        return " ".join(self.parts) if self._sentences else words.listed(self.parts)


def _figure(value: Any) -> float | None:
    return None if isinstance(value, Unknown) else float(value)


def _parts(value: Any) -> tuple[str, ...]:
    return value.parts if isinstance(value, Several) else (str(value),)


def _one(write: Callable[[float | None], str]) -> Callable[[Any], str]:
    return lambda value: write(_figure(value))


def _limits(lower: Any, upper: Any, *, digits: Any = 1, scale: Any = 1) -> str:
    return words.limits(_figure(lower), _figure(upper), int(digits), scale=float(scale))


def _interval(estimate: Any, lower: Any, upper: Any, *, digits: Any = 1, scale: Any = 1, sign: Any = 0) -> str:
    low, high = _figure(lower), _figure(upper)
    return words.interval(_figure(estimate), low, high, int(digits), sign=bool(sign), scale=float(scale))


def _short(value: Any, *, digits: Any = 6) -> str:
    figure = _figure(value)
    if figure is None:
        return words.UNKNOWN
    return f"{words.MINUS if figure < 0 else ''}{abs(figure):.{int(digits)}g}"


def _points(value: Any, *, sign: Any = 0, digits: Any = 1) -> str:
    share = _figure(value)
    return words.number(None if share is None else 100 * share, int(digits), sign=bool(sign))


def _listed(value: Any, *, last: str = "and", join: str = ", ") -> str:
    parts = _parts(value)
    return words.listed(parts, str(last)) if str(join) == ", " else str(join).join(parts)


def _counts(value: Any) -> str:
    return words.listed([words.count(float(figure)) for figure in value.figures])


def _named(numbers: Any, names: Any) -> str:
    pairs = zip(numbers.figures, names.parts, strict=True)
    return words.listed([f"{words.count(float(figure))} {name}" for figure, name in pairs])


def _stamp(form: str) -> Callable[[Any], str]:
    return lambda value: f"{datetime.fromtimestamp(int(value), UTC):{form}}"


FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "COUNT": _one(words.count),
    "ABOUT": lambda value: words.about(float(value)),
    "FIGURE": lambda value, digits=1, sign=0: words.number(_figure(value), int(digits), sign=bool(sign)),
    "SHORT": _short,
    "DAYS": lambda value, sign=0: words.days(_figure(value), sign=bool(sign)),
    "DAY": _short,
    "PERCENT": lambda value, digits=1: words.percent(_figure(value), int(digits)),
    "POINTS": _points,
    "P": _one(words.p_value),
    "P_FIGURE": _one(words.p_figure),
    "LIMITS": _limits,
    "INTERVAL": _interval,
    "DATE": lambda value, year=1: words.date(int(value), year=bool(year)),
    "SHORT_DATE": lambda value: words.short_date(int(value)),
    "SPAN": lambda first, last: words.date_span(int(first), int(last)),
    "DURATION": lambda value: words.duration(float(value)),
    "SIZE": lambda value: words.size(float(value)),
    "ROOM": lambda value: words.room(float(value)),
    "LIST": _listed,
    "COUNTS": _counts,
    "NAMED": _named,
    "MOMENT": _stamp("%Y-%m-%d %H:%M"),
    "DAY_STAMP": _stamp("%Y-%m-%d"),
    "BARE": lambda value, digits=2: f"{float(value):.{int(digits)}f}".removeprefix("0"),
    "PLAIN": lambda value, between=", ": str(between).join(_parts(value)),
    "QUOTED": lambda value: repr(str(value)),
    "SPELLED": lambda value: words.spelled(int(value)),
    "CAPITAL": lambda value: str(value)[:1].upper() + str(value)[1:],
    "INSIDE": lambda value: words.inside(str(value)),
}

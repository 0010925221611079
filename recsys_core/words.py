"""How numbers are written, on pages, in figures and in the report."""

import math
from datetime import UTC, datetime

MINUS = "\u2212"
UNKNOWN = "\u2013"


def number(value: float | None, digits: int = 1, *, sign: bool = False) -> str:
    """Write a figure with a true minus sign and commas; an en dash where it is not known.

    Parameters
    ----------
    value
        The figure; None and every value that is not finite count as not known.
    digits
        Digits after the point. A value that rounds to zero carries no sign.
    sign
        Write "+" before a positive figure.

    Examples
    --------
    >>> number(1186059.4), number(-0.017, 3), number(3.2, sign=True), number(None)
    ('1,186,059.4', '−0.017', '+3.2', '–')
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    written = f"{abs(value):,.{digits}f}"
    if not any(digit in written for digit in "123456789"):
        return written
    return (MINUS if value < 0 else "+" if sign else "") + written


def count(value: float | None) -> str:
    """Write a whole number with commas: 6,012."""
    return number(value, 0)


def about(value: float) -> str:
    """Write a count with two significant digits, since a planning figure claims no more: 7,849 is "7,800"."""
    return count(float(f"{value:.2g}"))


def counted(value: float, noun: str) -> str:
    """Write a whole number with its noun, in the plural unless it is one: "1 user", "6,012 users"."""
    written = count(value)
    return f"{written} {noun}{'' if written == '1' else 's'}"


def days(value: float | None, *, sign: bool = False) -> str:
    """Write a number of days with one decimal: 28.8."""
    return number(value, 1, sign=sign)


def points(share: float | None, *, sign: bool = False) -> str:
    """Write a difference of shares (0 to 1) in percentage points: 0.057 is 5.7."""
    return number(None if share is None else 100 * share, 1, sign=sign)


def percent(share: float | None, digits: int = 1) -> str:
    """Write a share (0 to 1) in per cent: 0.446 is "44.6 %"."""
    written = number(None if share is None else 100 * share, digits)
    return written if written == UNKNOWN else f"{written} %"


def limits(lower: float | None, upper: float | None, digits: int = 1, *, scale: float = 1.0) -> str:
    """Write two confidence limits: "1.5 to 4.8"."""
    low, high = (None if v is None else scale * v for v in (lower, upper))
    return f"{number(low, digits)} to {number(high, digits)}"


def interval(
    estimate: float | None,
    lower: float | None,
    upper: float | None,
    digits: int = 1,
    *,
    sign: bool = False,
    scale: float = 1.0,
) -> str:
    """Write an estimate with its limits: "3.2 (1.5 to 4.8)"; only the estimate carries a plus sign.

    `scale` multiplies all three first: 100 turns shares into points.

    Examples
    --------
    >>> interval(0.057, 0.023, 0.09, sign=True, scale=100)
    '+5.7 (2.3 to 9.0)'
    """
    first = number(None if estimate is None else scale * estimate, digits, sign=sign)
    return f"{first} ({limits(lower, upper, digits, scale=scale)})"


def p_figure(p: float | None) -> str:
    """Write a p value for a table column: ".012", ".61", "< .001", "> .99"."""
    if p is None or not math.isfinite(p):
        return UNKNOWN
    if p < 0.001:
        return "< .001"
    if p > 0.99:
        return "> .99"
    return f"{p:.{2 if p >= 0.0995 else 3}f}".lstrip("0")


def p_value(p: float | None) -> str:
    """Write a p value in a sentence: "p = .012", "p < .001"."""
    figure = p_figure(p)
    return f"p {figure}" if figure[0] in "<>" else f"p = {figure}"


_YEAR_SECONDS = 31_556_952


def date(seconds: int, *, year: bool = True) -> str:
    """Write the UTC day of an epoch second: "1 March 2026"; beyond the years 1 to 9999 the year alone."""
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return f"the year {1970 + seconds // _YEAR_SECONDS}"
    return f"{moment.day} {moment:%B %Y}" if year else f"{moment.day} {moment:%B}"


def duration(seconds: float) -> str:
    """Write a stretch of time, rounded as it is told: "0.4 s", "20 s", "4 min", "1.5 h"."""
    if seconds < 59.5:
        return f"{number(seconds, 1 if seconds < 2 else 0)} s"
    if seconds < 59.5 * 60:
        return f"{number(seconds / 60, 0)} min"
    return f"{number(seconds / 3600, 1)} h"


def size(count_of_bytes: float) -> str:
    """Write an amount of data: "812 bytes", "14.2 kB", "3.1 MB", "2.0 GB"."""
    for unit, power in (("GB", 9), ("MB", 6), ("kB", 3)):
        if count_of_bytes >= 0.99995 * 10**power:
            return f"{number(count_of_bytes / 10**power, 1)} {unit}"
    return f"{count(count_of_bytes)} bytes"


def room(count_of_bytes: float) -> str:
    """Write an amount of memory or disk that something needs: "310 MB", "6.4 GB"; at least 1 MB."""
    megabytes = count_of_bytes / 1e6
    return f"{megabytes / 1000:.1f} GB" if megabytes >= 999.5 else f"{max(megabytes, 1):.0f} MB"


def short_date(seconds: int) -> str:
    """Write the UTC day of an epoch second without its year: "2 Mar"."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment.day} {moment:%b}"


def date_span(first: int, last: int) -> str:
    """Write two UTC days: "1 March to 27 August 2026", the first year only where it differs; one day alone."""
    if date(first) == date(last):
        return date(last)
    same = datetime.fromtimestamp(first, UTC).year == datetime.fromtimestamp(last, UTC).year
    return f"{date(first, year=not same)} to {date(last)}"


def listed(names: list[str] | tuple[str, ...], last: str = "and") -> str:
    """Join names as in a sentence: "bert, cf and popular"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"


_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def spelled(value: int) -> str:
    """Write a count as in running text: a word up to twelve, figures above."""
    return _SMALL[value] if value < len(_SMALL) else count(value)


def inside(label: str) -> str:
    """Write a label as it stands inside a sentence: "Training pairs" small, "LoRA rank" as it is."""
    first = label.split(" ", maxsplit=1)[0]
    return label if first[1:] != first[1:].lower() else label[:1].lower() + label[1:]

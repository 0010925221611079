"""Read times in whatever form the log has them, as UTC epoch seconds."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from recsys_core import engine
from recsys_core.data.raw_table import RawTable
from recsys_core.errors import DataError

if TYPE_CHECKING:
    import ibis
    from ibis.expr.types import IntegerValue, StringValue

# Whatever follows the hours and is neither digit, point nor comma is a zone: Z, +02:00, EST, Europe/Rome.
_ZONE = ":.*[A-Za-z+-]"
_DATES = ("%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%m/%d/%y", "%d/%m/%y")
_HOURS = ("", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p")
_PATTERNS = (
    *(date + hours for date in _DATES for hours in _HOURS),
    "%Y%m%d", "%Y%m%d%H%M%S", "%Y%m%d %H:%M:%S", "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ", "%d %b %Y %H:%M:%S", "%d %b %Y",
    "%b %d, %Y", "%B %d, %Y", "%m %d, %Y", "%d-%b-%Y", "%d/%b/%Y:%H:%M:%S %z", "%a %b %d %H:%M:%S %z %Y",
    "%a %b %d %H:%M:%S %Y", "%a, %d %b %Y %H:%M:%S %z",
)  # fmt: skip
_EPOCH_UNITS = (("epoch-seconds", 1, 1e8), ("epoch-milliseconds", 10**3, 1e11), ("epoch-microseconds", 10**6, 1e14),
                ("epoch-nanoseconds", 10**9, 1e17))  # fmt: skip
_EPOCH_SPAN = 100  # from 1973 to 2286 in every unit; beyond it stand dates written as 20260301183000
_YEAR_1900 = -2_208_988_800
_SAMPLE_ROWS = 20_000
_ENOUGH = 0.5


Read = Callable[["ibis.Column"], "IntegerValue"]


@dataclass(frozen=True)
class TimeFormat:
    """How a column's times are read.

    Attributes
    ----------
    form
        epoch-seconds (or another unit), iso-8601, dates, time-stamps, or a pattern such as "%d/%m/%Y".
    read
        Turns the column into epoch seconds (int64), NULL where a value is no time.
    share
        Share of the sampled values that it can read.
    ambiguous
        True where day and month could be swapped.
    assumed_utc
        True where the values name no zone and UTC was taken.
    """

    form: str
    read: Read
    share: float
    ambiguous: bool = False
    assumed_utc: bool = False


def find_time_format(table: RawTable, column: str) -> TimeFormat:
    """Find how the times of a column are written.

    Raises
    ------
    DataError
        If fewer than half of the values can be read as times; the message shows some of them.
    """
    best = _best_format(table, column)
    if best is None or best.share < _ENOUGH:
        values = _examples(table, column)
        raise DataError("no-times", file=table.source, column=column, examples=values, shown=len(values))
    return best


def looks_like_time(table: RawTable, column: str) -> bool:
    """Tell whether nearly all values of a column can be read as times."""
    best = _best_format(table, column)
    return best is not None and best.share >= 0.95


def _best_format(table: RawTable, column: str) -> TimeFormat | None:
    values = table.table[column]
    kind = values.type()
    if kind.is_timestamp() or kind.is_date():
        zoned = kind.is_timestamp() and kind.timezone is not None
        form = "dates" if kind.is_date() else "time-stamps"
        return TimeFormat(form, lambda value: engine.current().seconds(value), 1.0, assumed_utc=not zoned)
    sampled = table.table.select(value=values).filter(_text(values) != "").limit(_SAMPLE_ROWS)
    with engine.materialised(sampled) as sample:
        formats = [*_epoch_format(sample), *_text_formats(sample)]
    return max(formats, key=lambda form: form.share, default=None)


def _text(column: "ibis.Column") -> "StringValue":
    return engine.current().trimmed(column.cast("string"))


def _epoch_format(sample: "ibis.Table") -> list[TimeFormat]:
    """Numbers: the unit whose range holds the middle one."""
    real = _number(sample.value).try_cast("float64")
    counted = sample.aggregate(middle=real.median(), share=real.count() / sample.count()).to_pandas()
    middle, share = counted["middle"].iloc[0], counted["share"].iloc[0]
    for form, per_second, low in _EPOCH_UNITS:
        if low <= middle < low * _EPOCH_SPAN:
            return [TimeFormat(form, _epoch_reader(per_second), float(share))]
    return []


def _number(column: "ibis.Column") -> "ibis.Column":
    return column if column.type().is_integer() else _text(column)


def _epoch_reader(per_second: int) -> Read:
    def read(column: "ibis.Column") -> "IntegerValue":
        import ibis

        whole = _whole_seconds(_number(column).try_cast("int64"), per_second)
        if column.type().is_integer():
            return whole
        # A cast to whole numbers would round 1.9 up; doubles are not exact enough for the rest.
        text = _text(column)
        floor = (text.try_cast("float64") / per_second).floor().try_cast("int64")
        return ibis.cases((text.contains("."), floor), else_=whole)

    return read


def _whole_seconds(units: "IntegerValue", per_second: int) -> "IntegerValue":
    """Divide whole numbers; Ibis' own way goes by doubles, which do not hold nanoseconds."""
    return units if per_second == 1 else ((units - units % per_second) / per_second).round().cast("int64")


def _text_formats(sample: "ibis.Table") -> list[TimeFormat]:
    text = _text(sample.value)
    naive = sample.count(where=~_zoned(text))
    counted = sample.aggregate(share=_share(sample, _read_iso(sample.value)), naive=naive).to_pandas()
    share = float(counted["share"].iloc[0])
    if share >= _ENOUGH:
        return [TimeFormat("iso-8601", _read_iso, share, assumed_utc=bool(counted["naive"].iloc[0] > 0))]
    readers = {pattern: _pattern_reader(pattern) for pattern in _PATTERNS}
    places = {f"p{place}": _share(sample, read(sample.value)) for place, read in enumerate(readers.values())}
    shares = sample.aggregate(**places).to_pandas().iloc[0].fillna(0.0)
    formats = [
        TimeFormat(pattern, read, float(share), assumed_utc="%z" not in pattern)
        for (pattern, read), share in zip(readers.items(), shares, strict=True)
    ]
    return _mark_ambiguous(formats)


def _zoned(text: "StringValue") -> "ibis.expr.types.BooleanValue":
    return text.re_search(_ZONE)


def _read_iso(column: "ibis.Column") -> "IntegerValue":
    """Read ISO 8601: without a zone an engine would take the session's; with one, its plain time stamps drop it."""
    import ibis

    text, seconds = _text(column), engine.current().seconds
    zoned = seconds(text.re_replace(" ([+-])", r"\1").try_cast("timestamp('UTC')"))
    return ibis.cases((_zoned(text), zoned), else_=seconds(text.try_cast("timestamp")))


def _pattern_reader(pattern: str) -> Read:
    return lambda column: engine.current().seconds(engine.current().parsed(_text(column), pattern))


def _share(sample: "ibis.Table", seconds: "IntegerValue") -> "ibis.expr.types.FloatingValue":
    """Share of the values that are times of our era: a two-digit year is no year of the first century."""
    return sample.count(where=seconds > _YEAR_1900) / sample.count()


def _mark_ambiguous(formats: list[TimeFormat]) -> list[TimeFormat]:
    """Month first and day first both reading everything cannot be told apart from the values."""
    best = max(formats, key=lambda form: form.share)
    twins = [form for form in formats if form.share == best.share and sorted(form.form) == sorted(best.form)]
    if best.share < _ENOUGH or len(twins) < 2:
        return formats
    return [replace(best, ambiguous=True, assumed_utc=True)]


def _examples(table: RawTable, column: str) -> tuple[str, ...]:
    text = table.table[column].cast("string")
    filled = table.table.select(value=text).filter(engine.current().trimmed(text) != "").limit(3)
    return tuple(str(value)[:30] for value in filled.to_pandas()["value"])

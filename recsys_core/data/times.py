"""Read times in whatever form the log has them, as UTC epoch seconds."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from recsys_core import engine
from recsys_core.data.read_log import RawTable
from recsys_core.engine import literal, quote
from recsys_core.errors import DataError

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
_EPOCH_UNITS = (("seconds", 1, 1e8), ("milliseconds", 10**3, 1e11), ("microseconds", 10**6, 1e14),
                ("nanoseconds", 10**9, 1e17))  # fmt: skip
_EPOCH_SPAN = 100  # from 1973 to 2286 in every unit; beyond it stand dates written as 20260301183000
_WHOLE_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT")
_YEAR_1900 = -2_208_988_800
_SAMPLE_ROWS = 20_000
_ENOUGH = 0.5


@dataclass(frozen=True)
class TimeFormat:
    """How a column's times are read.

    Attributes
    ----------
    words
        The form in words, for the page: "epoch seconds", "ISO 8601".
    sql
        Expression that gives epoch seconds (BIGINT), NULL where a value is no time.
    share
        Share of the sampled values that it can read.
    ambiguous
        True where day and month could be swapped.
    assumed_utc
        True where the values name no zone and UTC was taken.
    """

    words: str
    sql: str
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
        raise DataError(
            f"Column {column!r} of {table.path.name} holds no times: found values like {values}. "
            "Wanted are ISO 8601 (2026-03-01T18:30:00Z), epoch seconds or milliseconds. Choose another column."
        )
    return best


def looks_like_time(table: RawTable, column: str) -> bool:
    """Tell whether nearly all values of a column can be read as times."""
    best = _best_format(table, column)
    return best is not None and best.share >= 0.95


def _best_format(table: RawTable, column: str) -> TimeFormat | None:
    kind = table.types[table.columns.index(column)]
    name = quote(column)
    if kind.startswith("TIMESTAMP") or kind == "DATE":
        zoned = "TIME ZONE" in kind or kind.startswith("TIMESTAMPTZ")
        moment = f"{name}::TIMESTAMPTZ" if kind == "TIMESTAMPTZ_NS" else name  # epoch() does not know this type
        sql = f"floor(epoch({moment}))::BIGINT"
        return TimeFormat("dates" if kind == "DATE" else "time stamps", sql, 1.0, assumed_utc=not zoned)
    with engine.scratch():
        text = f"trim({name}::VARCHAR)"
        sample = f"sample_{uuid4().hex}"
        engine.cursor().execute(
            f"CREATE TEMP TABLE {sample} AS SELECT {name} FROM {table.name} WHERE {text} <> '' LIMIT {_SAMPLE_ROWS}"
        )
        number = name if kind in _WHOLE_NUMBERS else text
        found = [*_epoch_format(sample, number, text), *_text_formats(sample, text)]
    return max(found, key=lambda fmt: fmt.share, default=None)


def _epoch_format(sample: str, number: str, text: str) -> list[TimeFormat]:
    """Numbers: the unit whose range holds the middle one."""
    real = f"TRY_CAST({number} AS DOUBLE)"
    middle, share = _ask(f"SELECT median({real}), count({real}) / count(*) FROM {sample}")
    for words, per_second, low in _EPOCH_UNITS:
        if middle is not None and low <= middle < low * _EPOCH_SPAN:
            whole = f"TRY_CAST({number} AS BIGINT) // {per_second}"
            if number == text:  # a cast to whole numbers would round 1.9 up; doubles are not exact enough for the rest
                whole = (
                    f"CASE WHEN contains({text}, '.') THEN TRY_CAST(floor({real} / {per_second}) AS BIGINT) "
                    f"ELSE {whole} END"
                )
            return [TimeFormat(f"epoch {words}", whole, float(share))]
    return []


def _text_formats(sample: str, text: str) -> list[TimeFormat]:
    zoned = f"regexp_matches({text}, '{_ZONE}')"
    joined = f"regexp_replace({text}, ' ([+-])', '\\1')"
    # Without a zone the engine would take the session's; with one, its plain time stamps drop it.
    iso = (
        f"CASE WHEN {zoned} THEN floor(epoch(TRY_CAST({joined} AS TIMESTAMPTZ)))::BIGINT "
        f"ELSE floor(epoch(TRY_CAST({text} AS TIMESTAMP)))::BIGINT END"
    )
    share, naive = _ask(f"SELECT {_share(iso)}, count_if(NOT {zoned}) FROM {sample}")
    if (share or 0.0) >= _ENOUGH:
        return [TimeFormat("ISO 8601", iso, float(share), assumed_utc=naive > 0)]
    formats = []
    for pattern in _PATTERNS:
        sql = f"floor(epoch(try_strptime({text}, {literal(pattern)})))::BIGINT"
        (share,) = _ask(f"SELECT {_share(sql)} FROM {sample}")
        formats.append(TimeFormat(pattern, sql, float(share or 0.0), assumed_utc="%z" not in pattern))
    return _mark_ambiguous(formats)


def _share(sql: str) -> str:
    """Share of the values that are times of our era: a two-digit year is no year of the first century."""
    return f"count_if(({sql}) > {_YEAR_1900}) / count(*)"


def _mark_ambiguous(formats: list[TimeFormat]) -> list[TimeFormat]:
    """Month first and day first both reading everything cannot be told apart from the values."""
    best = max(formats, key=lambda fmt: fmt.share)
    twins = [f for f in formats if f.share == best.share and sorted(f.words) == sorted(best.words)]
    if best.share < _ENOUGH or len(twins) < 2:
        return formats
    return [TimeFormat(best.words, best.sql, best.share, ambiguous=True, assumed_utc=True)]


def _ask(query: str) -> tuple[Any, ...]:
    return engine.cursor().execute(query).fetchone() or (None, None)


def _examples(table: RawTable, column: str) -> str:
    name = quote(column)
    rows = engine.cursor().execute(
        f"SELECT {name}::VARCHAR FROM {table.name} WHERE trim({name}::VARCHAR) <> '' LIMIT 3"
    )
    values = [f"“{value[:30]}”" for (value,) in rows.fetchall()]
    return ", ".join(values) or "nothing but empty cells"

"""Read times in whatever form the log has them, as UTC epoch seconds."""

from dataclasses import dataclass

from recsys_core import engine
from recsys_core.data.read_log import RawTable
from recsys_core.engine import literal, quote
from recsys_core.errors import DataError

_OFFSET = r"(Z|[+-]\d{2}(:?\d{2})?)$"
_PATTERNS = (
    "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y",
    "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%Y%m%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d",
    "%d %b %Y %H:%M:%S", "%d %b %Y", "%b %d, %Y",
)  # fmt: skip
_EPOCH_UNITS = (("seconds", 1.0, 1e8, 1e11), ("milliseconds", 1e3, 1e11, 1e14), ("microseconds", 1e6, 1e14, 1e17),
                ("nanoseconds", 1e9, 1e17, 1e20))  # fmt: skip
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
        zoned = "TIME ZONE" in kind
        sql = f"floor(epoch({name}))::BIGINT"
        return TimeFormat("dates" if kind == "DATE" else "time stamps", sql, 1.0, assumed_utc=not zoned)
    text = f"trim({name}::VARCHAR)"
    found = [fmt for fmt in (_epoch_format(table, text), *_text_formats(table, text)) if fmt is not None]
    return max(found, key=lambda fmt: fmt.share, default=None)


def _epoch_format(table: RawTable, text: str) -> TimeFormat | None:
    """Numbers: the unit whose range holds the middle one (every date from 1973 to 5138 falls in just one)."""
    row = _ask(table, f"median(TRY_CAST({text} AS DOUBLE)), avg((TRY_CAST({text} AS DOUBLE) IS NOT NULL)::INT)", text)
    if row is None or row[0] is None:
        return None
    for words, per_second, low, high in _EPOCH_UNITS:
        if low <= row[0] < high:
            number = f"TRY_CAST({text} AS DOUBLE)"
            if words != "seconds":
                number = f"coalesce(TRY_CAST({text} AS HUGEINT)::DECIMAL(38, 0)::DOUBLE, {number})"
            return TimeFormat(
                f"epoch {words}", f"TRY_CAST(floor({number} / {per_second:.0f}) AS BIGINT)", float(row[1])
            )
    return None


def _text_formats(table: RawTable, text: str) -> list[TimeFormat]:
    zoned = f"regexp_matches({text}, '[T ]\\d{{2}}:?\\d{{2}}.*{_OFFSET}')"
    iso = (
        f"floor(epoch(CASE WHEN {zoned} THEN TRY_CAST({text} AS TIMESTAMPTZ) END))::BIGINT",
        f"floor(epoch(CASE WHEN NOT {zoned} THEN TRY_CAST({text} AS TIMESTAMP) END))::BIGINT",
    )
    both = f"coalesce({iso[0]}, {iso[1]})"
    row = _ask(table, f"avg(({both} IS NOT NULL)::INT), avg(({iso[1]} IS NOT NULL)::INT)", text)
    share, naive = (float(row[0] or 0), float(row[1] or 0)) if row else (0.0, 0.0)
    if share >= _ENOUGH:
        return [TimeFormat("ISO 8601", both, share, assumed_utc=naive > 0)]
    formats = []
    for pattern in _PATTERNS:
        sql = f"floor(epoch(try_strptime({text}, {literal(pattern)})))::BIGINT"
        row = _ask(table, f"avg(({sql} IS NOT NULL)::INT)", text)
        formats.append(TimeFormat(pattern, sql, float((row and row[0]) or 0), assumed_utc=True))
    return _mark_ambiguous(formats)


def _mark_ambiguous(formats: list[TimeFormat]) -> list[TimeFormat]:
    """Month first and day first both reading everything cannot be told apart from the values."""
    best = max(formats, key=lambda fmt: fmt.share)
    twins = [f for f in formats if f.share == best.share and sorted(f.words) == sorted(best.words)]
    if best.share < _ENOUGH or len(twins) < 2:
        return formats
    return [TimeFormat(best.words, best.sql, best.share, ambiguous=True, assumed_utc=True)]


def _ask(table: RawTable, columns: str, text: str) -> tuple[float, ...] | None:
    """Aggregate over the first rows that hold anything."""
    source = f"(SELECT * FROM {table.name} WHERE {text} <> '' LIMIT {_SAMPLE_ROWS})"
    return engine.cursor().execute(f"SELECT {columns} FROM {source}").fetchone()


def _examples(table: RawTable, column: str) -> str:
    name = quote(column)
    rows = engine.cursor().execute(
        f"SELECT {name}::VARCHAR FROM {table.name} WHERE trim({name}::VARCHAR) <> '' LIMIT 3"
    )
    values = [f"“{value[:30]}”" for (value,) in rows.fetchall()]
    return ", ".join(values) or "nothing but empty cells"

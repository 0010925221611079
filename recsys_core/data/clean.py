"""Turn a raw table into clean interactions, step by step, counting the rows that go in and come out of each step."""

from dataclasses import dataclass
from itertools import accumulate
from uuid import uuid4

from recsys_core import columns as col
from recsys_core import engine
from recsys_core.data.mapping import ColumnMapping
from recsys_core.data.read_log import RawTable
from recsys_core.data.times import TimeFormat
from recsys_core.engine import quote
from recsys_core.errors import DataError

_STRAY_SHARE = 0.001
_STRAY_MIN_ROWS = 100
_STRAY_MIN_DAYS = 30
_STRAY_SPAN = 0.25
_COMPLETE = " AND ".join(f"{column} IS NOT NULL" for column in col.REQUIRED)


@dataclass(frozen=True)
class Step:
    """One cleaning step: rows before it and after it."""

    name: str
    rows_in: int
    rows_out: int


@dataclass(frozen=True)
class CleanTable:
    """Typed interactions in the engine, and how they came about."""

    name: str
    columns: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def rows(self) -> int:
        """Rows that are left."""
        return self.steps[-1].rows_out


def clean(table: RawTable, mapping: ColumnMapping, time: TimeFormat, *, drop_isolated_times: bool = True) -> CleanTable:
    """Clean the raw log.

    Steps: lines that could be read; a user; an item; a readable time; no stray times (see `stray_limits`); exact
    duplicates once. Nothing is dropped for what a user did later: no minimum of events, no bot counts.

    Raises
    ------
    DataError
        If no row is left, naming the step that took the last ones.
    """
    name = f"clean_{uuid4().hex}"
    roles = [role for role in mapping.to_dict() if role not in ("user", "item", "time")]
    names = (col.USER, col.ITEM, col.TIME, *roles)
    picked = [_text(table, mapping.user), _text(table, mapping.item), time.sql]
    picked += [_typed(table, role, getattr(mapping, role)) for role in roles]
    listed = ", ".join(f"{sql} AS {quote(c)}" for sql, c in zip(picked, names, strict=True))
    with engine.scratch() as kept:
        _run(f"CREATE TEMP TABLE {name}_all AS SELECT {listed} FROM {table.name}")
        steps = _complete_rows(table, f"{name}_all")
        where = _COMPLETE
        if drop_isolated_times:
            low, high = stray_limits(f"{name}_all")
            where = f"{_COMPLETE} AND {col.TIME} BETWEEN {low} AND {high}"
            ((left,),) = _rows(f"SELECT count_if({where}) FROM {name}_all")
            steps.append(Step("no stray times", steps[-1].rows_out, left))
        _run(f"CREATE TEMP TABLE {name} AS SELECT DISTINCT * FROM {name}_all WHERE {where}")
        ((left,),) = _rows(f"SELECT count(*) FROM {name}")
        steps.append(Step("duplicate rows once", steps[-1].rows_out, left))
        kept.add(name)
    return CleanTable(name, names, tuple(steps))


def _complete_rows(table: RawTable, name: str) -> list[Step]:
    """Count what each of the first steps leaves; DataError at the one that leaves nothing."""
    user, item, time = (f"{c} IS NOT NULL" for c in (col.USER, col.ITEM, col.TIME))
    ((read, with_user, with_item, with_time),) = _rows(
        f"SELECT count(*), count_if({user}), count_if({user} AND {item}), count_if({user} AND {item} AND {time}) "
        f"FROM {name}"
    )
    steps = [Step("lines that can be read", table.rows + table.unreadable, read)]
    for words, left in (("a user", with_user), ("an item", with_item), ("a readable time", with_time)):
        if left == 0:
            raise DataError(
                f"{table.path.name}: none of the {steps[-1].rows_out:,} rows has {words}. "
                "Choose another column for it, or mend the file."
            )
        steps.append(Step(f"rows with {words}", steps[-1].rows_out, left))
    return steps


def stray_limits(name: str) -> tuple[int, int]:
    """Find the first and last time that belong to the log; what lies outside is stray.

    The body of the log is what remains without its first and last 0.1 % of events. From there outwards days are
    taken in until a gap longer than 30 days and a quarter of the body; the few events beyond it are a broken clock or
    a typing error. One of them in the future would make every user look lapsed, one in 1970 would stretch the log
    over decades.
    """
    days = _rows(
        f"SELECT {col.TIME} // {col.DAY_SECONDS}, count(*), min({col.TIME}), max({col.TIME}) FROM {name} "
        f"WHERE {_COMPLETE} GROUP BY 1 ORDER BY 1"
    )
    total = sum(row[1] for row in days)
    spare = int(_STRAY_SHARE * total) or int(total >= _STRAY_MIN_ROWS)
    seen = list(accumulate(row[1] for row in days))
    first = next(i for i, count in enumerate(seen) if count > spare)
    last = next(i for i in range(len(days) - 1, -1, -1) if total - (seen[i - 1] if i else 0) > spare)
    longest = max(_STRAY_MIN_DAYS, _STRAY_SPAN * (days[last][0] - days[first][0]))
    while first > 0 and days[first][0] - days[first - 1][0] <= longest:
        first -= 1
    while last < len(days) - 1 and days[last + 1][0] - days[last][0] <= longest:
        last += 1
    return days[first][2], days[last][3]


def plain_id(table: RawTable, column: str) -> str:
    """SQL of an id as text: ids that a table holds as real numbers (5.0, because others are missing) read 5."""
    name = quote(column)
    if table.types[table.columns.index(column)] not in ("DOUBLE", "FLOAT"):
        return f"{name}::VARCHAR"
    text = f"coalesce(nullif({name}, trunc({name}))::VARCHAR, TRY_CAST({name} AS HUGEINT)::VARCHAR)"
    return f"CASE WHEN isfinite({name}) THEN {text} END"


def _text(table: RawTable, column: str) -> str:
    return f"nullif(trim({plain_id(table, column)}), '')"


def _typed(table: RawTable, role: str, column: str) -> str:
    if role in ("value", "propensity"):
        number = f"TRY_CAST({quote(column)} AS DOUBLE)"
        return f"CASE WHEN isfinite({number}) THEN {number} END"
    return _text(table, column)


def _run(sql: str) -> None:
    engine.cursor().execute(sql)


def _rows(sql: str) -> list[tuple[int, ...]]:
    return engine.cursor().execute(sql).fetchall()

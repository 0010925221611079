"""Turn a raw table into clean interactions, step by step, counting the rows that go in and come out of each step."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from recsys_core import columns as col
from recsys_core import engine
from recsys_core.answers import Step
from recsys_core.data.mapping import ColumnMapping
from recsys_core.data.raw_table import RawTable
from recsys_core.data.times import TimeFormat
from recsys_core.errors import DataError

if TYPE_CHECKING:
    import ibis
    from ibis.expr.types import BooleanValue, StringValue

_MOST_OUTSIDE = 0.5
_STRAY_SHARE = 0.001
_STRAY_MIN_ROWS = 100
_STRAY_MIN_DAYS = 30
_STRAY_SPAN = 0.25


@dataclass(frozen=True)
class CleanTable:
    """Typed interactions in the engine, and how they came about.

    outside
        Rows left out for a time before, and for one after, the believable ones.
    """

    table: "ibis.Table"
    steps: tuple[Step, ...]
    outside: tuple[int, int] = (0, 0)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of its columns: user, item and time first."""
        return tuple(self.table.columns)

    @property
    def rows(self) -> int:
        """Rows that are left."""
        return self.steps[-1].rows_out


@contextmanager
def clean(
    raw: RawTable,
    mapping: ColumnMapping,
    time: TimeFormat,
    believable: tuple[int, int],
    *,
    drop_isolated_times: bool = True,
) -> Iterator[CleanTable]:
    """Clean the raw log; the engine keeps the result for the length of the block.

    Steps: lines that could be read; a user; an item; a readable time; a believable one; no stray times (see
    `stray_limits`); exact duplicates once. Nothing is dropped for what a user did later: no minimum of events, no bot
    counts.

    Parameters
    ----------
    believable
        First and last time, UTC epoch seconds, that is believed.

    Raises
    ------
    DataError
        If no row is left, naming the step that took the last ones, or most times are not believable.
    """
    with ExitStack() as stack:
        with engine.materialised(_typed(raw, mapping, time)) as typed:
            steps = _complete_rows(raw, typed)
            outside = _not_believable(raw, mapping.time, typed.filter(_complete(typed)), believable)
            steps.append(Step("rows-with-believable-time", steps[-1].rows_out, steps[-1].rows_out - sum(outside)))
            rows = typed.filter(_complete(typed) & typed[col.TIME].between(*believable))
            if drop_isolated_times:
                low, high = stray_limits(rows)
                rows = rows.filter(rows[col.TIME].between(low, high))
                steps.append(Step("no-stray-times", steps[-1].rows_out, int(rows.count().execute())))
            table = stack.enter_context(engine.materialised(rows.distinct()))
        steps.append(Step("duplicates-once", steps[-1].rows_out, int(table.count().execute())))
        yield CleanTable(table, tuple(steps), outside)


def _typed(raw: RawTable, mapping: ColumnMapping, time: TimeFormat) -> "ibis.Table":
    """Give every role its column under our own name and type; what cannot be read is missing."""
    columns = {
        col.USER: id_text(raw.table[mapping.user]),
        col.ITEM: id_text(raw.table[mapping.item]),
        col.TIME: time.read(raw.table[mapping.time]),
    }
    for role, column in mapping.to_dict().items():
        if role not in ("user", "item", "time"):
            values = raw.table[column]
            columns[role] = _finite(values) if role in ("value", "propensity") else id_text(values)
    return raw.table.select(**columns)


def _complete(table: "ibis.Table") -> "BooleanValue":
    return table[col.USER].notnull() & table[col.ITEM].notnull() & table[col.TIME].notnull()


def _complete_rows(raw: RawTable, typed: "ibis.Table") -> list[Step]:
    """Count what each of the first steps leaves; DataError at the one that leaves nothing."""
    user, item = typed[col.USER].notnull(), typed[col.ITEM].notnull()
    counted = typed.aggregate(
        read=typed.count(),
        user=typed.count(where=user),
        item=typed.count(where=user & item),
        time=typed.count(where=_complete(typed)),
    )
    left = {name: int(rows) for name, rows in counted.to_pandas().iloc[0].items()}
    steps = [
        Step("lines-read", raw.rows + raw.unreadable, left["read"]),
        Step("rows-with-user", left["read"], left["user"]),
        Step("rows-with-item", left["user"], left["item"]),
        Step("rows-with-time", left["item"], left["time"]),
    ]
    for role, step in zip(("user", "item", "time"), steps[1:], strict=True):
        if step.rows_out == 0:
            raise DataError("no-row-has", file=raw.source, rows=step.rows_in, role=role)
    return steps


def _not_believable(raw: RawTable, column: str, rows: "ibis.Table", believable: tuple[int, int]) -> tuple[int, int]:
    """Count the rows before and after the believable times; DataError where they are more than half."""
    time, (low, high) = rows[col.TIME], believable
    counted = rows.aggregate(
        early=rows.count(where=time < low), late=rows.count(where=time > high), rows=rows.count(),
        first=time.min(), last=time.max(),
    )  # fmt: skip
    early, late, every, first, last = (int(count) for count in counted.to_pandas().iloc[0])
    if early + late > _MOST_OUTSIDE * every:
        raise DataError(
            "times-not-believable",
            file=raw.source,
            column=column,
            rows=early + late,
            share=(early + late) / every,
            first=first,
            last=last,
            earliest=low,
            latest=high,
        )
    return early, late


def stray_limits(rows: "ibis.Table") -> tuple[int, int]:
    """Find the first and last time that belong to the log; what lies outside is stray.

    The body of the log is what remains without its first and last 0.1 % of events. From there outwards days are
    taken in until a gap longer than 30 days and a quarter of the body; the few events beyond it are a broken clock or
    a typing error. One of them in the future would make every user look lapsed, one in 1970 would stretch the log
    over decades.
    """
    time = rows[col.TIME]
    by_day = rows.group_by(day=time // col.DAY_SECONDS).agg(events=rows.count(), low=time.min(), high=time.max())
    days = by_day.order_by("day").to_pandas().astype("int64")
    day, events = days["day"].tolist(), days["events"].tolist()
    total = sum(events)
    spare = int(_STRAY_SHARE * total) or int(total >= _STRAY_MIN_ROWS)
    seen = list(accumulate(events))
    first = next(i for i, count in enumerate(seen) if count > spare)
    last = next(i for i in range(len(day) - 1, -1, -1) if total - (seen[i - 1] if i else 0) > spare)
    longest = max(_STRAY_MIN_DAYS, _STRAY_SPAN * (day[last] - day[first]))
    while first > 0 and day[first] - day[first - 1] <= longest:
        first -= 1
    while last < len(day) - 1 and day[last + 1] - day[last] <= longest:
        last += 1
    return int(days["low"].iloc[first]), int(days["high"].iloc[last])


def id_text(column: "ibis.Column") -> "StringValue":
    """Write ids, and names of any kind, as text without blanks around it; empty ones are missing."""
    return engine.current().trimmed(plain_text(column)).nullif("")


def plain_text(column: "ibis.Column") -> "StringValue":
    """Write a column as text; ids that a table holds as real numbers (5.0, because others are missing) read 5."""
    import ibis

    text = column.cast("string")
    if not column.type().is_floating():
        return text
    finite = _is_finite(column)
    whole = column.try_cast("decimal(38, 0)").cast("string")
    return ibis.cases((finite & (column == column.floor()), whole), (finite, text))


def _finite(column: "ibis.Column") -> "ibis.Value":
    import ibis

    number = column.try_cast("float64")
    return ibis.cases((_is_finite(number), number))


def _is_finite(number: "ibis.Value") -> "BooleanValue":
    return ~(number.isnan() | number.isinf())

"""The tables that describe users and items: joined on the ids of the log, every other column kept as an attribute."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recsys_core import columns as col
from recsys_core import engine
from recsys_core.answers import Issue
from recsys_core.data.clean import id_text
from recsys_core.data.mapping import guess_key, guess_text
from recsys_core.data.raw_table import RawTable
from recsys_core.errors import DataError

if TYPE_CHECKING:
    import ibis
    from ibis.expr.types import StringValue


@dataclass(frozen=True)
class SideTable:
    """One row per id, the names of its attributes, and what is odd about it."""

    table: "ibis.Table"
    attributes: tuple[str, ...]
    has_text: bool
    issues: tuple[Issue, ...]


def side_table(
    raw: RawTable, role: str, log_column: str, text: tuple[str, ...], left_out: Collection[str] = ()
) -> SideTable:
    """Make an items or users table of what a source gave.

    Parameters
    ----------
    role
        "item" or "user".
    log_column
        Name of the id column in the log; the same name is looked for here.
    text
        Columns of an items table that become its text, joined in this order; empty: guessed.
    left_out
        Columns that are not stored, neither as attributes nor in the text.

    Raises
    ------
    DataError
        If a named text column is not there.
    """
    import ibis

    key = guess_key(raw, role, log_column)
    parts = tuple(c for c in _text_columns(raw, key, text) if c not in left_out) if role == "item" else ()
    id_column = col.ITEM if role == "item" else col.USER
    attributes = tuple(c for c in raw.columns if c != key and c not in left_out)
    stored = _stored_names(attributes, (id_column, col.TEXT))
    columns = {id_column: id_text(raw.table[key])}
    if parts:
        columns[col.TEXT] = ibis.literal(". ").join([_filled(raw.table[part]) for part in parts]).nullif("")
    columns |= {name: _attribute(raw, column) for name, column in zip(stored, attributes, strict=True)}
    # Any of the rows of one id would be left to chance; the first in the order of all columns is always the same.
    rows = raw.table.select(**columns)
    rows = rows.filter(rows[id_column].notnull())
    order = [*([col.TEXT] if parts else []), *stored] or [id_column]
    place = ibis.row_number().over(group_by=rows[id_column], order_by=[rows[name] for name in order])
    return SideTable(rows.filter(place == 0), stored, bool(parts), _issues(raw, key, role))


def _stored_names(attributes: tuple[str, ...], ours: tuple[str, ...]) -> tuple[str, ...]:
    """Names of the attributes, changed where they are those of our own columns (in any case, as the engine sees it)."""
    taken = {name.casefold() for name in (*ours, *attributes)}
    out = []
    for name in attributes:
        fresh = name
        if name.casefold() in ours:
            fresh = f"{name} (attribute)"
            while fresh.casefold() in taken:
                fresh += "*"
            taken.add(fresh.casefold())
        out.append(fresh)
    return tuple(out)


def _text_columns(raw: RawTable, key: str, text: tuple[str, ...]) -> tuple[str, ...]:
    missing = [name for name in text if name not in raw.columns]
    if missing:
        raise DataError("text-column-missing", file=raw.source, column=missing[0], columns=raw.columns)
    return text or guess_text(raw, key)


def _filled(column: "ibis.Column") -> "StringValue":
    return engine.current().trimmed(column.cast("string")).nullif("")


def _attribute(raw: RawTable, column: str) -> "ibis.Value":
    """Numbers become numbers where all of a column's values are; everything else stays as it is written.

    Codes stay text: what has a leading zero (a postal code), and what has only two values (0 and 1).
    """
    values = raw.table[column]
    if not values.type().is_string():
        return values
    text, number, table = engine.current().trimmed(values), values.try_cast("float64"), raw.table
    counted = table.aggregate(
        filled=_filled(values).count(),
        numbers=table.count(where=~(number.isnan() | number.isinf())),
        kinds=values.nunique(),
        codes=table.count(where=text.re_search("^[+-]?0[0-9].*$")),
        whole=table.count(where=text.re_search("^-?[0-9]{1,18}$")),
    )
    filled, numbers, kinds, codes, whole = (int(count) for count in counted.to_pandas().iloc[0])
    if not 0 < filled == numbers or kinds <= 2 or codes:
        return _filled(values)
    return values.try_cast("int64" if whole == filled else "float64")


def _issues(raw: RawTable, key: str, role: str) -> tuple[Issue, ...]:
    ids = engine.current().trimmed(raw.table[key].cast("string"))
    again = int((raw.table.count() - ids.nunique()).execute())
    return (Issue("warn", "repeated-ids", again, {"file": raw.source, "role": role}),) if again else ()

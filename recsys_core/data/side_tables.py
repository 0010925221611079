"""The tables that describe users and items: joined on the ids of the log, every other column kept as an attribute."""

from dataclasses import dataclass
from pathlib import Path

from recsys_core import columns as col
from recsys_core import engine
from recsys_core.data.clean import plain_id
from recsys_core.data.dataset import Issue
from recsys_core.data.mapping import guess_key, guess_text
from recsys_core.data.read_log import RawTable, read_table
from recsys_core.engine import quote
from recsys_core.errors import DataError


@dataclass(frozen=True)
class SideTable:
    """A query that gives one row per id, the names of its attributes, and what is odd about it."""

    sql: str
    attributes: tuple[str, ...]
    has_text: bool
    issues: tuple[Issue, ...]


def read_side_table(path: Path, role: str, log_column: str, names: tuple[str, ...], text: tuple[str, ...]) -> SideTable:
    """Read an items or users table.

    Parameters
    ----------
    path
        The file, in any form that `read_table` knows.
    role
        "item" or "user".
    log_column
        Name of the id column in the log; the same name is looked for here.
    names
        Column names, for a file without a header.
    text
        Columns of an items table that become its text, joined in this order; empty: guessed.

    Raises
    ------
    DataError
        As `read_table`, and if a named text column is not there.
    """
    table = read_table(path, columns=names)
    key = guess_key(table, role, log_column)
    parts = _text_columns(table, key, text) if role == "item" else ()
    id_column = col.ITEM if role == "item" else col.USER
    attributes = tuple(c for c in table.columns if c != key)
    listed = [f"nullif(trim({plain_id(table, key)}), '') AS {id_column}"]
    if parts:
        listed.append(f"nullif(concat_ws('. ', {', '.join(_filled(part) for part in parts)}), '') AS {col.TEXT}")
    stored = _stored_names(attributes, (id_column, col.TEXT))
    order = ", ".join(quote(c) for c in (col.TEXT, *stored) if c != col.TEXT or parts) or id_column
    listed += [f"{_attribute(table, c)} AS {quote(kept)}" for c, kept in zip(attributes, stored, strict=True)]
    # any_value would let chance pick among rows of one id; the first in the order of all columns is always the same.
    sql = (
        f"SELECT * FROM (SELECT {', '.join(listed)} FROM {table.name}) WHERE {id_column} IS NOT NULL "
        f"QUALIFY row_number() OVER (PARTITION BY {id_column} ORDER BY {order}) = 1"
    )
    return SideTable(sql, stored, bool(parts), _issues(table, key, role))


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


def _text_columns(table: RawTable, key: str, text: tuple[str, ...]) -> tuple[str, ...]:
    missing = [name for name in text if name not in table.columns]
    if missing:
        raise DataError(
            f"{table.path.name} has no column {missing[0]!r} for the item text. Its columns are: "
            f"{', '.join(table.columns)}."
        )
    return text or guess_text(table, key)


def _filled(column: str) -> str:
    return f"nullif(trim({quote(column)}::VARCHAR), '')"


def _attribute(table: RawTable, column: str) -> str:
    """Numbers become numbers where all of a column's values are; everything else stays as it is written.

    Codes stay text: what has a leading zero (a postal code), and what has only two values (0 and 1).
    """
    name = quote(column)
    if table.types[table.columns.index(column)] != "VARCHAR":
        return name
    text = f"trim({name})"
    row = engine.cursor().execute(
        f"SELECT count({_filled(column)}), count_if(isfinite(TRY_CAST({name} AS DOUBLE))), count(DISTINCT {name}), "
        f"count_if(regexp_full_match({text}, '[+-]?0[0-9].*')), count_if(regexp_full_match({text}, '-?[0-9]{{1,18}}')) "
        f"FROM {table.name}"
    )
    filled, numbers, kinds, codes, whole = row.fetchone() or (0, 0, 0, 0, 0)
    if not 0 < filled == numbers or kinds <= 2 or codes:
        return _filled(column)
    return f"TRY_CAST({name} AS {'BIGINT' if whole == filled else 'DOUBLE'})"


def _issues(table: RawTable, key: str, role: str) -> tuple[Issue, ...]:
    row = (
        engine.cursor()
        .execute(f"SELECT count(*) - count(DISTINCT trim({quote(key)}::VARCHAR)) FROM {table.name}")
        .fetchone()
    )
    again = int(row[0]) if row else 0
    if not again:
        return ()
    detail = f"{again:,} rows of {table.path.name} repeat the id of another {role}, or have none."
    return (Issue("warn", f"repeated {role} ids", again, detail, "One row per id was kept; mend the table."),)

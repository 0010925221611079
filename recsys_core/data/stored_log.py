"""How an imported log is stored: sorted Parquet under pseudonyms, and the card that says how it came about."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recsys_core import columns as col
from recsys_core import engine
from recsys_core.answers import Issue
from recsys_core.data.clean import CleanTable
from recsys_core.data.mapping import ColumnMapping
from recsys_core.data.personal import PersonalColumn
from recsys_core.data.raw_table import RawTable
from recsys_core.data.side_tables import SideTable
from recsys_core.data.times import TimeFormat
from recsys_core.data.validate import find_issues
from recsys_core.errors import DataError
from recsys_core.settings import DataSettings

if TYPE_CHECKING:
    import ibis
    from ibis.expr.types import StringValue

_MOST_KINDS = 100


@dataclass(frozen=True)
class Imported:
    """What an import starts from.

    Attributes
    ----------
    sources
        By role (log, items, users), what each source is called.
    content
        By role, the fingerprint of each.
    personal
        Columns that look like personal data.
    """

    raw: RawTable
    mapping: ColumnMapping
    sources: Mapping[str, str]
    settings: DataSettings
    content: Mapping[str, str]
    title: str
    personal: tuple[PersonalColumn, ...] = ()


def pseudonym(ids: "StringValue", key: str) -> "StringValue":
    """Hash ids under a key: nested, so that nothing can be appended to a known one; 80 bits against collisions."""
    import ibis

    if not key:
        return ids
    inner = (ibis.literal(key) + ids).hexdigest("sha256")
    return ibis.literal("u") + (ibis.literal(key) + inner).hexdigest("sha256").left(20)


def write_interactions(log: "ibis.Table", key: str, draft: Path) -> None:
    """Write sorted by user, time and item. Users are hashed once each and sorted by their place, not by their name."""
    import ibis

    users = log.select(col.USER).distinct()
    users = users.select(known=users[col.USER], stored=pseudonym(users[col.USER], key))
    users = users.mutate(place=ibis.row_number().over(order_by=users.stored).cast("uint32"))
    rest = [name for name in log.columns if name not in (col.USER, col.TIME)]
    rows = log.join(users, log[col.USER] == users.known)
    rows = rows.order_by("place", col.TIME, *rest).select(col.TIME, *rest, **{col.USER: rows.stored})
    engine.current().write(rows.select(col.USER, col.TIME, *rest), draft / "interactions.parquet")


def write_side(table: "ibis.Table", name: str, key: str, draft: Path) -> None:
    """Write an items or users table, sorted by its ids as they are stored."""
    if name == "users":
        table = table.mutate(**{col.USER: pseudonym(table[col.USER], key)})
    engine.current().write(table.order_by(col.ITEM if name == "items" else col.USER), draft / f"{name}.parquet")


def card(
    imported: Imported, log: CleanTable, times: TimeFormat, sides: Mapping[str, SideTable], dataset_id: str
) -> dict[str, Any]:
    """Say what dataset.json holds.

    Raises
    ------
    DataError
        If a users or items table has nothing to do with the log.
    """
    issues = [*find_issues(imported.raw, log, times), *(issue for side in sides.values() for issue in side.issues)]
    issues += [issue for name, side in sides.items() if (issue := _unmatched(name, log, side))]
    issues += [column.issue for column in imported.personal]
    items, users = sides.get("items"), sides.get("users")
    return {
        "dataset_id": dataset_id,
        "title": imported.title,
        "rows_in": log.steps[0].rows_in,
        **facts(log),
        "mapping": imported.mapping.to_dict(),
        "steps": [step.to_dict() for step in log.steps],
        "issues": [issue.to_dict() for issue in issues],
        "user_attributes": list(users.attributes if users else ()),
        "item_attributes": list(items.attributes if items else ()),
        "has_text": bool(items and items.has_text),
        "content": dict(imported.content),
        "settings": {**imported.settings.to_dict(), **imported.sources},  # no folders, no passwords: a card travels
    }


def facts(log: CleanTable) -> dict[str, Any]:
    """Say what of a card follows from the log: rows, users, items, first and last time, events, recommenders."""
    kinds = {"events": _kinds(log, col.EVENT), "recommenders": _kinds(log, col.RECOMMENDER)}
    return {"rows": log.rows, **_extent(log), **kinds}


def _extent(log: CleanTable) -> dict[str, Any]:
    time = log.table[col.TIME]
    counted = log.table.aggregate(
        users=log.table[col.USER].nunique(),
        items=log.table[col.ITEM].nunique(),
        first_time=time.min(),
        last_time=time.max(),
        date_only=(time % col.DAY_SECONDS == 0).all(),
    )
    row = counted.to_pandas().iloc[0]
    return {name: bool(row[name]) if name == "date_only" else int(row[name]) for name in counted.columns}


def _unmatched(name: str, log: CleanTable, side: SideTable) -> Issue | None:
    id_column = col.ITEM if name == "items" else col.USER
    ids = log.table.select(id_column).distinct()
    every, missing = int(ids.count().execute()), int(ids.anti_join(side.table, id_column).count().execute())
    if missing == every:
        raise DataError("side-table-unmatched", ids=every, role=name)
    return Issue("warn", "ids-without-row", missing, {"ids": every, "role": name}) if missing else None


def _kinds(log: CleanTable, column: str) -> dict[str, int]:
    import ibis

    if column not in log.columns:
        return {}
    known = log.table.filter(log.table[column].notnull())
    counted = known.group_by(kind=known[column]).agg(rows=known.count())
    most = counted.order_by(ibis.desc("rows"), "kind").limit(_MOST_KINDS).to_pandas()
    return {str(kind): int(rows) for kind, rows in zip(most["kind"], most["rows"], strict=True)}

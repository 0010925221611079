"""Which column is what: a guess that the user sees and can change."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Final, Self

from recsys_core import engine
from recsys_core.columns import ROLE_NAMES, named_like, plain
from recsys_core.data.raw_table import RawTable
from recsys_core.data.text_shape import numbered
from recsys_core.data.times import looks_like_time
from recsys_core.errors import DataError
from recsys_core.settings import DataSettings

_TEXT: Final = ("title", "name", "headline", "description", "summary", "abstract", "text", "genre", "genres", "tags")
_MOST_KINDS = 50
_KINDS_SAMPLE = 100_000
_MOST_TRIED = 20  # columns whose content is looked at for one role: each look reads the table


@dataclass(frozen=True)
class ColumnMapping:
    """Column of the log for each role; empty where the log has none."""

    user: str = ""
    item: str = ""
    time: str = ""
    event: str = ""
    value: str = ""
    recommender: str = ""
    propensity: str = ""

    def to_dict(self) -> dict[str, str]:
        """Roles that have a column."""
        return {spec.name: getattr(self, spec.name) for spec in fields(self) if getattr(self, spec.name)}

    def with_settings(self, settings: DataSettings, table: RawTable) -> Self:
        """Put the columns that the user named in place of the guessed ones, and guess the others anew without them.

        Of a mapping that holds no guess only the named columns remain.

        Raises
        ------
        DataError
            For a column that is not there, or that is named for two roles.
        """
        named = {spec.name: getattr(settings, spec.name) for spec in fields(self)}
        chosen = {role: column for role, column in named.items() if column}
        for role, column in chosen.items():
            if column not in table.columns:
                raise DataError("column-missing", file=table.source, column=column, role=role, columns=table.columns)
            twin = next(other for other, its in chosen.items() if its == column)
            if twin != role:
                raise DataError("column-named-twice", column=column, first=twin, second=role)
        if not chosen:
            return self
        return replace(self, **(_guess(table, chosen) if self.to_dict() else chosen))

    def check(self, table: RawTable) -> None:
        """Raise DataError, naming the columns found, unless user, item and time are known."""
        missing = [role for role in ("user", "item", "time") if not getattr(self, role)]
        if missing:
            first, second, third = (*missing, "", "")[:3]
            raise DataError(
                "columns-not-found",
                file=table.source,
                first=first,
                second=second,
                third=third,
                columns=table.columns,
                several=len(table.columns) > 1,
            )


def named_columns(settings: DataSettings) -> frozenset[str]:
    """Columns of the log that the user named."""
    return frozenset(filter(None, (getattr(settings, spec.name) for spec in fields(ColumnMapping))))


def guess_mapping(table: RawTable) -> ColumnMapping:
    """Guess the columns by their names, and by what they hold where names say nothing.

    Of several columns that may be the time, the first that reads as times is taken. A column with more than 50
    different values is not taken for a recommender or an event. In a table of numbered columns the time is the one
    that reads as times, the user the first of the others and the item the next. At most 20 columns are looked into for
    a role: of many numbered ones the first ten and the last ten.
    """
    return ColumnMapping(**_guess(table, {}))


def _guess(table: RawTable, chosen: Mapping[str, str]) -> dict[str, str]:
    """Column, or nothing, for every role; those chosen stand."""
    if table.columns == numbered(len(table.columns)):
        return dict.fromkeys(ROLE_NAMES, "") | _guess_by_place(table, chosen)
    taken = dict(chosen)
    for role in ROLE_NAMES:
        if role not in taken:
            taken[role] = _guess_by_name(table, role, [c for c in table.columns if c not in taken.values()])
    return taken


def _guess_by_name(table: RawTable, role: str, free: list[str]) -> str:
    fitting = named_like(role, free)
    tried = fitting[:_MOST_TRIED]
    if role == "time" and len(fitting) > 1:
        return next((column for column in tried if looks_like_time(table, column)), fitting[0])
    if role in ("recommender", "event"):
        return next((column for column in tried if _kinds(table, column) <= _MOST_KINDS), "")
    return next(iter(fitting), "")


def _guess_by_place(table: RawTable, chosen: Mapping[str, str]) -> dict[str, str]:
    roles = dict(chosen)
    free = [column for column in table.columns if column not in chosen.values()]
    if "time" not in roles:
        ends = free if len(free) <= _MOST_TRIED else free[: _MOST_TRIED // 2] + free[-_MOST_TRIED // 2 :]
        time = _last_of_times(table, ends) if ends else ""
        roles["time"] = time
        free = [column for column in free if column != time]
    for role in ("user", "item"):
        if role not in roles and free:
            roles[role] = free.pop(0)
    if "value" not in roles and len(free) == 1:
        roles["value"] = free[0]
    return roles


def _last_of_times(table: RawTable, columns: list[str]) -> str:
    """Find the last of some columns that reads as times; a table of hundreds is slow to ask, so it is asked once."""
    with engine.materialised(table.table.select(*columns).limit(_KINDS_SAMPLE)) as sample:
        first = replace(table, table=sample)
        return next((column for column in reversed(columns) if looks_like_time(first, column)), "")


def guess_key(table: RawTable, role: str, log_column: str) -> str:
    """Find the column of an items or users table that holds the ids: named as in the log, else as such ids are."""
    if table.columns == numbered(len(table.columns)):
        return table.columns[0]
    if log_column in table.columns:
        return log_column
    plain_key = next((column for column in table.columns if column.lower() == "id"), "")
    return plain_key or next(iter(named_like(role, table.columns)), table.columns[0])


def guess_text(table: RawTable, key: str) -> tuple[str, ...]:
    """Find the columns of an items table that describe the item; all of them where the columns are numbered."""
    if table.columns == numbered(len(table.columns)):
        return tuple(column for column in table.columns if column != key)
    by_name = {plain(column): column for column in table.columns if column != key}
    return tuple(by_name[name] for name in _TEXT if name in by_name)


def _kinds(table: RawTable, column: str) -> int:
    first = table.table.select(kind=table.table[column]).limit(_KINDS_SAMPLE)
    return int(first.kind.nunique().execute())

"""Which column is what: a guess that the user sees and can change."""

import re
from dataclasses import dataclass, fields, replace
from typing import Final, Self

from recsys_core import engine
from recsys_core.data.read_log import RawTable, numbered
from recsys_core.data.times import looks_like_time
from recsys_core.engine import quote
from recsys_core.errors import DataError
from recsys_core.settings import DataSettings

# What people call these columns; the whole name must match once case and punctuation are gone.
_WHO = "user|customer|client|visitor|member|reader|viewer|listener|account|player|profile"
_WHAT = (
    "item|product|movie|film|article|news|video|song|track|book|content|title|sku|asin|stock|game|page|document|show"
)
_KEY = "(id|idx|key|no|number|name|code|hash|token|idtoken)?"
_WHEN = "event|created|invoice|order|purchase|rating|rated|click|view|play|unix|utc"
_NAMES: Final = {
    "user": f"({_WHO}){_KEY}|uid|who",
    "item": f"({_WHAT}){_KEY}|iid|what",
    "time": f"({_WHEN})?(time|timestamp|date|datetime|ts|epoch)(utc|ms|s|float)?|(created|occurred|rated)at|when|at|dt",
    "recommender": "recommender(id|name)?|arm|variant|variation|policy|algorithm|algo|treatment|experimentgroup|"
    "testgroup|bucket|servedby|group",
    "event": "(event|action|interaction|behaviou?r)(type|name|kind)?|type",
    "propensity": "propensity(score)?|pscore|actionprob(ability)?",
    "value": "value|rating(float)?|score|stars|weight|quantity|qty|amount|price|minutes|seconds|playtime|watchtime",
}
_TEXT: Final = ("title", "name", "headline", "description", "summary", "abstract", "text", "genre", "genres", "tags")
_MOST_KINDS = 50


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
        """Put the columns that the user named in place of the guessed ones; DataError for one that is not there."""
        named = {spec.name: getattr(settings, spec.name) for spec in fields(self)}
        chosen = {role: column for role, column in named.items() if column}
        for role, column in chosen.items():
            if column not in table.columns:
                raise DataError(
                    f"{table.path.name} has no column {column!r} for the {role}. Its columns are: "
                    f"{', '.join(table.columns)}."
                )
        freed = {role: "" for role, column in self.to_dict().items() if column in chosen.values()}
        return replace(self, **(freed | chosen))

    def check(self, table: RawTable) -> None:
        """Raise DataError, naming the columns found, unless user, item and time are known."""
        missing = [role for role in ("user", "item", "time") if not getattr(self, role)]
        if missing:
            one = len(table.columns) == 1
            hint = " Only one column was found, so the separator may be wrong." if one else ""
            raise DataError(
                f"{table.path.name} has no column that looks like the {' or the '.join(missing)}. Found: "
                f"{', '.join(table.columns)}.{hint} Name the column with --{missing[0]}, or choose it on the data page."
            )


def guess_mapping(table: RawTable) -> ColumnMapping:
    """Guess the columns by their names, and by what they hold where names say nothing.

    A column with more than 50 different values is not taken for a recommender or an event. In a table of numbered
    columns the time is the one that reads as times, the user the first of the others and the item the next.
    """
    taken: dict[str, str] = {}
    for role, pattern in _NAMES.items():
        matches = (c for c in table.columns if c not in taken.values() and re.fullmatch(pattern, _plain(c)))
        for column in matches:
            if role in ("recommender", "event") and _kinds(table, column) > _MOST_KINDS:
                continue
            taken[role] = column
            break
    if table.columns == numbered(len(table.columns)):
        taken |= _guess_by_place(table)
    return ColumnMapping(**taken)


def _guess_by_place(table: RawTable) -> dict[str, str]:
    time = next((column for column in reversed(table.columns) if looks_like_time(table, column)), "")
    others = [column for column in table.columns if column != time]
    roles = dict(zip(("user", "item"), others, strict=False)) | ({"time": time} if time else {})
    if len(others) == 3:
        roles["value"] = others[2]
    return roles


def guess_key(table: RawTable, role: str, log_column: str) -> str:
    """Find the column of an items or users table that holds the ids: named as in the log, else as such ids are."""
    if table.columns == numbered(len(table.columns)):
        return table.columns[0]
    if log_column in table.columns:
        return log_column
    named = (column for column in table.columns if re.fullmatch(_NAMES[role], _plain(column)))
    return next(named, table.columns[0])


def guess_text(table: RawTable, key: str) -> tuple[str, ...]:
    """Find the columns of an items table that describe the item; all of them where the columns are numbered."""
    if table.columns == numbered(len(table.columns)):
        return tuple(column for column in table.columns if column != key)
    found = {_plain(column): column for column in table.columns if column != key}
    return tuple(found[name] for name in _TEXT if name in found)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _kinds(table: RawTable, column: str) -> int:
    row = engine.cursor().execute(f"SELECT approx_count_distinct({quote(column)}) FROM {table.name}").fetchone()
    return int(row[0]) if row else 0

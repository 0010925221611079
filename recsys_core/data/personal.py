"""Columns that look like personal data: e-mail addresses, phone numbers, names of people, the user's id once more.

They are told by what they are called and by what they hold, and left out of what is stored unless they are kept on
purpose. Whole tables are looked at, so that the same files give the same data set.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from recsys_core import engine
from recsys_core.answers import Issue
from recsys_core.data.clean import id_text
from recsys_core.data.mapping import ColumnMapping, guess_key
from recsys_core.data.raw_table import RawTable

if TYPE_CHECKING:
    import ibis

# Names of columns once case, digits and punctuation are gone.
_EMAIL = re.compile(r".*e?mail(address|addr|adresse)?")
_PHONE = re.compile(r".*(phone|telefon|telephone|mobile|msisdn)(no|nr|num|number)?")
_PERSON = re.compile(r".*(first|last|given|family|middle|full|legal|real|maiden|display)name|surname|fore?name")
_NAME = re.compile(r"name|(user|customer|client|member|person|contact|nick|login)s?name|login|nick")
# What cells hold.
_EMAILS: Final = r"^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$"
_PHONES: Final = r"^(\+|00)[1-9][0-9 ()./-]{6,17}$"
_DIGITS: Final = r"^[+(0-9][0-9 ()./+-]{5,}[0-9]$"
_NAMES: Final = r"^\p{Lu}[\p{L}'’]+([ -]\p{Lu}[\p{L}'’.]*){1,3}$"
_NUMBER: Final = r"^[0-9.]+$"
_FEW_EMAILS, _HALF, _MOST, _ALL = 0.1, 0.5, 0.8, 0.9
_FEW_KINDS, _ENOUGH = 2, 20
_LOOKED_AT = 100_000  # rows of a log, where nothing but a warning depends on it


@dataclass(frozen=True)
class PersonalColumn:
    """A column that looks like personal data.

    Attributes
    ----------
    table
        log, items or users.
    kind
        email, phone, name or user-id.
    rows
        Cells that are filled.
    kept
        True where it is stored all the same.
    """

    table: str
    column: str
    kind: str
    rows: int
    kept: bool

    @property
    def issue(self) -> Issue:
        """What the card says of it."""
        values = {"table": self.table, "column": self.column, "looks": self.kind}
        return Issue("warn", "personal-kept" if self.kept else "personal-left-out", self.rows, values)


@dataclass(frozen=True)
class _Cells:
    """How many cells of a column are filled, differ, and look like something."""

    filled: int
    kinds: int
    emails: int
    phones: int
    digits: int
    names: int
    numbers: int
    own: int

    def share(self, count: int) -> float:
        return count / self.filled if self.filled else 0.0


def find_personal(
    log: RawTable, mapping: ColumnMapping, sides: Mapping[str, RawTable], keep: Iterable[str], text: Iterable[str]
) -> tuple[PersonalColumn, ...]:
    """Look through the users and items tables for columns that look like personal data.

    Parameters
    ----------
    sides
        The tables by name, items and users.
    keep
        Columns that are stored on purpose.
    text
        Columns of the items table that were named as its text: these are stored on purpose too.
    """
    if not sides:
        return ()
    found: list[PersonalColumn] = []
    with engine.materialised(log.table.select(known=id_text(log.table[mapping.user])).distinct()) as users:
        for name, raw in sides.items():
            role = "user" if name == "users" else "item"
            key = guess_key(raw, role, getattr(mapping, role))
            wanted = {*keep, *(text if name == "items" else ())}
            cells = _count(raw, [column for column in raw.columns if column != key], key)
            for column, seen in cells.items():
                kind = _kind(name, column, seen) or _repeats(raw, column, seen, users)
                found += [PersonalColumn(name, column, kind, seen.filled, column in wanted)] if kind else []
    return tuple(found)


def find_personal_roles(log: RawTable, mapping: ColumnMapping, *, pseudonymise: bool) -> tuple[PersonalColumn, ...]:
    """Look at the columns of the log that are stored as they come: they were chosen, so they can only be warned of."""
    roles = ("item", "event", "recommender") if pseudonymise else ("user", "item", "event", "recommender")
    columns = [column for role in roles if (column := getattr(mapping, role))]
    first = RawTable(log.source, log.table.limit(_LOOKED_AT), log.rows)
    found: list[PersonalColumn] = []
    for column, cells in _count(first, columns, mapping.user).items():
        again = column != mapping.user and cells.share(cells.own) >= _ALL
        kind = "email" if cells.share(cells.emails) >= _HALF else "user-id" if again else ""
        found += [PersonalColumn("log", column, kind, log.rows, kept=True)] if kind else []
    return tuple(found)


def _repeats(raw: RawTable, column: str, cells: _Cells, users: "ibis.Table") -> str:
    """Say whether a column holds ids of users of the log, of whichever; numbers are ids of anything."""
    if cells.kinds < _ENOUGH or cells.share(cells.numbers) >= _HALF:
        return ""
    values = raw.table.select(known=id_text(raw.table[column])).distinct()
    return "user-id" if int(values.semi_join(users, "known").count().execute()) >= _HALF * cells.kinds else ""


def _kind(table: str, column: str, cells: _Cells) -> str:
    """Say what a column looks like; "" for nothing of the kind. Two values are an answer, whatever it is called."""
    name = re.sub(r"[^a-z]", "", column.lower())
    several = cells.kinds > _FEW_KINDS
    if cells.share(cells.emails) >= _FEW_EMAILS or (several and _EMAIL.fullmatch(name)):
        return "email"
    if cells.share(cells.phones) >= _HALF or (_PHONE.fullmatch(name) and cells.share(cells.digits) >= _HALF):
        return "phone"
    called = _PERSON.fullmatch(name) or (table == "users" and _NAME.fullmatch(name))
    named = cells.filled >= _ENOUGH and cells.kinds >= _HALF * cells.filled and cells.share(cells.names) >= _MOST
    if (several and called) or (table == "users" and named):
        return "name"
    return "user-id" if table == "users" and cells.filled > 1 and cells.share(cells.own) >= _ALL else ""


def _count(raw: RawTable, columns: Sequence[str], key: str) -> dict[str, _Cells]:
    """Count what the cells of some columns look like, all in one go."""
    if not columns:
        return {}
    texts = {f"cell{place}": id_text(raw.table[column]) for place, column in enumerate(columns)}
    table = raw.table.select(owner=id_text(raw.table[key]), **texts)
    patterns = {"emails": _EMAILS, "phones": _PHONES, "digits": _DIGITS, "names": _NAMES, "numbers": _NUMBER}
    wanted: dict[str, ibis.Value] = {}
    for place in range(len(columns)):
        cell = table[f"cell{place}"]
        wanted |= {f"filled{place}": cell.count(), f"kinds{place}": cell.nunique()}
        wanted[f"own{place}"] = table.count(where=cell == table.owner)
        wanted |= {f"{name}{place}": table.count(where=cell.re_search(form)) for name, form in patterns.items()}
    row = table.aggregate(**wanted).to_pandas().iloc[0]
    names = [field.name for field in fields(_Cells)]
    return {
        column: _Cells(**{name: int(row[f"{name}{place}"]) for name in names}) for place, column in enumerate(columns)
    }

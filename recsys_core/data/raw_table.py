"""How a table is to be read, and the table as its source gave it, before anything in it is interpreted."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recsys_core.answers import Message
from recsys_core.settings import ImportLimits

if TYPE_CHECKING:
    import ibis


@dataclass(frozen=True)
class Reading:
    """How a file is to be read.

    Attributes
    ----------
    separator
        What parts the fields of a text file; empty: found out from the first lines.
    columns
        Names for a text file without a header; empty: the first row is looked at.
    asked
        Names of columns that were asked for: a first row that holds one is a header.
    limits
        How large file and table may be.
    """

    separator: str = ""
    columns: tuple[str, ...] = ()
    limits: ImportLimits = field(default_factory=ImportLimits)
    asked: frozenset[str] = frozenset()


AS_IT_COMES = Reading()


@dataclass(frozen=True)
class RawTable:
    """A table in the engine, as found.

    Attributes
    ----------
    source
        What its source is called, for messages: a file's name.
    table
        Every column of a text file is text.
    rows
        Rows that could be read.
    unreadable
        Lines of a text file that have too few or too many fields.
    notes
        What the reader had to assume.
    """

    source: str
    table: "ibis.Table"
    rows: int
    unreadable: int = 0
    notes: tuple[Message, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names, in the order of the source."""
        return tuple(self.table.columns)

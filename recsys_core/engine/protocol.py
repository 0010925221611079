"""What the product asks of an engine; one file per engine keeps it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import ibis
    import pandas as pd

ROWS = "rows"  # the column of `Engine.counts` that counts


@dataclass(frozen=True)
class TextLayout:
    """How a text file is written: what parts its fields, its columns, and what to skip.

    Attributes
    ----------
    packed
        True for a gzip file.
    blank_lines
        Empty lines before the first record.
    missing
        Words that stand for an empty cell.
    """

    separator: str
    columns: tuple[str, ...]
    header: bool = True
    packed: bool = False
    blank_lines: int = 0
    missing: tuple[str, ...] = ("",)


@dataclass(frozen=True)
class TextRead:
    """A text file in the engine: every column as text, and the lines left out for having another number of fields."""

    table: "ibis.Table"
    rows: int
    unreadable: int


class UnreadableError(Exception):
    """The engine cannot read a file as it lies there.

    Attributes
    ----------
    fault
        What is wrong: its encoding, two kinds of line ends, a quotation mark, or something else.
    reason
        The engine's own words.
    line
        Where; 0 where that is not known.
    """

    def __init__(
        self, reason: str, fault: Literal["encoding", "line-ends", "quote", "other"] = "other", line: int = 0
    ) -> None:
        super().__init__(reason)
        self.reason, self.fault, self.line = reason, fault, line


class Engine(Protocol):
    """A database that Ibis speaks to. Tables belong to the thread that asked for them."""

    name: str

    def scan(self, path: Path) -> "ibis.Table":
        """Open a Parquet file of the workspace; nothing is read yet. One view per path, however often it is opened."""
        ...

    def read_parquet(self, paths: Sequence[Path]) -> "ibis.Table":
        """Open Parquet files as one table, columns matched by name; UnreadableError where that cannot be."""
        ...

    def read_text(self, path: Path, layout: TextLayout, *, load: bool = False) -> TextRead:
        """Open a text file in UTF-8 as a view, or bring it in, and count its rows.

        Parameters
        ----------
        load
            The file will be gone: keep its content. Characters that are not UTF-8 are taken as they can be.

        Raises
        ------
        UnreadableError
            If the engine cannot take the file as it is.
        """
        ...

    def materialised(self, table: "ibis.Table") -> AbstractContextManager["ibis.Table"]:
        """Compute a table once and keep it for the length of the block; expressions are otherwise computed anew."""
        ...

    def held(self, frame: "pd.DataFrame") -> AbstractContextManager["ibis.Table"]:
        """Bring a frame into the engine for the length of the block."""
        ...

    def drop(self, table: "ibis.Table") -> None:
        """Let go of a table or view that this engine made."""
        ...

    def scratch(self) -> AbstractContextManager[None]:
        """Drop the tables and views that are made in the block, other than by `scan`, when it ends."""
        ...

    def counts(self, table: "ibis.Table", by: Sequence[str]) -> "pd.DataFrame":
        """Count the rows of a table by the values of some columns: these columns, and ROWS; in their order."""
        ...

    def write(self, table: "ibis.Table", path: Path) -> None:
        """Write a table as Parquet, in the table's order."""
        ...

    def trimmed(self, text: "ibis.expr.types.StringValue") -> "ibis.expr.types.StringValue":
        """Take the blanks off both ends; other white space stays."""
        ...

    def seconds(self, moment: "ibis.Value") -> "ibis.expr.types.IntegerValue":
        """Turn a time stamp or date into whole UTC epoch seconds, rounded down; without a zone it is UTC."""
        ...

    def parsed(self, text: "ibis.expr.types.StringValue", pattern: str) -> "ibis.Value":
        """Read time stamps written by a pattern (as of strptime); NULL where a text is not."""
        ...

"""What the product asks of an engine; one file per engine keeps it."""

from collections.abc import Callable, Sequence
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
    blank_lines
        Empty lines before the first record.
    missing
        Words that stand for an empty cell.
    """

    separator: str
    columns: tuple[str, ...]
    header: bool = True
    blank_lines: int = 0
    missing: tuple[str, ...] = ("",)


@dataclass(frozen=True)
class Measured:
    """What a table holds, by reading all of it.

    Attributes
    ----------
    longest, column
        Bytes of the longest text, and the column it stands in; 0 and "" where there is none.
    size
        Bytes of all texts together.
    """

    rows: int
    longest: int = 0
    column: str = ""
    size: int = 0


@dataclass(frozen=True)
class TextRead:
    """A text file in the engine: every column as text, and the lines left out for having another number of fields.

    Of a file with very many such lines `unreadable` is the number at which counting ended; `every` is then False.
    """

    table: "ibis.Table"
    measured: Measured
    unreadable: int = 0
    every: bool = True


Fault = Literal["encoding", "line-ends", "quote", "memory", "disk", "other"]


class UnreadableError(Exception):
    """The engine cannot read a file as it lies there.

    Attributes
    ----------
    fault
        What is wrong: its encoding, two kinds of line ends, a quotation mark, or something else; or there was not
        enough memory or disk for it.
    reason
        The engine's own words.
    line
        Where; 0 where that is not known.
    """

    def __init__(self, reason: str, fault: Fault = "other", line: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.fault, self.line = reason, fault, line


class Engine(Protocol):
    """A database that Ibis speaks to. Tables belong to the thread that asked for them."""

    name: str

    def scan(self, path: Path) -> "ibis.Table":
        """Open a Parquet file of the workspace; no row is read yet. One view per path, however often it is opened.

        Raises
        ------
        UnreadableError
            If it is no Parquet file, or not there.
        """
        ...

    def read_parquet(self, paths: Sequence[Path]) -> "ibis.Table":
        """Open Parquet files as one table, columns matched by name; UnreadableError where that cannot be."""
        ...

    def measure(self, table: "ibis.Table") -> Measured:
        """Read every cell of a table once; UnreadableError where one of them cannot be read."""
        ...

    def read_text(self, path: Path, layout: TextLayout) -> TextRead:
        """Open a text file in UTF-8 as a view, and measure it.

        Raises
        ------
        UnreadableError
            If the engine cannot take the file as it is.
        """
        ...

    def materialise(self, table: "ibis.Table") -> "ibis.Table":
        """Compute a table once and keep it until it is dropped; expressions are otherwise computed anew."""
        ...

    def hold(self, frame: "pd.DataFrame") -> "ibis.Table":
        """Bring a frame into the engine and keep it until it is dropped."""
        ...

    def drop(self, table: "ibis.Table") -> None:
        """Let go of a table or view that this engine made, unless that was done before."""
        ...

    def scratch(self) -> AbstractContextManager[None]:
        """Drop the tables and views that are made in the block, other than by `scan`, and its folders, when it ends."""
        ...

    def new_folder(self) -> Path:
        """Make a folder that only its owner may enter, for files that tables are read from; `scratch` removes it."""
        ...

    def apart(self, folder: Path, memory: int) -> AbstractContextManager["Engine"]:
        """An engine of this kind for one piece of work, which leaves nothing.

        It keeps at most `memory` bytes, writes to `folder` only, and what it cannot do is an UnreadableError.
        """
        ...

    def gauge(self) -> Callable[[], float | None]:
        """Make a function that any thread may ask which share of this thread's query is done; None: not known."""
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

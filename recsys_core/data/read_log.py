"""Open a file, or a folder of parts, in the engine in use."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from recsys_core import engine
from recsys_core.data.raw_table import RawTable, Reading
from recsys_core.data.sources import file_source
from recsys_core.errors import DataError


def read_table(path: Path, separator: str = "", columns: Sequence[str] = ()) -> RawTable:
    r"""Open a CSV or Parquet file in the engine; it lives until the engine's scratch ends.

    Parameters
    ----------
    path
        `.parquet`, `.pq`, a text file, plain, `.gz` or `.zst`, or a folder of Parquet or text files.
    separator
        What parts the fields; empty: found out from the first lines among tab, `::`, `;`, `|` and `,`.
    columns
        Names for a file without a header row; empty: the first row is looked at.

    Raises
    ------
    DataError
        If the file is missing, empty, binary, has only a header, or cannot be parsed.
    """
    if not path.exists():
        raise DataError("file-not-found", path=str(path))
    return file_source(path, Reading(separator, tuple(columns))).scan(engine.current())


def read_frame(path: Path) -> pd.DataFrame:
    """Read a table that is small enough for memory; columns that hold only numbers become numbers.

    Raises
    ------
    DataError
        As `read_table`.
    """
    with engine.scratch():
        frame: pd.DataFrame = read_table(path).table.to_pandas()
    for name in frame.columns:
        numbers = pd.to_numeric(frame[name], errors="coerce")
        if numbers.notna().sum() == frame[name].notna().sum():
            frame[name] = numbers
    return frame

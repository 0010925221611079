"""What DuckDB, and what hands on its tables, raise becomes an UnreadableError that says what is at fault."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from recsys_core.engine.duck_sql import first_line
from recsys_core.engine.protocol import Fault, UnreadableError

_DISK = re.compile("no space|disk|max_temp_directory_size|could not write", re.IGNORECASE)


@contextmanager
def as_unreadable() -> Iterator[None]:
    """Turn an error of the engine into an UnreadableError."""
    import duckdb
    import pyarrow as pa

    try:
        yield
    except (duckdb.Error, pa.ArrowException, MemoryError) as err:
        raise UnreadableError(first_line(err), _fault(err)) from None


def _fault(err: Exception) -> Fault:
    """Tell want of memory or of disk from what lies with the file."""
    import duckdb

    if isinstance(err, (duckdb.OutOfMemoryException, MemoryError)):
        return "disk" if _DISK.search(str(err)) else "memory"
    return "disk" if isinstance(err, duckdb.IOException) and _DISK.search(str(err)) else "other"

"""The connection that large tables are computed in: DuckDB in memory, spoken to through Ibis.

One database per process, one cursor per thread. Tables live as Parquet in the workspace, never in a database file
(DuckDB files take one writer). The session's time zone is never changed: times are epoch seconds from import on.
"""

import os
import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid4, uuid5

from recsys_core.machine import total_memory

if TYPE_CHECKING:
    import duckdb
    import ibis
    import pandas as pd
    from ibis.backends.duckdb import Backend

_local = threading.local()


def _memory_limit() -> str:
    """Half of the machine's memory: training and the server need the rest."""
    return f"{max(total_memory() // 2, 2**30) // 2**20}MiB"


@cache
def _database() -> "duckdb.DuckDBPyConnection":
    import duckdb

    spill = Path(tempfile.gettempdir()) / f"staying-power-{os.getpid()}"  # the default is a folder where one stands
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": _memory_limit(),
        "preserve_insertion_order": False,
        "temp_directory": str(spill),
    }
    return duckdb.connect(":memory:", config=config)


def cursor() -> "duckdb.DuckDBPyConnection":
    """Return this thread's cursor on the process's database."""
    if not hasattr(_local, "cursor"):
        _local.cursor = _database().cursor()
    return _local.cursor


def backend() -> "Backend":
    """Return this thread's Ibis backend, on the same cursor."""
    import ibis

    if not hasattr(_local, "backend"):
        _local.backend = ibis.duckdb.from_connection(cursor())
    return _local.backend


def scan(path: Path) -> "ibis.Table":
    """Open a Parquet file as an Ibis table; nothing is read yet. One view per path, however often it is opened."""
    return backend().read_parquet(one_path(path), table_name=f"scan_{uuid5(NAMESPACE_URL, str(path)).hex}")


@contextmanager
def materialised(table: "ibis.Table") -> Iterator["ibis.Table"]:
    """Compute a table once and keep it for the length of the block, since expressions are otherwise computed anew."""
    name = f"kept_{uuid4().hex}"
    kept = backend().create_table(name, table, temp=True)
    try:
        yield kept
    finally:
        cursor().execute(f"DROP TABLE IF EXISTS {name}")


@contextmanager
def held(frame: "pd.DataFrame") -> Iterator["ibis.Table"]:
    """Bring a frame into the engine for the length of the block."""
    name = f"held_{uuid4().hex}"
    cursor().register(f"{name}_frame", frame)
    try:
        cursor().execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM {name}_frame")
    finally:
        cursor().unregister(f"{name}_frame")
    try:
        yield backend().table(name, database=("temp", "main"))
    finally:
        cursor().execute(f"DROP TABLE IF EXISTS {name}")


@contextmanager
def scratch() -> Iterator[set[str]]:
    """Drop this thread's temporary tables and views that are made in the block when it ends.

    Yields a set: what it names is kept, unless the block fails.
    """
    before, kept = set(_temporary()), set[str]()
    try:
        yield kept
    except BaseException:
        kept.clear()
        raise
    finally:
        for kind, name in set(_temporary()) - before:
            if name not in kept:
                cursor().execute(f"DROP {kind} IF EXISTS {quote(name)}")


def _temporary() -> list[tuple[str, str]]:
    tables = "SELECT 'TABLE', table_name FROM duckdb_tables() WHERE temporary"
    views = "SELECT 'VIEW', view_name FROM duckdb_views() WHERE temporary AND NOT internal"
    return cursor().execute(f"{tables} UNION ALL {views}").fetchall()


def one_path(path: Path) -> str:
    """Write a path so that the engine takes it for that one file: it reads * ? [ as patterns."""
    return re.sub(r"([*?[])", r"[\1]", str(path))


def quote(identifier: str) -> str:
    """Quote an SQL identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote an SQL string."""
    return "'" + text.replace("'", "''") + "'"

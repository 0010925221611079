"""DuckDB in memory: one database per process, one cursor per thread; an import has a database of its own.

Tables live as Parquet in the workspace, never in a database file (DuckDB files take one writer). The session's time
zone is never changed: times are epoch seconds from import on.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import NAMESPACE_URL, uuid5

from recsys_core.engine.duck_errors import as_unreadable
from recsys_core.engine.duck_sql import literal, one_path, quote
from recsys_core.engine.duck_text import open_text
from recsys_core.engine.ibis_engine import IbisEngine
from recsys_core.engine.protocol import Measured, TextLayout, TextRead
from recsys_core.machine import total_memory
from recsys_core.private import marked, temporary, work_folder

if TYPE_CHECKING:
    import duckdb
    import ibis
    import pandas as pd
    from ibis.backends.duckdb import Backend

LIBRARIES = ("ibis.backends.duckdb", "pyarrow.parquet")  # what is loaded when it is first computed with


@cache
def _database() -> "duckdb.DuckDBPyConnection":
    return _connect(temporary() / marked("spill"), total_memory())  # made when it is needed


def _connect(spill: Path, memory: int) -> "duckdb.DuckDBPyConnection":
    """Open a database; at most half of the machine's memory is its: training and the server need the rest."""
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{min(memory, max(total_memory() // 2, 2**30)) // 2**20}MiB",
        "preserve_insertion_order": False,
        "temp_directory": str(spill),  # the default is a folder where one stands
    }
    return duckdb.connect(":memory:", config=config)


@cache
def _function(name: str) -> Any:
    """Tell Ibis of a function of DuckDB that it has no word for."""
    import ibis
    import ibis.expr.datatypes as dt

    def trim(text: str) -> str: ...  # type: ignore[empty-body]
    def strlen(text: str) -> int: ...  # type: ignore[empty-body]
    def epoch(moment) -> float: ...  # type: ignore[no-untyped-def,empty-body]  # a time stamp with or without a zone
    def try_strptime(text: str, pattern: str) -> dt.Timestamp(): ...  # type: ignore[valid-type]

    words = {"trim": trim, "strlen": strlen, "epoch": epoch, "try_strptime": try_strptime}
    return ibis.udf.scalar.builtin(words[name])


class DuckEngine(IbisEngine):
    """The engine of the product; all share the database of the process, but for those that were given their own."""

    name = "duckdb"

    def __init__(self, database: "duckdb.DuckDBPyConnection | None" = None, folder: Path | None = None) -> None:
        super().__init__(folder)
        self._database = database

    @contextmanager
    def apart(self, folder: Path, memory: int) -> Iterator["DuckEngine"]:
        """As `Engine.apart`: a database of its own, since a limit of memory holds for all of one."""
        with work_folder(folder, "import") as home, _connect(home / "spill", memory) as database, as_unreadable():
            yield DuckEngine(database, home)

    def gauge(self) -> Callable[[], float | None]:
        """As `Engine.gauge`."""
        import duckdb

        cursor = self.cursor()
        cursor.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")

        def share() -> float | None:
            with suppress(duckdb.Error):  # it was closed meanwhile
                done = cursor.query_progress()  # percent; below 0 where no query runs, or it cannot tell
                return min(done / 100, 1.0) if done >= 0 else None
            return None

        return share

    def cursor(self) -> "duckdb.DuckDBPyConnection":
        """Return this thread's cursor on its database."""
        if not hasattr(self._mine, "cursor"):
            self._mine.cursor = (self._database or _database()).cursor()
        return cast("duckdb.DuckDBPyConnection", self._mine.cursor)

    def backend(self) -> "Backend":
        """Return this thread's Ibis backend, on the same cursor."""
        import ibis

        if not hasattr(self._mine, "backend"):
            self._mine.backend = ibis.duckdb.from_connection(self.cursor())
        return cast("Backend", self._mine.backend)

    def scan(self, path: Path) -> "ibis.Table":
        """As `Engine.scan`."""
        name = f"scan_{uuid5(NAMESPACE_URL, str(path)).hex}"
        with as_unreadable():
            return self.backend().read_parquet(one_path(path), table_name=name)

    def hold(self, frame: "pd.DataFrame") -> "ibis.Table":
        """As `Engine.hold`: a column without any value has no type for Ibis."""
        name = self.new_name("held")
        self.cursor().register(f"{name}_frame", frame)
        try:
            self.cursor().execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM {name}_frame")
        finally:
            self.cursor().unregister(f"{name}_frame")
        return self._table(name)

    def read_parquet(self, paths: Sequence[Path]) -> "ibis.Table":
        """As `Engine.read_parquet`; a column of a type that Ibis does not know comes as text."""
        files = ", ".join(literal(one_path(path)) for path in paths)
        call = f"read_parquet([{files}], union_by_name=true)"
        name = self.new_name("view")
        with as_unreadable():
            columns = self.cursor().execute(f"DESCRIBE SELECT * FROM {call}").fetchall()
            picked = ", ".join(_known_type(column, kind) for column, kind, *_ in columns)
            self.cursor().execute(f"CREATE TEMP VIEW {name} AS SELECT {picked} FROM {call}")
            return self._table(name)

    def measure(self, table: "ibis.Table") -> Measured:
        """As `Engine.measure`."""
        with as_unreadable():
            return super().measure(table)

    def octets(self, text: "ibis.expr.types.StringValue") -> "ibis.expr.types.IntegerValue":
        """As `IbisEngine.octets`."""
        return cast("ibis.expr.types.IntegerValue", _function("strlen")(text))

    def read_text(self, path: Path, layout: TextLayout) -> TextRead:
        """As `Engine.read_text`."""
        name = self.new_name("view")
        measured, unreadable, every = open_text(self.cursor(), name, path, layout)
        return TextRead(self._table(name), measured, unreadable, every)

    def _table(self, name: str) -> "ibis.Table":
        return self.backend().table(name, database=("temp", "main"))

    def drop_named(self, name: str) -> None:
        """As `IbisEngine.drop_named`."""
        kind = "VIEW" if name.startswith("view_") else "TABLE"
        self.cursor().execute(f"DROP {kind} IF EXISTS {quote(name)}")

    def trimmed(self, text: "ibis.expr.types.StringValue") -> "ibis.expr.types.StringValue":
        """As `Engine.trimmed`: Ibis' strip takes tabs and line ends off too."""
        return cast("ibis.expr.types.StringValue", _function("trim")(text))

    def seconds(self, moment: "ibis.Value") -> "ibis.expr.types.IntegerValue":
        """As `Engine.seconds`: Ibis' epoch_seconds drops a zone by the session's."""
        return cast("ibis.expr.types.IntegerValue", _function("epoch")(moment).floor().cast("int64"))

    def parsed(self, text: "ibis.expr.types.StringValue", pattern: str) -> "ibis.Value":
        """As `Engine.parsed`: Ibis' as_timestamp fails on the first text that is none."""
        return cast("ibis.Value", _function("try_strptime")(text, pattern))


def _known_type(column: str, kind: str) -> str:
    from ibis.backends.sql.datatypes import DuckDBType

    name = quote(column)
    if kind == "TIMESTAMPTZ_NS":
        return f"{name}::TIMESTAMPTZ AS {name}"
    try:
        DuckDBType.from_string(kind)
    except Exception:  # noqa: BLE001  # whatever a type that is not known raises there
        return f"{name}::VARCHAR AS {name}"
    return name

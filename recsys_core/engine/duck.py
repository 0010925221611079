"""DuckDB in memory: one database per process, one cursor per thread.

Tables live as Parquet in the workspace, never in a database file (DuckDB files take one writer). The session's time
zone is never changed: times are epoch seconds from import on.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import NAMESPACE_URL, uuid5

from recsys_core.engine.duck_sql import first_line, literal, one_path, quote
from recsys_core.engine.duck_text import open_text
from recsys_core.engine.ibis_engine import IbisEngine
from recsys_core.engine.protocol import TextLayout, TextRead, UnreadableError
from recsys_core.machine import total_memory
from recsys_core.private import marked, temporary

if TYPE_CHECKING:
    import duckdb
    import ibis
    import pandas as pd
    from ibis.backends.duckdb import Backend


def _memory_limit() -> str:
    """Half of the machine's memory: training and the server need the rest."""
    return f"{max(total_memory() // 2, 2**30) // 2**20}MiB"


@cache
def _database() -> "duckdb.DuckDBPyConnection":
    import duckdb

    spill = temporary() / marked("spill")  # made when it is needed; the default is a folder where one stands
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": _memory_limit(),
        "preserve_insertion_order": False,
        "temp_directory": str(spill),
    }
    return duckdb.connect(":memory:", config=config)


@cache
def _function(name: str) -> Any:
    """Tell Ibis of a function of DuckDB that it has no word for."""
    import ibis
    import ibis.expr.datatypes as dt

    def trim(text: str) -> str: ...  # type: ignore[empty-body]
    def epoch(moment) -> float: ...  # type: ignore[no-untyped-def,empty-body]  # a time stamp with or without a zone
    def try_strptime(text: str, pattern: str) -> dt.Timestamp(): ...  # type: ignore[valid-type]

    return ibis.udf.scalar.builtin({"trim": trim, "epoch": epoch, "try_strptime": try_strptime}[name])


class DuckEngine(IbisEngine):
    """The engine of the product; as many as there are share the database of the process."""

    name = "duckdb"

    def cursor(self) -> "duckdb.DuckDBPyConnection":
        """Return this thread's cursor on the process's database."""
        if not hasattr(self._mine, "cursor"):
            self._mine.cursor = _database().cursor()
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
        import duckdb

        files = ", ".join(literal(one_path(path)) for path in paths)
        call = f"read_parquet([{files}], union_by_name=true)"
        name = self.new_name("view")
        try:
            columns = self.cursor().execute(f"DESCRIBE SELECT * FROM {call}").fetchall()
            picked = ", ".join(_known_type(column, kind) for column, kind, *_ in columns)
            self.cursor().execute(f"CREATE TEMP VIEW {name} AS SELECT {picked} FROM {call}")
            self.cursor().execute(f"SELECT count(*) FROM {name}").fetchall()  # a damaged file shows here
        except duckdb.Error as err:
            raise UnreadableError(first_line(err)) from None
        return self._table(name)

    def read_text(self, path: Path, layout: TextLayout, *, load: bool = False) -> TextRead:
        """As `Engine.read_text`."""
        name = self.new_name("held" if load else "view")
        rows, unreadable = open_text(self.cursor(), name, path, layout, load=load)
        return TextRead(self._table(name), rows, unreadable)

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

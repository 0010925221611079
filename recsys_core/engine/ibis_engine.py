"""What Ibis does alike on every engine; an engine's own file adds its connection and what Ibis has no word for."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast
from uuid import NAMESPACE_URL, uuid4, uuid5

from recsys_core.engine.protocol import ROWS

if TYPE_CHECKING:
    import ibis
    import pandas as pd
    from ibis.backends.sql import SQLBackend


class IbisEngine(ABC):
    """An engine by way of Ibis.

    Attributes
    ----------
    name
        What the engine is called.
    """

    name = ""

    def __init__(self) -> None:
        self._mine = threading.local()

    @abstractmethod
    def backend(self) -> "SQLBackend":
        """Return this thread's connection."""

    @abstractmethod
    def read_parquet(self, paths: Sequence[Path]) -> "ibis.Table":
        """As `Engine.read_parquet`."""

    def scan(self, path: Path) -> "ibis.Table":
        """As `Engine.scan`."""
        return self.backend().read_parquet(path, table_name=f"scan_{uuid5(NAMESPACE_URL, str(path)).hex}")

    @contextmanager
    def materialised(self, table: "ibis.Table") -> Iterator["ibis.Table"]:
        """As `Engine.materialised`."""
        yield from self._for_the_block(self.backend().create_table(self.new_name("kept"), table, temp=True))

    @contextmanager
    def held(self, frame: "pd.DataFrame") -> Iterator["ibis.Table"]:
        """As `Engine.held`."""
        yield from self._for_the_block(self.backend().create_table(self.new_name("held"), frame, temp=True))

    def _for_the_block(self, table: "ibis.Table") -> Iterator["ibis.Table"]:
        try:
            yield table
        finally:
            self.drop(table)

    def drop(self, table: "ibis.Table") -> None:
        """As `Engine.drop`."""
        name = str(getattr(table.op(), "name", ""))
        if name in self._made():
            self._made().remove(name)
            self.drop_named(name)

    def drop_named(self, name: str) -> None:
        """Drop a table, or a view, by its name."""
        drop = self.backend().drop_view if name.startswith("view_") else self.backend().drop_table
        drop(name, force=True)

    @contextmanager
    def scratch(self) -> Iterator[None]:
        """As `Engine.scratch`."""
        before = set(self._made())
        try:
            yield
        finally:
            for name in [name for name in self._made() if name not in before]:
                self._made().remove(name)
                self.drop_named(name)

    def counts(self, table: "ibis.Table", by: Sequence[str]) -> "pd.DataFrame":
        """As `Engine.counts`."""
        grouped = table.group_by(*by).agg(**{ROWS: table.count()}).order_by(*by)
        return cast("pd.DataFrame", grouped.to_pandas())

    def write(self, table: "ibis.Table", path: Path) -> None:
        """As `Engine.write`."""
        self.backend().to_parquet(table, path, compression="zstd")

    def new_name(self, kind: str) -> str:
        """Name what is about to be made, so that `scratch` knows it; a view's kind is "view"."""
        name = f"{kind}_{uuid4().hex}"
        self._made().append(name)
        return name

    def _made(self) -> list[str]:
        if not hasattr(self._mine, "made"):
            self._mine.made = []
        return cast("list[str]", self._mine.made)

"""What Ibis does alike on every engine; an engine's own file adds its connection and what Ibis has no word for."""

import shutil
import tempfile
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast
from uuid import NAMESPACE_URL, uuid4, uuid5

from recsys_core.engine.protocol import ROWS, Measured

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

    def __init__(self, folder: Path | None = None) -> None:
        """Take the folder that new folders are made in; default: that of the system for temporary files."""
        self._mine, self._folder = threading.local(), folder

    @abstractmethod
    def backend(self) -> "SQLBackend":
        """Return this thread's connection."""

    @abstractmethod
    def read_parquet(self, paths: Sequence[Path]) -> "ibis.Table":
        """As `Engine.read_parquet`."""

    def scan(self, path: Path) -> "ibis.Table":
        """As `Engine.scan`."""
        return self.backend().read_parquet(path, table_name=f"scan_{uuid5(NAMESPACE_URL, str(path)).hex}")

    def materialise(self, table: "ibis.Table") -> "ibis.Table":
        """As `Engine.materialise`."""
        return self.backend().create_table(self.new_name("kept"), table, temp=True)

    def hold(self, frame: "pd.DataFrame") -> "ibis.Table":
        """As `Engine.hold`."""
        return self.backend().create_table(self.new_name("held"), frame, temp=True)

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
        before, folders = set(self._made()), len(self._folders())
        try:
            yield
        finally:
            for name in [name for name in self._made() if name not in before]:
                self._made().remove(name)
                self.drop_named(name)
            while len(self._folders()) > folders:
                shutil.rmtree(self._folders().pop(), ignore_errors=True)

    def new_folder(self) -> Path:
        """As `Engine.new_folder`."""
        folder = Path(tempfile.mkdtemp(prefix="import-", dir=self._folder))
        self._folders().append(folder)
        return folder

    @contextmanager
    def apart(self, folder: Path, memory: int) -> Iterator[Self]:  # noqa: ARG002
        """As `Engine.apart`: an engine elsewhere looks after its own memory."""
        yield self

    def gauge(self) -> Callable[[], float | None]:
        """As `Engine.gauge`: Ibis has no word for it."""
        return lambda: None

    def measure(self, table: "ibis.Table") -> Measured:
        """As `Engine.measure`: what is no text is read for its hash."""
        texts = [column for column in table.columns if table[column].type().is_string()]
        sizes = {column: self.octets(table[column]) for column in texts}
        each = {f"longest {place}": sizes[column].max() for place, column in enumerate(texts)}
        each |= {f"size {place}": sizes[column].sum() for place, column in enumerate(texts)}
        others = [column for column in table.columns if column not in sizes]
        each |= {f"hash {place}": table[column].hash().bit_xor() for place, column in enumerate(others)}
        counted = table.aggregate(rows=table.count(), **each).to_pandas().astype(object)
        found = counted.where(counted.notna(), 0).iloc[0]  # a column without a text has no longest one
        longest = [int(found[f"longest {place}"]) for place in range(len(texts))]
        most = max(longest, default=0)
        size = sum(int(found[f"size {place}"]) for place in range(len(texts)))
        return Measured(int(found["rows"]), most, texts[longest.index(most)] if texts else "", size)

    def octets(self, text: "ibis.expr.types.StringValue") -> "ibis.expr.types.IntegerValue":
        """Bytes of a text, or its characters where an engine has no quicker word."""
        return text.length()

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

    def _folders(self) -> list[Path]:
        if not hasattr(self._mine, "folders"):
            self._mine.folders = []
        return cast("list[Path]", self._mine.folders)

    def _made(self) -> list[str]:
        if not hasattr(self._mine, "made"):
            self._mine.made = []
        return cast("list[str]", self._mine.made)

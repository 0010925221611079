"""The engine that large tables are computed in, spoken to through Ibis: DuckDB in memory, unless another is in use.

Everything above this room asks for tables here and writes Ibis expressions on them; what only one engine says stands
in that engine's file. Another engine is a file beside `duck.py` with a class that does what `protocol.Engine` asks.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from recsys_core.engine.protocol import Engine

if TYPE_CHECKING:
    import ibis
    import pandas as pd

_instead: list[Engine] = []
_apart = threading.local()


@cache
def _default() -> Engine:
    from recsys_core.engine.duck import DuckEngine

    return DuckEngine()


def current() -> Engine:
    """Return the engine in use."""
    return getattr(_apart, "engine", None) or (_instead[-1] if _instead else _default())


@contextmanager
def using(engine: Engine) -> Iterator[None]:
    """Compute with another engine for the length of the block, in every thread."""
    _instead.append(engine)
    try:
        yield
    finally:
        _instead.pop()


@contextmanager
def apart(folder: Path, memory: int) -> Iterator[Engine]:
    """Compute in an engine of one's own for the length of the block, in this thread; as `Engine.apart`."""
    before = getattr(_apart, "engine", None)
    with current().apart(folder, memory) as own, own.scratch():
        _apart.engine = own
        try:
            yield own
        finally:
            _apart.engine = before


def scan(path: Path) -> "ibis.Table":
    """As `Engine.scan`, of the engine in use."""
    return current().scan(path)


@contextmanager
def materialised(table: "ibis.Table") -> Iterator["ibis.Table"]:
    """Compute a table once and keep it for the length of the block."""
    owner = current()
    result = owner.materialise(table)
    try:
        yield result
    finally:
        owner.drop(result)


@contextmanager
def held(frame: "pd.DataFrame") -> Iterator["ibis.Table"]:
    """Bring a frame into the engine for the length of the block."""
    owner = current()
    table = owner.hold(frame)
    try:
        yield table
    finally:
        owner.drop(table)


def scratch() -> AbstractContextManager[None]:
    """As `Engine.scratch`, of the engine in use."""
    return current().scratch()


def counts(table: "ibis.Table", by: Sequence[str]) -> "pd.DataFrame":
    """As `Engine.counts`, of the engine in use."""
    return current().counts(table, by)

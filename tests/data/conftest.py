from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from recsys_core import engine
from recsys_core.data.dataset import Dataset
from recsys_core.data.import_log import import_log
from recsys_core.settings import DataSettings
from recsys_core.workspace import Workspace

SMALL_LOG = "user_id,item_id,timestamp\n" + "".join(
    f"user-{n % 7},item-{n % 5},2026-03-{n % 28 + 1:02d}T{n % 24:02d}:{n % 60:02d}:00Z\n" for n in range(60)
)


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "home")


@pytest.fixture
def listing(space: Workspace) -> Callable[[], dict[str, bytes]]:
    """What the workspace holds, by path."""

    def content() -> dict[str, bytes]:
        paths = sorted(space.home.rglob("*"))
        return {str(p.relative_to(space.home)): p.read_bytes() if p.is_file() else b"" for p in paths}

    return content


@pytest.fixture
def small_log() -> str:
    return SMALL_LOG


@pytest.fixture
def bring(space: Workspace, tmp_path: Path) -> Callable[..., Dataset]:
    """Import a file written from text or bytes, with settings by keyword."""

    def run(content: str | bytes = SMALL_LOG, name: str = "log.csv", **settings: object) -> Dataset:
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return import_log(space, DataSettings(log=name, **settings), folder=tmp_path)

    return run


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Every test may leave in the engine only the views of Parquet files that `scan` opened."""
    with engine.scratch():
        yield


@pytest.fixture
def temporary() -> Callable[[], set[str]]:
    """Names of the temporary tables and views of this thread, without those of `scan`."""

    def names() -> set[str]:
        temporary = (
            engine.current()
            .cursor()
            .execute(
                "SELECT table_name FROM duckdb_tables() WHERE temporary UNION ALL "
                "SELECT view_name FROM duckdb_views() WHERE temporary AND NOT internal"
            )
        )
        return {name for (name,) in temporary.fetchall() if not name.startswith("scan_")}

    return names

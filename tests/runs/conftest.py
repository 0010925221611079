import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from recsys_core.data.dataset import Dataset
from recsys_core.data.import_log import import_log
from recsys_core.runs.life.run import Run
from recsys_core.runs.start import launch, worker
from recsys_core.settings import (
    DataSettings,
    ModelSettings,
    PopularSettings,
    RetentionSettings,
    SplitSettings,
)
from recsys_core.workspace import Workspace
from tests.logs import arm_log
from tests.runs.slow import SLOW

RETENTION = RetentionSettings(inactivity_days=7)


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one small data set whose items have texts."""
    folder = tmp_path_factory.mktemp("imported")
    (folder / "log.csv").write_text(arm_log({"": 0.02}, users=30))
    items = "".join(f"item-{n},Title {n}\n" for n in range(40))
    (folder / "items.csv").write_text(f"item_id,title\n{items}")
    settings = DataSettings(log="log.csv", items="items.csv", text=("title",))
    import_log(Workspace.open(folder / "home"), settings, folder=folder)
    return folder / "home"


@pytest.fixture
def space(imported: Path, tmp_path: Path) -> Workspace:
    """A workspace of one's own with that data set."""
    shutil.copytree(imported, tmp_path / "home")
    return Workspace.open(tmp_path / "home")


@pytest.fixture
def dataset(space: Workspace) -> Dataset:
    return Dataset.open(space, space.dataset_ids()[0])


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Runs and attempts that would have got a process; none is started."""
    found: list[tuple[str, int]] = []
    monkeypatch.setattr(
        launch, "_start_process", lambda _book, _folder, plan, number: found.append((plan.run_id, number))
    )
    return found


@pytest.fixture
def ask(space: Workspace, dataset: Dataset) -> Callable[..., Run]:
    """Ask for the training of a model."""

    def run(model: ModelSettings | None = None, split: SplitSettings | None = None, **options: object) -> Run:
        return launch.train(
            space, dataset, model or PopularSettings(), split or SplitSettings(), RETENTION, **options
        )  # fmt: skip

    return run


@pytest.fixture
def work(space: Workspace, started: list[tuple[str, int]]) -> Callable[[], None]:
    """Do in this process what the worker of the last start would do."""
    return lambda: worker.work(space, *started[-1])


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that makes learning slow in processes started from now on; a file `go` in it ends that."""
    folder = tmp_path / "slow"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(SLOW)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return folder

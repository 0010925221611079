from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from recsys_core.data.dataset import Dataset
from recsys_core.data.import_log import import_log
from recsys_core.runs.life.run import Run
from recsys_core.runs.start import launch, worker
from recsys_core.settings import DataSettings, PopularSettings, RetentionSettings, SplitSettings, StudySettings
from recsys_core.study import save_study
from recsys_core.workspace import Workspace
from tests.logs import arm_log


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "home")


@pytest.fixture
def bring(space: Workspace, tmp_path: Path) -> Callable[..., Dataset]:
    """Import a small log with texts and plans of its users; the seed makes it another one."""

    def run(seed: int = 1, **settings: object) -> Dataset:
        folder = tmp_path / f"files-{seed}"
        folder.mkdir(exist_ok=True)
        (folder / "log.csv").write_text(arm_log({"old": 0.03, "new": 0.02}, users=40, seed=seed))
        items = "".join(f"item-{n},Title {n} of {seed}\n" for n in range(40))
        (folder / "items.csv").write_text(f"item_id,title\n{items}")
        users = "".join(f"user-{n},{('pro', 'free', 'trial')[n % 3]}\n" for n in range(40))
        (folder / "users.csv").write_text(f"user_id,plan\n{users}")
        files = DataSettings(log="log.csv", items="items.csv", users="users.csv", **settings)
        dataset = import_log(space, files, folder=folder, title=f"Log {seed}")
        save_study(dataset, StudySettings(title=f"Study {seed}"))
        return dataset

    return run


@pytest.fixture
def train(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """Train a model on a data set in this process."""
    monkeypatch.setattr(launch, "_start_process", lambda _b, _f, plan, number: worker.work(space, plan.run_id, number))

    def run(dataset: Dataset, model: object = None, split: SplitSettings | None = None) -> Run:
        retention = RetentionSettings(inactivity_days=7)
        done = launch.train(space, dataset, model or PopularSettings(), split or SplitSettings(), retention)
        found = launch.find_run(space, done.run_id)
        assert found.state == "finished", found.error
        return found

    return run


@pytest.fixture
def naming(space: Workspace) -> Callable[..., list[str]]:
    """Where a text stands in the workspace: in names, bytes and unpacked tables; the log of what was done aside."""

    def find(*texts: str) -> list[str]:
        found = []
        for path in sorted(space.home.rglob("*")):
            name = str(path.relative_to(space.home))
            content = path.read_bytes() if path.is_file() and name != "audit.jsonl" else b""
            if name.endswith(".parquet"):  # what is packed shows no text
                content += pd.read_parquet(path).to_csv().encode()
            found += [f"{name}: {text}" for text in texts if text in name or text.encode() in content]
        return found

    return find

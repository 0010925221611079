"""A log whose users leave at known rates: who visits often leaves seldom."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys_core.data.dataset import Dataset
from recsys_core.data.import_log import import_log
from recsys_core.settings import DataSettings
from recsys_core.workspace import Workspace

START, DAY = 1_772_366_400, 86_400
GAP, DAYS = 7, 150


def made_log(users: int, seed: int, *, telling: bool = True) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Visits on whole days with a personal chance of leaving after each; "kind" tells that chance, "coin" nothing."""
    rng = np.random.default_rng(seed)
    loyal = rng.random(users) < 0.5
    leaving = np.where(loyal, 0.01, 0.10) if telling else np.full(users, 0.04)
    rows = []
    for user in range(users):
        day = rng.uniform(0, DAYS)
        while day < DAYS:
            rows.append((f"u{user:05d}", f"i{rng.integers(40)}", START + int(day * DAY)))
            if rng.random() < leaving[user]:
                break
            day += rng.uniform(0.5, 2.5)
    log = pd.DataFrame(rows, columns=["user", "item", "time"])
    kinds = pd.DataFrame({"user": [f"u{n:05d}" for n in range(users)], "kind": np.where(loyal, "loyal", "fickle"),
                          "coin": rng.choice(["heads", "tails"], users)})  # fmt: skip
    return log, kinds


def imported(folder: Path, log: pd.DataFrame, users: pd.DataFrame | None = None) -> Dataset:
    """Import a log and its users into a workspace of the folder."""
    log.to_csv(folder / "log.csv", index=False)
    settings = DataSettings(log="log.csv", user="user", item="item", time="time", guess=False, pseudonymise=False)
    if users is not None:
        users.to_csv(folder / "users.csv", index=False)
        settings = settings.changed({"users": "users.csv"})
    return import_log(Workspace.open(folder / "home"), settings, folder=folder)


@pytest.fixture(scope="session")
def telling(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """2,500 users of two kinds."""
    return imported(tmp_path_factory.mktemp("telling"), *made_log(2500, 3))

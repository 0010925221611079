"""Small splits and models whose scores are written down."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pytest

from recsys_core.data.splitting import Events, Split, TrainingData
from recsys_core.evaluation.evaluate import Evaluation
from recsys_core.models.base import Progress, Recommender
from recsys_core.settings import PopularSettings, SplitSettings

Row = tuple[int, int, int]  # user, item, time


def events(rows: Sequence[Row]) -> Events:
    rows = sorted(rows, key=lambda row: (row[0], row[2], row[1]))
    users, items, times = (np.array(column) for column in zip(*rows, strict=True))
    return Events(users.astype(np.int32), items.astype(np.int32), times.astype(np.int64))


def make_split(train: Sequence[Row], test: Sequence[Row], shape: tuple[int, int], **settings) -> Split:
    users = np.array([f"u{n}" for n in range(shape[0])], dtype=object)
    items = np.array([f"i{n}" for n in range(shape[1])], dtype=object)
    data = TrainingData(users, items, None, events(train), 100, 90)
    return Split(data, events(test), SplitSettings(**settings), 0.0)


class Fixed(Recommender):
    """A model whose scores stand in a table."""

    name = "fixed"

    def __init__(self, table: np.ndarray, name: str = "fixed") -> None:
        super().__init__(PopularSettings())
        self.table = np.asarray(table, dtype=np.float32)
        self.name = name  # type: ignore[misc]

    def _learn(self, data: TrainingData, progress: Progress) -> None:
        del data, progress

    def _score(self, users: np.ndarray) -> np.ndarray:
        return self.table[users]

    def _state(self) -> dict[str, np.ndarray]:
        return {}

    def _restore(self, state: Mapping[str, np.ndarray]) -> None:
        del state


@pytest.fixture
def small() -> Split:
    """Three users and five items; u0 took i0, u1 took i0 and i1, u2 nothing. Nobody took i3 and i4 in training."""
    train = [(0, 0, 1), (1, 0, 2), (1, 1, 3), (1, 2, 4)]
    test = [(0, 1, 110), (0, 3, 105), (0, 1, 101), (0, 0, 120), (1, 0, 107), (2, 0, 104), (1, 4, 130)]
    return make_split(train, test, (3, 5))


def made_evaluation(name: str, ranks: np.ndarray, *, new_item=None, cold_user=None) -> Evaluation:
    """An evaluation with one target per user at the given ranks."""
    users, items = len(ranks), 4
    no = np.zeros(users, dtype=bool)
    new_item, cold_user = (no if mask is None else mask for mask in (new_item, cold_user))
    ids = [f"u{n:03d}" for n in range(users)]
    history = np.where(cold_user, 0, 3)
    targets = {"user_id": ids, "item_id": np.where(new_item, "i3", "i0"), "time": 120, "rank": ranks}
    return Evaluation(
        model=name, split=SplitSettings(), now=100, learners=users, time_ties=0.0, score_ties=0.0,
        targets=pd.DataFrame(targets | {"cold_item": new_item}),
        users=pd.DataFrame({"user_id": ids, "history": history, "targets": 1, "cold_user": cold_user}),
        items=pd.DataFrame({"item_id": [f"i{n}" for n in range(items)], "takers": [users, users, 1, 0]}),
        lists=pd.DataFrame({"user_id": ids, "rank": 1, "item_id": "i1", "score": 1.0}),
    )  # fmt: skip

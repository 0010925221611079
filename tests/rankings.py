"""Small splits, models whose scores are written down, and comparisons built by hand."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from recsys_core.answers import Check, Interval, message
from recsys_core.data.splitting import Events, Split, TrainingData
from recsys_core.evaluation.comparison import NEW_ITEMS, Comparison, Difference, Group, ModelScore
from recsys_core.evaluation.evaluate import Evaluation
from recsys_core.evaluation.ranking_verdict import reach_verdict
from recsys_core.models.base import Progress, Recommender
from recsys_core.settings import CompareSettings, PopularSettings, SplitSettings

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


def made_score(name: str, ndcg: float, new: float | None = None, coverage: float = 0.3) -> ModelScore:
    """A model with limits .006 about its NDCG; `new` is its NDCG on new items."""
    others = {"hit": 0.3, "recall": 0.2, "precision": 0.04, "map": 0.07, "mrr": 0.11}
    metrics = {"ndcg": around(ndcg, 0.006)} | {name: around(value, 0.01) for name, value in others.items()}
    metrics |= {"coverage": Interval(coverage), "novelty": Interval(5.4)}
    cold = Group(40, 52, around(new, 0.1 * new + 0.002)) if new is not None else Group(0, 0, None)
    return ModelScore(name, metrics, Group(200, 300, around(ndcg, 0.006)), cold, Group(30, 41, around(0.05, 0.02)))


def around(value: float, half: float) -> Interval:
    return Interval(value, value - half, value + half)


def made_comparison(*models: ModelScore, level: Sequence[str] = (), k: int = 10) -> Comparison:
    """A comparison of models in the given order; those in `level` cannot be told apart from the first."""
    first, *others = models
    differences = []
    for other in others:
        for metric, mine, theirs in (
            ("ndcg", other.metrics["ndcg"], first.metrics["ndcg"]),
            (NEW_ITEMS, other.cold.ndcg, first.cold.ndcg),
        ):
            if mine is None or theirs is None:
                continue
            gap, p = mine.estimate - theirs.estimate, 0.61 if other.name in level else 0.0004
            differences.append(Difference(other.name, first.name, metric, gap, gap - 0.005, gap + 0.005, p / 2, p))
    counts = {
        "warm_users": 4118, "cold_users": 30, "warm_items": 700, "cold_items": 100, "warm_targets": 300,
        "cold_targets": 52,
    }  # fmt: skip
    verdict = reach_verdict(models, differences, k)
    checks = (Check("ranking-same-users", "pass", values={"items": 800, "users": 4118}),)
    return Comparison(
        CompareSettings(k=k), SplitSettings(), 1_784_851_200, counts, models, tuple(differences), checks, verdict,
        (message("definition-ndcg", k=k),),
    )  # fmt: skip


def eight_models() -> Comparison:
    """The comparison of the page's sketch: item-knn leads, ease is level, the bi-encoder finds new items."""
    rows = (
        ("item-knn", 0.104, 0.004, 0.46), ("ease", 0.103, 0.003, 0.39), ("sasrec", 0.098, 0.011, 0.52),
        ("bert4rec", 0.094, 0.01, 0.5), ("hybrid", 0.093, 0.058, 0.66), ("bi-encoder", 0.087, 0.071, 0.74),
        ("ials", 0.085, 0.002, 0.35), ("recent-popular", 0.066, 0.019, 0.02),
    )  # fmt: skip
    return made_comparison(*(made_score(*row) for row in rows), level=("ease",))

"""How one model ranks what users took after the split: every item is a candidate, nothing is sampled."""

from dataclasses import dataclass, fields
from io import BytesIO
from pathlib import Path
from typing import Any, Final, Literal, Self

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core import sums
from recsys_core.answers import message
from recsys_core.data.splitting import Split
from recsys_core.errors import DataError, SettingsError, WorkspaceError
from recsys_core.metrics import catalogue_metrics, ranking
from recsys_core.models.base import Progress, Recommender
from recsys_core.models.matrices import blocks, taken, top_k, without
from recsys_core.settings import SplitSettings
from recsys_core.stored import read_json
from recsys_core.workspace import write_atomic, write_json

DEPTH: Final = 50  # length of the stored lists: the longest k that settings allow
PER_USER: Final = ("ndcg", "hit", "recall", "precision", "map", "mrr")
FRAMES: Final = ("targets", "users", "items", "lists")
_CHUNK = 1 << 23  # scores compared at once


@dataclass(frozen=True)
class Evaluation:
    """How a model ranks what its test users took next.

    Attributes
    ----------
    model
        Name of the model.
    split
        Settings of the split.
    now
        UTC epoch seconds of the split.
    learners
        Users with a training event.
    time_ties
        Share of events that share user and second with the one before, on another item.
    score_ties
        Share of targets whose score another candidate has too; such a target stands in the middle of its ties.
    targets
        One row per user and item to be found: user_id, item_id, time (UTC epoch seconds of the first test event),
        rank (float, 1 is best), cold_item (bool: nobody took it in training).
    users
        One row per evaluated user: user_id, history (items taken in training), targets, cold_user (bool).
    items
        One row per item of the log, the catalogue: item_id, takers (users who took it in training).
    lists
        The best `DEPTH` items of every evaluated user: user_id, rank, item_id, score.
    """

    model: str
    split: SplitSettings
    now: int
    learners: int
    time_ties: float
    score_ties: float
    targets: pd.DataFrame
    users: pd.DataFrame
    items: pd.DataFrame
    lists: pd.DataFrame

    @property
    def leaky(self) -> bool:
        """True where training events may be later than test events."""
        return self.split.method != "global-time"

    def counts(self) -> dict[str, int]:
        """Count warm and cold test users, warm and cold items, and the warm users' targets on either."""
        cold, cold_items = int(self.users["cold_user"].sum()), int((self.items["takers"] == 0).sum())
        warm = self.targets[self.targets[col.USER].isin(self._warm_users())]
        cold_targets = int(warm["cold_item"].sum())
        return {
            "warm_users": len(self.users) - cold,
            "cold_users": cold,
            "warm_items": len(self.items) - cold_items,
            "cold_items": cold_items,
            "warm_targets": len(warm) - cold_targets,
            "cold_targets": cold_targets,
        }

    def per_user(self, k: int, part: Literal["all", "known", "new"] = "all") -> pd.DataFrame:
        """Judge every user's list of k.

        Parameters
        ----------
        k
            Length of the lists.
        part
            Which targets count: all, those on known items, or those on new ones that nobody took in training. They
            are ranked among all items whichever count.

        Returns
        -------
        pandas.DataFrame
            Indexed by user_id, in the order of `users`: cold_user, ndcg, hit, recall, precision, map, mrr; NaN for
            users without such a target.
        """
        targets = self.targets if part == "all" else self.targets[self.targets["cold_item"] == (part == "new")]
        owners = pd.Index(self.users[col.USER]).get_indexer(targets[col.USER])
        places = (targets["rank"].to_numpy(), owners, len(self.users), k)
        judged = {
            "ndcg": ranking.ndcg(*places),
            "hit": ranking.hit(*places),
            "recall": ranking.recall(*places),
            "precision": ranking.precision(*places),
            "map": ranking.average_precision(*places),
            "mrr": ranking.mrr(*places),
        }
        index = pd.Index(self.users[col.USER], name=col.USER)
        return pd.DataFrame({"cold_user": self.users["cold_user"].to_numpy(), **judged}, index=index)

    def metrics(self, k: int) -> dict[str, float]:
        """Means over users with a training history; NaN where there are none.

        Returns
        -------
        dict
            ndcg, hit, recall, precision, map, mrr, coverage, novelty; every one at k.
        """
        judged = self.per_user(k)
        warm = judged[~judged["cold_user"]]
        means = {name: float(warm[name].mean()) for name in PER_USER}
        return means | {"coverage": self.coverage(k), "novelty": self.novelty(k)}

    def coverage(self, k: int) -> float:
        """Share of the catalogue that stands in the list of k of some user with a history."""
        return catalogue_metrics.coverage(self._shown(k), len(self.items))

    def novelty(self, k: int) -> float:
        """Mean surprise of the items in those lists, in bits; NaN where nobody has a history."""
        shown = self._shown(k)
        if not len(shown):
            return float("nan")
        return float(np.nanmean(catalogue_metrics.novelty(shown, self.items["takers"].to_numpy(), self.learners)))

    def _warm_users(self) -> pd.Series:
        return self.users.loc[~self.users["cold_user"], col.USER]

    def _shown(self, k: int) -> np.ndarray:
        """Lists of k of users with a history, as `catalogue_metrics` takes them: places in `items`, -1 where empty."""
        warm = pd.Index(self._warm_users())
        rows = warm.get_indexer(self.lists[col.USER])
        within = (rows >= 0) & (self.lists["rank"].to_numpy() <= k)
        codes = pd.Index(self.items[col.ITEM]).get_indexer(self.lists[col.ITEM])
        shown = np.full((len(warm), k), -1, dtype=np.int64)
        shown[rows[within], self.lists["rank"].to_numpy()[within] - 1] = codes[within]
        return shown

    def save(self, folder: Path) -> None:
        """Write frames as Parquet, and evaluation.json last: a folder without it is not finished."""
        (folder / "evaluation.json").unlink(missing_ok=True)
        for name in FRAMES:
            buffer = BytesIO()
            getattr(self, name).to_parquet(buffer, index=False)
            write_atomic(folder / f"{name}.parquet", buffer.getvalue())
        plain = {spec.name: getattr(self, spec.name) for spec in fields(self) if spec.name not in FRAMES}
        write_json(folder / "evaluation.json", plain | {"split": self.split.to_dict()})
        sums.record(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote.

        Raises
        ------
        WorkspaceError
            If the folder holds no finished evaluation.
        """
        missing = WorkspaceError("evaluation-not-finished", folder=str(folder))
        files = ("evaluation.json", *(f"{name}.parquet" for name in FRAMES))
        if not all((folder / name).is_file() for name in files):
            raise missing
        for name in files:
            damage = WorkspaceError("evaluation-damaged", file=str(folder / name), run_id=folder.parent.name)
            sums.check(folder / name, damage)
        card = read_json(folder / "evaluation.json", missing)
        try:
            frames = {name: pd.read_parquet(folder / f"{name}.parquet") for name in FRAMES}
            return cls(**card | frames | {"split": SplitSettings.from_dict(card["split"])})
        except (OSError, ValueError, KeyError, TypeError, AttributeError, SettingsError):
            raise missing from None


def evaluate(model: Recommender, split: Split, progress: Progress | None = None) -> Evaluation:
    """Rank every item for every test user, and note where what they took next stands.

    A user's targets are the distinct items of their test events; where `filter_seen` is on, those they had not taken
    in training, which then are no candidates either. The rank of a target is 1 + the candidates with a higher score
    + half of the others with the same score: in the middle of its ties, never first.

    Parameters
    ----------
    model
        Fitted on `split.train`.
    split
        Training and test events.
    progress
        Told the share of users done; may stop the work.

    Raises
    ------
    DataError
        If the model was fitted on other users or items, if its scores are no numbers, or if no test user took
        anything that counts.
    """
    if not (
        np.array_equal(model.item_ids, split.train.item_ids) and np.array_equal(model.user_ids, split.train.user_ids)
    ):
        raise DataError("evaluated-on-other-data", model=model.name)
    tell = progress or Progress()
    history = taken(split.train.events, len(split.train.user_ids), len(split.train.item_ids))
    targets = _targets(split, history)
    codes, owners = np.unique(targets["user"].to_numpy(), return_inverse=True)
    ranks, tied = np.empty(len(targets)), np.empty(len(targets), dtype=bool)
    lists = []
    for rows in blocks(len(codes), len(split.train.item_ids)):
        tell(rows.start / len(codes), message("progress-ranks", items=len(split.train.item_ids)))
        scores = _block(model, codes[rows], history if split.settings.filter_seen else None)
        mine = slice(*np.searchsorted(owners, [rows.start, rows.stop]))
        ranks[mine], tied[mine] = _ranks(scores, owners[mine] - rows.start, targets["item"].to_numpy()[mine])
        lists.append(_lists(scores, codes[rows]))
    tell(1.0, message("progress-ranked"))
    return _evaluation(model.name, split, history, targets.assign(rank=ranks), lists, float(tied.mean()))


def _targets(split: Split, history: Any) -> pd.DataFrame:
    """Distinct user and item of the test with their first time, sorted by user: codes user, item, and time."""
    test = split.test
    targets = pd.DataFrame({"user": test.users, "item": test.items, "time": test.times})
    targets = targets.drop_duplicates(["user", "item"])  # events are in order of time: the first one stays
    if split.settings.filter_seen:
        seen = np.asarray(history[targets["user"].to_numpy(), targets["item"].to_numpy()]).ravel() > 0
        targets = targets[~seen]
    if targets.empty:
        raise DataError("no-new-item-in-test", events=len(test))
    return targets.reset_index(drop=True)


def _block(model: Recommender, codes: np.ndarray, history: Any) -> np.ndarray:
    """Scores of a block of users, -inf on what they took; a copy, since models may keep theirs."""
    scores = np.array(model.scores(codes), dtype=np.float32)
    if np.isnan(scores).any():
        raise DataError("scores-no-numbers", model=model.name)
    return scores if history is None else without(scores, history[codes])


def _ranks(scores: np.ndarray, owners: np.ndarray, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rank of each target among its owner's row of scores, and whether it ties with another candidate."""
    ranks, tied = np.empty(len(items)), np.empty(len(items), dtype=bool)
    step = max(1, _CHUNK // scores.shape[1])
    for start in range(0, len(items), step):
        part = slice(start, start + step)
        rows, own = scores[owners[part]], scores[owners[part], items[part]][:, None]
        others = np.count_nonzero(rows == own, axis=1) - 1
        ranks[part] = 1 + np.count_nonzero(rows > own, axis=1) + others / 2
        tied[part] = others > 0
    return ranks, tied


def _lists(scores: np.ndarray, codes: np.ndarray) -> pd.DataFrame:
    places, values = top_k(scores, DEPTH)
    length = places.shape[1]
    frame = pd.DataFrame(
        {
            "user": np.repeat(codes, length),
            "rank": np.tile(np.arange(1, length + 1, dtype=np.int32), len(codes)),
            "item": places.ravel(),
            "score": values.ravel(),
        }
    )
    return frame[np.isfinite(frame["score"])]


def _evaluation(
    name: str, split: Split, history: Any, targets: pd.DataFrame, lists: list[pd.DataFrame], score_ties: float
) -> Evaluation:
    user_ids, item_ids = split.train.user_ids, split.train.item_ids
    takers = np.asarray(history.sum(axis=0, dtype=np.int64)).ravel()
    taken_items = np.diff(history.indptr)
    counted = targets.groupby("user", sort=True).size()
    codes = counted.index.to_numpy()
    both = pd.concat(lists, ignore_index=True)
    return Evaluation(
        model=name,
        split=split.settings,
        now=int(split.train.now),
        learners=int(np.count_nonzero(taken_items)),
        time_ties=split.tie_rate,
        score_ties=score_ties,
        targets=pd.DataFrame(
            {
                col.USER: user_ids[targets["user"]],
                col.ITEM: item_ids[targets["item"]],
                "time": targets["time"].to_numpy(),
                "rank": targets["rank"].to_numpy(),
                "cold_item": takers[targets["item"]] == 0,
            }
        ),
        users=pd.DataFrame(
            {
                col.USER: user_ids[codes],
                "history": taken_items[codes],
                "targets": counted.to_numpy(),
                "cold_user": taken_items[codes] == 0,
            }
        ),
        items=pd.DataFrame({col.ITEM: item_ids, "takers": takers}),
        lists=pd.DataFrame(
            {
                col.USER: user_ids[both["user"]],
                "rank": both["rank"].to_numpy(),
                col.ITEM: item_ids[both["item"]],
                "score": both["score"].to_numpy(),
            }
        ),
    )

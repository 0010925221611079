"""A few users with what they took, what each model would have shown them, and what they took next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from recsys_core import columns as col
from recsys_core.data.dataset import Dataset
from recsys_core.data.lookup import events_of, item_names
from recsys_core.evaluation.evaluate import Evaluation

_SHOWN: Final = 8  # items of the history, and of what came later


@dataclass(frozen=True)
class Listed:
    """An item in a list, and whether the user took it later."""

    name: str
    hit: bool


@dataclass(frozen=True)
class Example:
    """One user.

    Attributes
    ----------
    history
        Names of the last items taken in training, the latest first.
    later
        Names of the first held-out items, in order of time.
    later_count
        How many held-out items there are.
    lists
        By model, the best first.
    """

    history: tuple[str, ...]
    later: tuple[str, ...]
    later_count: int
    lists: Mapping[str, tuple[Listed, ...]]


def examples(
    evaluations: Mapping[str, Evaluation], dataset: Dataset, *, users: int = 5, k: int = 5, seed: int = 1
) -> tuple[Example, ...]:
    """Draw users at random from those with a history for whom some model found an item.

    Parameters
    ----------
    evaluations
        By model, of one split; their order is that of the lists.
    dataset
        Where events and names are looked up.
    users, k, seed
        How many users at most, the length of the lists, the seed of the draw.
    """
    ids = choose_users(evaluations, users, k, seed)
    if not ids:
        return ()
    first = next(iter(evaluations.values()))
    history = _history(events_of(dataset, ids, first.split.events), first, ids)
    targets = _grouped(first.targets.sort_values("time", kind="stable"), ids)
    lists = {name: _grouped(one.lists[one.lists["rank"] <= k], ids) for name, one in evaluations.items()}
    shown = [items for by_user in (history, targets, *lists.values()) for items in by_user.values()]
    names = item_names(dataset, sorted({item for items in shown for item in items}))
    return tuple(
        Example(
            tuple(names[item] for item in history.get(user, [])),
            tuple(names[item] for item in targets[user][:_SHOWN]),
            len(targets[user]),
            {
                model: tuple(Listed(names[item], item in targets[user]) for item in by_user.get(user, []))
                for model, by_user in lists.items()
            },
        )
        for user in ids
    )


def choose_users(evaluations: Mapping[str, Evaluation], users: int, k: int, seed: int) -> list[str]:
    """Draw the users of `examples`: with a history, and a target within the first k of some model."""
    first = next(iter(evaluations.values()))
    warm = first.users.loc[~first.users["cold_user"], col.USER]
    hit = {user for one in evaluations.values() for user in one.targets.loc[one.targets["rank"] <= k, col.USER]}
    able = [user for user in warm if user in hit]
    drawn = np.random.default_rng(seed).permutation(len(able))[:users]
    return [able[place] for place in drawn]


def _history(events: pd.DataFrame, first: Evaluation, users: Sequence[str]) -> dict[str, list[str]]:
    """Last items that each user had in training, the latest first, each once."""
    if not first.leaky:
        events = events[events[col.TIME] < first.now]
    else:
        targets = pd.MultiIndex.from_frame(first.targets[[col.USER, col.ITEM]])
        events = events[~pd.MultiIndex.from_frame(events[[col.USER, col.ITEM]]).isin(targets)]
    latest = events.iloc[::-1].drop_duplicates([col.USER, col.ITEM])
    return {user: items[:_SHOWN] for user, items in _grouped(latest, users).items()}


def _grouped(frame: pd.DataFrame, users: Sequence[str]) -> dict[str, list[str]]:
    """Items of each user, in the order of the rows."""
    of_users = frame[frame[col.USER].isin(list(users))]
    return {str(user): list(rows[col.ITEM]) for user, rows in of_users.groupby(col.USER, sort=False)}

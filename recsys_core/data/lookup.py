"""Looking up a few users and items of a data set, for showing them."""

from collections.abc import Sequence

import pandas as pd

from recsys_core import columns as col
from recsys_core.data.dataset import Dataset
from recsys_core.data.splitting import learnt_events

_TITLES = ("title", "name")
_LONGEST = 60


def events_of(dataset: Dataset, users: Sequence[str], kinds: tuple[str, ...] = ()) -> pd.DataFrame:
    """Read the events of a few users that models learn from, in order of time.

    Parameters
    ----------
    users
        Ids as the data set stores them.
    kinds
        As `split.events`.

    Returns
    -------
    pandas.DataFrame
        user_id, item_id, timestamp (UTC epoch seconds).
    """
    table = dataset.interactions()
    table = table.filter(table[col.USER].isin(list(users)))
    learnt = learnt_events(dataset, kinds)
    if learnt:
        table = table.filter(table[col.EVENT].isin(list(learnt)))
    events: pd.DataFrame = table.select(col.USER, col.ITEM, col.TIME).to_pandas()
    return events.sort_values([col.USER, col.TIME, col.ITEM], ignore_index=True)


def item_names(dataset: Dataset, items: Sequence[str]) -> dict[str, str]:
    """Name items by their title, else by the start of their text, else by their id."""
    title = next((name for name in _TITLES if name in dataset.item_attributes), col.TEXT if dataset.has_text else None)
    if title is None:
        return {item: item for item in items}
    table = dataset.items_table()
    named = table.filter(table[col.ITEM].isin(list(items))).select(col.ITEM, title).to_pandas()
    known = dict(zip(named[col.ITEM], named[title].fillna("").astype(str), strict=True))
    return {item: _short(known.get(item, "")) or item for item in items}


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"

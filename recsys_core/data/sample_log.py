"""From visits of simulated readers to the rows of the sample log."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys_core.columns import DAY_SECONDS
from recsys_core.data.sample_readers import (
    ARMS,
    SHELF,
    Readers,
    Visits,
    draw_branches,
    draw_clock,
    draw_readers,
    simulate_visits,
)
from recsys_core.data.sample_text import (
    CATALOGUE_SEED,
    ITEMS,
    LOG_DAYS,
    LOG_START,
    branches,
    published_days,
)

VIEW, CLICK, READ, SAVE = range(4)
EVENTS = ("view", "click", "read", "save")
SEARCH = -1  # in place of an arm: found by the reader without a recommender
OLDER_OPENINGS = 80  # drawn beyond the prior ones: enough to reach the first day of the log
UNAIDED = 0.6  # visits of existing readers before the first exposure, as a part of their visit rate
CO_READING_DAYS = 14  # from the publication of an item until cf has seen enough of it to serve it


@dataclass(frozen=True)
class Openings:
    """Rows of the log as arrays of one length; `arm` is a position in ARMS or SEARCH."""

    reader: np.ndarray
    item: np.ndarray
    second: np.ndarray
    event: np.ndarray
    minutes: np.ndarray
    arm: np.ndarray

    def where(self, keep: np.ndarray) -> "Openings":
        """The rows for which `keep` is true."""
        return Openings(**{name: column[keep] for name, column in vars(self).items()})


class _Catalogue:
    """Chooses an item of a branch: published by that day, by appeal, rarely one that the reader knows."""

    def __init__(self, rng: np.random.Generator, count: int) -> None:
        fixed = np.random.default_rng([CATALOGUE_SEED, 4])
        self.rng = rng
        self.appeal = fixed.normal(0.0, 0.9, ITEMS)
        self.talked_about = fixed.normal(0.0, 0.9, (LOG_DAYS // 7 + 1, ITEMS))
        self.opened = np.zeros((count, ITEMS), dtype=bool)

    def choose(self, reader: np.ndarray, second: np.ndarray, policy: np.ndarray, branch: np.ndarray) -> np.ndarray:
        """One item per row; `policy` is a position in ARMS or SEARCH."""
        day = second // DAY_SECONDS
        items = branch[:, None] + np.arange(0, ITEMS, len(branches()))
        exists = items < ITEMS
        items[~exists] = 0
        wait = np.where(policy == ARMS.index("cf"), CO_READING_DAYS, 0)
        served = exists & (published_days()[items] + wait[:, None] <= day[:, None])
        score = self.appeal[items] - 8.0 * self.opened[reader[:, None], items]
        popular = policy == ARMS.index("popular")
        score[popular] += self.talked_about[day[popular, None] // 7, items[popular]]
        score += self.rng.gumbel(size=items.shape)
        best = np.argmax(np.where(served, score, -np.inf), axis=1)
        return items[np.arange(len(items)), best]


def simulate_log(rng: np.random.Generator, users: int, *, effect: bool) -> tuple[pd.DataFrame, Readers]:
    """Rows of the log of `users` readers, sorted by time, and the readers.

    Each reader is exposed on a random day of the log; what lies after its last day is cut off.
    """
    readers = draw_readers(rng, users)
    arm = rng.integers(0, len(ARMS), users)
    start = rng.integers(0, LOG_DAYS, users) * DAY_SECONDS + readers.clock
    shop = _Catalogue(rng, users)
    parts = [_before_exposure(rng, readers, start, shop)]
    for visits in simulate_visits(rng, readers, arm, LOG_DAYS, effect=effect):
        parts.extend(_during(rng, readers, start, shop, visits))
    return _frame(parts), readers


def _open(rng: np.random.Generator, liking: np.ndarray, rows: tuple[np.ndarray, ...]) -> Openings:
    """What becomes of opened items: glanced at (click), read, or read and saved; the more liked, the longer."""
    reader, item, second, arm = rows
    chance = rng.random(len(reader))
    event = np.where(chance < 0.55 - 0.35 * liking, CLICK, np.where(chance < 0.93 - 0.05 * liking, READ, SAVE))
    long = np.exp(rng.normal(1.7, 0.5, len(reader))) * (0.6 + 0.8 * liking)
    minutes = np.where(event == CLICK, rng.uniform(0.1, 1.0, len(reader)), long)
    return Openings(reader, item, second, event, np.round(minutes, 1), arm)


def _before_exposure(
    rng: np.random.Generator, readers: Readers, start: np.ndarray, shop: _Catalogue
) -> Openings:
    """Openings of existing readers from the first day of the log to their exposure, without a recommender."""
    known = np.flatnonzero(readers.existing)
    older = draw_branches(rng, np.repeat(readers.liking[known], OLDER_OPENINGS, axis=0))
    branch = np.hstack([readers.prior[known], older.reshape(len(known), OLDER_OPENINGS)])
    between = rng.exponential(1.0 / (UNAIDED * readers.visit_rate[known, None]), branch.shape)
    days_before = np.ceil(np.cumsum(between, axis=1)).astype(np.int64)
    since = (draw_clock(rng, branch.size).reshape(branch.shape) - readers.clock[known, None]) % DAY_SECONDS
    second = start[known, None] - days_before * DAY_SECONDS + since
    logged = second >= 0
    reader = np.broadcast_to(known[:, None], branch.shape)[logged]
    second, branch = second[logged], branch[logged]
    search = np.full(len(reader), SEARCH)
    item = shop.choose(reader, second, search, branch)
    shop.opened[reader, item] = True
    return _open(rng, readers.liking[reader, branch], (reader, item, second, search))


def _during(
    rng: np.random.Generator, readers: Readers, start: np.ndarray, shop: _Catalogue, visits: Visits
) -> list[Openings]:
    """The shelf, the item opened on it and the second opening of each visit within the log."""
    logged = start[visits.reader] + visits.extra_seconds < LOG_DAYS * DAY_SECONDS
    visits = visits.where(logged)
    reader = visits.reader
    second = start[reader] + visits.seconds
    wide = np.repeat(np.arange(len(reader)), SHELF)
    flat = shop.choose(reader[wide], second[wide], visits.policy[wide], visits.shelf.ravel())
    shelf = flat.reshape(-1, SHELF)
    shown = np.full(len(wide), np.nan)
    views = Openings(reader[wide], flat, second[wide], np.full(len(wide), VIEW), shown, visits.arm[wide])
    parts = [views]
    rows = np.flatnonzero(visits.opened >= 0)
    item = shelf[rows, visits.opened[rows]]
    liking = readers.liking[reader[rows], visits.opened_branch()[rows]]
    parts.append(_open(rng, liking, (reader[rows], item, second[rows], visits.arm[rows])))
    shop.opened[reader[rows], item] = True
    return [*parts, _again(rng, readers, start, shop, visits, shelf)]


def _again(
    rng: np.random.Generator,
    readers: Readers,
    start: np.ndarray,
    shop: _Catalogue,
    visits: Visits,
    shelf: np.ndarray,
) -> Openings:
    """Second openings, minutes after the first: the next item on the shelf, or one found by search."""
    rows = np.flatnonzero(visits.extra >= 0)
    reader, branch, search = visits.reader[rows], visits.extra[rows], visits.extra_search[rows]
    second = start[reader] + visits.extra_seconds[rows]
    found = shop.choose(reader, second, np.full(len(rows), SEARCH), branch)
    item = np.where(search, found, shelf[rows, (visits.opened[rows] + 1) % SHELF])
    shop.opened[reader, item] = True
    arm = np.where(search, SEARCH, visits.arm[rows])
    return _open(rng, readers.liking[reader, branch], (reader, item, second, arm))


def _frame(parts: list[Openings]) -> pd.DataFrame:
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])}
    order = np.lexsort((columns["item"], columns["event"], columns["reader"], columns["second"]))
    rows = Openings(**columns).where(order)
    width = len(str(rows.reader.max()))
    names = pd.Series([f"u{number:0{width}d}" for number in range(rows.reader.max() + 1)])
    items = np.array([f"i{number:03d}" for number in range(ITEMS)], dtype=object)
    stamps = np.datetime_as_string(LOG_START + rows.second.astype("timedelta64[s]"), unit="s")
    return pd.DataFrame(
        {
            "user": names.to_numpy()[rows.reader],
            "item": items[rows.item],
            "time": np.char.add(stamps, "Z").astype(object),
            "event": np.array(EVENTS, dtype=object)[rows.event],
            "minutes": rows.minutes,
            "recommender": np.array([*ARMS, ""], dtype=object)[rows.arm],
        }
    )

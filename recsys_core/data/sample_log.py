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
SHELVES_LOGGED = 0.5  # of the visits after the first; impressions are sampled, as many apps do
CO_READING_DAYS = 14  # from the publication of an item until cf has seen enough of it to serve it


@dataclass(frozen=True)
class Rows:
    """Rows of the log as arrays of one length; `arm` is a position in ARMS or SEARCH."""

    reader: np.ndarray
    item: np.ndarray
    second: np.ndarray
    event: np.ndarray
    minutes: np.ndarray
    arm: np.ndarray

    def where(self, keep: np.ndarray) -> "Rows":
        """Take the rows that `keep` selects, as a mask or in that order."""
        return Rows(**{name: column[keep] for name, column in vars(self).items()})


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
    """Simulate the log of `users` readers; return its rows, sorted by time, and the readers.

    Each reader is exposed on a random day of the log; what lies after its last day is cut off.
    """
    readers = draw_readers(rng, users)
    arm = rng.integers(0, len(ARMS), users)
    log = _Log(rng, readers, rng.integers(0, LOG_DAYS, users) * DAY_SECONDS + readers.clock)
    parts = [log.before_exposure()]
    for visits in simulate_visits(rng, readers, arm, LOG_DAYS, effect=effect):
        logged = log.start[visits.reader] + visits.seconds < LOG_DAYS * DAY_SECONDS
        parts.extend(log.add(visits.where(logged)))
    return _frame(parts, reader_names(users)), readers


class _Log:
    """Turns openings of branches into rows with items, times and minutes."""

    def __init__(self, rng: np.random.Generator, readers: Readers, start: np.ndarray) -> None:
        self.rng = rng
        self.readers = readers
        self.start = start  # second of the first exposure, from the first second of the log
        self.catalogue = _Catalogue(rng, len(start))

    def before_exposure(self) -> Rows:
        """Return what existing readers opened from the first day of the log on, without a recommender."""
        rng, readers = self.rng, self.readers
        known = np.flatnonzero(readers.existing)
        older = draw_branches(rng, np.repeat(readers.liking[known], OLDER_OPENINGS, axis=0))
        branch = np.hstack([readers.prior[known], older.reshape(len(known), OLDER_OPENINGS)])
        between = rng.exponential(1.0 / (UNAIDED * readers.visit_rate[known, None]), branch.shape)
        days_before = np.ceil(np.cumsum(between, axis=1)).astype(np.int64)
        since = (draw_clock(rng, branch.size).reshape(branch.shape) - readers.clock[known, None]) % DAY_SECONDS
        second = self.start[known, None] - days_before * DAY_SECONDS + since
        logged = second >= 0
        reader = np.broadcast_to(known[:, None], branch.shape)[logged]
        search = np.full(len(reader), SEARCH)
        item = self.catalogue.choose(reader, second[logged], search, branch[logged])
        return self._open((reader, item, second[logged], search), branch[logged])

    def add(self, visits: Visits) -> list[Rows]:
        """Rows of visits: the shelf, the item opened on it, the second opening."""
        reader = visits.reader
        second = self.start[reader] + visits.seconds
        wide = np.repeat(np.arange(len(reader)), SHELF)
        shelf = self.catalogue.choose(reader[wide], second[wide], visits.policy[wide], visits.shelf.ravel())
        unread = np.full(len(wide), np.nan)
        views = Rows(reader[wide], shelf, second[wide], np.full(len(wide), VIEW), unread, visits.arm[wide])
        sampled = (visits.seconds == 0) | (self.rng.random(len(reader)) < SHELVES_LOGGED)
        rows = np.flatnonzero(visits.opened >= 0)
        item = shelf.reshape(-1, SHELF)[rows, visits.opened[rows]]
        opened = self._open((reader[rows], item, second[rows], visits.arm[rows]), visits.opened_branch()[rows])
        return [views.where(sampled[wide]), opened, self._again(visits, shelf.reshape(-1, SHELF))]

    def _again(self, visits: Visits, shelf: np.ndarray) -> Rows:
        """Rows of second openings, minutes after the first: the next item of the shelf, or a found one."""
        second = self.start[visits.reader] + visits.extra_seconds
        rows = np.flatnonzero((visits.extra >= 0) & (second < LOG_DAYS * DAY_SECONDS))
        reader, search = visits.reader[rows], visits.extra_search[rows]
        searched = self.catalogue.choose(reader, second[rows], np.full(len(rows), SEARCH), visits.extra[rows])
        item = np.where(search, searched, shelf[rows, (visits.opened[rows] + 1) % SHELF])
        arm = np.where(search, SEARCH, visits.arm[rows])
        return self._open((reader, item, second[rows], arm), visits.extra[rows])

    def _open(self, rows: tuple[np.ndarray, ...], branch: np.ndarray) -> Rows:
        """Rows of opened items, glanced at (click), read or saved: the more liked, the longer."""
        rng = self.rng
        reader, item, second, arm = rows
        self.catalogue.opened[reader, item] = True
        liking = self.readers.liking[reader, branch]
        chance = rng.random(len(reader))
        event = np.where(chance < 0.93 - 0.05 * liking, READ, SAVE)
        event[chance < 0.55 - 0.35 * liking] = CLICK
        long = np.exp(rng.normal(1.7, 0.5, len(reader))) * (0.6 + 0.8 * liking)
        minutes = np.where(event == CLICK, rng.uniform(0.1, 1.0, len(reader)), long)
        return Rows(reader, item, second, event, np.round(minutes, 1), arm)


def reader_names(count: int) -> np.ndarray:
    """User ids of equal length, shape (count,), as in the log and in `users.csv`."""
    width = len(str(count - 1))
    return np.array([f"u{number:0{width}d}" for number in range(count)], dtype=object)


def _frame(parts: list[Rows], names: np.ndarray) -> pd.DataFrame:
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])}
    order = np.lexsort((columns["item"], columns["event"], columns["reader"], columns["second"]))
    rows = Rows(**columns).where(order)
    items = np.array([f"i{number:03d}" for number in range(ITEMS)], dtype=object)
    stamps = np.datetime_as_string(LOG_START + rows.second.astype("timedelta64[s]"), unit="s")
    return pd.DataFrame(
        {
            "user": names[rows.reader],
            "item": items[rows.item],
            "time": np.char.add(stamps, "Z").astype(object),
            "event": np.array(EVENTS, dtype=object)[rows.event],
            "minutes": rows.minutes,
            "recommender": np.array([*ARMS, ""], dtype=object)[rows.arm],
        }
    )

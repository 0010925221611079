"""Readers of the synthetic app: what they like, what each recommender serves them, when they come back.

Nothing here draws a lifetime. A recommender fills a shelf of three items; how well the shelf fits the
reader's tastes decides whether something is opened, how soon the reader returns and whether the reader stays
at all. Behaviour depends on days since the first exposure, never on the date, so that one truth holds for
every log window.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from recsys_core.columns import DAY_SECONDS
from recsys_core.data.sample_text import CATALOGUE_SEED, topic_of_branch

ARMS = ("bert", "cf", "popular")
COUNTRIES = ("GB", "US", "DE", "IN", "NL", "BR")
PLANS = ("free", "plus")
CHANNELS = ("search", "friend", "advert", "newsletter")

SHELF = 3
PRIOR_OPENINGS = 20  # openings of an existing reader that a recommender knows at the first exposure
EXISTING_SHARE = 0.15
SWITCH = 0.003  # chance per visit of being moved to another recommender
AWAKEN = 0.004  # chance per day that a reader who left comes back
EXTRA_OPENING = 0.35
SEARCH_SHARE = 0.3  # of the extra openings: found by search, no recommender

# Serving: sharpness of a shelf, openings after which half of the score is personal, error of the scores.
SHARPNESS = {"bert": 5.0, "cf": 4.0, "popular": 2.5}
HALF_PERSONAL = {"bert": 0.5, "cf": 5.0}
SCORE_NOISE = {"bert": 0.15, "cf": 0.35}

# Chance that a visit leads to an opening, by the best item on the shelf.
OPEN_BASE, OPEN_SLOPE = 0.5, 0.45

# Response of the reader to the relevance of the shelves seen so far (satisfaction, 0 to 1): more than NEUTRAL
# brings the reader back sooner and keeps the reader longer.
LIKING_SCALE = 14.0
MEMORY = 0.8
NEUTRAL = 0.35
RETURN_SLOPE = 0.05
LEAVE_BASE, LEAVE_SLOPE, LEAVE_FIRST = -3.9, 12.0, 1.2


@dataclass(frozen=True)
class Readers:
    """Traits of n readers, fixed at their first exposure.

    Attributes
    ----------
    liking : array (n, branches), 0 to 1
        Relevance of an item of a branch to the reader.
    visit_rate : array (n,)
        Chance of a visit on a day, before the response to what was served.
    loyalty : array (n,)
        Taken from the logit of leaving.
    clock : int array (n,)
        Second of the day of the first exposure.
    existing : bool array (n,)
        Was a reader before the first exposure.
    prior : int array (n, PRIOR_OPENINGS)
        Branches opened before the first exposure, the latest first; -1 for new readers.
    country, plan, channel : int arrays (n,)
        Positions in COUNTRIES, PLANS and CHANNELS.
    """

    liking: np.ndarray
    visit_rate: np.ndarray
    loyalty: np.ndarray
    clock: np.ndarray
    existing: np.ndarray
    prior: np.ndarray
    country: np.ndarray
    plan: np.ndarray
    channel: np.ndarray


@dataclass(frozen=True)
class Visits:
    """Visits of one day since the first exposure, one entry per visiting reader.

    `seconds` counts from the reader's first exposure. `arm` is the recommender named in the log and `policy`
    the one that filled the shelf: the same unless the effect is off. `opened` is the place on the shelf of
    the opened item (-1: nothing), `extra` the branch of a second opening (-1: none), `extra_seconds` its
    time, and `extra_search` says that it was found by search instead of on the shelf.
    """

    reader: np.ndarray
    seconds: np.ndarray
    arm: np.ndarray
    policy: np.ndarray
    shelf: np.ndarray
    opened: np.ndarray
    extra: np.ndarray
    extra_seconds: np.ndarray
    extra_search: np.ndarray

    def where(self, keep: np.ndarray) -> "Visits":
        """Keep the visits for which `keep` is true."""
        return Visits(**{name: column[keep] for name, column in vars(self).items()})

    def opened_branch(self) -> np.ndarray:
        """Branch of the item opened on the shelf, -1 where nothing was opened."""
        branch = self.shelf[np.arange(len(self.reader)), self.opened]
        return np.where(self.opened >= 0, branch, -1)


@cache
def _communities() -> np.ndarray:
    """Dirichlet weights over branches of eight groups of readers with related tastes, shape (8, branches)."""
    rng = np.random.default_rng([CATALOGUE_SEED, 2])
    topic = topic_of_branch()
    weights = np.full((8, topic.max() + 1), 0.04)
    for group in weights:
        group[rng.choice(len(group), size=3, replace=False)] += 0.6
    return 0.9 * weights[:, topic] * rng.uniform(0.3, 1.7, (8, len(topic)))


def _draw_liking(rng: np.random.Generator, count: int) -> np.ndarray:
    shares = rng.standard_gamma(_communities()[rng.integers(0, 8, count)])
    shares /= shares.sum(axis=1, keepdims=True)
    return 1.0 - np.exp(-LIKING_SCALE * shares)


@cache
def _reference() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what is known of all readers: popularity, likeness by co-reading, likeness by text.

    Each is scaled to 0 to 1; the likenesses are (branches, branches).
    """
    liking = _draw_liking(np.random.default_rng([CATALOGUE_SEED, 3]), 5000)
    popularity = liking.mean(axis=0)
    together = np.clip(np.corrcoef(liking.T), 0.0, None)
    topic = topic_of_branch()
    text = np.where(topic[:, None] == topic[None, :], 0.4, 0.0)
    np.fill_diagonal(text, 1.0)
    return popularity / popularity.max(), together, text


def draw_readers(rng: np.random.Generator, count: int) -> Readers:
    """Draw `count` readers of the one population of log and truth."""
    liking = _draw_liking(rng, count)
    country = rng.choice(len(COUNTRIES), size=count, p=[0.3, 0.25, 0.15, 0.12, 0.1, 0.08])
    channel = rng.choice(len(CHANNELS), size=count, p=[0.4, 0.25, 0.25, 0.1])
    existing = rng.random(count) < EXISTING_SHARE
    plan = (rng.random(count) < np.where(existing, 0.4, 0.2)).astype(int)
    loyalty = (
        np.array([0.1, 0.0, 0.15, -0.15, 0.1, -0.2])[country]
        + np.array([0.0, 0.2, -0.35, 0.2])[channel]
        + 0.5 * plan
        + 0.5 * existing
        + rng.normal(0.0, 0.5, count)
    )
    return Readers(
        liking=liking,
        visit_rate=0.05 + 0.6 * rng.beta(1.6, 3.2, count),
        loyalty=loyalty,
        clock=draw_clock(rng, count),
        existing=existing,
        prior=_prior_openings(rng, liking, existing),
        country=country,
        plan=plan,
        channel=channel,
    )


def draw_branches(rng: np.random.Generator, liking: np.ndarray) -> np.ndarray:
    """One branch per row that a reader opens unaided: chance in proportion to liking."""
    cumulative = np.cumsum(liking + 0.01, axis=1)
    target = rng.random((len(liking), 1)) * cumulative[:, -1:]
    return (cumulative < target).sum(axis=1)


def draw_clock(rng: np.random.Generator, count: int) -> np.ndarray:
    """Seconds of the day at which readers come: mornings, evenings, some at any hour."""
    hours = np.where(rng.random(count) < 0.35, rng.normal(8.0, 1.5, count), rng.normal(20.0, 2.5, count))
    hours = np.where(rng.random(count) < 0.15, rng.uniform(0.0, 24.0, count), hours)
    return (hours * 3600).astype(np.int64) % DAY_SECONDS


def _prior_openings(rng: np.random.Generator, liking: np.ndarray, existing: np.ndarray) -> np.ndarray:
    prior = np.full((len(liking), PRIOR_OPENINGS), -1)
    rows = np.repeat(liking[existing], PRIOR_OPENINGS, axis=0)
    prior[existing] = draw_branches(rng, rows).reshape(-1, PRIOR_OPENINGS)
    return prior


def _shelves(rng: np.random.Generator, arm: np.ndarray, history: np.ndarray) -> np.ndarray:
    """Branches on the shelf of each visitor, shape (n, SHELF): the highest scores after Gumbel noise."""
    popularity, together, text = _reference()
    scores = np.tile(SHARPNESS["popular"] * popularity, (len(arm), 1))
    openings = history.sum(axis=1, keepdims=True)
    for name, likeness in (("bert", text), ("cf", together)):
        rows = np.flatnonzero(arm == ARMS.index(name))
        known = openings[rows]
        personal = history[rows] @ likeness / np.maximum(known, 1.0)
        personal /= np.maximum(personal.max(axis=1, keepdims=True), 1e-9)
        personal += rng.normal(0.0, SCORE_NOISE[name], personal.shape)
        share = known / (known + HALF_PERSONAL[name])
        scores[rows] = SHARPNESS[name] * share * personal + (1.0 - share) * scores[rows]
    scores += rng.gumbel(size=scores.shape)
    return np.argpartition(-scores, SHELF, axis=1)[:, :SHELF]


class _App:
    """State of all readers while days go by."""

    def __init__(self, rng: np.random.Generator, readers: Readers, arm: np.ndarray, effect: bool) -> None:
        self.rng = rng
        self.readers = readers
        self.effect = effect
        self.arm = arm.copy()
        self.history = np.zeros_like(readers.liking)
        known = np.flatnonzero(readers.existing)
        np.add.at(self.history, (known[:, None], readers.prior[known]), 1.0)
        self.satisfaction = np.full(len(arm), NEUTRAL)
        self.gone = np.zeros(len(arm), dtype=bool)

    def first_day(self) -> Visits:
        everyone = np.arange(len(self.arm))
        return self._visit(everyone, np.zeros(len(everyone), dtype=np.int64), first=True)

    def next_day(self, day: int) -> Visits:
        rng, readers = self.rng, self.readers
        self.gone &= rng.random(len(self.gone)) >= AWAKEN
        chance = readers.visit_rate + RETURN_SLOPE * (self.satisfaction - NEUTRAL)
        comes = rng.random(len(self.gone)) < np.clip(chance, 0.02, 0.95)
        visitors = np.flatnonzero(comes & ~self.gone)
        moved = visitors[rng.random(len(visitors)) < SWITCH]
        self.arm[moved] = (self.arm[moved] + rng.integers(1, len(ARMS), len(moved))) % len(ARMS)
        since = (draw_clock(rng, len(visitors)) - readers.clock[visitors]) % DAY_SECONDS
        return self._visit(visitors, (day - 1) * DAY_SECONDS + np.maximum(since, 600), first=False)

    def _visit(self, visitors: np.ndarray, seconds: np.ndarray, *, first: bool) -> Visits:
        rng, count = self.rng, len(visitors)
        policy = self.arm[visitors] if self.effect else rng.integers(0, len(ARMS), count)
        shelf = _shelves(rng, policy, self.history[visitors])
        fit = np.take_along_axis(self.readers.liking[visitors], shelf, axis=1)
        opened = np.argmax(4.0 * fit + rng.gumbel(size=fit.shape), axis=1)
        opens = first | (rng.random(count) < OPEN_BASE + OPEN_SLOPE * fit.max(axis=1))
        again = ~np.bool_(first) & opens & (rng.random(count) < EXTRA_OPENING)
        search = rng.random(count) < SEARCH_SHARE
        searched = draw_branches(rng, self.readers.liking[visitors])
        beside = shelf[np.arange(count), (opened + 1) % SHELF]
        visits = Visits(
            reader=visitors,
            seconds=seconds,
            arm=self.arm[visitors],
            policy=policy,
            shelf=shelf,
            opened=np.where(opens, opened, -1),
            extra=np.where(again, np.where(search, searched, beside), -1),
            extra_seconds=seconds + rng.integers(60, 900, count),
            extra_search=search,
        )
        self._remember(visits)
        self._respond(visitors, 0.5 * fit.max(axis=1) + 0.5 * fit.mean(axis=1), first=first)
        return visits

    def _remember(self, visits: Visits) -> None:
        for place in (visits.opened_branch(), visits.extra):
            rows = place >= 0
            self.history[visits.reader[rows], place[rows]] += 1.0

    def _respond(self, visitors: np.ndarray, relevance: np.ndarray, *, first: bool) -> None:
        self.satisfaction[visitors] += (1.0 - MEMORY) * (relevance - self.satisfaction[visitors])
        leave = LEAVE_BASE - LEAVE_SLOPE * (self.satisfaction[visitors] - NEUTRAL) - self.readers.loyalty[visitors]
        chance = 1.0 / (1.0 + np.exp(-leave - LEAVE_FIRST * first))
        self.gone[visitors] = self.rng.random(len(visitors)) < chance


def simulate_visits(
    rng: np.random.Generator, readers: Readers, arm: np.ndarray, days: int, *, effect: bool = True
) -> Iterator[Visits]:
    """Visits of all readers, day by day since their first exposure.

    Parameters
    ----------
    rng : numpy Generator
    readers : Readers
    arm : int array (n,)
        Recommender at the first exposure, position in ARMS.
    days : int
        Days to simulate; the first exposure is at second 0.
    effect : bool
        False: whatever the arm is called, every shelf is filled by a recommender drawn at random.

    Yields
    ------
    Visits
        First the first exposures (each with exactly one opening), then one object per day. A visit on day d
        lies in the 24 hours that end d days after the first exposure.
    """
    app = _App(rng, readers, arm, effect)
    yield app.first_day()
    for day in range(1, days + 1):
        yield app.next_day(day)

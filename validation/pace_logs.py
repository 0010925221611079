"""Logs in which arms differ in how often users come, in how long they stay, or in both; two laws of each.

Law "gamma": visits at a gamma rate while engaged, engaged for an exponential time. Law "lognormal", of another
mechanism than the one the estimators assume: log-normal rates, Weibull times engaged, a rhythm of weekdays and of hours
in a zone east of UTC, bursts of visits within hours, and days on which everybody comes more often.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Rng = np.random.Generator

LOG_DAYS: Final = 120.0
HAZARD: Final = 0.02
LAWS: Final = ("gamma", "lognormal")
_WEEKDAYS: Final = np.array([1.0, 1.0, 0.95, 0.95, 0.9, 0.6, 0.55])
_ZONE_HOURS: Final = 8
_SCALE, _SHAPE = 55.0, 0.8  # of the Weibull law, days
_USUAL_SIZE, _SLOWS, _LEAVES = 0.8, 0.3, 0.5  # of what is known of a user; what it does to log pace and log hazard
_QUANTILES: Final = 2000
_LIVELY: Final = 0.3  # power of a user's rate that multiplies the time engaged


@dataclass(frozen=True)
class Kind:
    """What distinguishes the arms; entries by arm, the first is the reference.

    Attributes
    ----------
    shares
        Of users.
    pace
        Factor on every user's rate.
    hazard
        Factor on the hazard of dropping out.
    shape
        How pace differs: "" for all users alike; half (of the users), decline (with time since the start), pauses
        (of two weeks in four), slow-users (those below the median rate).
    before
        Share of users who were users before their exposure.
    dates
        Times are dates without hours.
    confounding
        How steeply the chance of the last arm rises with the size of what is known of a user; 0: drawn by shares.
    driven
        What is known of a user drives how often and how long the user comes.
    affinity
        No arms are drawn: cohorts follow from what users take, and who comes more often stays longer.
    """

    shares: tuple[float, ...] = (0.5, 0.5)
    pace: tuple[float, ...] = (1.0, 1.0)
    hazard: tuple[float, ...] = (1.0, 1.0)
    shape: str = ""
    before: float = 0.0
    dates: bool = False
    confounding: float = 0.0
    driven: bool = False
    affinity: bool = False

    @property
    def arms(self) -> tuple[str, ...]:
        """Names."""
        return tuple("abcdefgh"[: len(self.shares)])


KINDS: Final = {
    "null": Kind(),
    "null, 90 to 10": Kind(shares=(0.9, 0.1)),
    "null, three arms": Kind((1 / 3,) * 3, (1.0,) * 3, (1.0,) * 3),
    "null, seen before": Kind(before=0.5),
    "null, dates": Kind(dates=True),
    "pace 15 %": Kind(pace=(1.0, 0.85)),
    "pace 30 %": Kind(pace=(1.0, 0.7)),
    "pace 40 %": Kind(pace=(1.0, 0.6)),
    "pace 30 %, 90 to 10": Kind(shares=(0.9, 0.1), pace=(1.0, 0.7)),
    "pace 30 %, three arms": Kind((1 / 3,) * 3, (1.0, 0.85, 0.7), (1.0,) * 3),
    "pace 30 %, seen before": Kind(pace=(1.0, 0.7), before=0.5),
    "pace 30 %, dates": Kind(pace=(1.0, 0.7), dates=True),
    "half the users slowed": Kind(pace=(1.0, 0.5), shape="half"),
    "pace declines": Kind(pace=(1.0, 0.6), shape="decline"),
    "pauses": Kind(pace=(1.0, 0.0), shape="pauses"),
    "slow users slowed": Kind(pace=(1.0, 0.6), shape="slow-users"),
    "masked": Kind(pace=(1.0, 0.6), hazard=(1.0, 0.7)),
    "effect": Kind(hazard=(1.0, 0.6)),
    "effect, three arms": Kind((1 / 3,) * 3, (1.0,) * 3, (1.0, 1.0, 0.6)),
    "effect, seen before": Kind(hazard=(1.0, 0.6), before=0.5),
    "effect, dates": Kind(hazard=(1.0, 0.6), dates=True),
    "null, confounded": Kind(confounding=1.2, driven=True),
    "pace 30 %, confounded": Kind(pace=(1.0, 0.7), confounding=1.2, driven=True),
    "affinity": Kind(affinity=True),
    "effect, confounded": Kind(hazard=(1.0, 0.6), confounding=1.2, driven=True),
}


@dataclass(frozen=True)
class PaceLog:
    """Arm of each user; user and moment (days) of each event; each user's first event is the start.

    `known` is a number known of each user before the start; it says something where the kind is `driven`.
    """

    arm: Ints
    user: Ints
    time: Floats
    known: Floats


def simulate(rng: Rng, kind: Kind, law: str, users: int, log_days: float = LOG_DAYS) -> PaceLog:
    """Draw a log of one kind under one law."""
    arm = rng.choice(len(kind.shares), users, p=np.array(kind.shares) / sum(kind.shares))
    known = rng.normal(size=users) if kind.driven else np.zeros(users)
    size = np.abs(known) - _USUAL_SIZE if kind.driven else known
    if kind.confounding:
        arm = (rng.random(users) < 1 / (1 + np.exp(-kind.confounding * size))).astype(np.int64)
    rate = _rates(rng, law, users) * np.exp(-_SLOWS * size)
    life = lives(rng, law, np.array(kind.hazard)[arm] * np.exp(_LEAVES * size))
    if kind.affinity:
        life = life * (rate / np.median(rate)) ** _LIVELY
    start = rng.uniform(0, log_days - 1 / 24, users)
    old = rng.random(users) < kind.before
    life = np.where(old, left_of(rng, law, life), life)
    user, since = _visits(rng, rate, np.minimum(life, log_days - start))
    at = start[user] + since
    kept = rng.random(len(user)) < _chance(rng, kind, (arm[user], rate[user], user, since), users)
    if law == "lognormal":
        kept &= rng.random(len(user)) < _rhythm(rng, at, log_days)
    user, at = user[kept], at[kept]
    if law == "lognormal":
        user, at = _bursts(rng, user, at, start + life)
    seen = at < log_days
    user, at = np.concatenate([np.arange(users), user[seen]]), np.concatenate([start, at[seen]])
    return PaceLog(arm, user, np.floor(at) if kind.dates else at, known)


def lives(rng: Rng, law: str, hazard: Floats) -> Floats:
    """Days from the start to dropping out."""
    if law == "gamma":
        return np.asarray(rng.exponential(1 / (HAZARD * hazard)))
    return np.asarray(_SCALE * rng.weibull(_SHAPE, len(hazard)) * hazard ** (-1 / _SHAPE))


def days_engaged(kind: Kind, law: str, horizon: int) -> Floats:
    """What the life model estimates: sum of P(D >= k - 1/2) over k = 1 .. horizon, by arm; new users only."""
    middle = np.arange(1, horizon + 1) - 0.5
    sizes = np.abs(ndtri((np.arange(_QUANTILES) + 0.5) / _QUANTILES)) - _USUAL_SIZE if kind.driven else np.zeros(1)
    hazard = np.array(kind.hazard)[:, None, None] * np.exp(_LEAVES * sizes)[:, None]
    log_survival = -HAZARD * middle * hazard if law == "gamma" else -hazard * (middle / _SCALE) ** _SHAPE
    return np.asarray(np.exp(log_survival).mean(axis=1).sum(axis=1))


def matched_pace(kind: Kind) -> Kind:
    """The same arms, all at the pace of the slowest: what pace-matched curves estimate."""
    return replace(kind, pace=(min(kind.pace),) * len(kind.pace), shape="")


def _rates(rng: Rng, law: str, users: int) -> Floats:
    if law == "gamma":
        return np.asarray(rng.gamma(1.2, 0.3, users) + 0.03)
    return np.asarray(np.exp(rng.normal(-1.5, 1.0, users)))


def left_of(rng: Rng, law: str, life: Floats) -> Floats:
    """Life that is left to somebody met at a random moment of it; the exponential law forgets."""
    return life if law == "gamma" else life * rng.random(len(life))


def _visits(rng: Rng, rate: Floats, span: Floats) -> tuple[Ints, Floats]:
    """Strew visits evenly over each user's span."""
    counts = rng.poisson(rate * span)
    user = np.repeat(np.arange(len(rate)), counts)
    return user, rng.random(len(user)) * span[user]


def _chance(rng: Rng, kind: Kind, visit: tuple[Ints, Floats, Ints, Floats], users: int) -> Floats:
    """Chance that a visit takes place at all: the pace of its user's arm, in its shape."""
    arm, rate, user, since = visit
    pace = np.array(kind.pace)[arm]
    if kind.shape == "half":
        return np.where((rng.random(users) < 0.5)[user], pace, 1.0)
    if kind.shape == "decline":
        return np.asarray(1 - (1 - pace) * np.minimum(since / 30, 1.0))
    if kind.shape == "pauses":
        paused = (since + (28 * rng.random(users))[user]) % 28 < 14 * (rng.random(users) < 0.5)[user]
        return np.where(paused, pace, 1.0)
    if kind.shape == "slow-users":
        return np.where(rate < np.median(rate), pace, 1.0)
    return np.asarray(pace)


def _rhythm(rng: Rng, at: Floats, log_days: float) -> Floats:
    """Weekdays, hours in the zone, and days on which everybody comes more or less often."""
    local = at + _ZONE_HOURS / 24
    hour = (local % 1) * 24
    by_day = np.clip(np.exp(rng.normal(0, 0.12, int(log_days) + 2)), None, 1.4) / 1.4
    return np.asarray(_WEEKDAYS[local.astype(np.int64) % 7] * (0.55 - 0.45 * np.cos(2 * np.pi * (hour - 2) / 24))
                      * by_day[local.astype(np.int64)])  # fmt: skip


def _bursts(rng: Rng, user: Ints, at: Floats, end: Floats) -> tuple[Ints, Floats]:
    """After a third of the visits come one to four more within hours, while the user is engaged."""
    more = np.where(rng.random(len(user)) < 0.33, rng.integers(1, 5, len(user)), 0)
    again = np.repeat(np.arange(len(user)), more)
    later = at[again] + rng.exponential(0.12, len(again))
    inside = later < end[user[again]]
    return np.concatenate([user, user[again][inside]]), np.concatenate([at, later[inside]])

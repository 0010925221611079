"""Simulated interaction logs. Days are counted from the log's first moment; nothing here knows how lapses are found.

Two ways to come and go. Wanderers come back after random gaps and may leave for good at any visit, so that their lapse
follows from their gaps. Stayers have a lapse time drawn from a proportional-hazards law, and visits are strewn over it
so densely that no gap is long: their truth is known in closed form.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Rng = np.random.Generator

GAP: Final = 14
LOG_DAYS: Final = 120
HORIZON: Final = 60
REPORT_DAY: Final = 30
ARMS: Final = ("cf", "bert")
SEGMENTS: Final = ("casual", "regular", "keen")
PLANS: Final = ("free", "paid")
PAID_SHARE: Final = 0.3
LOG_START: Final = 1_767_614_400  # 2026-01-05 12:00 UTC, a Monday: midnights alone would read as dates without hours
DAY_SECONDS: Final = 86_400
ONCE: Final = 0.35  # cumulative hazard of stayers at the start: P(one visit only) = 1 - exp(-ONCE) in the reference
HAZARD: Final = 0.03  # and per day after it
_SOME_ITEMS: Final = 300


@dataclass(frozen=True)
class People:
    """Users and what is known of them before they start; one entry per user.

    Attributes
    ----------
    segment, plan, arm
        Codes into SEGMENTS, PLANS and ARMS.
    pace
        Mean days between visits.
    """

    segment: Ints
    plan: Ints
    arm: Ints
    pace: Floats


@dataclass(frozen=True)
class Log:
    """Events, one entry each: user code, day, arm code, item code; and the people behind them."""

    people: People
    user: Ints
    day: Floats
    arm: Ints
    item: Ints


def draw_people(rng: Rng, users: int, *, confounded: bool = False) -> People:
    """Draw users; where confounded, segment and plan decide how likely each arm is."""
    segment, plan = rng.integers(0, len(SEGMENTS), users), (rng.random(users) < PAID_SHARE).astype(np.int64)
    lean = 0.8 * (segment - 1) + 0.7 * plan - 0.2 if confounded else np.zeros(users)
    arm = (rng.random(users) < 1 / (1 + np.exp(-lean))).astype(np.int64)
    return People(segment, plan, arm, 1.5 + rng.gamma(2.0, 1.5, users))


def leaving_chance(who: People, effect: float = 1.0) -> Floats:
    """Chance that a visit is the last one; that of arm 1 is multiplied by the effect."""
    base = np.array([0.16, 0.11, 0.07])[who.segment] * np.where(who.plan == 1, 0.7, 1.0)
    return base * np.where(who.arm == 1, effect, 1.0)


def wander(rng: Rng, who: People, leaving: Floats, once: float = 0.15, until: float = LOG_DAYS) -> tuple[Ints, Floats]:
    """Let users come back after exponential gaps, and leave for good after any visit with a chance of their own.

    A share `once` of them never comes back after the first visit.

    Returns
    -------
    tuple of ndarray
        User code and days since the start, one entry per visit, the start itself included.
    """
    time, here = np.zeros(len(leaving)), np.arange(len(leaving))
    users, days = [here], [time.copy()]
    here = here[rng.random(here.size) >= once]
    while here.size:
        here = here[rng.random(here.size) >= leaving[here]]
        time[here] += rng.exponential(who.pace[here])
        here = here[time[here] < until]
        users.append(here)
        days.append(time[here])
    return np.concatenate(users), np.concatenate(days)


def log_hazard(who: People, effect: float = 0.0) -> Floats:
    """Log hazard of stayers against that of a casual user of arm 0 on the free plan."""
    return -0.5 * who.segment - 0.4 * who.plan + effect * who.arm


def stay(rng: Rng, who: People, log_hazards: Floats) -> tuple[Ints, Floats]:
    """Draw a lapse time T per user with P(T > t) = exp(-(ONCE + HAZARD t) exp(log hazard)), and visits up to it.

    Visits are never more than GAP - 1 days apart. A quarter of the users comes back once, more than GAP days after T.

    Returns
    -------
    tuple of ndarray
        As `wander`.
    """
    drawn = rng.exponential(size=len(log_hazards)) * np.exp(-log_hazards)
    spans = np.maximum(drawn - ONCE, 0.0) / HAZARD
    time, here = np.zeros(len(spans)), np.flatnonzero(spans > 0)
    users, days = [np.arange(len(spans)), here], [time.copy(), spans[here]]
    while here.size:
        below = rng.random(here.size) * -np.expm1(-(GAP - 1) / who.pace[here])
        time[here] -= who.pace[here] * np.log1p(-below)  # exponential, cut at GAP - 1 days
        here = here[time[here] < np.minimum(spans[here], LOG_DAYS)]
        users.append(here)
        days.append(time[here])
    back = np.flatnonzero(rng.random(len(spans)) < 0.25)
    users.append(back)
    days.append(spans[back] + GAP + 1 + rng.exponential(10.0, back.size))
    return np.concatenate(users), np.concatenate(days)


def entered(rng: Rng, who: People, visits: tuple[Ints, Floats]) -> Log:
    """Let users start at random moments up to the log's last hour, and cut what comes after its end."""
    user, since = visits
    day = rng.uniform(0.0, LOG_DAYS - 1 / 24, len(who.arm))[user] + since
    seen = day < LOG_DAYS
    user, day = user[seen], day[seen]
    return Log(who, user, day, who.arm[user], np.zeros(user.size, dtype=np.int64))


def switching(rng: Rng, log: Log, every: float = 20.0) -> Log:
    """Change the arm that serves a user at random moments, `every` days apart on average."""
    moments = np.cumsum(rng.exponential(every, (len(log.people.arm), 30)), axis=1)
    first = np.full(len(log.people.arm), np.inf)
    np.minimum.at(first, log.user, log.day)
    passed = (moments[log.user] < (log.day - first[log.user])[:, None]).sum(axis=1)
    return replace(log, arm=(log.arm + passed) % 2)


def with_items(rng: Rng, log: Log) -> Log:
    """Let every event take an item by popularity alone: 70 % by a steep law, 30 % evenly."""
    steep = (_SOME_ITEMS * rng.power(0.4, log.user.size)).astype(np.int64)
    even = rng.integers(0, _SOME_ITEMS, log.user.size)
    return replace(log, item=np.where(rng.random(log.user.size) < 0.7, steep, even))


def of_uneven_activity(rng: Rng, users: int) -> Log:
    """Draw users who differ in nothing but activity: who comes more often also stays longer."""
    pace = np.exp(rng.normal(1.4, 0.9, users))
    none = np.zeros(users, dtype=np.int64)
    who = People(none, none, none, pace)
    leaving = -np.expm1(-pace / 70 * (pace / 4) ** 0.7)
    return with_items(rng, entered(rng, who, wander(rng, who, leaving, 0.0)))


def events_frame(log: Log, *, dates_only: bool = False, with_arm: bool = True) -> pd.DataFrame:
    """Write the events as a raw table: user, item, time and, where there are arms, arm."""
    seconds = LOG_START + np.round(log.day * DAY_SECONDS).astype(np.int64)
    stamps = pd.Series(pd.to_datetime(seconds, unit="s", utc=True))
    names = np.array(_names(len(log.people.arm)))
    frame = pd.DataFrame({"user": names[log.user], "item": log.item})
    frame["time"] = stamps.dt.strftime("%Y-%m-%d" if dates_only else "%Y-%m-%dT%H:%M:%SZ")
    if with_arm:
        frame["arm"] = np.array(ARMS)[log.arm]
    return frame


def users_frame(who: People) -> pd.DataFrame:
    """Write what is known of the users as a raw table."""
    known = {"segment": np.array(SEGMENTS)[who.segment], "plan": np.array(PLANS)[who.plan]}
    return pd.DataFrame({"user": _names(len(who.arm)), **known})


def _names(users: int) -> list[str]:
    return [f"u{code:05d}" for code in range(users)]

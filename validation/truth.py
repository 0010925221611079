"""What an endless log would show: in closed form for stayers, from very many simulated users for wanderers."""

from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np

from validation.logs import (
    ARMS,
    GAP,
    HAZARD,
    HORIZON,
    ONCE,
    PAID_SHARE,
    PLANS,
    REPORT_DAY,
    SEGMENTS,
    Floats,
    People,
    draw_people,
    leaving_chance,
    log_hazard,
    wander,
)

ENDLESS_USERS, _AT_ONCE = 2_000_000, 100_000


@dataclass(frozen=True)
class Truth:
    """A number, and the Monte-Carlo error with which it is known."""

    value: float
    error: float = 0.0


@cache
def stayers_truth(effect: float) -> dict[str, Truth]:
    """Mean and S per arm and their differences, by the law that lapse times are drawn from."""
    kinds = np.array(list(product(range(len(SEGMENTS)), range(len(PLANS)))))
    shares = np.where(kinds[:, 1] == 1, PAID_SHARE, 1 - PAID_SHARE) / len(SEGMENTS)
    days = np.arange(HORIZON)
    by_arm = {}
    for arm in range(len(ARMS)):
        who = People(kinds[:, 0], kinds[:, 1], np.full(len(kinds), arm), np.ones(len(kinds)))
        survival = shares @ np.exp(-np.exp(log_hazard(who, effect))[:, None] * (ONCE + HAZARD * days))
        by_arm[arm] = (Truth(float(survival.sum())), Truth(float(survival[REPORT_DAY])))
    return _named(by_arm)


@cache
def wanderers_truth(effect: float, *, dates_only: bool = False) -> dict[str, Truth]:
    """Return the same from users followed for ever, on whole dates where the log has no hours."""
    rng, by_arm = np.random.default_rng(20_260_105), {}
    for arm in range(len(ARMS)):
        lapse = np.concatenate([_lapses(rng, arm, effect, dates_only) for _ in range(ENDLESS_USERS // _AT_ONCE)])
        by_arm[arm] = (_mean(np.minimum(np.ceil(lapse), HORIZON)), _mean((lapse > REPORT_DAY).astype(float)))
    return _named(by_arm)


def _lapses(rng: np.random.Generator, arm: int, effect: float, dates_only: bool) -> Floats:
    who = draw_people(rng, _AT_ONCE)
    who = People(who.segment, who.plan, np.full(_AT_ONCE, arm), who.pace)
    user, day = wander(rng, who, leaving_chance(who, effect), until=HORIZON + 2 * GAP)
    if dates_only:
        start = rng.random(_AT_ONCE)
        day = np.floor(start[user] + day)
    return first_lapse(user, day)


def first_lapse(user: np.ndarray, day: Floats) -> Floats:
    """Last visit of each user before the first gap longer than GAP days; entry u is that of user u."""
    order = np.lexsort((day, user))
    user, day = user[order], day[order]
    last = np.r_[user[1:] != user[:-1], True]
    ends = last | (np.diff(day, append=np.inf) > GAP)
    first = np.flatnonzero(ends)
    return np.asarray(day[first[np.unique(user[first], return_index=True)[1]]])


def _mean(values: Floats) -> Truth:
    return Truth(float(values.mean()), float(values.std() / np.sqrt(values.size)))


def _named(by_arm: dict[int, tuple[Truth, Truth]]) -> dict[str, Truth]:
    named = {f"mean {ARMS[arm]}": mean for arm, (mean, _) in by_arm.items()}
    named |= {f"S {ARMS[arm]}": survival for arm, (_, survival) in by_arm.items()}
    for at, figure in enumerate(("mean", "S")):
        one, two = by_arm[0][at], by_arm[1][at]
        named[figure] = Truth(two.value - one.value, float(np.hypot(one.error, two.error)))
    return named

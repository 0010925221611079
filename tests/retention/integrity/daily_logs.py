"""Logs as arrays, of two mechanisms, whole or with something wrong: for the detector of broken logging."""

from dataclasses import dataclass

import numpy as np


@dataclass
class Events:
    """Days since the log's start, users and arms (0 or 1) of all events, in no order."""

    day: np.ndarray
    user: np.ndarray
    arm: np.ndarray
    length: float

    def where(self, kept: np.ndarray) -> "Events":
        return Events(self.day[kept], self.user[kept], self.arm[kept], self.length)

    def counts(self) -> tuple[np.ndarray, np.ndarray]:
        """Events and users active, by day and arm."""
        days = int(np.ceil(self.length))
        day = self.day.astype(int)
        events = np.zeros((days, 2), dtype=int)
        np.add.at(events, (day, self.arm), 1)
        pairs = np.unique(self.user * days + day)
        users, arm_of = np.zeros((days, 2), dtype=int), np.zeros(self.user.max() + 1, dtype=int)
        arm_of[self.user] = self.arm
        np.add.at(users, (pairs % days, arm_of[pairs // days]), 1)
        return events, users


def _laid_out(rng, start, rate, life, length):
    """Events of Poisson visits over each life, and one at the start."""
    span = np.minimum(life, length - start)
    number = rng.poisson(rate * span)
    user = np.repeat(np.arange(len(start)), number)
    day = start[user] + rng.random(len(user)) * span[user]
    return np.r_[start, day], np.r_[np.arange(len(start)), user]


def plain_log(seed: int, kind: str = "plain-null", users: int = 4000, length: float = 120.0) -> Events:
    """Gamma rates and exponential lives, users arriving all through the log."""
    rng = np.random.default_rng(seed)
    rate, start = rng.gamma(1.2, 0.3, users) + 0.03, rng.uniform(0, length - 1 / 24, users)
    late = kind == "late-arm"
    arm = (rng.random(users) < np.where(start > 50 * length / 120, 0.5, 0.0 if late else 0.5)).astype(int)
    rate = rate * np.where((arm == 1) & (kind == "pace"), 0.7, 1.0)
    hazard = 0.02 * np.where((arm == 1) & (kind == "plain-effect"), 0.6, 1.0)
    hazard = hazard * (np.exp(0.9 * (start / 60 - 1)) if late else 1.0)
    day, user = _laid_out(rng, start, rate, rng.exponential(1 / hazard), length)
    return Events(day, user, arm[user], length)


def rough_log(seed: int, users: int = 4000, length: float = 120.0, weekend: float = 0.5) -> Events:
    """Log-normal rates, Weibull lives, weekday rhythm, hours of the day in a zone, bursts, arrivals that swell."""
    rng = np.random.default_rng(seed)
    rate, life = rng.lognormal(-1.6, 1.0, users), 40 * rng.weibull(0.7, users)
    start = (length - 0.05) * rng.beta(rng.uniform(0.6, 1.4), rng.uniform(0.6, 1.4), users)
    day, user = _laid_out(rng, start, np.minimum(rate, 3.0), life, length)
    phase = rng.integers(0, 7)
    kept = rng.random(len(day)) < np.where((np.floor(day) + phase) % 7 < 2, weekend, 1.0)
    kept[:users] = True
    day, user = day[kept], user[kept]
    clock = np.mod(rng.normal(20, 3, len(day)) - rng.choice([-9, -5, 0, 8]), 24) / 24
    day = np.floor(day) + clock
    size = rng.geometric(0.35, len(day))
    event = np.repeat(np.arange(len(day)), size)
    day, user = day[event] + rng.exponential(0.01, len(event)) * (rng.random(len(event)) < 0.9), user[event]
    arm = rng.integers(0, 2, users)[user]
    return Events(day, user, arm, length).where(day < length)


def with_outage(log: Events, first: float, days: float) -> Events:
    """Nothing recorded over some days."""
    return log.where(~((log.day > first) & (log.day < first + days)))


def delivered_late(log: Events, days: int, seed: int, share: float = 0.5) -> Events:
    """Of the last days only part of the events are there."""
    rng = np.random.default_rng(seed + 10_000)
    return log.where((log.day < log.length - days) | (rng.random(len(log.day)) < share))


def one_arm_broken(log: Events, first: float, days: float, seed: int, share: float = 0.0) -> Events:
    """Of one arm only part of the events are there over some days."""
    rng = np.random.default_rng(seed + 20_000)
    hit = (log.arm == 1) & (log.day > first) & (log.day < first + days)
    return log.where(~hit | (rng.random(len(log.day)) < share))

"""What every answer is made of: a sentence, the checks behind it, a figure with its limits."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % limits; they are None where the figure has none."""

    estimate: float
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True)
class Check:
    """One trust check. status is pass, warn or fail; a fail blocks the verdict."""

    name: str
    status: str
    short: str  # fits on the line of checks: "p = .89"
    detail: str  # a sentence: what was found, what it means, what to do


@dataclass(frozen=True)
class Verdict:
    """The answer in a sentence.

    state is one of winner, tie, blocked, single (nothing to compare).
    """

    state: str
    title: str  # "Clear winner"
    sentence: str
    support: str  # one or two lines: interval, what else is known, smallest difference the study can show

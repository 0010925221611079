"""Who was judged, and who was left out and why."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Excluded:
    """Users left out, with the reason."""

    reason: str
    users: int


@dataclass(frozen=True)
class Population:
    """Who was judged, and who was left out and why."""

    users: int
    excluded: tuple[Excluded, ...]

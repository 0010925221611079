"""Who was judged, and who was left out and why."""

from dataclasses import dataclass

from recsys_core.answers import Message


@dataclass(frozen=True)
class Excluded:
    """Users left out, with the reason: a message of the catalogue's `exclusion-...`."""

    reason: Message
    users: int


@dataclass(frozen=True)
class Population:
    """Who was judged, and who was left out and why."""

    users: int
    excluded: tuple[Excluded, ...]

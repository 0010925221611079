"""What the what-if half answers: small frozen objects."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RolloutPoint:
    """The difference made by moving `share` (0 to 1) of one arm's users, with its confidence limits."""

    share: float
    estimate: float
    lower: float
    upper: float

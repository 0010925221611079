"""Rules of thumb that the costs of several models share, as measured on a laptop's cores."""

import os
from typing import Final

from recsys_core.models.cards import Cost, Described

MB: Final = 1e6
NUMBER: Final = 4  # bytes of a float32 or an index
START_SECONDS: Final = 4.0  # Python, the log, and saving
EVENT_SECONDS: Final = 1e-5  # to read, split and rank
_PROCESS_MB: Final = 250.0
_EVENT_MB: Final = 2e-4  # read, split and taken
_EVENT_BYTES: Final = 8  # of the history
_USER_BYTES: Final = 2_000  # of the evaluation and the ids


def light_cost(
    data: Described, *, per_event: float = 0.0, memory_mb: float = 0.0, disk_bytes: int = 0, smaller: str = ""
) -> Cost:
    """What every run takes, and what a model takes beside it.

    Parameters
    ----------
    per_event
        Seconds per event beside those to read, split and rank it.
    memory_mb, disk_bytes
        Of what the model learnt.
    """
    return Cost(
        seconds=START_SECONDS + data.rows * (EVENT_SECONDS + per_event),
        memory_mb=_PROCESS_MB + data.rows * _EVENT_MB + memory_mb,
        disk_bytes=data.rows * _EVENT_BYTES + data.users * _USER_BYTES + disk_bytes,
        smaller=smaller,
    )


def cores() -> int:
    """Cores of this computer."""
    return os.cpu_count() or 1

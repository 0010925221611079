"""Who may run now: how many at once, in which order, and on which GPU."""

import os
import subprocess
from collections.abc import Collection
from functools import cache
from pathlib import Path

from recsys_core.errors import SettingsError

AT_ONCE = "STAYING_POWER_RUNS"
# The order of a queue: higher priority first, then who was queued first. Places are counted, not timed: setting the
# clock back puts nobody in front.
ORDER = "-priority, place, queued, run_id"
_GPUS = Path("/proc/driver/nvidia/gpus")


def heavy_at_once() -> int:
    """How many runs that need torch train side by side without a GPU: STAYING_POWER_RUNS, else 1.

    An environment variable, since it belongs to the computer: a study is taken to another one, and processes that look
    at one workspace from a server and from a shell have no other place in common. One run uses every core already, so
    that two take as long as one after the other, and twice the memory.

    Raises
    ------
    SettingsError
        If it is not a whole number from 1.
    """
    at_once = os.environ.get(AT_ONCE, "1")
    if not at_once.isdecimal() or int(at_once) < 1:
        raise SettingsError("runs-at-once-no-number", variable=AT_ONCE, text=at_once)
    return int(at_once)


def free_slots(*, heavy: bool, running: Collection[str]) -> tuple[str, ...]:
    """Name what is free for another run.

    Parameters
    ----------
    heavy
        Whether it needs torch: one such run a GPU, else `heavy_at_once`; light ones as many as there are cores.
    running
        The devices of the runs of this kind that are running; empty strings for those without.

    Returns
    -------
    tuple
        A device for each further run; empty strings where it needs none.
    """
    if heavy and (gpus := devices()):
        return tuple(gpu for gpu in gpus if gpu not in running)
    slots = heavy_at_once() if heavy else os.cpu_count() or 1
    return ("",) * (slots - len(running))


def threads() -> int:
    """Threads for one run: its share of the cores."""
    return max(1, (os.cpu_count() or 1) // (1 if devices() else heavy_at_once()))


def devices() -> tuple[str, ...]:
    """Name the NVIDIA GPUs that may be used, as CUDA_VISIBLE_DEVICES does; torch is not asked: it loads for seconds."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        return tuple(str(number) for number in range(_gpus()))
    names = [name.strip() for name in visible.split(",")]
    return tuple(name for name in names if name and name != "-1")


@cache
def _gpus() -> int:
    """Count this computer's GPUs."""
    command = ["nvidia-smi", "-L"]
    try:
        listing = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20).stdout  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return len(list(_GPUS.iterdir())) if _GPUS.is_dir() else 0
    return sum(line.startswith("GPU ") for line in listing.splitlines())

"""What was measured of a run before it started, as the workspace keeps it."""

import json
from dataclasses import dataclass, fields
from pathlib import Path

from recsys_core.runs.life.keys import check_run_id
from recsys_core.workspace import Workspace, write_json


@dataclass(frozen=True)
class Measured:
    """What a measurement found.

    Attributes
    ----------
    seconds
        What the whole run will take.
    memory_mb
        Most memory it held, of the device named, MB.
    disk_mb
        Room that the run takes in the workspace while it trains, MB.
    basis
        What was measured: "4 batches".
    seconds_per_step, steps
        Of a model that learns in steps, where one was measured; None else.
    device, device_mb
        Name of the card and its memory, MB; "" and 0 where the model learns on the CPU.
    beside
        Runs that were under way meanwhile and slowed it down.
    error
        Why nothing was measured; "" where it was.
    """

    seconds: float = 0.0
    memory_mb: float = 0.0
    disk_mb: float = 0.0
    basis: str = ""
    seconds_per_step: float | None = None
    steps: int | None = None
    device: str = ""
    device_mb: float = 0.0
    beside: int = 0
    error: str = ""


def path_of(workspace: Workspace, run_id: str) -> Path:
    """File that keeps the measurement of a run, there or not."""
    return workspace.home / "measured" / f"{check_run_id(run_id)}.json"


def measured(workspace: Workspace, run_id: str) -> Measured | None:
    """Read what was measured for a run; None where nothing was, or what is there cannot be read."""
    try:
        found = json.loads(path_of(workspace, run_id).read_text(encoding="utf-8"))
        return Measured(**{field.name: found[field.name] for field in fields(Measured)})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep(workspace: Workspace, run_id: str, found: Measured) -> None:
    """Keep a measurement."""
    write_json(path_of(workspace, run_id), {field.name: getattr(found, field.name) for field in fields(found)})

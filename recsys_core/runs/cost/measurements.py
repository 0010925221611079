"""What was measured of a run before it started, as the workspace keeps it."""

from dataclasses import dataclass, fields
from pathlib import Path

from recsys_core.answers import Message
from recsys_core.errors import WorkspaceError
from recsys_core.runs.life.keys import check_run_id
from recsys_core.stored import fits, read_json
from recsys_core.workspace import Workspace, write_json

_MESSAGES = ("basis", "error")


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
        What was measured: a few batches, a share of the training, all of it; None where nothing was.
    seconds_per_step, steps
        Of a model that learns in steps, where one was measured; None else.
    device, device_mb
        Name of the card and its memory, MB; "" and 0 where the model learns on the CPU.
    beside
        Runs that were under way meanwhile and slowed it down.
    error
        Why nothing was measured; None where it was.
    """

    seconds: float = 0.0
    memory_mb: float = 0.0
    disk_mb: float = 0.0
    basis: Message | None = None
    seconds_per_step: float | None = None
    steps: int | None = None
    device: str = ""
    device_mb: float = 0.0
    beside: int = 0
    error: Message | None = None

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON can hold it."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return values | {name: values[name].to_json() if values[name] else None for name in _MESSAGES}


def path_of(workspace: Workspace, run_id: str) -> Path:
    """File that keeps the measurement of a run, there or not."""
    return workspace.home / "measured" / f"{check_run_id(run_id)}.json"


def measured(workspace: Workspace, run_id: str) -> Measured | None:
    """Read what was measured for a run; None where nothing was, or what is there cannot be read."""
    path = path_of(workspace, run_id)
    try:
        content = read_json(path, WorkspaceError("measurement-damaged", file=str(path)))
        values = {field.name: content[field.name] for field in fields(Measured)}
        messages = {name: Message.from_json(values[name]) if values[name] else None for name in _MESSAGES}
        found = Measured(**values | messages)
    except (WorkspaceError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return found if fits(found, Measured) else None


def keep(workspace: Workspace, run_id: str, measurement: Measured) -> None:
    """Keep a measurement."""
    write_json(path_of(workspace, run_id), measurement.to_dict())

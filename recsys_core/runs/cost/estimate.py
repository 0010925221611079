"""What a run will take, before it starts: as measured, by earlier runs on this computer, or by a rule of thumb."""

import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

from recsys_core.answers import Message, message
from recsys_core.data.dataset import Dataset
from recsys_core.machine import folder_size, free_disk, free_memory
from recsys_core.models.cards import card_of
from recsys_core.runs.life.run import figures, registry, run_folder
from recsys_core.settings import ModelSettings
from recsys_core.workspace import Workspace

RULE: Final = message("basis-rule")
LAST: Final = message("basis-last-run")
READY: Final = message("basis-trained-already")
_SEVERAL: Final = message("basis-several")
_MEASURED: Final = "basis-measured"
_MB: Final = 1e6


@dataclass(frozen=True)
class Estimate:
    """What a run will take, and what that was taken from.

    Attributes
    ----------
    seconds
        From its start to its end.
    memory_mb
        Most memory held, MB; of the device where one is named.
    disk_mb
        Room in the workspace while it trains, MB.
    basis
        What it was taken from.
    device_mb
        Memory of the card that it was measured on, MB; 0 where it learns on the CPU.
    smaller
        Name of the option that memory hangs on; "" where there is none.
    """

    seconds: float
    memory_mb: float
    disk_mb: float
    basis: Message
    device_mb: float = 0.0
    smaller: str = ""

    @property
    def measured(self) -> bool:
        """True where it was measured for these very settings."""
        return self.basis.code == _MEASURED

    @property
    def ready(self) -> bool:
        """True where nothing is left to be done."""
        return self.basis == READY


def estimate(workspace: Workspace, dataset: Dataset, model: ModelSettings, run_id: str = "") -> Estimate:
    """Estimate what a run takes.

    Parameters
    ----------
    run_id
        Of the run as it would be started: what was measured for it counts first. "" where that is not known.
    """
    from recsys_core.runs.cost.measurements import measured

    cost = card_of(model.stage).cost(dataset, model)
    known = measured(workspace, run_id) if run_id else None
    if known and known.basis:
        basis = Message(_MEASURED, {"what": known.basis, "place": _place(known.device), "beside": known.beside})
        return Estimate(known.seconds, known.memory_mb, known.disk_mb, basis, known.device_mb, cost.smaller)
    disk_mb = cost.disk_bytes / _MB
    rows = [
        row
        for row in registry(workspace).rows()
        if row["model"] == model.stage and row["state"] == "finished" and row["host"] == platform.node()
    ]
    if not rows:
        return Estimate(cost.seconds, cost.memory_mb, disk_mb, RULE, smaller=cost.smaller)
    last = max(rows, key=lambda row: row["finished"])
    memory = [point["memory_mb"] for point in figures(workspace, last["run_id"]) if "memory_mb" in point]
    model_mb = size_mb(run_folder(workspace, last["run_id"]) / "model")
    seconds = last["seconds"] * cost.seconds / last["work"]
    most = max(memory, default=cost.memory_mb)
    return Estimate(seconds, most, max(model_mb, disk_mb), LAST, smaller=cost.smaller)


def _place(device: str) -> Message:
    return message("measured-on-device", device=device) if device else message("measured-here")


def size_mb(folder: Path) -> float:
    """MB that the files of a folder take; 0 where there is none."""
    return folder_size(folder) / _MB


def work_of(dataset: Dataset, model: ModelSettings) -> float:
    """Seconds that a run should take by the rule of thumb; runs of one model are scaled by it."""
    return card_of(model.stage).cost(dataset, model).seconds


def total(estimates: Iterable[Estimate], heavy: Iterable[bool]) -> Estimate:
    """What several runs take together: heavy ones train one after the other, light ones side by side with them.

    Parameters
    ----------
    heavy
        In the same order: True for one that needs torch.
    """
    pairs = list(zip(estimates, heavy, strict=True))
    slow, light = ([each for each, is_heavy in pairs if is_heavy is kind] for kind in (True, False))
    cores = os.cpu_count() or 1
    largest = sorted((each.memory_mb for each in light), reverse=True)[:cores]
    bases = {each.basis for each, _ in pairs}
    return Estimate(
        sum(each.seconds for each, _ in pairs),  # side by side they share the same cores
        sum(largest) + max((each.memory_mb for each in slow), default=0.0),
        sum(each.disk_mb for each, _ in pairs),
        bases.pop() if len(bases) == 1 else _SEVERAL,
        max((each.device_mb for each, _ in pairs), default=0.0),
    )


def shortfall(workspace: Workspace, model: ModelSettings, takes: Estimate) -> Message | None:
    """Say what a run lacks here and what to change; None where it fits."""
    room = free_disk(workspace.home)
    if takes.disk_mb * _MB > room:
        return message("disk-short", model=model.stage, needed=takes.disk_mb * _MB, free=room)
    free = takes.device_mb * _MB or free_memory()
    if takes.memory_mb * _MB > free:
        needed = takes.memory_mb * _MB
        return message("memory-short", model=model.stage, needed=needed, free=free, relief=_relief(model, takes))
    return None


def _relief(model: ModelSettings, takes: Estimate) -> Message:
    """Half of what memory hangs on, where that is allowed."""
    option = next((field for field in fields(model) if field.name == takes.smaller), None)
    if option is None:
        return message("relief-other-model")
    value = getattr(model, option.name)
    half = max(option.metadata["low"], value // 2)
    if half == value:
        return message("relief-other-model")
    return message("relief-lower", option=option.metadata["label"], value=half)

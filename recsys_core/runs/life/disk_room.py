"""Whether the disk has room for a run, before it starts."""

from pathlib import Path

from recsys_core.data.dataset import Dataset
from recsys_core.errors import WorkspaceError
from recsys_core.machine import free_disk
from recsys_core.models.cards import card_of
from recsys_core.settings import ModelSettings

_SPARE_BYTES = 20 << 20  # for logs, the registry, and whatever else writes here


def needed_bytes(dataset: Dataset, model: ModelSettings) -> int:
    """Estimate the bytes that a run writes: its checkpoints, its model and its evaluation. Rough, rather too many."""
    return card_of(model.stage).cost(dataset, model).disk_bytes


def check_space(folder: Path, needed: int) -> None:
    """See that a folder's disk has room.

    Raises
    ------
    WorkspaceError
        With what is needed and what is free, where it has not.
    """
    free, needed = free_disk(folder), needed + _SPARE_BYTES
    if free < needed:
        raise WorkspaceError("run-disk-too-small", needed=needed, folder=str(folder), free=free)

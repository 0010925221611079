"""Whether the disk has room for a run, before it starts, and how a full disk is told."""

import errno
import shutil
from pathlib import Path

from recsys_core import words
from recsys_core.data.dataset import Dataset
from recsys_core.errors import WorkspaceError
from recsys_core.models.cards import card_of
from recsys_core.settings import ModelSettings

_SPARE_BYTES = 20 << 20  # for logs, the registry, and whatever else writes here
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
FULL = (
    "The disk is full: no more could be written. Delete what is not needed or move the workspace to a larger disk, "
    "then resume it: it goes on from its last checkpoint."
)


def needed_bytes(dataset: Dataset, model: ModelSettings) -> int:
    """Estimate the bytes that a run writes: its checkpoints, its model and its evaluation. Rough, rather too many."""
    return card_of(model.stage).cost(dataset, model).disk_bytes


def check_space(folder: Path, needed: int) -> None:
    """See that a folder's disk has room; WorkspaceError with what is needed and what is free, where it has not."""
    free, asked = shutil.disk_usage(folder).free, needed + _SPARE_BYTES
    if free < asked:
        raise WorkspaceError(
            f"A run needs about {words.number(asked / 1e6, 0)} MB for checkpoints and model, and the disk of {folder} "
            f"has {words.number(free / 1e6, 0)} MB left. Delete what is not needed, or move the workspace to a larger "
            "disk, and train again."
        )


def is_full(err: BaseException | None) -> bool:
    """Tell whether an error, or what it came from, says that a disk is full."""
    while err is not None:
        if isinstance(err, OSError) and err.errno in _FULL:
            return True
        said = str(err)
        if "No space left on device" in said or "File too large" in said or "disk is full" in said:
            return True
        err = err.__cause__ or err.__context__
    return False

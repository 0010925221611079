"""Whether the disk has room for a run, before it starts."""

from pathlib import Path

from recsys_core.data.dataset import Dataset
from recsys_core.errors import WorkspaceError
from recsys_core.machine import free_disk
from recsys_core.settings import ModelSettings

_WEIGHTS = 3  # times the weights' size in a checkpoint: the weights, and two moments of AdamW
_CHECKPOINTS = 3  # the two that are kept, and the one being written
_NUMBER = 4  # bytes of a float32 or an index
_USER_BYTES = 2_000  # of the evaluation and the ids, per user
_EVENT_BYTES = 8  # of the history
_EMBEDDING = 384  # of MiniLM
_SPARE_BYTES = 20 << 20  # for logs, the registry, and whatever else writes here


def needed_bytes(dataset: Dataset, model: ModelSettings) -> int:
    """Estimate the bytes that a run writes: its checkpoints, its model and its evaluation. Rough, rather too many."""
    own, items, users = model.to_dict(), dataset.items, dataset.users
    size = dataset.rows * _EVENT_BYTES + users * _USER_BYTES
    if model.stage == "ease":
        return size + items * items * _NUMBER
    if "neighbours" in own:
        return size + items * min(own["neighbours"], items) * 2 * _NUMBER
    if "factors" in own:
        return size + (items + users) * own["factors"] * _NUMBER
    if "encoder" in own:
        size += 2 * (items + users) * _EMBEDDING * _NUMBER
        if "epochs" in own and not own["frozen"]:
            weights = _weights_bytes(own["encoder"])
            size += weights * _WEIGHTS * _CHECKPOINTS + weights
    return size


def _weights_bytes(encoder: str) -> int:
    from recsys_core.models.text_encoder import resolve_encoder

    return sum(path.stat().st_size for path in resolve_encoder(encoder).glob("*.safetensors"))


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

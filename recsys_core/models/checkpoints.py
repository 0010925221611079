"""Checkpoints that count only when they are whole: `complete.json` stands in each with the hashes of its files."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recsys_core.errors import WorkspaceError
from recsys_core.machine import folder_size, free_disk, sha256_of
from recsys_core.workspace import write_json

MARK = "complete.json"
_FULL = ("no space left", "disk quota", "file too large", "pytorchstreamwriter failed")


def mark_whole(checkpoint: Path) -> None:
    """Note the files of a checkpoint that was written to its end."""
    files = (path for path in checkpoint.iterdir() if path.name != MARK)
    write_json(checkpoint / MARK, {path.name: sha256_of(path) for path in files})


def is_whole(checkpoint: Path) -> bool:
    """Whether a checkpoint was written to its end and is as it was then."""
    try:
        hashes = json.loads((checkpoint / MARK).read_text(encoding="utf-8"))
        return all(sha256_of(checkpoint / name) == known for name, known in hashes.items())
    except (OSError, ValueError, AttributeError):
        return False


def last_checkpoint(folder: Path) -> Path | None:
    """Find the latest checkpoint to go on from: whole, and with the best one so far beside it."""
    there = sorted(folder.glob("checkpoint-*"), key=_step, reverse=True)
    return next((path for path in there if is_whole(path) and best_of(path) is not None), None)


def best_of(checkpoint: Path) -> Path | None:
    """Find the checkpoint with the best weights as one knew them; itself where there was no evaluation yet."""
    try:
        best = json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))["best_model_checkpoint"]
    except (OSError, ValueError, KeyError):
        return None
    if best is None:
        return checkpoint
    other = checkpoint.with_name(Path(best).name)  # the workspace may have been moved
    return other if (other / "model.safetensors").is_file() else None


def sweep(folder: Path) -> None:
    """Remove what a killed process left half-written."""
    for checkpoint in folder.glob("checkpoint-*"):
        if not (checkpoint / MARK).is_file():
            shutil.rmtree(checkpoint)


@contextmanager
def room_for(checkpoint: Path) -> Iterator[None]:
    """Say in words that the disk is full, and remove what was written of a checkpoint that did not fit.

    Raises
    ------
    WorkspaceError
        If there was no room; earlier checkpoints stand.
    """
    try:
        yield
    except Exception as err:
        if not any(words in str(err).lower() for words in _FULL):
            raise
        size = folder_size(checkpoint)
        shutil.rmtree(checkpoint, ignore_errors=True)
        free = free_disk(checkpoint.parent)
        raise WorkspaceError("checkpoint-disk-full", step=_step(checkpoint), written=size, free=free) from err


def _step(checkpoint: Path) -> int:
    number = checkpoint.name.rpartition("-")[2]
    return int(number) if number.isdigit() else -1

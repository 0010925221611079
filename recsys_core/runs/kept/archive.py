"""A finished run as one zip file, to be kept elsewhere or taken into another workspace. No pickle goes in or comes out.

The zip holds settings.json, progress.jsonl and log.txt, the folders model/ and evaluation/, and manifest.json with the
size and SHA-256 of each of them; checkpoints stay where they are. `unpack` reads it with suspicion.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from recsys_core.errors import WorkspaceError
from recsys_core.runs.life.run import find_run, is_complete, plan_of, run_folder
from recsys_core.workspace import Workspace, whole_file

FORMAT: Final = 1  # raise it when an older program could not read what is written now
MANIFEST: Final = "manifest.json"
FILES: Final = ("settings.json", "progress.jsonl", "log.txt")
FOLDERS: Final = ("model", "evaluation")
TEXTS: Final = (".json", ".jsonl", ".txt")
_KINDS: Final = (*TEXTS, ".safetensors", ".parquet")
_TOKENIZERS: Final = ("spiece.model", "sentencepiece.bpe.model", "tokenizer.model")
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Archive:
    """A zip that was written: the run in it, the names and bytes of its files, and what was not taken along."""

    path: Path
    run_id: str
    files: tuple[str, ...]
    size: int
    left_out: tuple[str, ...]


def allowed_kind(name: str) -> bool:
    """Tell whether a file may be in an archive: data that is read and never run, and tokenizers."""
    file = name.rpartition("/")[2]
    return not file.startswith(".") and (file.endswith(_KINDS) or file in _TOKENIZERS)


def export_run(workspace: Workspace, run_id: str, path: Path) -> Archive:
    """Write a finished run as a zip; the same run gives the same bytes.

    Parameters
    ----------
    path
        Where the file comes to lie; one that lies there is replaced when the new one is written to its end.

    Raises
    ------
    WorkspaceError
        If there is no such run, it is not finished, or its folder is damaged.
    OSError
        If the file cannot be written.
    """
    run, plan, folder = find_run(workspace, run_id), plan_of(workspace, run_id), run_folder(workspace, run_id)
    if run.state != "finished" or not is_complete(folder):
        raise WorkspaceError(
            "run-not-exportable", run_id=run_id, run_state=run.state, dataset_id=run.dataset_id
        )  # fmt: skip
    names = sorted(_files(folder))
    taken = [name for name in names if allowed_kind(name)]
    card = {
        "format": FORMAT, "run_id": run_id, "dataset_id": plan.dataset_id, "model": run.model,
        "created": run.created, "finished": run.finished, "seconds": run.seconds,
    }  # fmt: skip
    with whole_file(path) as draft, zipfile.ZipFile(draft, "x") as archive:
        card["files"] = [_add(archive, folder / name, name) for name in taken]
        archive.writestr(_entry(MANIFEST), json.dumps(card, indent=1, allow_nan=False))
    return Archive(path, run_id, tuple(taken), path.stat().st_size, tuple(sorted({*names} - {*taken})))


def _files(folder: Path) -> Iterator[str]:
    for path in (*(folder / name for name in FILES), *(p for name in FOLDERS for p in (folder / name).rglob("*"))):
        if path.is_file() and not path.is_symlink():
            yield path.relative_to(folder).as_posix()


def _entry(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)  # of 1980, on every computer
    info.external_attr = 0o100644 << 16
    info.compress_type = zipfile.ZIP_DEFLATED if name.endswith(TEXTS) else zipfile.ZIP_STORED
    return info


def _add(archive: zipfile.ZipFile, path: Path, name: str) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source, archive.open(_entry(name), "w", force_zip64=True) as target:
        while block := source.read(_BLOCK):
            target.write(block)
            digest.update(block)
            size += len(block)
    return {"name": name, "bytes": size, "sha256": digest.hexdigest()}

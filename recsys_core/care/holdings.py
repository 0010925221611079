"""What a workspace holds of a data set: the data, the study beside it, runs, measurements, embeddings and reports."""

import hashlib
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from recsys_core import columns as col
from recsys_core.data.dataset import Dataset
from recsys_core.errors import StayingPowerError
from recsys_core.machine import folder_size
from recsys_core.models.embeddings import HASH_BYTES
from recsys_core.runs.kept.cache import KeptRun, list_kept
from recsys_core.workspace import Workspace

_BLOCK = 1 << 20
_ARCHIVE_TEXTS = (".json", ".jsonl", ".txt")


@dataclass(frozen=True)
class Holdings:
    """All that a workspace holds of a data set, and what goes with it.

    Attributes
    ----------
    title
        Empty where the card cannot be read.
    runs
        With their models, evaluations, logs and checkpoints.
    measurements
        Names of files: of these runs, and of runs that were never started, whose data set nobody can tell.
    texts
        Names of files with embeddings and tokens of item texts that no other data set has; tokens always.
    reports
        Files in reports/, by their path there, that name the data set or one of these runs.
    size
        Bytes in all.
    """

    dataset_id: str
    title: str
    study: bool
    runs: tuple[KeptRun, ...]
    measurements: tuple[str, ...]
    texts: tuple[str, ...]
    reports: tuple[str, ...]
    size: int

    @property
    def pinned(self) -> tuple[str, ...]:
        """Ids of the runs that are pinned."""
        return tuple(run.run_id for run in self.runs if run.pinned)


def holdings(workspace: Workspace, dataset_id: str) -> Holdings:
    """Look for all that is held of a data set; WorkspaceError where there is none of this id."""
    return held_with(workspace, dataset_id, workspace.dataset_folder(dataset_id))


def held_with(workspace: Workspace, dataset_id: str, folder: Path) -> Holdings:
    """Look for all that is held of a data set whose folder lies elsewhere; it need not be whole."""
    kept = list_kept(workspace).runs
    runs = tuple(run for run in kept if run.dataset_id == dataset_id)
    own, known = {run.run_id for run in runs}, {run.run_id for run in kept}
    measured = sorted((workspace.home / "measured").glob("*.json"))
    measurements = tuple(path.name for path in measured if path.stem in own or path.stem not in known)
    reports = reports_naming(workspace, (dataset_id, *sorted(own)))
    texts = _texts_of_nobody_else(workspace, dataset_id, folder)
    files = [workspace.home / "measured" / name for name in measurements]
    files += [workspace.home / "embeddings" / name for name in texts]
    files += [workspace.home / "reports" / name for name in reports]
    size = folder_size(folder) + sum(run.size for run in runs) + sum(map(_size, files))
    title = ""
    with suppress(StayingPowerError):
        title = Dataset.open(workspace, dataset_id).title
    return Holdings(
        dataset_id, title, (folder / "study.toml").is_file(), runs, measurements, texts, reports, size
    )  # fmt: skip


# ---- reports ---------------------------------------------------------------------------------------------------------


def list_reports(workspace: Workspace) -> tuple[str, ...]:
    """Name the files in reports/ by their path there; links are passed over."""
    place = workspace.home / "reports"
    files = (path for path in place.rglob("*") if path.is_file() and not path.is_symlink())
    return tuple(sorted(path.relative_to(place).as_posix() for path in files))


def reports_naming(workspace: Workspace, names: Sequence[str]) -> tuple[str, ...]:
    """Name the reports in which one of some names stands: in their own name, in the file, or in a zipped run."""
    needles = tuple(name.encode() for name in names)
    place = workspace.home / "reports"
    return tuple(
        report for report in list_reports(workspace)
        if any(needle in report.encode() for needle in needles) or _mentions(place / report, needles)
    )  # fmt: skip


def _mentions(path: Path, needles: tuple[bytes, ...]) -> bool:
    """Look for names in a file; one that cannot be read mentions nothing."""
    with suppress(OSError), path.open("rb") as content:
        if _among(_blocks(content), needles):
            return True
    with suppress(OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError), zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if info.filename.endswith(_ARCHIVE_TEXTS):
                with archive.open(info) as content:
                    if _among(_blocks(content), needles):
                        return True
    return False


def _blocks(content: IO[bytes]) -> Iterator[bytes]:
    while block := content.read(_BLOCK):
        yield block


def _among(blocks: Iterator[bytes], needles: tuple[bytes, ...]) -> bool:
    """Tell whether one of some names stands in a text that comes in blocks, also across two of them."""
    longest, tail = max(map(len, needles)), b""
    for block in blocks:
        text = tail + block
        if any(needle in text for needle in needles):
            return True
        tail = text[-longest:]
    return False


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_size
    return 0


# ---- embeddings ------------------------------------------------------------------------------------------------------


def _texts_of_nobody_else(workspace: Workspace, dataset_id: str, folder: Path) -> tuple[str, ...]:
    """Files of what was computed of a data set's texts: embeddings that hold no other's, and all tokens."""
    own = _text_hashes(folder)
    if not own:
        return ()
    place = workspace.home / "embeddings"
    others = [workspace.home / "datasets" / name for name in workspace.dataset_ids() if name != dataset_id]
    elsewhere = set().union(*map(_text_hashes, others))
    going = [path.name for path in place.glob("tokens-*.npy")]
    for path in place.glob("embeddings-*.safetensors"):
        hashes = _hashes_in(path)
        if hashes & own and not hashes & elsewhere:
            going.append(path.name)
    return tuple(sorted(going))


def _text_hashes(folder: Path) -> set[bytes]:
    """Hashes of the item texts of a data set, as files of embeddings hold them; the empty text is everybody's."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        texts = pq.read_table(folder / "items.parquet", columns=[col.TEXT])[col.TEXT].to_pylist()
    except (OSError, KeyError, ValueError, pa.ArrowException):
        return set()
    return {hashlib.sha256(text.encode()).digest()[:HASH_BYTES] for text in texts if text}


def _hashes_in(path: Path) -> set[bytes]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as content:
            joined = content.get_tensor("hashes").tobytes()
    except (OSError, SafetensorError):
        return set()
    return {joined[at : at + HASH_BYTES] for at in range(0, len(joined), HASH_BYTES)}

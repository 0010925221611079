"""Taking a run out of a zip that somebody gave: nothing is put in place before all of it was looked at.

In this order: names, kinds and declared sizes of the files; their real sizes and hashes, while they are unpacked into a
folder of the workspace's tmp/; that the settings give the run's id; that the data set is here, with the same users; and
that the model and its evaluation can be read by this version of the code.
"""

import errno
import hashlib
import io
import json
import math
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from recsys_core import audit
from recsys_core.answers import message
from recsys_core.data.dataset import Dataset
from recsys_core.errors import SettingsError, StayingPowerError, WorkspaceError
from recsys_core.machine import free_disk
from recsys_core.models.cards import card_of
from recsys_core.named_files import open_regular
from recsys_core.private import work_folder
from recsys_core.runs.cost.estimate import work_of
from recsys_core.runs.kept.archive import FILES, FOLDERS, FORMAT, MANIFEST, TEXTS, allowed_kind
from recsys_core.runs.kept.archive_contents import check_content
from recsys_core.runs.kept.cache import put_folder_away, touch_used
from recsys_core.runs.life.keys import RunPlan, check_run_id
from recsys_core.runs.life.registry_schema import Entry
from recsys_core.runs.life.run import Run, as_answer, find_run, is_complete, registry, run_folder
from recsys_core.workspace import Workspace

LIMIT_BYTES: Final = 32 * 10**9  # of a run, unpacked
_MANIFEST_BYTES, _MOST_FILES, _BLOCK = 1 << 20, 1000, 1 << 20
_READ_BYTES = 16 << 20  # at a time; a table of contents of 1,000 files takes a tenth of it
_SPARE_BYTES = 100 * 10**6  # of the disk: left free
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1


def import_run(workspace: Workspace, path: Path) -> Run:
    """Take the run in a zip into the workspace; one that is here already is answered as it is (`cached`).

    Raises
    ------
    WorkspaceError
        If the file is no archive of a run, is damaged, holds what it must not hold, or does not fit this workspace;
        the message says what was found and what to do. The workspace is left as it was.
    SettingsError
        If it is no regular file, or larger than a run can be.
    """
    with work_folder(workspace.tmp, "import") as place:
        draft = place / "run"
        with reading_zip(), _Bounded(path) as file, zipfile.ZipFile(file) as archive:
            files = _checked_entries(archive)
            card = _manifest(archive, files)
            here = _here(workspace, card["run_id"])
            if here:
                return as_answer(here, cached=True)
            _check_room(workspace, sum(info.file_size for info in files.values()))
            for listed in card["files"]:
                _extract(archive, files[listed["name"]], listed, draft / listed["name"])
        return _put_in_place(workspace, card, draft)


class _Bounded(io.BufferedReader):
    """A file of which no more is read at a time than a run's table of contents takes, whatever it says."""

    def __init__(self, path: Path) -> None:
        super().__init__(open_regular(path, LIMIT_BYTES).detach())

    def read(self, size: int | None = -1, /) -> bytes:
        """Read; BadZipFile where too much is asked for."""
        if size is not None and size > _READ_BYTES:
            raise zipfile.BadZipFile(f"{size} bytes of contents")
        return super().read(size)


@contextmanager
def reading_zip() -> Iterator[None]:
    """Turn what a damaged zip brings about, at whatever depth, into a sentence; a full disk stays what it is."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, struct.error, ValueError, RuntimeError, EOFError, OverflowError) as err:
        raise WorkspaceError("archive-no-zip", reason=str(err)) from None
    except OSError as err:
        if err.errno != errno.EINVAL:  # told to read before its beginning
            raise
        raise WorkspaceError("archive-points-outside") from None


def _checked_entries(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Look at the table of contents alone; returns it by name."""
    infos, seen = archive.infolist(), set[str]()
    if len(infos) > _MOST_FILES:
        raise WorkspaceError("archive-of-many-files", files=len(infos), most=_MOST_FILES)
    for info in infos:
        name = info.orig_filename
        if name != info.filename or not _is_safe(name):
            raise WorkspaceError("archive-strange-name", file=name)
        if not allowed_kind(name):
            raise WorkspaceError("archive-strange-kind", file=name)
        kind = stat.S_IFMT(info.external_attr >> 16)
        if info.is_dir() or kind not in (0, stat.S_IFREG):
            raise WorkspaceError("archive-link", file=name)
        if info.flag_bits & _ENCRYPTED or info.compress_type not in _METHODS:
            raise WorkspaceError("archive-encrypted", file=name)
        if name.casefold() in seen:
            raise WorkspaceError("archive-twice", file=name)
        seen.add(name.casefold())
    total = sum(info.file_size for info in infos)
    if total > LIMIT_BYTES:
        raise WorkspaceError("archive-too-large", bytes=total, most=LIMIT_BYTES)
    return {info.filename: info for info in infos}


def _is_safe(name: str) -> bool:
    """Tell whether a name is one of those that `export_run` writes: below the run's folder, whatever the system."""
    parts = name.split("/")
    if any(not part.strip() or part in {".", ".."} or any(sign in part for sign in '\\:\0<>"|?*') for part in parts):
        return False
    return name in {MANIFEST, *FILES} or (len(parts) > 1 and parts[0] in FOLDERS)


def _manifest(archive: zipfile.ZipFile, files: Mapping[str, zipfile.ZipInfo]) -> dict[str, Any]:
    if MANIFEST not in files or files[MANIFEST].file_size > _MANIFEST_BYTES:
        raise WorkspaceError("archive-no-manifest", manifest=MANIFEST)
    try:
        card = json.loads(archive.read(MANIFEST))
        if not isinstance(card["format"], int):
            raise WorkspaceError("archive-format-unknown", known=FORMAT)
        if card["format"] > FORMAT:
            raise WorkspaceError("archive-of-later-format", format=card["format"], known=FORMAT)
        listed = {str(file["name"]): (int(file["bytes"]), str(file["sha256"])) for file in card["files"]}
        times = [float(card[name]) for name in ("created", "finished", "seconds")]
        run_id = check_run_id(str(card["run_id"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise WorkspaceError("archive-manifest-damaged", manifest=MANIFEST) from None
    if len(listed) != len(card["files"]) or {*listed, MANIFEST} != {*files}:
        raise WorkspaceError("archive-other-files", manifest=MANIFEST)
    wrong = next((name for name, (size, _) in listed.items() if size != files[name].file_size), "")
    if wrong or not all(math.isfinite(value) and value >= 0 for value in times):
        part = wrong or message("archive-a-run")
        raise WorkspaceError("archive-manifest-does-not-fit", manifest=MANIFEST, part=part)
    return {**card, "run_id": run_id}


def _here(workspace: Workspace, run_id: str) -> Run | None:
    """Find the run where it is here already; refuse where it is under way."""
    row = registry(workspace).row(run_id)
    run = find_run(workspace, run_id) if row else None
    if run and run.active:
        raise WorkspaceError("run-trained-here", run_id=run_id)
    return run if run and run.state == "finished" and is_complete(run_folder(workspace, run_id)) else None


def _check_room(workspace: Workspace, size: int) -> None:
    free, room = free_disk(workspace.home), size + _SPARE_BYTES
    if room > free:
        raise WorkspaceError("archive-without-room", bytes=size, free=free, room=room)


def _extract(archive: zipfile.ZipFile, info: zipfile.ZipInfo, listed: Mapping[str, Any], path: Path) -> None:
    """Unpack one file, no further than its declared size, and compare its hash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with archive.open(info) as source, path.open("xb") as target:
        while block := source.read(_BLOCK):
            size += len(block)
            if size > info.file_size:
                raise WorkspaceError("archive-holds-more", file=info.filename)
            if info.filename.endswith(TEXTS) and info.filename not in FILES and b"\0" in block:
                raise WorkspaceError("archive-no-text", file=info.filename)
            target.write(block)
            digest.update(block)
    if size != info.file_size or digest.hexdigest() != listed["sha256"]:
        raise WorkspaceError("archive-file-damaged", file=info.filename)


def _put_in_place(workspace: Workspace, card: Mapping[str, Any], draft: Path) -> Run:
    run_id = card["run_id"]
    plan = _plan(draft, run_id)
    dataset = _dataset(workspace, plan.dataset_id)
    metrics = check_content(draft, plan, dataset)
    entry = Entry(
        run_id, plan.dataset_id, plan.model.stage, card_of(plan.model.stage).heavy,
        json.dumps(plan.key["split"], sort_keys=True), plan.test_from, work_of(dataset, plan.model),
    )  # fmt: skip
    replaced: list[Path] = []

    def place() -> None:
        replaced.extend(put_folder_away(workspace, run_id))
        draft.rename(run_folder(workspace, run_id))

    book, times = registry(workspace), (card["created"], card["finished"], card["seconds"])
    row = book.row(run_id)
    if row and row["state"] == "finished" and not is_complete(run_folder(workspace, run_id)):
        book.reopen(run_id)
    entered = book.enter_finished(entry, times, metrics, place)
    for folder in replaced:
        shutil.rmtree(folder, ignore_errors=True)
    touch_used(workspace, run_id)
    if entered:
        audit.note(workspace, "import-run", run_id=run_id, dataset_id=plan.dataset_id)
    return as_answer(find_run(workspace, run_id), cached=not entered)


def _plan(draft: Path, run_id: str) -> RunPlan:
    """Read the settings and see that they are those that the id is the hash of."""
    try:
        content = json.loads((draft / "settings.json").read_text(encoding="utf-8"))
        plan = RunPlan.from_dict(content)
        model, key = dict(content["model"]), plan.key
        fits = (
            plan.run_id == run_id
            and (key["dataset"], key["model"]) == (plan.dataset_id, model.pop("name"))
            and _without_encoders(plan, model) == _without_encoders(plan, key["settings"])
            and all((content["split"] | {"test_from": plan.test_from}).get(n, v) == v for n, v in _plain_split(key))
        )
    except SettingsError as err:
        raise WorkspaceError("archive-settings-unknown", reason=err.message) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise WorkspaceError("archive-settings-unreadable") from None
    if not fits:
        raise WorkspaceError("archive-of-another-run")
    return plan


def _without_encoders(plan: RunPlan, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings but the encoders: the key has their hashes, the settings where they lay."""
    encoders = card_of(plan.model.stage).encoders
    return {name: value for name, value in settings.items() if name not in encoders}


def _plain_split(key: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Values of the split's key that stand in its settings too; the events are resolved there."""
    return [(name, value) for name, value in key["split"].items() if name != "events"]


def _dataset(workspace: Workspace, dataset_id: str) -> Dataset:
    try:
        return Dataset.open(workspace, dataset_id)
    except StayingPowerError:
        raise WorkspaceError("archive-of-another-data-set", dataset_id=dataset_id) from None

"""Making a workspace of a backup: it is unpacked beside its place and checked, and takes that in one rename."""

import json
import shutil
import stat
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

from recsys_core import audit, private
from recsys_core.care.backup import FORMAT, KEPT, MANIFEST
from recsys_core.errors import WorkspaceError
from recsys_core.machine import free_disk
from recsys_core.runs.kept.import_archive import reading_zip
from recsys_core.sums import disagreeing
from recsys_core.workspace import Workspace

LIMIT_BYTES: Final = 4 * 10**12
_MOST_FILES, _MANIFEST_BYTES, _BLOCK = 1_000_000, 1 << 28, 1 << 20
_SPARE_BYTES = 100 * 10**6  # of the disk: left free
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1


def restore(path: Path, home: Path, interface: str = "library") -> Workspace:
    """Make a workspace of what `back_up` wrote.

    Parameters
    ----------
    home
        Folder of the workspace: not there yet, or without a file.
    interface
        As of `Workspace`.

    Raises
    ------
    WorkspaceError
        If the folder holds something, or the file is no backup, is damaged, or holds what it must not hold. Nothing of
        it stays then.
    OSError
        If the file cannot be read, or the folder cannot be written.
    """
    private.write_privately()
    home = home.expanduser().resolve()
    if any(not found.is_dir() for found in home.rglob("*")) or home.is_file():
        raise WorkspaceError("restore-not-empty", folder=str(home))
    home.parent.mkdir(parents=True, exist_ok=True)
    draft = home.with_name(f".{home.name}.{token_hex(6)}")
    try:
        with reading_zip(), zipfile.ZipFile(path) as archive:
            listed = _checked(archive)
            size = sum(file["bytes"] for file in listed)
            if size + _SPARE_BYTES > free_disk(home.parent):
                raise WorkspaceError("backup-without-room", bytes=size, folder=str(home.parent))
            draft.mkdir()
            for file in listed:
                _extract(archive, file, draft / file["name"])
            if damaged := disagreeing(draft, {file["name"]: file["sha256"] for file in listed}):
                raise WorkspaceError("backup-damaged", file=damaged[0])
        shutil.rmtree(home, ignore_errors=True)  # of empty folders
        draft.rename(home)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    space = Workspace.open(home, interface)
    audit.note(space, "restore", file=str(path.resolve()))
    return space


def _checked(archive: zipfile.ZipFile) -> list[dict[str, Any]]:
    """Look at names, kinds and sizes alone; returns what the manifest lists."""
    infos = archive.infolist()
    for info in infos:
        name, kind = info.orig_filename, stat.S_IFMT(info.external_attr >> 16)
        if name != info.filename or not _is_safe(name) or info.is_dir() or kind not in (0, stat.S_IFREG):
            raise WorkspaceError("backup-strange", file=name)
        if info.flag_bits & _ENCRYPTED or info.compress_type not in _METHODS:
            raise WorkspaceError("backup-strange", file=name)
    names = {info.filename: info.file_size for info in infos}
    if MANIFEST not in names or names[MANIFEST] > _MANIFEST_BYTES:
        raise WorkspaceError("backup-no-manifest", manifest=MANIFEST)
    listed = _listed(archive)
    sizes = {file["name"]: file["bytes"] for file in listed}
    folded = {name.casefold() for name in names}
    if len(infos) != len(folded) or len(listed) != len(sizes) or names != sizes | {MANIFEST: names[MANIFEST]}:
        raise WorkspaceError("backup-other-files", manifest=MANIFEST)
    if len(infos) > _MOST_FILES or sum(sizes.values()) > LIMIT_BYTES:
        raise WorkspaceError("backup-too-large", bytes=sum(sizes.values()), files=len(infos))
    return listed


def _listed(archive: zipfile.ZipFile) -> list[dict[str, Any]]:
    try:
        card = json.loads(archive.read(MANIFEST))
        version = int(card["format"])
        files = [{"name": str(f["name"]), "bytes": int(f["bytes"]), "sha256": str(f["sha256"])} for f in card["files"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise WorkspaceError("backup-no-manifest", manifest=MANIFEST) from None
    if version > FORMAT:
        raise WorkspaceError("backup-of-later-format", format=version, known=FORMAT)
    return files


def _is_safe(name: str) -> bool:
    """Tell whether a name lies below the workspace, in a part that a backup has, whatever the system."""
    parts = name.split("/")
    if any(part in {"", ".", ".."} or any(sign in part for sign in "\\:\0\n") for part in parts):
        return False
    return name == MANIFEST or parts[0] in KEPT


def _extract(archive: zipfile.ZipFile, file: Mapping[str, Any], path: Path) -> None:
    """Unpack one file, no further than its size, and compare its hash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    digest, size = sha256(), 0
    with archive.open(file["name"]) as source, path.open("xb") as target:
        while block := source.read(_BLOCK):
            size += len(block)
            if size > file["bytes"]:
                break
            target.write(block)
            digest.update(block)
    if size != file["bytes"] or digest.hexdigest() != file["sha256"]:
        raise WorkspaceError("backup-damaged", file=file["name"])

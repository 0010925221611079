"""New keys: of the pseudonyms, and of the id tables.

A new key of the pseudonyms holds for data sets imported from then on. Those that are there keep theirs, whose
fingerprint stands on their cards, and the earlier keys stay in old_keys/ for as long as one is needed: without raw ids
no pseudonym can be made anew. To bring a data set under the new key, delete it and import its log again.

A new key of the id tables holds for all at once: each is written anew beside the old one, then the key takes its place
in one rename, then the old tables go. Who reads an id table takes the one that goes with the key; what a killed
rotation left is removed by the next.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path

from recsys_core import audit, id_table, private
from recsys_core.data.dataset import Dataset
from recsys_core.errors import WorkspaceError
from recsys_core.key_files import KEY_BYTES, fingerprint
from recsys_core.workspace import Workspace, write_atomic


@dataclass(frozen=True)
class Rotation:
    """What a rotation changed: data sets that keep an earlier key, and id tables that were written anew."""

    kept: tuple[str, ...]
    id_tables: int


def rotate_keys(workspace: Workspace) -> Rotation:
    """Make both keys anew, that of the id tables where there is one.

    Raises
    ------
    WorkspaceError
        If a key is damaged or missing, or an id table cannot be read. Nothing is changed then.
    OSError
        If a file cannot be written.
    """
    folders = [workspace.dataset_folder(name) for name in workspace.dataset_ids()]
    rewritten = _rotate_id_key(workspace, folders)
    old = workspace.secret()
    place = workspace.home / "old_keys"
    place.mkdir(exist_ok=True)
    for name in (fingerprint(old), "first"):
        if name != "first" or not (place / name).exists():
            write_atomic(place / name, old.hex())
    write_atomic(workspace.home / "key", secrets.token_hex(KEY_BYTES))
    kept = _drop_unneeded(workspace, place, {fingerprint(old)})
    audit.note(workspace, "rotate-keys", id_tables=rewritten)
    return Rotation(kept, rewritten)


def _rotate_id_key(workspace: Workspace, folders: list[Path]) -> int:
    written = [folder for folder in folders if id_table.tables(folder)]
    path = id_table.key_path(workspace)
    if not written and not path.exists():
        return 0
    old, new = id_table.id_key(workspace), secrets.token_bytes(KEY_BYTES)
    for folder in written:
        if id_table.under(folder, old) is None:
            raise WorkspaceError("id-key-of-another", path=str(path))
        _keep_only(folder, old)  # what a killed rotation left
    made = list[Path]()
    try:
        for folder in written:
            table = id_table.under(folder, old)
            if table is not None:
                made.append(id_table.write(folder, id_table.rows(table, old), new))
        write_atomic(path, new.hex())
    except BaseException:
        if id_table.id_key(workspace) == old:
            for table in made:
                table.unlink(missing_ok=True)
        raise
    for folder in written:
        _keep_only(folder, new)
    return len(written)


def _keep_only(folder: Path, key: bytes) -> None:
    """Remove the id tables of a data set that were written under other keys than this one."""
    for table in id_table.tables(folder):
        if not table.name.startswith(fingerprint(key)):
            table.unlink(missing_ok=True)


def _drop_unneeded(workspace: Workspace, place: Path, needed: set[str]) -> tuple[str, ...]:
    """Remove earlier keys that no data set has any more; returns the data sets that keep one."""
    kept = list[str]()
    for dataset_id in workspace.dataset_ids():
        try:
            dataset = Dataset.open(workspace, dataset_id)
        except WorkspaceError:  # nobody can tell which key it needs
            return tuple(kept)
        if dataset.settings.get("pseudonymise", True):
            kept.append(dataset_id)
            needed.add(dataset.pseudonym_key or "first")
    for path in place.iterdir():
        if path.name not in needed:
            private.remove(path)
    return tuple(kept)

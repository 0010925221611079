"""The way back from pseudonyms: a table of them and the ids in the log, encrypted under a key of its own.

It lies at ids/KEY-SALT.parquet in the folder of its data set, is written only when an import asks for it, and goes with
the data set. The cipher is that of Parquet (AES-GCM, every part authenticated) under a key that is derived for this one
file, bound to the data set: a changed file, or one of another data set, cannot be read. The key lies in the workspace,
or, where STAYING_POWER_ID_KEY names a file, there.
"""

import hmac
import os
import re
import secrets
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from recsys_core import columns as col
from recsys_core import engine
from recsys_core.errors import WorkspaceError
from recsys_core.key_files import fingerprint, make_key, read_key
from recsys_core.workspace import Workspace, whole_file

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

TABLES: Final = "ids"
ID: Final = "id"
_NAME = re.compile(r"([0-9a-f]{16})-([0-9a-f]{32})\.parquet")
_BATCH = 1 << 16
_SALT_BYTES = 16


def key_path(workspace: Workspace) -> Path:
    """Say where the key lies, or would lie."""
    named = os.environ.get("STAYING_POWER_ID_KEY", "").strip()
    return Path(named).expanduser() if named else workspace.home / "id_key"


def id_key(workspace: Workspace) -> bytes:
    """Read the key; WorkspaceError where it is missing or damaged."""
    path = key_path(workspace)
    try:
        key = read_key(path)
    except OSError:
        raise WorkspaceError("id-key-missing", path=str(path)) from None
    if key is None:
        raise WorkspaceError("id-key-damaged", path=str(path))
    return key


def key_for_writing(workspace: Workspace) -> bytes:
    """Read the key, or make one where nothing was written under one yet; errors as `id_key`."""
    path = key_path(workspace)
    if not path.exists() and not any((workspace.home / "datasets").glob(f"*/{TABLES}/*.parquet")):
        with suppress(OSError):  # no such folder: said by what follows
            make_key(path)
    return id_key(workspace)


def tables(folder: Path) -> tuple[Path, ...]:
    """List the id tables in the folder of a data set: one, but for what a killed process left."""
    return tuple(path for path in sorted((folder / TABLES).glob("*.parquet")) if _NAME.fullmatch(path.name))


def under(folder: Path, key: bytes) -> Path | None:
    """Find the id table that was written under a key."""
    return next((path for path in tables(folder) if path.name.startswith(fingerprint(key))), None)


def add(folder: Path, users: "ibis.Table", key: bytes) -> None:
    """Write the id table of a data set, unless there is one under this key.

    Parameters
    ----------
    users
        Two columns: the pseudonym, and the id. Of users who are not in the data set nothing is kept.
    """
    if under(folder, key) is None:
        stored = engine.scan(folder / "interactions.parquet")
        kept = users.semi_join(stored, col.USER).select(col.USER, ID).order_by(col.USER)
        write(folder, iter(kept.to_pyarrow().to_batches(_BATCH)), key)


def write(folder: Path, batches: "Iterator[pa.RecordBatch]", key: bytes) -> Path:
    """Write a new id table beside those that are there."""
    target = folder / TABLES / f"{fingerprint(key)}-{secrets.token_hex(_SALT_BYTES)}.parquet"
    _write(target, batches, key)
    return target


def _write(target: Path, batches: "Iterator[pa.RecordBatch]", key: bytes) -> None:
    import pyarrow as pa
    from pyarrow import parquet
    from pyarrow.parquet import encryption

    schema = pa.schema([(col.USER, pa.string()), (ID, pa.string())])
    secret, place = _own_key(target, key), _place(target)
    properties = encryption.create_encryption_properties(secret, aad_prefix=place, store_aad_prefix=False)
    with (
        whole_file(target) as draft,
        parquet.ParquetWriter(draft, schema, compression="zstd", encryption_properties=properties) as out,
    ):
        for batch in batches:
            out.write_table(pa.table({name: batch[name] for name in schema.names}).cast(schema))


def rows(table: Path, key: bytes) -> "Iterator[pa.RecordBatch]":
    """Read an id table piece by piece; WorkspaceError where it is damaged, or was written under another key."""
    import pyarrow as pa
    from pyarrow import parquet
    from pyarrow.parquet import encryption

    secret = _own_key(table, key)
    properties = encryption.create_decryption_properties(secret, aad_prefix=_place(table))
    try:
        with parquet.ParquetFile(table, decryption_properties=properties) as content:
            yield from content.iter_batches(_BATCH)
    except (OSError, ValueError, pa.ArrowException):
        raise WorkspaceError("id-table-damaged", path=str(table)) from None


def look_up(table: Path, key: bytes, pseudonyms: Collection[str]) -> dict[str, str]:
    """Find the ids of some pseudonyms; those that the table lacks are absent. Errors as `rows`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted, found = pa.array(sorted(pseudonyms), pa.string()), dict[str, str]()
    for batch in rows(table, key):
        hits = batch.filter(pc.is_in(batch[col.USER], wanted))
        found |= dict(zip(hits[col.USER].to_pylist(), hits[ID].to_pylist(), strict=True))
    return found


def leave_out(table: Path, key: bytes, pseudonym: str) -> None:
    """Write an id table without one user; errors as `rows`."""
    import pyarrow.compute as pc

    kept = (batch.filter(pc.not_equal(batch[col.USER], pseudonym)) for batch in rows(table, key))
    _write(table, kept, key)


def _own_key(table: Path, key: bytes) -> bytes:
    """Derive the key of one file: no two files are encrypted under the same."""
    name: Any = _NAME.fullmatch(table.name)
    return hmac.digest(key, b"id table" + bytes.fromhex(name[2]), "sha256")


def _place(table: Path) -> bytes:
    return table.parent.parent.name.encode()

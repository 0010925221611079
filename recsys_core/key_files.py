"""Secret keys as files: made once, for their owner only, read with suspicion, and known by a fingerprint."""

import os
import secrets
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

KEY_BYTES: Final = 32
_SIGNS = 16  # of a fingerprint


def make_key(path: Path) -> None:
    """Write a new key where none lies; another process may be first, and its key stands then. OSError where not."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(KEY_BYTES))
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def read_key(path: Path) -> bytes | None:
    """Read a key; None where the file holds none. OSError where it cannot be read."""
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError:
        return None
    return key if len(key) == KEY_BYTES else None


def fingerprint(key: bytes) -> str:
    """Name a key without saying anything of it."""
    return sha256(b"fingerprint" + key).hexdigest()[:_SIGNS]

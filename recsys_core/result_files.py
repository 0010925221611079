"""What steps found, kept in the workspace: a fresh server, and a second process, need not compute it again.

HOME/results/KEY.result    first line the SHA-256 of the rest, which is the result as `codec` writes it

KEY is a hash of the step, what the step depends on, and the code of the product with the versions of its libraries, so
that nothing is ever taken for what another version computed. A damaged file counts as none. The files are bounded in
bytes: those that were not asked for the longest go first.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, TypeVar

from recsys_core import codec
from recsys_core.workspace import Workspace, write_atomic

Found = TypeVar("Found")
MOST_BYTES: Final = 256 << 20
EVALUATION: Final = "evaluation"  # a step whose result lies with its run: it is kept nowhere else
NOTHING: Final = object()  # no result, which None would not tell from a result that is None
_LIBRARIES: Final = (
    "numpy", "scipy", "pandas", "pyarrow", "duckdb", "ibis-framework", "lifelines", "scikit-learn", "plotly", "jinja2",
)  # fmt: skip


@dataclass(frozen=True)
class ResultFiles:
    """The results that a workspace keeps. It is a `steps.Memory`: what is kept is read, the rest computed and kept.

    Attributes
    ----------
    most
        Bytes of all files together.
    """

    workspace: Workspace
    most: int = MOST_BYTES

    def __call__(self, step: str, key: tuple[str, ...], compute: Callable[[], Found]) -> Found:
        """Return what is kept of a step; else compute it, and keep it where it can be written."""
        kept: Any = self.read(step, key)
        if kept is not NOTHING:
            known: Found = kept
            return known
        before = self.workspace.forgotten
        found = compute()
        self.write(step, key, found, before)
        return found

    def read(self, step: str, key: tuple[str, ...]) -> Any:
        """Return what is kept of a step, or `NOTHING`."""
        found, _ = self.read_sized(step, key)
        return found

    def read_sized(self, step: str, key: tuple[str, ...]) -> tuple[Any, int]:
        """Return what is kept of a step, or `NOTHING`, and the bytes of its file."""
        if step == EVALUATION:
            return NOTHING, 0
        path = self._path(step, key)
        try:
            content = path.read_bytes()
            digest, _, text = content.partition(b"\n")
            if digest != sha256(text).hexdigest().encode():
                return NOTHING, 0
            found = codec.from_text(text.decode())
        except (OSError, ValueError):
            return NOTHING, 0
        with suppress(OSError):
            os.utime(path)
        return found, len(content)

    def write(self, step: str, key: tuple[str, ...], found: object, forgotten: int) -> int:
        """Keep what a step found.

        Parameters
        ----------
        forgotten
            `Workspace.forgotten` when the step began: where something was deleted since, nothing is kept.

        Returns
        -------
        int
            Bytes; 0 for what cannot be written, or finds no room on the disk.
        """
        if step == EVALUATION:
            return 0
        path = self._path(step, key)
        try:
            text = codec.to_text(found)
            write_atomic(path, f"{sha256(text.encode()).hexdigest()}\n{text}")
            self._make_room()
            if self.workspace.forgotten != forgotten:  # after it was written, or it could slip in behind the deletion
                path.unlink(missing_ok=True)
        except (TypeError, OSError):
            return 0
        return len(text)

    def size_of(self, step: str, key: tuple[str, ...]) -> int:
        """Return the bytes of what is kept of a step; 0 where nothing is."""
        path = self._path(step, key)
        return path.stat().st_size if path.is_file() else 0

    def _path(self, step: str, key: tuple[str, ...]) -> Path:
        name = sha256("\0".join((_code(), step, *key)).encode()).hexdigest()
        return self.workspace.home / "results" / f"{name}.result"

    def _make_room(self) -> None:
        files = []
        for path in _folder(self.workspace).glob("*.result"):
            with suppress(OSError):  # another process removed it
                told = path.stat()
                files.append((told.st_mtime, told.st_size, path))
        size = sum(bytes_ for _, bytes_, _ in files)
        for _, bytes_, path in sorted(files):
            if size <= self.most:
                break
            path.unlink(missing_ok=True)
            size -= bytes_


def forget_results(workspace: Workspace) -> None:
    """Remove all that is kept, and what is under way when it is done: something that it rests on was deleted."""
    workspace.count_forgotten()
    for path in _folder(workspace).glob("*.result"):
        path.unlink(missing_ok=True)


def _folder(workspace: Workspace) -> Path:
    return workspace.home / "results"


@cache
def _code() -> str:
    """Hash of the product's own files, the versions of what computes, and the language, in which reports are kept."""
    root = Path(__file__).parent
    versions = " ".join(version(name) for name in _LIBRARIES)
    digest = sha256(f"{versions} {os.environ.get('STAYING_POWER_LANGUAGE', '')}".encode())
    for path in sorted(root.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()

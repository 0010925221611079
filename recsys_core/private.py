"""Who may read what the workspace holds, and folders for work in progress that tell whether their process still runs.

Whatever is written after `write_privately` is for its owner only, also what libraries write: they follow the umask. A
name that `marked` gives says which process of which computer it belongs to, so that what a killed one left is removed
at once, and what a living one uses is never touched.
"""

import os
import platform
import re
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from recsys_core.machine import process_start

_OTHERS = 0o077
_STALE_SECONDS = 86_400
_MARK = re.compile(r".+-([0-9a-f]{8})-(\d+)-([\d.]+)-[0-9a-f]{8}")
_DRAFT = re.compile(r"\..+\.[0-9a-f]{12}")  # as `whole_file` names what it writes
_in_use: list[Path] = []


def write_privately() -> None:
    """Make all that this process writes from now on for its owner only, whatever it was started with."""
    os.umask(_OTHERS)


def take_from_others(home: Path, parts: tuple[str, ...]) -> int:
    """Take from everybody but the owner what they may do with the files and folders of a workspace.

    Parameters
    ----------
    parts
        What the workspace holds. Where `home` holds other things as well, these, and `home` itself, stay as they are.

    Returns
    -------
    int
        Files and folders that belong to another user, which are left alone.
    """
    own = all(path.name in parts for path in home.iterdir())
    return sum(_tighten(path) for part in parts for path in _below(home / part)) + (_tighten(home) if own else False)


def _below(path: Path) -> Iterator[Path]:
    """A file, or a folder and all that is in it, the folder first; links are not followed."""
    yield path
    for folder, folders, files in os.walk(path):
        yield from (Path(folder, name) for name in (*folders, *files))


def _tighten(path: Path) -> bool:
    """Take a file or folder from others; True where it is somebody else's. A draft that is a day old is removed."""
    with suppress(FileNotFoundError):  # somebody removed it meanwhile
        found = path.lstat()
        if stat.S_ISLNK(found.st_mode):
            return False
        if found.st_uid != os.getuid():
            return True
        if _DRAFT.fullmatch(path.name) and stat.S_ISREG(found.st_mode) and _is_stale(found.st_mtime):
            path.unlink()
        elif found.st_mode & _OTHERS:
            path.chmod(stat.S_IMODE(found.st_mode) & ~_OTHERS)
    return False


# ---- work in progress ------------------------------------------------------------------------------------------------


def use(folder: Path) -> None:
    """Let temporary files of this process lie in a folder from now on."""
    _in_use[:] = [folder]


def temporary() -> Path:
    """Folder for temporary files: that of the workspace opened last, else a private one of this user."""
    if _in_use and _in_use[0].is_dir():
        return _in_use[0]
    folder = Path(tempfile.gettempdir()) / f"staying-power-{os.getuid()}"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & _OTHERS:
        return Path(tempfile.mkdtemp(prefix="staying-power-"))  # somebody else took the name
    sweep(folder)
    return folder


def marked(name: str) -> str:
    """A name that nothing has, with the mark of this process."""
    return f"{name}-{_host()}-{os.getpid()}-{process_start(os.getpid())}-{secrets.token_hex(4)}"


@contextmanager
def work_folder(place: Path, name: str) -> Iterator[Path]:
    """A new folder in `place` for the length of the block."""
    folder = place / marked(name)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(place: Path) -> None:
    """Remove what processes left in `place`: at once where the name says that its process is gone, else after a day."""
    for left in place.iterdir():
        with suppress(OSError):  # another process swept it first, or it is somebody else's
            if _is_left(left):
                remove(left)


def _is_left(path: Path) -> bool:
    mark = _MARK.fullmatch(path.name)
    if mark and mark[1] == _host():
        return process_start(int(mark[2])) != mark[3]
    return _is_stale(path.lstat().st_mtime)


def remove(path: Path) -> None:
    """Remove a file, a link, or a folder with all that is in it, as far as that can be done."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _is_stale(changed: float) -> bool:
    return time.time() - changed > _STALE_SECONDS


def _host() -> str:
    return sha256(platform.node().encode()).hexdigest()[:8]

"""Files that somebody names: where they may lie, and what is looked at before one is read.

A setting names files beside its study, in the workspace, or in a folder that STAYING_POWER_FOLDERS allows; whoever
types a command may name any. The address of a page names none.
"""

import io
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from recsys_core.errors import SettingsError

_FOLDERS = "STAYING_POWER_FOLDERS"
_DOWNLOADS = "STAYING_POWER_DOWNLOADS"
_OFF = {"", "0", "no", "off", "false"}


def downloads_on() -> bool:
    """Tell whether encoders may be fetched by their hub name; only where the environment says so."""
    return os.environ.get(_DOWNLOADS, "").strip().lower() not in _OFF


def open_regular(path: Path, most: int | None = None) -> io.BufferedReader:
    """Open a file to read from it.

    Parameters
    ----------
    most
        Bytes; a larger file is refused.

    Raises
    ------
    SettingsError
        For a device, pipe, socket or folder, which may have no end, and for a file that is too large. Nothing is read.
    OSError
        If there is none, or it may not be read.
    """
    _check(path, path.stat(), most)  # before it is opened: that alone sets some devices going
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _check(path, os.fstat(handle), most)  # it may have been exchanged
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def check_regular(path: Path, most: int | None = None) -> None:
    """Refuse what `open_regular` refuses."""
    open_regular(path, most).close()


def _check(path: Path, found: os.stat_result, most: int | None) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise SettingsError("file-not-regular", path=str(path))
    if most is not None and found.st_size > most:
        raise SettingsError("named-file-too-large", path=str(path), bytes=found.st_size, most=most)


def allowed_place(name: str, setting: str, folders: Sequence[Path]) -> Path:
    """Find the file or folder that a setting names; links are followed first.

    Parameters
    ----------
    name
        A path; one that is not absolute is read against the first folder.
    setting
        What named it, as in split.test_file.
    folders
        Those that it may lie in, besides the ones that the environment allows.

    Raises
    ------
    SettingsError
        If it lies elsewhere.
    """
    allowed = [*folders, *(Path(part) for part in os.environ.get(_FOLDERS, "").split(os.pathsep) if part)]
    try:
        path = (folders[0] / Path(name).expanduser()).resolve()
        inside = any(path.is_relative_to(folder.expanduser().resolve()) for folder in allowed)
    except (OSError, RuntimeError, ValueError):  # links in a circle, no such user, a name that no disk takes
        inside = False
    if not inside:
        raise SettingsError("place-not-allowed", setting=setting, path=name, folders=tuple(map(str, allowed)))
    return path

"""What nobody foresaw: a short reference for the user, and where it happened in a log of the workspace.

The log says which kind of error came from which lines of code, and never what it said: an error's own words may hold an
id or a path of the user.
"""

import os
import platform
import secrets
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from recsys_core.errors import WorkspaceError

LOG: Final = "errors.log"
_MOST_BYTES: Final = 1 << 20
_MOST_FRAMES: Final = 40  # innermost, of each error: recursion that never ends has thousands
_MOST_CAUSES: Final = 5


def as_unforeseen(err: BaseException, home: Path) -> WorkspaceError:
    """Write down where an error happened, and return what is said of it.

    Parameters
    ----------
    home
        The workspace, whose log it goes to; where it cannot be written, that is said.
    """
    reference = secrets.token_hex(4)
    try:
        _write(home / LOG, f"{reference} {datetime.now(UTC).isoformat(timespec='seconds')}\n{_told(err)}\n")
    except OSError:
        return WorkspaceError("unforeseen-unlogged", reference=reference, what=type(err).__name__)
    return WorkspaceError("unforeseen", reference=reference, what=type(err).__name__, log=str(home / LOG))


def _told(err: BaseException) -> str:
    lines, cause = [f"Python {platform.python_version()}, {platform.system()}"], err
    for _ in range(_MOST_CAUSES):
        number = f", errno {cause.errno}" if isinstance(cause, OSError) else ""
        lines.append(f"{type(cause).__module__}.{type(cause).__qualname__}{number}")
        frames = traceback.extract_tb(cause.__traceback__)[-_MOST_FRAMES:]
        lines += [f"  {_place(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]
        following = cause.__cause__ or cause.__context__
        if following is None:
            break
        cause = following
    return "\n".join(lines)


def _place(filename: str) -> str:
    """Last three parts of a file's path: where the product lies says who uses it."""
    return "/".join(Path(filename).parts[-3:])


def _write(path: Path, text: str) -> None:
    """Add to the log in one write; when it is full it becomes errors.log.1, in place of the one before."""
    with suppress(FileNotFoundError):
        if path.stat().st_size + len(text) > _MOST_BYTES:
            path.replace(path.with_name(f"{LOG}.1"))
    place = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    try:
        os.write(place, text.encode())
    finally:
        os.close(place)

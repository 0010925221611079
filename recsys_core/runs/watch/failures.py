"""What an exception means for a run, as a code; and the one place where words decide: those of torch and the kernel."""

import errno
import re
import sqlite3
from collections.abc import Mapping

from recsys_core.answers import Message, message
from recsys_core.errors import StayingPowerError

FULL = message("error-run-disk-full")
_EACH_TIME = "error-run-ended-so-each-time"
_OUT_OF_MEMORY = ("MemoryError", "OutOfMemoryError", "ArrayMemoryError")  # of Python, torch (not imported), numpy
_FULL_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# What the kernel, the C library, SQLite, json and torch write where nothing else tells what went wrong: torch raises a
# RuntimeError where memory of the CPU ends, safetensors wraps a full disk, and a killed process leaves only its log.
# No sentence of ours is read.
_FOREIGN: Mapping[str, re.Pattern[str]] = {
    "disk": re.compile(
        r"no space left on device|disk quota exceeded|file too large|disk is full|disk I/O error", re.IGNORECASE
    ),
    "memory": re.compile(
        r"out of memory|not enough memory|cannot allocate memory|bad_alloc|MemoryError|OutOfMemory", re.IGNORECASE
    ),
    "nan": re.compile(r"\bnan\b|not JSON compliant", re.IGNORECASE),
    "files": re.compile(r"permission denied|read-only file system", re.IGNORECASE),
}


def failure_of(err: BaseException) -> Message:
    """Say as a message why a run failed."""
    if is_full(err):
        return FULL
    if isinstance(err, StayingPowerError):
        return err.message
    lines = str(err).strip().splitlines()
    exception = f"{type(err).__name__}: {lines[-1]}" if lines else type(err).__name__
    if type(err).__name__ in _OUT_OF_MEMORY or foreign_case(str(err)) == "memory":
        return message("error-run-out-of-memory", exception=exception)
    return message("error-run-unexpected", exception=exception)


def each_time(failure: Message, times: int) -> Message:
    """Add to a failure that starting again so many times did not help."""
    return Message(_EACH_TIME, {"reason": failure, "times": times})


def kind_of(failure: Message | None) -> str:
    """Return the kind of a failure, by which code decides; "" where nothing is known but words of another program."""
    if failure is None:
        return ""
    reason = failure.values.get("reason")
    if failure.code == _EACH_TIME and isinstance(reason, Message):
        return kind_of(reason)
    return failure.code.removeprefix("error-") if failure.code.startswith("error-") else ""


def is_full(err: BaseException | None) -> bool:
    """Tell whether an error, or what it came from, says that a disk is full."""
    while err is not None:
        if isinstance(err, OSError) and err.errno in _FULL_DISK:
            return True
        if isinstance(err, sqlite3.Error) and getattr(err, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            return True
        if not isinstance(err, StayingPowerError) and foreign_case(str(err)) == "disk":
            return True
        err = err.__cause__ or err.__context__
    return False


def foreign_case(text: str) -> str:
    """Tell what a line of another program complains of: disk, memory, nan or files; "" for anything else."""
    return next((case for case, pattern in _FOREIGN.items() if pattern.search(text)), "")

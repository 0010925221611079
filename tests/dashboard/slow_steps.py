"""Work that takes as long as it is told, for processes that cannot be handed a function of a test."""

import os
import time
from pathlib import Path

from recsys_core import codec, errors
from recsys_core.errors import WorkspaceError


def work(_home, asked):
    """Note when it begins and ends, and answer with the name of the step."""
    seconds, _, notes = asked.detail.partition(" ")
    with Path(notes).open("a", encoding="utf-8") as out:
        out.write(f"begin {asked.step}\n" + (f"{os.getpid()}\n" if asked.step == "pid" else ""))
    time.sleep(float(seconds))
    with Path(notes).open("a", encoding="utf-8") as out:
        out.write(f"end {asked.step}\n")
    if asked.step == "error":
        return False, errors.to_text(WorkspaceError("no-such-thing", path="x"))
    return True, codec.to_text(asked.step)

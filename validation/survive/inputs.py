"""Gives hostile inputs to the command line, and looks at what became of each."""

import contextlib
import io
import shutil
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from recsys_core.command_line.parser import main
from recsys_core.data.dataset import Dataset
from recsys_core.workspace import Workspace
from validation.survive.corpus import MARK, Hostile

MOST_SECONDS, MOST_BYTES = 60.0, 2 * 10**9


@dataclass
class Survived:
    """What became of many inputs."""

    tried: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slowest: float = 0.0
    largest: int = 0


def give(inputs: Iterable[Hostile], folder: Path) -> Survived:
    """Give each input to a workspace of its own."""
    found = Survived()
    for place, one in enumerate(inputs):
        case = folder / f"case-{place}"
        case.mkdir()
        one.make(case)
        home = case / "workspace"
        with _peak() as peak, contextlib.chdir(case):
            begun = time.monotonic()
            code, out, err = _called([*one.command, "--workspace", str(home)])
            took = time.monotonic() - begun
        found.tried[one.kind] += 1
        found.refused[one.kind] += code == 1
        found.slowest, found.largest = max(found.slowest, took), max(found.largest, peak[0])
        for fault in _faults(one, code, out, err, took, peak[0], home):
            found.faults.append(f"{one.kind} {place}, {' '.join(one.command)}: {fault}")
        if not found.faults or not found.faults[-1].startswith(f"{one.kind} {place},"):
            shutil.rmtree(case)
    return found


def _faults(one: Hostile, code: object, out: str, err: str, took: float, peak: int, home: Path) -> Iterator[str]:
    if code not in (0, 1):
        yield f"exit code {code}: {err[-300:]}"
    if "Traceback (most recent call last)" in out + err:
        yield f"a traceback: {err[-300:]}"
    if code == 1 and len(err.strip()) < 20:
        yield "refused without a sentence"
    if code == 0 and one.refused:
        yield "taken, and should have been refused"
    if took > MOST_SECONDS:
        yield f"{took:.0f} s"
    if peak > MOST_BYTES:
        yield f"{peak / 1e9:.1f} GB"
    yield from _left(home, stands=code == 0 and one.command[0] == "import")


def _left(home: Path, *, stands: bool) -> Iterator[str]:
    """What is in the workspace afterwards: a whole data set or none, and no id as it came."""
    if not home.is_dir():
        return
    space = Workspace.open(home)
    ids = space.dataset_ids()
    if len(ids) != stands:
        yield f"{len(ids)} data sets"
    for dataset_id in ids:
        data = Dataset.open(space, dataset_id)
        rows = int(data.interactions().count().execute())
        if rows != data.rows:
            yield f"{rows} rows of {data.rows}"
    for path in home.rglob("*"):
        if path.is_file() and MARK.encode() in path.read_bytes():
            yield f"an id as it came in {path.relative_to(home)}"


def _called(arguments: list[str]) -> tuple[object, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code: object
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(arguments)
        except SystemExit as left:
            code = left.code
        except BaseException:  # noqa: BLE001 - what the product lets through is what is looked for
            traceback.print_exc()
            code = "none"
    return code, out.getvalue(), err.getvalue()


@contextlib.contextmanager
def _peak() -> Iterator[list[int]]:
    """Watch the largest process that this one started, and what this one grows by."""
    own, most, ended = psutil.Process(), [0], threading.Event()
    before = own.memory_info().rss

    def watch() -> None:
        while not ended.wait(0.05):
            sizes = [own.memory_info().rss - before]
            for child in own.children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    sizes.append(child.memory_info().rss)
            most[0] = max(most[0], *sizes)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield most
    finally:
        ended.set()
        thread.join()

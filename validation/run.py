"""Runs studies over seeds in processes of one thread each; what is done is kept in a file of lines per cell."""

import json
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from zlib import crc32

import numpy as np

from recsys_core.engine.duck import DuckEngine
from validation.cells import CELLS, Cell
from validation.studies import Desk

BLOCK, BATCH, _TOLD_EVERY = 100, 10, 500
_BATCHES_PER_PROCESS = 10  # then a fresh one: the engine keeps a view for each file it ever opened
Numbers = dict[str, list[float | None]]


@dataclass(frozen=True)
class Study:
    """What one seed of a cell gave: figures (estimate, error, lower, upper, p) by name, or why there are none."""

    seed: int
    seconds: float
    figures: Numbers
    failure: str = ""


@dataclass(frozen=True)
class Batch:
    """Seeds of one cell that a process works off together."""

    cell: str
    seeds: tuple[int, ...]


def cell_named(name: str) -> Cell:
    """Find a cell.

    Raises
    ------
    SystemExit
        For a name that no cell has.
    """
    for cell in CELLS:
        if cell.name == name:
            return cell
    raise SystemExit(f"There is no cell {name!r}. The cells are: {', '.join(cell.name for cell in CELLS)}.")


def study(desk: Desk, cell: Cell, seed: int) -> Study:
    """Simulate one log and analyse it. A study that fails is a result too: it is counted, never left out."""
    begun, failure, numbers = time.process_time(), "", {}
    rng = np.random.default_rng((seed, crc32(cell.name.encode())))
    try:
        numbers = {name: figure.to_list() for name, figure in cell.run(desk, rng).items()}
    except Exception as err:  # noqa: BLE001 - whatever it is, it stands in the table
        failure = f"{type(err).__name__}: {err}"
    return Study(seed, round(time.process_time() - begun, 3), numbers, failure)


def work(batch: Batch) -> list[Study]:
    """Run the seeds of a batch in a workspace that goes when they are done."""
    DuckEngine().cursor().execute("SET threads TO 1")  # studies run side by side
    with TemporaryDirectory(prefix="validation-") as folder:
        desk = Desk(Path(folder))
        return [study(desk, cell_named(batch.cell), seed) for seed in batch.seeds]


def run(folder: Path, cells: Sequence[str], seeds: range, workers: int) -> None:
    """Run every seed of every cell that is not there yet, in blocks of seeds over all cells."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    batches = list(missing(folder, cells, seeds))
    total, finished, begun = sum(len(batch.seeds) for batch in batches), 0, time.monotonic()
    print(f"{total:,} studies to run in {workers} processes; results in {folder}.", flush=True)
    with get_context("spawn").Pool(workers, maxtasksperchild=_BATCHES_PER_PROCESS) as pool:
        for batch, studies in pool.imap_unordered(_with_batch, batches):
            append(folder, batch.cell, studies)
            before, finished = finished, finished + len(studies)
            if finished // _TOLD_EVERY > before // _TOLD_EVERY or finished == total:
                print(
                    f"{finished:,} of {total:,} studies after {(time.monotonic() - begun) / 60:.1f} minutes", flush=True
                )


def _with_batch(batch: Batch) -> tuple[Batch, list[Study]]:
    return batch, work(batch)


def missing(folder: Path, cells: Sequence[str], seeds: range) -> Iterator[Batch]:
    """List what is not there yet: blocks of seeds, in each all cells, so that finished seeds cover all of them."""
    there = {name: {one.seed for one in load(folder, name)} for name in cells}
    for start in range(seeds.start - seeds.start % BLOCK, seeds.stop, BLOCK):
        block = range(max(start, seeds.start), min(start + BLOCK, seeds.stop))
        for name in cells:
            wanted = [seed for seed in block if seed not in there[name]]
            for at in range(0, len(wanted), BATCH):
                yield Batch(name, tuple(wanted[at : at + BATCH]))


def append(folder: Path, cell: str, studies: Iterable[Study]) -> None:
    """Add studies to the file of a cell, a line each."""
    path = folder / f"{cell}.jsonl"
    cut_short = path.exists() and not path.read_bytes().endswith(b"\n")
    with path.open("a", encoding="utf-8") as out:
        out.write("\n" if cut_short else "")
        out.writelines(json.dumps(vars(one), allow_nan=False) + "\n" for one in studies)


def load(folder: Path, cell: str) -> list[Study]:
    """Read what is there of a cell, in the order of seeds; a last line that was cut short does not count."""
    path = folder / f"{cell}.jsonl"
    by_seed: dict[int, Study] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            one = Study(**json.loads(line))
        except ValueError:
            continue
        by_seed[one.seed] = one
    return [by_seed[seed] for seed in sorted(by_seed)]

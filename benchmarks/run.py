"""Time and peak memory of our way and a peer's way of doing the same job, in one table.

Every module beside this one lists its jobs in `JOBS`. Each measurement is a fresh Python process, so that a
job's peak memory is its own; the two sides take turns (ours, peer, ours, peer, ...) after one unmeasured turn
each, so that a machine that slows down slows both. On Linux a process starts with the peak memory of the one
that made it, so this one has to stay small: modules of this folder keep heavy imports inside functions.

    python -m benchmarks.run [WORD ...]      only jobs with one of these words in their name
"""

import importlib
import os
import pkgutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROUNDS: Final = 5
MIB: Final = 2**20 if sys.platform == "darwin" else 2**10  # unit of ru_maxrss: bytes there, KiB elsewhere
HEADER: Final = ("job", "size", "ours (s)", "peer (s)", "ratio", "ours (MiB)", "peer (MiB)", "peer")


@dataclass(frozen=True)
class Job:
    """One job, done in our way and in a peer's.

    `ours` and `against` are Python statements, timed; `setup` runs before the clock, in the same process;
    `prepare` runs once, in a process of its own: it makes the files that the job reads.
    """

    name: str
    size: str
    peer: str
    ours: str
    against: str
    setup: str = ""
    prepare: str = ""


@dataclass(frozen=True)
class Cost:
    """Seconds of the statement, and peak memory of its process in MiB."""

    seconds: float
    peak: float


def measure(statement: str, setup: str = "") -> Cost:
    """Run a statement in a fresh process.

    Raises
    ------
    subprocess.CalledProcessError
        The process failed; its own traceback is on stderr.
    """
    program = (
        f"{setup}\nfrom time import perf_counter as _clock\n_begin = _clock()\n{statement}\n"
        "print(f'\\n{_clock() - _begin}')"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        said = process.stdout.read()
        # wait4 gives this child's peak; getrusage(RUSAGE_CHILDREN) gives the largest of all children so far.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return Cost(float(said.splitlines()[-1]), usage.ru_maxrss / MIB)


def compare(job: Job, rounds: int = ROUNDS) -> tuple[Cost, Cost]:
    """Median seconds and median peak memory of both sides, which take turns."""
    if job.prepare:
        measure(job.prepare)
    sides = (job.ours, job.against)
    turns = [[measure(side, job.setup) for side in sides] for _ in range(rounds + 1)][1:]
    ours, peer = zip(*turns, strict=True)
    return median(ours), median(peer)


def median(costs: Sequence[Cost]) -> Cost:
    """Median of the seconds and of the peaks."""
    return Cost(statistics.median(c.seconds for c in costs), statistics.median(c.peak for c in costs))


def row(job: Job, ours: Cost, peer: Cost) -> tuple[str, ...]:
    """One line of the table, in the order of HEADER."""
    seconds, ratio = (f"{ours.seconds:.3f}", f"{peer.seconds:.3f}"), f"{ours.seconds / peer.seconds:.3f}"
    return (job.name, job.size, *seconds, ratio, f"{ours.peak:,.0f}", f"{peer.peak:,.0f}", job.peer)


def discover(words: Sequence[str] = ()) -> list[Job]:
    """Jobs of every module of this folder; with words, those whose name holds one of them."""
    names = sorted(found.name for found in pkgutil.iter_modules([str(Path(__file__).parent)]))
    modules = (importlib.import_module(f"benchmarks.{name}") for name in names if name != "run")
    jobs = [job for module in modules for job in module.JOBS]
    return [job for job in jobs if not words or any(word in job.name for word in words)]


def main(words: Sequence[str]) -> int:
    """Print the table, a line as soon as its job is done."""
    jobs = discover(words)
    if not jobs:
        print(f"No job is named so: {' '.join(words)}. There are: {', '.join(j.name for j in discover())}.")
        return 2
    first, second = (max(len(cell) for cell in column) for column in zip(HEADER, *map(_names, jobs), strict=False))
    line = f"{{:<{first}}}  {{:<{second}}}  {{:>9}}  {{:>9}}  {{:>6}}  {{:>10}}  {{:>10}}  {{}}"
    print(f"Median of {ROUNDS} turns each, in fresh processes; ratio = ours / peer.\n\n{line.format(*HEADER)}")
    for job in jobs:
        print(line.format(*row(job, *compare(job))), flush=True)
    return 0


def _names(job: Job) -> tuple[str, str]:
    return job.name, job.size


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

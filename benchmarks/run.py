"""Time and peak memory of our way and a peer's way of doing the same job, in one table.

Every module beside this one lists its jobs in `JOBS`. Each measurement of Python is a fresh process, so that a job's
peak memory is its own; the two sides take turns (ours, peer, ours, peer, ...) after one unmeasured turn each, so that
a machine that slows down slows both. A peer that takes more than 20 seconds has its first turn counted and no other.
On Linux a process starts with the peak memory of the one that made it, so this one has to stay small: modules of this
folder keep heavy imports inside functions.

    python -m benchmarks.run [WORD ...]      only jobs with one of these words in their name
"""

import importlib
import os
import pkgutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.peers import MIB, Cost, RSession, interpreter, missing

ROUNDS: Final = 5
SLOW: Final = 20.0  # seconds; a peer that takes longer is measured once
HEADER: Final = (
    "job", "size", "ours (s)", "peer (s)", "ratio", "bar", "met", "ours (MiB)", "peer (MiB)", "turns", "peer",
)  # fmt: skip


@dataclass(frozen=True)
class Job:
    """One job, done in our way and in a peer's.

    `ours` and `against` are statements, timed; `setup` runs before the clock, in the same process; `prepare` runs
    once, in a process of its own: it makes the files that the job reads. `needs` names the Python module that the peer
    needs, or "R": then `against` and `against_setup` are R, and both sides run in .venv-bench where that is made.
    `bar` is the highest ratio that is good enough. `outcome` is an expression for what both sides reached, a number
    read after the clock: speed counts at equal outcome.
    """

    name: str
    size: str
    peer: str
    ours: str
    against: str
    setup: str = ""
    prepare: str = ""
    against_setup: str = ""
    needs: str = ""
    bar: float | None = None
    outcome: str = ""

    @property
    def python(self) -> str:
        """The interpreter of the job's Python sides."""
        return interpreter(self.needs) if self.needs else sys.executable


def measure(statement: str, setup: str = "", python: str = sys.executable, outcome: str = "") -> Cost:
    """Run a statement in a fresh process; `outcome` is read after the clock.

    Raises
    ------
    subprocess.CalledProcessError
        The process failed; its own traceback is on stderr.
    """
    program = (
        f"{setup}\nfrom time import perf_counter as _clock\n_begin = _clock()\n{statement}\n"
        f"_seconds = _clock() - _begin\nprint(f'\\n{{_seconds}} {{{outcome or 0.0}}}')"
    )
    with subprocess.Popen([python, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        printed = process.stdout.read()
        # wait4 gives this child's peak; getrusage(RUSAGE_CHILDREN) gives the largest of all children so far.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    seconds, reached = printed.splitlines()[-1].split()
    return Cost(float(seconds), usage.ru_maxrss / MIB, float(reached))


def compare(job: Job, rounds: int = ROUNDS) -> tuple[Cost, Cost, int]:
    """Median seconds and median peak memory of both sides, which take turns, and the turns of the peer."""
    if job.prepare:
        measure(job.prepare, python=job.python)
    with ExitStack() as stack:
        session = stack.enter_context(RSession()) if job.needs == "R" else None
        ours, peer = _take_turns(job, rounds, session)
    if session is not None:
        peer = [Cost(cost.seconds, session.peak) for cost in peer]
    return median(ours), median(peer), len(peer)


def _take_turns(job: Job, rounds: int, session: RSession | None) -> tuple[list[Cost], list[Cost]]:
    theirs: Callable[[], Cost]
    if session is None:

        def theirs() -> Cost:
            return measure(job.against, f"{job.setup}\n{job.against_setup}", job.python, job.outcome)

    else:
        session.seconds(job.against_setup)

        def theirs() -> Cost:
            return Cost(session.seconds(job.against), 0.0)

    measure(job.ours, job.setup, job.python)
    first = theirs()
    slow = first.seconds > SLOW
    ours, peer = [], [first] if slow else []
    for _ in range(rounds):
        ours.append(measure(job.ours, job.setup, job.python, job.outcome))
        if not slow:
            peer.append(theirs())
    return ours, peer


def median(costs: Sequence[Cost]) -> Cost:
    """Median of the seconds, of the peaks and of the outcomes."""
    columns = ((c.seconds, c.peak, c.outcome) for c in costs)
    return Cost(*map(statistics.median, zip(*columns, strict=True)))


def row(job: Job, ours: Cost, peer: Cost, turns: int = ROUNDS) -> tuple[str, ...]:
    """One line of the table, in the order of HEADER."""
    ratio = ours.seconds / max(peer.seconds, 1e-9)
    bar, met = ("", "") if job.bar is None else (f"{job.bar:g}", "yes" if ratio <= job.bar else "NO")
    seconds = f"{ours.seconds:.4f}", f"{peer.seconds:.4f}"
    peaks = f"{ours.peak:,.0f}", f"{peer.peak:,.0f}"
    return (job.name, job.size, *seconds, f"{ratio:.4f}", bar, met, *peaks, str(turns), job.peer)


def absent(job: Job, why: str) -> tuple[str, ...]:
    """The line of a job whose peer cannot run."""
    bar = "" if job.bar is None else f"{job.bar:g}"
    return (job.name, job.size, "", "", "", bar, "", "", "", "", f"{job.peer}: {why}")


def discover(words: Sequence[str] = ()) -> list[Job]:
    """Jobs of every module of this folder; with words, those whose name holds one of them."""
    names = sorted(file.name for file in pkgutil.iter_modules([str(Path(__file__).parent)]))
    modules = (importlib.import_module(f"benchmarks.{name}") for name in names if name != "run")
    jobs = [job for module in modules for job in getattr(module, "JOBS", ())]
    return [job for job in jobs if not words or any(word in job.name for word in words)]


def main(words: Sequence[str]) -> int:
    """Print the table, a line as soon as its job is done."""
    jobs = discover(words)
    if not jobs:
        known = dict.fromkeys(job.name for job in discover())
        print(f"No job is named so: {' '.join(words)}. There are: {', '.join(known)}.")
        return 2
    first, second = (max(len(cell) for cell in column) for column in zip(HEADER, *map(_names, jobs), strict=False))
    line = (
        f"{{:<{first}}}  {{:<{second}}}  {{:>9}}  {{:>9}}  {{:>7}}  {{:>6}}  {{:<3}}  {{:>10}}  {{:>10}}  {{:>5}}  {{}}"
    )
    print(f"Median of {ROUNDS} turns each, in turn; ratio = ours / peer.\n\n{line.format(*HEADER)}")
    for job in jobs:
        why = missing(job.needs) if job.needs else ""
        if why:
            print(line.format(*absent(job, why)), flush=True)
            continue
        ours, peer, turns = compare(job)
        print(line.format(*row(job, ours, peer, turns)), flush=True)
        if job.outcome:
            print(
                f"  both reached: {ours.outcome:.4g} and {peer.outcome:.4g}, {ours.outcome / peer.outcome:.2%}",
                flush=True,
            )
    return 0


def _names(job: Job) -> tuple[str, str]:
    return job.name, job.size


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

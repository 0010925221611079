"""Results are computed in a few processes of their own, once for all who ask; the server is left to draw pages.

STAYING_POWER_COMPUTING says how many results are computed at a time, by default as many as there are cores, eight at
most; 0 computes in the server itself, one page waiting for another.
"""

import os
import threading
from collections.abc import Callable
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from recsys_core.asked import Asked, found, work
from recsys_core.errors import SettingsError, WorkspaceError

if TYPE_CHECKING:
    from pebble import ProcessFuture, ProcessPool

AT_ONCE: Final = "STAYING_POWER_COMPUTING"
_LOOK_SECONDS = 0.2
_MOST_PROCESSES = 8  # where nobody says how many: each holds some 150 MB of its own
_MOST_TASKS = 50  # of a process, which then makes room for a fresh one: libraries never give all memory back
_PRELOAD = ("recsys_core.asked", "recsys_core.retention.study.analyse", "recsys_core.engine.duck", "pyarrow.parquet")


@dataclass(eq=False)
class _Ticket:
    future: "ProcessFuture"
    waiting: int = 0  # pages
    left_by: set[str] = field(default_factory=set)  # sessions that asked, and then for something else


class Computing:
    """Processes that compute, and who waits for what.

    Parameters
    ----------
    processes
        Results computed at a time.
    """

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._pool: ProcessPool | None = None
        self._tickets: dict[tuple[str, Asked], _Ticket] = {}  # in the order in which they were first asked for
        self._lock = threading.Lock()

    def ask(self, home: str, asked: Asked, session: str, tell: Callable[[int], None]) -> Any:
        """Compute a step, or wait for whoever asked for the same.

        What a session left unfinished goes as soon as it asks for something else, unless others wait for it. What is
        computed already is ended only where nobody else waits for anything: with many at once, all would be begun and
        nothing ever ended.

        Parameters
        ----------
        session
            A name of its own for whoever asks.
        tell
            Called several times a second with the number of steps that come before. What it raises ends the waiting.

        Raises
        ------
        WorkspaceError
            If the process was ended from outside.
        StayingPowerError
            What the step raises.
        """
        from pebble import ProcessExpired

        name = (home, asked)
        ticket = self._take(name, session)
        try:
            while True:
                try:
                    done, text = ticket.future.result(timeout=_LOOK_SECONDS)
                    break
                except NotYet:
                    tell(self._before(ticket))
        except ProcessExpired as err:
            raise WorkspaceError("computing-died", exit=err.exitcode or 0) from None
        finally:
            self._leave(name, ticket, session)
        return found(done, text)

    def warm(self) -> None:
        """Start the processes, so that whoever asks next need not wait for what they load."""
        with self._lock:
            _ = self._started().active

    def _take(self, name: tuple[str, Asked], session: str) -> _Ticket:
        with self._lock:
            others_wait = any(ticket.waiting for ticket in self._tickets.values())
            for other, ticket in list(self._tickets.items()):
                if other != name:
                    ticket.left_by.discard(session)
                unwanted = not ticket.waiting and not ticket.left_by and not (others_wait and ticket.future.running())
                if unwanted or (ticket.future.done() and not ticket.waiting):
                    ticket.future.cancel()
                    del self._tickets[other]
            known = self._tickets.get(name)
            if known is None or known.future.done():
                known = self._tickets[name] = _Ticket(self._started().schedule(work, args=list(name)))
            known.waiting += 1
            known.left_by.discard(session)
            return known

    def _leave(self, name: tuple[str, Asked], ticket: _Ticket, session: str) -> None:
        with self._lock:
            ticket.waiting -= 1
            if ticket.future.done():
                if self._tickets.get(name) is ticket:
                    del self._tickets[name]
            elif not ticket.waiting:
                ticket.left_by.add(session)

    def _before(self, ticket: _Ticket) -> int:
        """Count the steps that were asked for earlier and are not done, while this one waits."""
        with self._lock:
            if ticket.future.running():
                return 0
            asked = list(self._tickets.values())
            earlier = asked[: asked.index(ticket)] if ticket in asked else []
            return sum(not other.future.done() for other in earlier)

    def _started(self) -> "ProcessPool":
        if self._pool is None:
            import multiprocessing

            from pebble import ProcessPool

            context = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload(list(_PRELOAD))
            self._pool = ProcessPool(self._processes, max_tasks=_MOST_TASKS, initializer=_begin, context=context)
        return self._pool

    def stop(self) -> None:
        """End the processes and what they compute."""
        if self._pool is not None:
            self._pool.stop()
            self._pool.join()
            self._pool = None


def _begin() -> None:
    """Come after whoever serves pages, and compute with one thread, since others compute beside."""
    from threadpoolctl import threadpool_limits

    os.nice(1)
    threadpool_limits(1)


def computing() -> Computing | None:
    """Return the server's processes; None where the server computes by itself.

    Raises
    ------
    SettingsError
        If `AT_ONCE` is not a whole number.
    """
    told = os.environ.get(AT_ONCE, "").strip()
    if told and not told.isdecimal():
        raise SettingsError("computing-no-number", variable=AT_ONCE, text=told)
    processes = int(told) if told else min(os.cpu_count() or 1, _MOST_PROCESSES)
    return _computing(processes) if processes else None


@cache
def _computing(processes: int) -> Computing:
    return Computing(processes)

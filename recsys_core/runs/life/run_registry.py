"""The state of every run, in one SQLite file that many processes read and write at the same time.

Each start of a run is an attempt with a number. A process writes under its attempt's number only, so that one which
was taken for dead and comes back cannot write into the attempt that followed.
"""

import json
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import astuple
from typing import Any

from recsys_core.answers import Message, message
from recsys_core.errors import WorkspaceError
from recsys_core.runs.life.attempts import ENDED, UNDER_WAY, as_text, bury, ending, take
from recsys_core.runs.life.queueing import ORDER, free_slots
from recsys_core.runs.life.registry_file import RegistryFile, with_reserve
from recsys_core.runs.life.registry_schema import Entry
from recsys_core.runs.life.row_damage import damage_of
from recsys_core.runs.watch.deaths import (
    DOUBT_SECONDS,
    REMOVED,
    death_of,
    oom_kills,
    overdue_signal,
    process_of,
    signs_of_life,
)
from recsys_core.runs.watch.failures import kind_of
from recsys_core.runs.watch.processes import ProcessId, boot_id, end_run

ACTIVE = ("queued", "running")
_STOPS = message("progress-run-stops")
Row = Mapping[str, Any]
_DUE = "state = 'queued' AND retry_clock IS NOT NULL AND (retry_boot != ? OR retry_clock <= ?)"
_HAS_ROOM = (
    "state IN ('queued', 'running', 'lost') AND (state = 'running' OR device = '' OR NOT EXISTS (SELECT 1 FROM runs "
    "AS other WHERE other.state = 'running' AND other.device = runs.device AND other.run_id != runs.run_id))"
)


class Registry(RegistryFile):
    """The registry of the runs under `folder` (HOME/runs); every call opens the file and closes it again."""

    # ---- who looks ---------------------------------------------------------------------------------------------

    def rows(self, dataset_id: str = "") -> list[Row]:
        """Rows of a data set, or all, in the order in which they were first asked for; dead runs are found first.

        Those that are damaged are left out: `damaged` has them.
        """
        return [row for row in self._rows(dataset_id) if not damage_of(row)]

    def damaged(self, dataset_id: str = "") -> list[Row]:
        """Rows of a data set, or all, that hold what a row cannot hold."""
        return [row for row in self._rows(dataset_id) if damage_of(row)]

    def _rows(self, dataset_id: str) -> list[Row]:
        self.mark_lost()
        where, values = ("WHERE dataset_id = ?", (dataset_id,)) if dataset_id else ("", ())
        with self._reading() as db:
            return [dict(row) for row in db.execute(f"SELECT * FROM runs {where} ORDER BY created, run_id", values)]

    def row(self, run_id: str) -> Row | None:
        """Row of one run; None where there is none, WorkspaceError where it is damaged."""
        self.mark_lost()
        with self._reading() as db:
            row = db.execute("SELECT * FROM runs WHERE run_id = ?", (run_id,)).fetchone()
        if row and damage_of(row):
            raise WorkspaceError("run-row-damaged", run_id=run_id, path=str(self.path))
        return dict(row) if row else None

    @with_reserve
    def mark_lost(self) -> None:
        """Find the runs whose process is gone or stuck, and end those that do not stop when asked."""
        with self._reading() as db:
            rows = [row for row in db.execute(f"SELECT * FROM runs WHERE {UNDER_WAY}") if not damage_of(row)]
        for row in rows:
            if number := overdue_signal(row):
                end_run(process_of(row), self.mark(row["run_id"], row["attempt"]), number)
        dead = [(death, row) for row in rows if (death := death_of(row))]
        if not dead:
            return
        if any(death.doubtful for death, _ in dead):
            time.sleep(DOUBT_SECONDS)  # a sign of life meanwhile, and it is not buried
        with self._writing() as db:
            buried = [row for death, row in dead if bury(db, row, death)]
        for row in buried:  # what it started must not live on, nor must a process that is stuck
            if row["worker"]:
                end_run(process_of(row), self.mark(row["run_id"], row["attempt"]), signal.SIGKILL)

    def due(self) -> list[str]:
        """Name the runs that are to be started again by now; `claim_again` takes one."""
        self.mark_lost()
        with self._reading() as db:
            rows = db.execute(f"SELECT run_id FROM runs WHERE {_DUE} ORDER BY {ORDER}", (boot_id(), time.monotonic()))
            return [row["run_id"] for row in rows]

    def mark(self, run_id: str, attempt: int) -> str:
        """Return what an attempt's processes carry in their environment."""
        return f"{self.folder.resolve() / run_id}#{attempt}"

    # ---- who asks ----------------------------------------------------------------------------------------------

    def claim(self, entry: Entry) -> int | None:
        """Take a run for starting it. One that waits in the queue gets the priority asked for, if that is higher.

        Returns
        -------
        int or None
            Number of the attempt; None where the run is finished, or somebody else was first.
        """
        self.mark_lost()
        self._keep_reserve()
        now = time.time()
        with self._writing() as db:
            row = db.execute("SELECT * FROM runs WHERE run_id = ?", (entry.run_id,)).fetchone()
            if row is None:
                db.execute(
                    "INSERT INTO runs (run_id, dataset_id, model, heavy, split, test_from, work, state, attempt, "
                    "created, queued, host, pid, pid_start, heartbeat) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', 0, ?, ?, '', 0, '', ?)",
                    (*astuple(entry)[:-1], now, now, now),
                )
            elif row["state"] == "finished":
                return None
            elif row["state"] in ACTIVE and row["retry_clock"] is None:
                db.execute(
                    "UPDATE runs SET priority = max(priority, ?) WHERE run_id = ?", (entry.priority, entry.run_id)
                )
                return None
            last = "priority = ?, place = (SELECT max(place) + 1 FROM runs), queued = ?, retries = 0"
            return take(db, entry.run_id, last, (entry.priority, now))

    @with_reserve
    def claim_again(self, run_id: str) -> int | None:
        """Take a run that is due for starting it again, at its old place; None where somebody else was first."""
        with self._writing() as db:
            mine = db.execute(
                f"SELECT 1 FROM runs WHERE run_id = ? AND {_DUE}", (run_id, boot_id(), time.monotonic())
            ).fetchone()
            return take(db, run_id, "retries = retries + 1", ()) if mine else None

    @with_reserve
    def hand_over(self, run_id: str, attempt: int, process: ProcessId) -> bool:
        """Enter the process of an attempt that is still queued; False where the attempt is over."""
        now, clock, _ = signs_of_life()
        return self._update(
            run_id, attempt,
            "host = ?, pid = ?, pid_start = ?, boot = ?, worker = 1, heartbeat = ?, clock = ?, cpu = 0, kills = ?, "
            "retry_clock = NULL, kind = '', error = ''",
            (process.host, process.pid, process.start, process.boot, now, clock, json.dumps(oom_kills())), ("queued",),
        )  # fmt: skip

    def reopen(self, run_id: str) -> None:
        """Take back that a run is finished: its folder is gone."""
        with self._writing() as db:
            db.execute(
                "UPDATE runs SET state = 'lost', share = 0, kind = ?, error = ? "
                "WHERE run_id = ? AND state = 'finished'",
                (kind_of(REMOVED), as_text(REMOVED), run_id),
            )

    @with_reserve
    def ask_cancel(self, run_id: str) -> bool:
        """Ask a run to stop; False where it is not under way. One that waits to be started again ends at once."""
        now = time.time()
        with self._writing() as db:
            waits = db.execute(
                f"UPDATE runs SET {ENDED}, retry_clock = NULL WHERE run_id = ? AND state = 'queued' "
                "AND retry_clock IS NOT NULL", (*ending("cancelled", None, now), run_id),
            )  # fmt: skip
            runs = db.execute(
                "UPDATE runs SET cancel = 1, message = ?, cancel_clock = CASE cancel WHEN 1 THEN cancel_clock ELSE ? "
                f"END WHERE run_id = ? AND {UNDER_WAY}", (as_text(_STOPS), time.monotonic(), run_id),
            )  # fmt: skip
            return waits.rowcount + runs.rowcount > 0

    def remove(self, run_id: str, first: Callable[[], None]) -> bool:
        """Forget a run that is not under way, after `first` is done in the same transaction; False where it is."""
        self.mark_lost()
        with self._writing() as db:
            row = db.execute("SELECT * FROM runs WHERE run_id = ?", (run_id,)).fetchone()
            if row and row["state"] in ACTIVE and not damage_of(row):
                return False
            first()
            db.execute("DELETE FROM runs WHERE run_id = ?", (run_id,))
            return True

    def forget(self, dataset_id: str) -> None:
        """Leave nothing of a data set whose runs were removed: no split times, nothing in freed pages or in copies."""
        with self._writing() as db:
            db.execute("DELETE FROM splits WHERE asked LIKE ?", (f'%"{dataset_id}"%',))
        with self._reading() as db:
            db.execute("VACUUM")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.remove_copies()

    def enter_finished(
        self, entry: Entry, times: tuple[float, float, float], metrics: Mapping[str, float], first: Callable[[], None]
    ) -> bool:
        """Enter a run that finished elsewhere, after `first` as in `remove`; False where it has a row that stands.

        `times`: when it was created and finished, epoch seconds, and the seconds that it took.
        """
        self.mark_lost()
        created, finished, seconds = times
        with self._writing() as db:
            row = db.execute("SELECT state FROM runs WHERE run_id = ?", (entry.run_id,)).fetchone()
            if row and row["state"] in {*ACTIVE, "finished"}:
                return False
            first()
            db.execute(
                "INSERT OR REPLACE INTO runs (run_id, dataset_id, model, heavy, split, test_from, work, state, "
                "attempt, created, queued, finished, seconds, share, metrics, host, pid, pid_start, heartbeat) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, 'finished', 1, ?, ?, ?, ?, 1, ?, 'another computer', 0, '', ?)",
                (entry.run_id, entry.dataset_id, entry.model, entry.heavy, entry.split, entry.test_from, entry.work,
                 created, created, finished, seconds, json.dumps(dict(metrics)), finished),
            )  # fmt: skip
            return True

    # ---- the worker --------------------------------------------------------------------------------------------

    def enter(self, run_id: str, attempt: int) -> tuple[str, ...]:
        """Start running if there is room; the models of the runs to wait for, else.

        `queueing` says how many there is room for. With the start goes the lease of a GPU, where there is one: `device`
        names it, and it is free again as soon as the run is not running.
        """
        self.mark_lost()
        with self._writing() as db:
            own = db.execute("SELECT * FROM runs WHERE run_id = ?", (run_id,)).fetchone()
            if own is None or own["attempt"] != attempt:
                return ()  # the next sign of life tells that the attempt is over
            queue = db.execute(
                f"SELECT run_id, model, state, device FROM runs WHERE heavy = ? AND {UNDER_WAY} "
                f"ORDER BY state DESC, {ORDER}", (own["heavy"],),
            ).fetchall()  # fmt: skip
            running = [row for row in queue if row["state"] == "running" and row["run_id"] != run_id]
            waiting = [row for row in queue if row["state"] == "queued"]
            before = waiting[: next((n for n, row in enumerate(waiting) if row["run_id"] == run_id), 0)]
            free = free_slots(heavy=bool(own["heavy"]), running=[row["device"] for row in running])
            if len(before) >= len(free):
                return tuple(row["model"] for row in (*running, *before))
            now, clock, _ = signs_of_life()
            db.execute(
                "UPDATE runs SET state = 'running', started = ?, started_clock = ?, heartbeat = ?, clock = ?, "
                "device = ? WHERE run_id = ? AND attempt = ? AND state = 'queued'",
                (now, clock, now, clock, free[0], run_id, attempt),
            )
            return ()

    def device(self, run_id: str) -> str:
        """GPU that is leased to a run; empty where it has none."""
        with self._reading() as db:
            row = db.execute("SELECT device FROM runs WHERE run_id = ?", (run_id,)).fetchone()
        return row["device"] if row else ""

    @with_reserve
    def beat(self, run_id: str, attempt: int) -> str:
        """Give a sign of life; 'go on', 'stop' where somebody cancelled, or 'over' where the attempt is no more."""
        signs = (*signs_of_life(), json.dumps(oom_kills()))
        if not self._alive(run_id, attempt, "heartbeat = ?, clock = ?, cpu = ?, kills = ?", signs):
            return "over"
        with self._reading() as db:
            row = db.execute("SELECT cancel FROM runs WHERE run_id = ?", (run_id,)).fetchone()
        return "stop" if row["cancel"] else "go on"

    def tell(self, run_id: str, attempt: int, share: float, doing: Message) -> None:
        """Enter how far an attempt is, and what it does."""
        now, clock, cpu = signs_of_life()
        self._alive(
            run_id, attempt,
            "share = ?, message = CASE cancel WHEN 1 THEN message ELSE ? END, last_time = ?, heartbeat = ?, clock = ?, "
            "cpu = ?, first_share = coalesce(first_share, ?), first_time = coalesce(first_time, ?)",
            (share, as_text(doing), clock, now, clock, cpu, share, clock),
        )  # fmt: skip

    @with_reserve
    def end(
        self, run_id: str, attempt: int, state: str, *, error: Message | None = None,
        metrics: Mapping[str, float] | None = None,
    ) -> bool:  # fmt: skip
        """Enter how an attempt ended, and why where it failed; False where it was over already."""
        now, clock, _ = signs_of_life()
        share = ", share = 1.0" if state == "finished" else ""
        return self._alive(
            run_id, attempt,
            f"{ENDED}, metrics = ?, heartbeat = ?, seconds = seconds + (? - coalesce(started_clock, ?)){share}",
            (*ending(state, error, now), json.dumps(metrics or {}), now, clock, clock),
        )  # fmt: skip

    # ---- split times -------------------------------------------------------------------------------------------

    def split_time(self, question: str) -> int | None:
        """Return the split time found earlier for the same question."""
        with self._reading() as db:
            row = db.execute("SELECT test_from FROM splits WHERE asked = ?", (question,)).fetchone()
        return int(row["test_from"]) if row else None

    def keep_split_time(self, question: str, test_from: int) -> None:
        """Keep a split time: finding it reads the whole log."""
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO splits VALUES (?, ?)", (question, test_from))

    # ---- the file ----------------------------------------------------------------------------------------------

    def _alive(self, run_id: str, attempt: int, change: str, values: tuple[Any, ...]) -> bool:
        """Change a row for its own process; one that was taken for dead, and not replaced, lives again."""
        with self._writing() as db:
            row = db.execute(
                f"SELECT * FROM runs WHERE run_id = ? AND attempt = ? AND {_HAS_ROOM}", (run_id, attempt)
            ).fetchone()
            if row is None:
                return False
            if row["state"] == "lost" or row["retry_clock"] is not None:
                db.execute(
                    "UPDATE runs SET state = ?, kind = '', error = '', retry_clock = NULL, started_clock = ?, "
                    "history = json_remove(history, '$[#-1]') WHERE run_id = ?",
                    ("queued" if row["started"] is None else "running", time.monotonic(), run_id),
                )
            db.execute(f"UPDATE runs SET {change} WHERE run_id = ?", (*values, run_id))
            return True

    def _update(self, run_id: str, attempt: int, change: str, values: tuple[Any, ...], states: tuple[str, ...]) -> bool:
        marks = ", ".join("?" for _ in states)
        with self._writing() as db:
            changed = db.execute(
                f"UPDATE runs SET {change} WHERE run_id = ? AND attempt = ? AND state IN ({marks})",
                (*values, run_id, attempt, *states),
            )
            return changed.rowcount > 0

"""The state of every run, in one SQLite file that many processes read and write at the same time.

Each start of a run is an attempt with a number. A process writes under its attempt's number only, so that one which
was taken for dead and comes back cannot write into the attempt that followed.
"""

import json
import os
import secrets
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import astuple
from pathlib import Path
from typing import Any

from recsys_core.errors import WorkspaceError
from recsys_core.runs.processes import ProcessId
from recsys_core.runs.registry_schema import Entry, bring_up, make_tables

ACTIVE = ("queued", "running")
STALE_SECONDS = 60.0
_BUSY_MS = 30_000
KILLED = "Its process ended without a word: it was killed, often for want of memory, or the computer stopped."
SILENT = "Nothing was heard from its process for a minute: its computer may be off, or was out of reach."
REMOVED = "Its folder is gone from the workspace."


Row = Mapping[str, Any]


class Registry:
    """The registry of the runs under `folder` (HOME/runs); every call opens the file and closes it again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "registry.sqlite"
        if not self.path.exists():
            self._create()
        with self._reading() as db:
            bring_up(db)

    def _create(self) -> None:
        """Make the file under another name first: whoever finds it finds its tables too."""
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.folder / f".registry-{secrets.token_hex(6)}"
        try:
            with closing(sqlite3.connect(draft, isolation_level=None)) as db:
                make_tables(db)
            with suppress(FileExistsError):  # another process was first
                os.link(draft, self.path)
        finally:
            draft.unlink(missing_ok=True)

    # ---- who looks ---------------------------------------------------------------------------------------------

    def rows(self, dataset_id: str = "") -> list[Row]:
        """Rows of a data set, or all, in the order in which they were first asked for; dead runs are found first."""
        self.mark_lost()
        where, values = ("WHERE dataset_id = ?", (dataset_id,)) if dataset_id else ("", ())
        with self._reading() as db:
            return [dict(row) for row in db.execute(f"SELECT * FROM runs {where} ORDER BY created, run_id", values)]

    def row(self, run_id: str) -> Row | None:
        """Row of one run; None where there is none."""
        self.mark_lost()
        with self._reading() as db:
            found = db.execute("SELECT * FROM runs WHERE run_id = ?", (run_id,)).fetchone()
        return dict(found) if found else None

    def mark_lost(self) -> None:
        """Find the runs whose process is gone; whoever looks does."""
        with self._reading() as db:
            rows = db.execute("SELECT * FROM runs WHERE state IN ('queued', 'running')").fetchall()
        dead = [(reason, row) for row in rows if (reason := _death(row))]
        if not dead:
            return
        with self._writing() as db:
            for reason, row in dead:
                db.execute(
                    "UPDATE runs SET state = 'lost', error = ?, finished = ?, seconds = seconds + ? WHERE run_id = ? "
                    "AND attempt = ? AND pid = ? AND heartbeat = ? AND state IN ('queued', 'running')",
                    (reason, row["heartbeat"], max(0.0, row["heartbeat"] - (row["started"] or row["heartbeat"])),
                     row["run_id"], row["attempt"], row["pid"], row["heartbeat"]),
                )  # fmt: skip

    # ---- who asks ----------------------------------------------------------------------------------------------

    def claim(self, entry: Entry) -> int | None:
        """Take a run for starting it.

        Returns
        -------
        int or None
            Number of the attempt; None where the run is finished, or somebody else was first.
        """
        self.mark_lost()
        now, own = time.time(), ProcessId.own()
        process = (own.host, own.pid, own.start, now)
        with self._writing() as db:
            row = db.execute("SELECT state, attempt FROM runs WHERE run_id = ?", (entry.run_id,)).fetchone()
            if row is None:
                db.execute(
                    "INSERT INTO runs (run_id, dataset_id, model, heavy, split, test_from, work, state, attempt, "
                    "created, queued, message, host, pid, pid_start, heartbeat) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', 1, ?, ?, 'starts', ?, ?, ?, ?)",
                    (*astuple(entry)[:7], now, now, *process),
                )  # fmt: skip
                return 1
            if row["state"] in {*ACTIVE, "finished"}:
                return None
            db.execute(
                "UPDATE runs SET state = 'queued', attempt = attempt + 1, queued = ?, started = NULL, finished = NULL, "
                "message = 'starts again', error = '', first_share = NULL, first_time = NULL, last_time = NULL, "
                "cancel = 0, host = ?, pid = ?, pid_start = ?, heartbeat = ? WHERE run_id = ?",
                (now, *process, entry.run_id),
            )
            return int(row["attempt"]) + 1

    def hand_over(self, run_id: str, attempt: int, process: ProcessId) -> bool:
        """Enter the process of an attempt that is still queued; False where the attempt is over."""
        return self._update(
            run_id, attempt, "host = ?, pid = ?, pid_start = ?, heartbeat = ?",
            (process.host, process.pid, process.start, time.time()), ("queued",),
        )  # fmt: skip

    def reopen(self, run_id: str) -> None:
        """Take back that a run is finished: its folder is gone."""
        with self._writing() as db:
            db.execute(
                "UPDATE runs SET state = 'lost', share = 0, error = ? WHERE run_id = ? AND state = 'finished'",
                (REMOVED, run_id),
            )

    def ask_cancel(self, run_id: str) -> bool:
        """Ask a run to stop; False where it is not under way."""
        with self._writing() as db:
            asked = db.execute(
                "UPDATE runs SET cancel = 1, message = 'stops' WHERE run_id = ? AND state IN ('queued', 'running')",
                (run_id,),
            )
            return asked.rowcount > 0

    # ---- the worker --------------------------------------------------------------------------------------------

    def enter(self, run_id: str, attempt: int) -> str:
        """Start running if there is room; the names of those to wait for, else.

        Heavy models run one at a time, light ones as many as there are cores; who was queued first goes first.
        """
        self.mark_lost()
        with self._writing() as db:
            own = db.execute("SELECT * FROM runs WHERE run_id = ?", (run_id,)).fetchone()
            if own is None or own["attempt"] != attempt:
                return ""  # the next sign of life tells that the attempt is over
            slots = 1 if own["heavy"] else os.cpu_count() or 1
            ahead = db.execute(
                "SELECT model FROM runs WHERE heavy = ? AND run_id != ? AND (state = 'running' OR (state = 'queued' "
                "AND (queued, run_id) < (?, ?))) ORDER BY state DESC, queued",
                (own["heavy"], run_id, own["queued"], run_id),
            ).fetchall()
            if len(ahead) >= slots:
                return ", ".join(row["model"] for row in ahead)
            now = time.time()
            db.execute(
                "UPDATE runs SET state = 'running', started = ?, heartbeat = ? WHERE run_id = ? AND attempt = ? "
                "AND state = 'queued'",
                (now, now, run_id, attempt),
            )
            return ""

    def beat(self, run_id: str, attempt: int) -> str:
        """Give a sign of life; 'go on', 'stop' where somebody cancelled, or 'over' where the attempt is no more."""
        alive = self._update(run_id, attempt, "heartbeat = ?", (time.time(),), ACTIVE)
        if not alive:
            return "over"
        with self._reading() as db:
            row = db.execute("SELECT cancel FROM runs WHERE run_id = ?", (run_id,)).fetchone()
        return "stop" if row["cancel"] else "go on"

    def tell(self, run_id: str, attempt: int, share: float, message: str) -> None:
        """Enter how far an attempt is."""
        now = time.time()
        self._update(
            run_id, attempt,
            "share = ?, message = CASE cancel WHEN 1 THEN message ELSE ? END, last_time = ?, heartbeat = ?, "
            "first_share = coalesce(first_share, ?), first_time = coalesce(first_time, ?)",
            (share, message, now, now, share, now), ACTIVE,
        )  # fmt: skip

    def end(
        self, run_id: str, attempt: int, state: str, *, error: str = "", metrics: Mapping[str, float] | None = None
    ) -> bool:
        """Enter how an attempt ended; False where it was over already."""
        now = time.time()
        share = ", share = 1.0" if state == "finished" else ""
        return self._update(
            run_id, attempt,
            f"state = ?, error = ?, message = '', metrics = ?, finished = ?, heartbeat = ?, cancel = 0, "
            f"seconds = seconds + (? - coalesce(started, ?)){share}",
            (state, error, json.dumps(metrics or {}), now, now, now, now), ACTIVE,
        )  # fmt: skip

    # ---- split times -------------------------------------------------------------------------------------------

    def split_time(self, asked: str) -> int | None:
        """Return the split time found earlier for the same question."""
        with self._reading() as db:
            row = db.execute("SELECT test_from FROM splits WHERE asked = ?", (asked,)).fetchone()
        return int(row["test_from"]) if row else None

    def keep_split_time(self, asked: str, test_from: int) -> None:
        """Keep a split time: finding it reads the whole log."""
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO splits VALUES (?, ?)", (asked, test_from))

    # ---- the file ----------------------------------------------------------------------------------------------

    def _update(self, run_id: str, attempt: int, change: str, values: tuple[Any, ...], states: tuple[str, ...]) -> bool:
        marks = ", ".join("?" for _ in states)
        with self._writing() as db:
            done = db.execute(
                f"UPDATE runs SET {change} WHERE run_id = ? AND attempt = ? AND state IN ({marks})",
                (*values, run_id, attempt, *states),
            )
            return done.rowcount > 0

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            db = sqlite3.connect(self.path, timeout=_BUSY_MS / 1000, isolation_level=None)
            db.row_factory = sqlite3.Row
            try:
                db.execute("PRAGMA synchronous = NORMAL")
                yield db
            finally:
                db.close()
        except sqlite3.Error as err:
            raise WorkspaceError(
                f"The registry of runs, {self.path}, cannot be used: {err}. See that its folder may be written to and "
                "has room; if the file is damaged, move it away: finished models are trained again."
            ) from None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")


def _death(row: sqlite3.Row) -> str:
    """Why a run that should be under way is not; empty where it is."""
    process = ProcessId(row["host"], row["pid"], row["pid_start"])
    if process.here:
        return "" if process.runs() else KILLED
    return SILENT if time.time() - row["heartbeat"] > STALE_SECONDS else ""

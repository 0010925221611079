"""What happens to the row of one run: an attempt begins, ends, or is found dead."""

import sqlite3
import time
from typing import Any

from recsys_core.answers import Message, message
from recsys_core.runs.watch.deaths import RETRY_SECONDS, Death, signs_of_life
from recsys_core.runs.watch.failures import each_time, kind_of
from recsys_core.runs.watch.processes import ProcessId, boot_id

UNDER_WAY = "state IN ('queued', 'running') AND retry_clock IS NULL"
ENDED = (
    "state = ?, kind = ?, error = ?, finished = ?, message = '', cancel = 0, history = json_insert(history, '$[#]', "
    "json_object('attempt', attempt, 'started', started, 'finished', ?, 'state', ?, 'kind', ?, 'reason', json(?)))"
)
_STARTS, _RESUMES = message("progress-run-starts"), message("progress-run-resumes")


def ending(
    state: str, failure: Message | None, finished: float, *, attempt: tuple[str, Message | None] | None = None
) -> tuple[Any, ...]:
    """Return the values of `ENDED`.

    Parameters
    ----------
    attempt
        State and failure of the attempt, for the history, where they are not those of the run.
    """
    attempt_state, attempt_failure = attempt or (state, failure)
    return (
        state, kind_of(failure), as_text(failure), finished,
        finished, attempt_state, kind_of(attempt_failure), as_text(attempt_failure) or "null",
    )  # fmt: skip


def as_text(reason: Message | None) -> str:
    """Write a message as the registry keeps it; empty where there is none."""
    return reason.to_json() if reason else ""


def as_message(text: str) -> Message | None:
    """Read a message as the registry keeps it."""
    return Message.from_json(text) if text else None


def take(db: sqlite3.Connection, run_id: str, change: str, values: tuple[Any, ...]) -> int:
    """Begin the next attempt of a run; until its process is handed over, this one stands for it."""
    own, (now, clock, _) = ProcessId.own(), signs_of_life()
    db.execute(
        f"UPDATE runs SET {change}, state = 'queued', attempt = attempt + 1, started = NULL, started_clock = NULL, "
        "finished = NULL, message = CASE attempt WHEN 0 THEN ? ELSE ? END, kind = '', error = '', "
        "first_share = NULL, first_time = NULL, last_time = NULL, cancel = 0, cancel_clock = NULL, device = '', "
        "worker = 0, retry_clock = NULL, host = ?, pid = ?, pid_start = ?, boot = ?, heartbeat = ?, clock = ? "
        "WHERE run_id = ?",
        (*values, as_text(_STARTS), as_text(_RESUMES), own.host, own.pid, own.start, own.boot, now, clock, run_id),
    )
    return int(db.execute("SELECT attempt FROM runs WHERE run_id = ?", (run_id,)).fetchone()["attempt"])


def bury(db: sqlite3.Connection, row: sqlite3.Row, death: Death) -> bool:
    """Enter that an attempt is dead, and when it is started again; False where it gave a sign of life meanwhile."""
    state, retry = "lost", None
    failure: Message | None = death.reason
    if row["cancel"]:
        state, failure = "cancelled", None
    elif death.again and row["retries"] < len(RETRY_SECONDS):
        state, retry = "queued", time.monotonic() + RETRY_SECONDS[row["retries"]]
    elif death.again:
        failure = each_time(death.reason, len(RETRY_SECONDS))
    spent = max(0.0, (row["clock"] or 0.0) - (row["started_clock"] or row["clock"] or 0.0))
    attempt = "cancelled" if row["cancel"] else "lost", death.reason
    change = db.execute(
        f"UPDATE runs SET {ENDED}, seconds = seconds + ?, retry_clock = ?, retry_boot = ? WHERE run_id = ? "
        f"AND attempt = ? AND pid = ? AND clock IS ? AND {UNDER_WAY}",
        (*ending(state, failure, row["heartbeat"], attempt=attempt),
         spent, retry, boot_id(), row["run_id"], row["attempt"], row["pid"], row["clock"]),
    )  # fmt: skip
    return change.rowcount > 0

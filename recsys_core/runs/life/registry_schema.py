"""The tables of the registry, and how a file that an earlier version made is brought up to this one."""

import sqlite3
from dataclasses import dataclass

from recsys_core.errors import WorkspaceError

_FIRST = """
CREATE TABLE IF NOT EXISTS runs (
    run_id TEXT PRIMARY KEY, dataset_id TEXT NOT NULL, model TEXT NOT NULL, heavy INTEGER NOT NULL,
    split TEXT NOT NULL, test_from INTEGER NOT NULL, work REAL NOT NULL, state TEXT NOT NULL, attempt INTEGER NOT NULL,
    created REAL NOT NULL, queued REAL NOT NULL, started REAL, finished REAL, seconds REAL NOT NULL DEFAULT 0,
    share REAL NOT NULL DEFAULT 0, message TEXT NOT NULL DEFAULT '', error TEXT NOT NULL DEFAULT '',
    first_share REAL, first_time REAL, last_time REAL, cancel INTEGER NOT NULL DEFAULT 0,
    metrics TEXT NOT NULL DEFAULT '{}',
    host TEXT NOT NULL, pid INTEGER NOT NULL, pid_start TEXT NOT NULL, heartbeat REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS of_dataset ON runs (dataset_id, created);
CREATE TABLE IF NOT EXISTS splits (asked TEXT PRIMARY KEY, test_from INTEGER NOT NULL);
"""
# What each version added. Columns named `clock` hold the seconds of time.monotonic, which every process of a computer
# shares until it restarts (`boot`): whoever sets the time of day changes none of them.
_ADDED: tuple[tuple[str, ...], ...] = (
    (
        "priority INTEGER NOT NULL DEFAULT 0",  # higher goes first
        "place INTEGER NOT NULL DEFAULT 0",  # in the queue: counted up with every start
        "device TEXT NOT NULL DEFAULT ''",  # the GPU that is leased to it while it runs
        "boot TEXT NOT NULL DEFAULT ''",  # of the computer of its process
        "worker INTEGER NOT NULL DEFAULT 0",  # 1: the process is the run's own; 0: that of whoever starts it
        "clock REAL",  # at the last sign of life
        "cpu REAL NOT NULL DEFAULT 0",  # seconds of processor time that the process had used by then
        "started_clock REAL",
        "cancel_clock REAL",
        "kills TEXT NOT NULL DEFAULT '{}'",  # how many the kernel had killed for want of memory by then
        "retries INTEGER NOT NULL DEFAULT 0",  # since somebody asked for it
        "retry_clock REAL",  # when it is started again; NULL: it is not
        "retry_boot TEXT NOT NULL DEFAULT ''",
        "history TEXT NOT NULL DEFAULT '[]'",  # how its attempts ended
    ),
    ("kind TEXT NOT NULL DEFAULT ''",),  # of the failure that `error` says: what code decides by
)
# What each version changed in rows that were there. From the second on, `message` and `error`, and the reasons in
# `history`, are messages as JSON; words of earlier versions are kept as they are.
_CHANGED: tuple[tuple[str, ...], ...] = (
    (),
    (
        "UPDATE runs SET message = json_object('code', 'verbatim', 'values', json_object('text', message)) "
        "WHERE message != ''",
        "UPDATE runs SET error = json_object('code', 'verbatim', 'values', json_object('text', error)) "
        "WHERE error != ''",
        "UPDATE runs SET history = (SELECT json_group_array(json_set(entry, '$.kind', '', '$.reason', json(CASE reason "
        "WHEN '' THEN 'null' ELSE json_object('code', 'verbatim', 'values', json_object('text', reason)) END))) FROM "
        "(SELECT value AS entry, json_extract(value, '$.reason') AS reason FROM json_each(history) ORDER BY key)) "
        "WHERE history != '[]'",
    ),
)


@dataclass(frozen=True)
class Entry:
    """What a run is entered with; `split` is the split as JSON, `work` what its time should be proportional to."""

    run_id: str
    dataset_id: str
    model: str
    heavy: bool
    split: str
    test_from: int
    work: float
    priority: int = 0


def make_tables(db: sqlite3.Connection) -> None:
    """Make the tables in a new file."""
    db.execute("PRAGMA journal_mode = WAL")
    db.executescript(_FIRST)
    bring_up(db)


def is_behind(db: sqlite3.Connection) -> bool:
    """Tell whether an earlier version made the file; WorkspaceError where a later one did."""
    version = version_of(db)
    if version > len(_ADDED):
        raise WorkspaceError("registry-of-later-version", version=version, known=len(_ADDED))
    return version < len(_ADDED)


def bring_up(db: sqlite3.Connection) -> None:
    """Add and change what versions since the file's own did, all of it or nothing; errors as `is_behind`."""
    if not is_behind(db):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        version = version_of(db)  # again: another process may have been first
        for columns, changes in zip(_ADDED[version:], _CHANGED[version:], strict=True):
            for column in columns:
                db.execute(f"ALTER TABLE runs ADD COLUMN {column}")
            for change in changes:
                db.execute(change)
        db.execute(f"PRAGMA user_version = {len(_ADDED)}")
        _check_sound(db)
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _check_sound(db: sqlite3.Connection) -> None:
    found = db.execute("PRAGMA quick_check").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(found)


def version_of(db: sqlite3.Connection) -> int:
    """Number of the version that made a file, or brought it up to date last."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])

"""Files of the registry that earlier and later versions of the program made."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from recsys_core.answers import verbatim
from recsys_core.errors import WorkspaceError
from recsys_core.runs.life.run import Attempted, Run
from recsys_core.runs.life.run_registry import Registry
from recsys_core.runs.watch.processes import ProcessId
from tests.runs.life.test_run_registry import change, entry

# as the first version wrote it
OLD = """
CREATE TABLE runs (
    run_id TEXT PRIMARY KEY, dataset_id TEXT NOT NULL, model TEXT NOT NULL, heavy INTEGER NOT NULL,
    split TEXT NOT NULL, test_from INTEGER NOT NULL, work REAL NOT NULL, state TEXT NOT NULL, attempt INTEGER NOT NULL,
    created REAL NOT NULL, queued REAL NOT NULL, started REAL, finished REAL, seconds REAL NOT NULL DEFAULT 0,
    share REAL NOT NULL DEFAULT 0, message TEXT NOT NULL DEFAULT '', error TEXT NOT NULL DEFAULT '',
    first_share REAL, first_time REAL, last_time REAL, cancel INTEGER NOT NULL DEFAULT 0,
    metrics TEXT NOT NULL DEFAULT '{}',
    host TEXT NOT NULL, pid INTEGER NOT NULL, pid_start TEXT NOT NULL, heartbeat REAL NOT NULL
);
CREATE INDEX of_dataset ON runs (dataset_id, created);
CREATE TABLE splits (asked TEXT PRIMARY KEY, test_from INTEGER NOT NULL);
INSERT INTO splits VALUES ('asked', 7);
"""
ROW = (
    "INSERT INTO runs (run_id, dataset_id, model, heavy, split, test_from, work, state, attempt, created, queued, "
    "started, host, pid, pid_start, heartbeat) "
    "VALUES (?, ?, 'popular', 0, '{}', 0, 1.0, ?, 1, 5.0, 5.0, 6.0, ?, ?, ?, 9)"
)


@pytest.fixture
def old(tmp_path):
    own, folder = ProcessId.own(), tmp_path / "runs"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "registry.sqlite")) as db:
        db.executescript(OLD)
        for digit, state, start in (("1", "finished", ""), ("2", "running", own.start), ("3", "running", "gone")):
            db.execute(ROW, (f"popular-{digit * 16}", "d" * 16, state, own.host, own.pid, start))
        db.commit()
    return folder


def test_a_file_of_the_first_version_is_brought_up_to_date(old):
    with ThreadPoolExecutor(8) as pool:
        books = list(pool.map(lambda _: Registry(old), range(8)))
    book = books[0]
    finished, running, dead = book.rows()
    assert [row["state"] for row in (finished, running, dead)] == ["finished", "running", "queued"]
    assert dead["kind"] == "run-killed"
    assert book.split_time("asked") == 7
    found = Run.from_row(running)
    assert (found.priority, found.device, found.history, found.attempts) == (0, "", (), 1)
    assert book.beat(running["run_id"], 1) == "go on"
    assert book.claim(entry(digit="3")) == 2
    book.end(running["run_id"], 1, "finished")
    assert book.row(running["run_id"])["seconds"] == 0.0  # nobody knows when it started on that clock


def test_a_file_of_a_later_version_is_refused(tmp_path):
    book = Registry(tmp_path / "runs")
    with closing(sqlite3.connect(book.path, isolation_level=None)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(WorkspaceError, match="is of version 99; this program knows versions up to 2. Use the later"):
        Registry(tmp_path / "runs")


def test_new_files_have_every_column_at_once(tmp_path):
    book = Registry(tmp_path / "runs")
    book.claim(entry())
    change(book, "priority = 2, device = '1', history = '[]'")
    (row,) = book.rows()
    assert (row["priority"], row["device"], row["boot"]) == (2, "1", ProcessId.own().boot)


# what the second version's rows said in words
TOLD = """
UPDATE runs SET error = 'It was "said" in words.', message = 'epoch 1 of 3', history = json_array(
    json_object('attempt', 1, 'started', 6.0, 'finished', 7.0, 'state', 'lost', 'reason', 'It was killed.'),
    json_object('attempt', 2, 'started', NULL, 'finished', 8.0, 'state', 'cancelled', 'reason', '')
) WHERE run_id = 'popular-1111111111111111';
ALTER TABLE runs DROP COLUMN kind;
PRAGMA user_version = 1;
"""


def test_words_of_the_second_version_are_kept_as_they_are(old):
    book = Registry(old)
    with closing(sqlite3.connect(book.path, isolation_level=None)) as db:
        db.executescript(TOLD)
    with ThreadPoolExecutor(8) as pool:
        books = list(pool.map(lambda _: Registry(old), range(8)))
    told, untold, _ = (Run.from_row(row) for row in books[-1].rows())
    assert (told.error, told.message, told.kind) == (verbatim('It was "said" in words.'), verbatim("epoch 1 of 3"), "")
    assert told.history == (
        Attempted(1, 6.0, 7.0, "lost", "", verbatim("It was killed.")),
        Attempted(2, None, 8.0, "cancelled", "", None),
    )
    assert (untold.error, untold.message, untold.history) == (None, None, ())

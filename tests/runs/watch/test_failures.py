"""What exceptions mean for a run, and what other programs complain of."""

import errno
import sqlite3

import pytest

from recsys_core.answers import message
from recsys_core.errors import DataError, WorkspaceError
from recsys_core.runs.watch.failures import FULL, each_time, failure_of, foreign_case, is_full, kind_of
from recsys_core.wording.sentences import say


def raised(err, cause=None):
    err.__cause__ = cause
    return err


@pytest.mark.parametrize(
    ("err", "full"),
    [
        (OSError(errno.ENOSPC, "No space left"), True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True),
        (OSError(errno.EACCES, "Permission denied"), False),
        (RuntimeError("SafetensorError: IoError(Os { code: 28, message: No space left on device })"), True),
        (sqlite3.OperationalError("database or disk is full"), True),
        (raised(ValueError("odd"), OSError(errno.ENOSPC, "No space left")), True),
        (raised(WorkspaceError("no-such-run", run_id="x"), OSError(errno.ENOSPC, "No space left")), True),
        (WorkspaceError("run-disk-too-small", needed=1, free=0, folder="/disk is full"), False),
        (ValueError("odd"), False),
    ],
)
def test_a_full_disk_is_known_by_its_errors(err, full):
    assert is_full(err) is full
    assert (failure_of(err) == FULL) is full


@pytest.mark.parametrize(
    ("err", "kind", "words"),
    [
        (DataError("nothing-to-compare", dataset_id="d"), "nothing-to-compare", "No model is trained on this split"),
        (MemoryError(), "run-out-of-memory", "There was not enough memory (MemoryError). Close other programs, or"),
        (
            RuntimeError("DefaultCPUAllocator: not enough memory: you tried"), "run-out-of-memory",
            "There was not enough memory (RuntimeError: DefaultCPUAllocator: not enough memory: you tried). Close",
        ),
        (ValueError("one\ntwo"), "run-unexpected", "ValueError: two. The log holds the whole story."),
        (KeyError(), "run-unexpected", "KeyError. The log holds the whole story."),
    ],
)  # fmt: skip
def test_an_exception_is_a_failure_of_a_kind(err, kind, words):
    failure = failure_of(err)
    assert kind_of(failure) == kind
    assert say(failure).startswith(words)


def test_torchs_own_want_of_memory_is_known_by_its_name():
    class OutOfMemoryError(RuntimeError):
        pass

    assert kind_of(failure_of(OutOfMemoryError("CUDA: tried to allocate 9 GiB"))) == "run-out-of-memory"


def test_what_came_again_each_time_keeps_its_kind():
    failure = each_time(message("error-run-computer-restarted"), 3)
    assert kind_of(failure) == "run-computer-restarted"
    assert say(failure) == (
        "The computer was restarted while it ran. It was started again 3 times and ended so each time."
    )
    assert kind_of(None) == ""


@pytest.mark.parametrize(
    ("line", "case"),
    [
        ("OSError: [Errno 28] No space left on device", "disk"),
        ("sqlite3.OperationalError: disk I/O error", "disk"),
        ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.", "memory"),
        ("  what():  std::bad_alloc", "memory"),
        ("ValueError: Out of range float values are not JSON compliant: nan", "nan"),
        ("ValueError: Input contains NaN.", "nan"),
        ("PermissionError: [Errno 13] Permission denied: 'model'", "files"),
        ("KeyError: 'nano'", ""),
        ("", ""),
    ],
)
def test_other_programs_are_read_by_a_few_words(line, case):
    assert foreign_case(line) == case

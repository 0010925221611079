import pytest

from recsys_core.runs.watch.advice import CASES, advise, decisive, starts
from recsys_core.settings import BiEncoderSettings, PopularSettings

KILLED = "Its process ended without a word: it was killed, often for want of memory, or it crashed."
LOG = (
    "--- 2026-11-24 10:00:00 UTC, start 1 of bi-encoder-0123456789abcdef",
    "Traceback (most recent call last):",
    "RuntimeError: CUDA out of memory. Tried to allocate 9 GiB.",
    "--- 2026-11-24 10:05:00 UTC, start 2 of bi-encoder-0123456789abcdef",
    "a warning",
    "ValueError: Out of range float values are not JSON compliant: nan",
    "",
    "one more word",
)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("There was not enough memory (MemoryError). Close other programs.", "memory"),
        ("OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.", "memory"),
        ("bi-encoder found 3 pairs of a history and a next item before validation; it needs 20 or more.", "short"),
        ("The test holds no events: bring a longer log.", "short"),
        ("The encoder '/gone' is no folder. Give a folder, a hub name, or nothing.", "encoder"),
        ("The packaged encoder is not installed. Install it.", "encoder"),
        ("OSError: [Errno 28] No space left on device. The log holds the whole story.", "disk"),
        ("The registry of runs cannot be used: database or disk is full.", "disk"),
        ("ValueError: Out of range float values are not JSON compliant: nan", "nan"),
        ("The loss is not finite at step 12.", "nan"),
        ("bi-encoder gives scores that are no numbers: its training ran away. Lower its learning rate.", "nan"),
        ("The registry of runs, registry.sqlite, cannot be used: disk I/O error. See that", "disk"),
        ("ease reads item texts, and A log has none.", "texts"),
        ("split.test_file, x.csv, is not what it was when this run was asked for.", "changed"),
        ("PermissionError: [Errno 13] Permission denied: 'model'", "files"),
        (KILLED, "killed"),
        ("The kernel killed its process for want of memory. It is not started again by itself.", "memory"),
        ("Its process was ended by SIGTERM.", "killed"),
        ("Its process ended with exit code 3 and without a word; the log may hold more.", "killed"),
        ("The computer was restarted while it ran.", "killed"),
        ("The disk is full: no more could be written. Delete what is not needed.", "disk"),
        ("A run needs about 900 MB for checkpoints and model, and the disk of /w has 3 MB left.", "disk"),
        ("There was no sign of life from it for 30 s: its computer may be off, or out of reach.", "silent"),
        ("Its folder is gone from the workspace.", "removed"),
        ("KeyError: 'surprise'. The log holds the whole story.", "unknown"),
    ],
)
def test_an_error_is_of_a_kind_and_has_a_way_on(error, kind):
    found = advise(error)
    assert found.kind == kind
    assert found.happened
    assert found.todo.endswith(".")
    assert error.startswith(found.happened)


def test_every_kind_says_what_to_do():
    assert len({case.kind for case in CASES}) == len(CASES)
    assert all(case.todo[0].isupper() and case.todo.endswith(".") for case in CASES)


def test_what_happened_is_one_sentence_and_an_unknown_error_is_told_whole():
    assert advise("There was not enough memory (MemoryError). Close it.").happened == (
        "There was not enough memory (MemoryError)."
    )
    assert advise("KeyError: 'a'. The log holds more.").happened == "KeyError: 'a'. The log holds more."
    assert advise("").happened == "It ended without a reason."


def test_the_log_decides_where_the_error_does_not():
    assert advise("RuntimeError. The log holds the whole story.", LOG).kind == "nan"
    found = advise(
        KILLED, ("terminate called after throwing an instance of 'std::bad_alloc'", "  what():  std::bad_alloc")
    )
    assert (found.kind, found.happened) == ("memory", KILLED)
    assert advise(KILLED, ("reads the log",)).kind == "killed"


def test_another_try_changes_one_setting():
    found = advise("MemoryError", model=BiEncoderSettings(batch_size=64))
    assert found.retry == BiEncoderSettings(batch_size=32)
    assert found.change == "batch size 32"
    found = advise("The loss is not finite.", model=BiEncoderSettings(learning_rate=2e-4))
    assert found.retry == BiEncoderSettings(learning_rate=2e-5)
    found = advise("The loss is not finite.", model=BiEncoderSettings(frozen=True))
    assert found.change == "learning rate of the head 0.0003"


def test_what_cannot_be_lowered_is_not_tried_again():
    assert advise("MemoryError", model=BiEncoderSettings(batch_size=2)).retry is None
    assert advise("MemoryError", model=PopularSettings()).retry is None
    assert advise("KeyError", model=BiEncoderSettings()).retry is None


def test_the_decisive_line_is_the_last_that_names_an_error():
    assert decisive(LOG) == "ValueError: Out of range float values are not JSON compliant: nan"
    assert decisive(("first", "last", "")) == "last"
    assert decisive(()) == ""
    assert decisive(LOG[:1]) == "", "the head of a start says nothing"


def test_a_log_is_parted_into_its_starts():
    first, second = starts(LOG)
    assert (first.number, first.when) == (1, "2026-11-24 10:00:00 UTC")
    assert first.decisive == "RuntimeError: CUDA out of memory. Tried to allocate 9 GiB."
    assert second.number == 2
    assert starts(("no head",)) == ()

import pytest

from recsys_core.answers import message, verbatim
from recsys_core.errors import SettingsError, WorkspaceError
from recsys_core.runs.watch.advice import CASES, UNKNOWN, advise, decisive, starts
from recsys_core.runs.watch.failures import each_time
from recsys_core.settings import BiEncoderSettings, PopularSettings
from recsys_core.wording.catalogue import FOLDER
from recsys_core.wording.sentences import say, what_happened
from tests.wording.entries import read_entries

KILLED = message("error-run-killed")
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


def unexpected(exception):
    return message("error-run-unexpected", exception=exception)


@pytest.mark.parametrize(
    ("failure", "case"),
    [
        (message("error-run-out-of-memory", exception="MemoryError"), "memory"),
        (unexpected("OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB."), "memory"),
        (unexpected("OSError: [Errno 28] No space left on device"), "disk"),
        (WorkspaceError("registry-full", path="registry.sqlite", reason="database or disk is full").message, "disk"),
        (unexpected("ValueError: Out of range float values are not JSON compliant: nan"), "nan"),
        (WorkspaceError("registry-not-usable", path="registry.sqlite", reason="not a database").message, "files"),
        (SettingsError("test-file-changed", file="x.csv").message, "changed"),
        (unexpected("PermissionError: [Errno 13] Permission denied: 'model'"), "files"),
        (KILLED, "killed"),
        (message("error-run-killed-for-memory"), "memory"),
        (message("error-run-ended-by-signal", signal="SIGTERM"), "killed"),
        (message("error-run-ended-with-code", exit_code=3), "killed"),
        (message("error-run-computer-restarted"), "killed"),
        (each_time(message("error-run-computer-restarted"), 3), "killed"),
        (message("error-run-disk-full"), "disk"),
        (WorkspaceError("run-disk-too-small", needed=9e8, free=3e6, folder="/w").message, "disk"),
        (message("error-run-out-of-reach", seconds=30), "silent"),
        (message("error-run-folder-gone"), "removed"),
        (unexpected("KeyError: 'surprise'"), "unknown"),
        (verbatim("Words of an earlier version: the disk is full"), "unknown"),
        (None, "unknown"),
    ],
)
def test_a_failure_has_a_way_on(failure, case):
    advice = advise(failure)
    assert advice.case == case
    assert advice.happened == (failure or message("error-run-no-reason"))
    assert say(advice.todo).endswith(".")
    assert what_happened(advice.happened)


def test_every_case_says_what_to_do():
    cases = (*CASES, UNKNOWN)
    assert len({case.name for case in cases}) == len(cases)
    assert len({kind for case in cases for kind in case.kinds}) == sum(len(case.kinds) for case in cases)
    assert all(say(case.todo)[0].isupper() and say(case.todo).endswith(".") for case in cases)


def test_every_kind_is_one_that_an_error_has():
    kinds = {kind for case in CASES for kind in case.kinds}
    files = {path.stem: path.read_text(encoding="utf-8") for path in (FOLDER / "en").glob("*.ftl")}
    assert {f"error-{kind}" for kind in kinds} - read_entries(files)[0].keys() == set()


def test_what_happened_is_said_without_what_to_do():
    out_of_memory = advise(message("error-run-out-of-memory", exception="MemoryError"))
    assert what_happened(out_of_memory.happened) == "There was not enough memory (MemoryError)."
    assert what_happened(advise(None).happened) == "It ended without a reason."


def test_the_log_decides_where_the_failure_does_not():
    advice = advise(unexpected("RuntimeError"), LOG)
    assert (advice.case, advice.line) == ("nan", "ValueError: Out of range float values are not JSON compliant: nan")
    advice = advise(
        KILLED, ("terminate called after throwing an instance of 'std::bad_alloc'", "  what():  std::bad_alloc")
    )
    assert (advice.case, advice.happened) == ("memory", KILLED)
    assert advise(KILLED, ("reads the log",)).case == "killed"
    full = WorkspaceError("run-disk-too-small", needed=9e8, free=3e6, folder="/w").message
    assert (advise(full, LOG).case, advise(full, LOG).line) == ("disk", ""), "it says all itself"


def test_a_line_that_says_no_more_is_not_repeated():
    assert advise(unexpected("KeyError: 'a'"), ("Traceback", "KeyError: 'a'")).line == ""


def test_another_try_changes_one_setting():
    memory, nan = message("error-run-out-of-memory", exception="MemoryError"), unexpected("ValueError: loss is nan")
    advice = advise(memory, model=BiEncoderSettings(batch_size=64))
    assert advice.retry == BiEncoderSettings(batch_size=32)
    assert (advice.change.values["option"], say(advice.change)) == ("batch_size", "batch size 32")
    advice = advise(nan, model=BiEncoderSettings(learning_rate=2e-4))
    assert advice.retry == BiEncoderSettings(learning_rate=2e-5)
    advice = advise(nan, model=BiEncoderSettings(frozen=True))
    assert say(advice.change) == "learning rate of the head 0.0003"


def test_what_cannot_be_lowered_is_not_tried_again():
    memory = message("error-run-out-of-memory", exception="MemoryError")
    assert advise(memory, model=BiEncoderSettings(batch_size=2)).retry is None
    assert advise(memory, model=PopularSettings()).retry is None
    assert advise(unexpected("KeyError"), model=BiEncoderSettings()).retry is None


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

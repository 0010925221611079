"""Results in the workspace: what is read back is what was found, and nothing else is ever taken for it."""

import math
import os
from collections import OrderedDict
from datetime import date

import numpy as np
import pytest

from recsys_core import codec, result_files
from recsys_core.answers import Interval, Message
from recsys_core.result_files import EVALUATION, NOTHING, ResultFiles, forget_results
from recsys_core.workspace import Workspace

KEY = ("home", "0", "a" * 16)
RESULT = (Interval(1.5, None, math.inf), Message("note", {"names": ("a", "\u2028\ud800"), "deep": Message("b")}))


@pytest.fixture
def files(tmp_path):
    return ResultFiles(Workspace.open(tmp_path / "home"))


def only(files):
    (path,) = (files.workspace.home / "results").glob("*.result")
    return path


def test_what_was_found_is_found_again_by_its_key_alone(files):
    computed = []
    for step, key in (("one", KEY), ("one", KEY), ("two", KEY), ("one", (*KEY, "b"))):
        assert files(step, key, lambda: (computed.append(1), RESULT)[1]) == RESULT
    assert len(computed) == 3
    assert files.read("one", ("home", "0" + "a" * 16)) is NOTHING, "parts of a key do not run together"


@pytest.mark.parametrize(
    "found", [RESULT, None, (), [1], {"a": (1, 2.5), 3: None}, "text", -0.0, 10**30, float("-inf")]
)
def test_values_come_back_with_their_types(files, found):
    files.write("step", KEY, found, 0)
    assert repr(files.read("step", KEY)) == repr(found)


def test_numbers_of_numpy_become_those_of_python(files):
    files.write("step", KEY, (np.float64("nan"), np.int64(3), np.bool_(True)), 0)
    nan, three, true = files.read("step", KEY)
    assert math.isnan(nan)
    assert (three, true) == (3, True)
    assert (type(three), type(true)) == (int, bool)


@pytest.mark.parametrize("found", [np.zeros(3), date(2026, 1, 1), {1, 2}, object(), b"bytes"])
def test_what_could_not_be_read_back_is_not_kept(files, found):
    assert files.write("step", KEY, found, 0) == 0
    assert files.read("step", KEY) is NOTHING


def test_a_mapping_of_another_kind_comes_back_as_a_dict(files):
    files.write("step", KEY, OrderedDict(a=1), 0)
    assert files.read("step", KEY) == {"a": 1}


def test_a_file_with_any_bit_turned_counts_as_none(files):
    files.write("step", KEY, RESULT, 0)
    path = only(files)
    whole = path.read_bytes()
    for at in range(0, len(whole), 7):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        assert files.read("step", KEY) is NOTHING, at
    for cut in (0, 10, 65, len(whole) - 1):
        path.write_bytes(whole[:cut])
        assert files.read("step", KEY) is NOTHING, cut
    path.write_bytes(whole)
    assert files.read("step", KEY) == RESULT


@pytest.mark.parametrize(
    "text",
    [
        '{"=":"os:system","m":{"command":"true"}}',
        '{"=":"recsys_core.workspace:write_json","m":{}}',
        '{"=":"recsys_core.errors:StayingPowerError","m":{"kind":"a"}}',
        '{"=":"recsys_core.answers:Interval","m":{"no_such_field":1}}',
        '{"=":"recsys_core.no_such_module:Interval","m":{}}',
        '{"=":"recsys_core.answers:json.JSONDecoder","m":{}}',
        '{"f":"no base64"}',
        '{"n":"one"}',
        "{}",
        "[" * 100_000,
        "",
    ],
)
def test_a_text_can_do_nothing_but_hold_values(text):
    with pytest.raises(ValueError):  # noqa: PT011
        codec.from_text(text)


def test_the_longest_unasked_go_first_when_there_are_too_many_bytes(files):
    small = ResultFiles(files.workspace, most=2500)
    for at, name in enumerate("abcd"):
        small.write("step", (name,), "x" * 1000, 0)
        os.utime(small._path("step", (name,)), (at, at))  # files are a second apart, as on a slow disk
        if name == "b":
            small.read("step", ("a",))  # asked for now
    assert [small.read("step", (name,)) is NOTHING for name in "abcd"] == [False, True, True, False]


def test_what_was_under_way_when_something_was_deleted_is_not_kept(files):
    def compute():
        forget_results(files.workspace)
        return 1

    assert files("step", KEY, compute) == 1
    assert files.read("step", KEY) is NOTHING
    files.write("step", KEY, 1, files.workspace.forgotten)
    forget_results(files.workspace)
    assert files.read("step", KEY) is NOTHING


def test_another_version_of_the_code_finds_nothing(files, monkeypatch):
    files.write("step", KEY, RESULT, 0)
    monkeypatch.setattr(result_files, "_code", lambda: "another")
    assert files.read("step", KEY) is NOTHING


def test_a_disk_without_room_costs_the_keeping_alone(files, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(result_files, "write_atomic", full)
    assert files("step", KEY, lambda: 1) == 1


def test_an_evaluation_lies_with_its_run_and_nowhere_else(files):
    assert files(EVALUATION, KEY, lambda: RESULT) == RESULT
    assert list((files.workspace.home / "results").iterdir()) == []


def test_another_language_finds_nothing(files, monkeypatch):
    result_files._code.cache_clear()
    files.write("report", KEY, "words", 0)
    monkeypatch.setenv("STAYING_POWER_LANGUAGE", "xx")
    result_files._code.cache_clear()
    assert files.read("report", KEY) is NOTHING
    monkeypatch.undo()
    result_files._code.cache_clear()
    assert files.read("report", KEY) == "words"

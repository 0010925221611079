"""A part of what `make survive` tries, and that it would notice."""

import tempfile
from pathlib import Path

import pytest

from validation.survive import inputs
from validation.survive.corpus import Hostile, corpus
from validation.survive.inputs import give
from validation.survive.kills import kill


def test_a_corpus_follows_its_seed(tmp_path):
    def made(seed):
        contents = []
        for one in corpus(seed, 40):
            if one.kind == "size":  # half a gigabyte each
                continue
            folder = Path(tempfile.mkdtemp(dir=tmp_path))
            one.make(folder)
            contents.append((one.command, sorted((path.name, path.read_bytes()) for path in folder.iterdir())))
        return contents

    assert made(1) == made(1)
    assert made(1) != made(2)


def test_hostile_inputs_end_in_a_sentence_or_a_whole_data_set(tmp_path):
    found = give((one for one in corpus(20, 60) if one.kind != "size"), tmp_path)
    assert found.faults == []
    assert found.tried.total() > 50
    assert 0 < found.refused["text"] < found.tried["text"], "some are taken, some refused"


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (lambda _arguments: (2, "", ""), "exit code 2"),
        (lambda _arguments: (1, "", "no"), "without a sentence"),
        (lambda _arguments: (1, "", "Traceback (most recent call last): x"), "a traceback"),
        (lambda _arguments: (0, "{}", ""), "should have been refused"),
    ],
)
def test_a_fault_would_be_told(tmp_path, monkeypatch, broken, fault):
    monkeypatch.setattr(inputs, "_called", broken)
    one = Hostile("text", ("import", "log.csv"), lambda folder: (folder / "log.csv").write_text("a"), refused=True)
    (found,) = give([one], tmp_path).faults[:1]
    assert fault in found


def test_an_id_left_behind_would_be_told(tmp_path, monkeypatch):
    def called(arguments):
        home = Path(arguments[-1])
        home.mkdir()
        (home / "left.csv").write_text("rawid-1")
        return 1, "", "It was refused for a reason."

    monkeypatch.setattr(inputs, "_called", called)
    one = Hostile("text", ("import", "log.csv"), lambda folder: (folder / "log.csv").write_text("a"))
    assert "an id as it came in left.csv" in give([one], tmp_path).faults[0]


@pytest.mark.slow
def test_kills_lose_nothing(tmp_path):
    found = kill(21, 7, tmp_path)
    assert found.faults == []
    assert found.tried.total() == 21

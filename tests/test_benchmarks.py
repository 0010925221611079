import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import run

ROOT = Path(__file__).parents[1]
SMALL, LARGE = "held = bytearray(1)", "held = bytearray(150 * 2**20); held[::4096] = b'x' * len(held[::4096])"


def test_peak_memory_belongs_to_one_process():
    program = f"from benchmarks.run import measure\nfor job in ({LARGE!r}, {SMALL!r}): print(measure(job).peak)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    large, small = map(float, done.stdout.split())
    assert large > small + 140
    assert small < 60


def test_setup_is_not_timed():
    cost = run.measure("assert ready\nprint('said', end='')", setup="import time\ntime.sleep(.3)\nready = True")
    assert 0 < cost.seconds < 0.2


def test_a_failed_side_stops_the_table(capfd):
    with pytest.raises(subprocess.CalledProcessError, match="non-zero exit status 1"):
        run.measure("1 / 0")
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_sides_take_turns_after_a_preparation_and_a_warm_up(tmp_path):
    diary = tmp_path / "diary"

    def note(word: str) -> str:
        return f"open({str(diary)!r}, 'a').write('{word}')"

    job = run.Job("n", "s", "p", ours=note("a"), against=note("b"), prepare=note("p"))
    run.compare(job, rounds=2)
    assert diary.read_text() == "pababab"


def test_median_and_row():
    ours = run.median([run.Cost(1, 10), run.Cost(3, 1200), run.Cost(2, 1100)])
    assert ours == run.Cost(2, 1100)
    job = run.Job("import", "1 M", "pandas", ours="", against="")
    expected = ("import", "1 M", "2.000", "8.000", "0.250", "1,100", "5", "pandas")
    assert run.row(job, ours, run.Cost(8, 5)) == expected
    assert len(expected) == len(run.HEADER)


def test_the_table_and_a_name_that_is_not_there(monkeypatch, capsys):
    monkeypatch.setattr(run, "compare", lambda _: (run.Cost(1, 1), run.Cost(2, 2)))
    assert run.main(["start-up"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "start-up import 1.000 2.000 0.500" in shown
    assert run.main(["nothing"]) == 2
    assert "No job is named so: nothing. There are: import" in capsys.readouterr().out

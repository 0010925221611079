import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import cox, pace, peers, run, survival, survival_data
from recsys_core.retention.estimators.event_table import event_table
from recsys_core.retention.estimators.kaplan_meier import kaplan_meier

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
    expected = ("import", "1 M", "2.0000", "8.0000", "0.2500", "", "", "1,100", "5", "5", "pandas")
    assert run.row(job, ours, run.Cost(8, 5)) == expected
    assert len(expected) == len(run.HEADER)


def test_ratio_and_bar_stand_side_by_side():
    job = run.Job("Cox", "1 M", "R", ours="", against="", bar=0.25)
    assert run.row(job, run.Cost(1, 1), run.Cost(4, 1), turns=1)[4:7] == ("0.2500", "0.25", "yes")
    late = run.row(job, run.Cost(1, 1), run.Cost(3.9, 1), turns=1)
    assert late[4:7] == ("0.2564", "0.25", "NO")
    assert late[-2:] == ("1", "R")


def test_a_peer_that_is_not_installed_is_said(monkeypatch, capsys):
    job = run.Job("Cox", "1 M", "other", ours="", against="", needs="no_such_module", bar=0.3)
    monkeypatch.setattr(run, "discover", lambda _=(): [job])
    assert run.main([]) == 0
    assert "other: not installed (make bench-peers)" in capsys.readouterr().out
    monkeypatch.setattr(peers.shutil, "which", lambda _: None)
    peers.missing.cache_clear()
    assert peers.missing("R") == "not installed (no Rscript on the PATH)"
    peers.missing.cache_clear()


def test_a_slow_peer_is_measured_once(tmp_path, monkeypatch):
    diary = tmp_path / "diary"

    def note(word: str) -> str:
        return f"open({str(diary)!r}, 'a').write('{word}')"

    monkeypatch.setattr(run, "SLOW", -1.0)
    turns = run.compare(run.Job("n", "s", "p", ours=note("a"), against=note("b")), rounds=3)[2]
    assert diary.read_text() == "abaaa"
    assert turns == 1


def survival_jobs():
    return [*survival.jobs(3000), *survival.growth(3000), *cox.jobs(3000)]


SURVIVAL = survival_jobs()


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """The folder of the survival tables, as every process finds it."""
    folder = tmp_path_factory.mktemp("temporary")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        patch.setattr(tempfile, "tempdir", None)
        patch.setattr(survival_data, "FOLDER", folder / survival_data.FOLDER.name)
        yield


def run_together(statements: list[str], python: str) -> int:
    """Run statements in a process of their own and return its exit code."""
    return subprocess.run([python, "-c", "\n".join(statements)], cwd=ROOT, check=False).returncode


@pytest.mark.parametrize("setting", sorted({(job.prepare, job.setup) for job in SURVIVAL}))
def test_our_side_of_the_survival_jobs_runs(setting, tables):
    prepare, setup = setting
    mine = [job.ours for job in SURVIVAL if (job.prepare, job.setup) == setting]
    assert run_together([prepare, setup, *dict.fromkeys(mine)], sys.executable) == 0


def test_both_sides_of_what_decides_are_of_the_same_users(tmp_path, monkeypatch):
    for module in (survival_data, pace):
        monkeypatch.setattr(module, "FOLDER", tmp_path)
    pace.make(1500)
    visits, users = pace.load(1500), pace.load_users(1500)
    assert visits.size == 1500
    assert len(users) == (visits.followed >= pace.GAP).sum()
    assert users["event"].mean() == pytest.approx(0.6, abs=0.2)
    assert str(tmp_path) in pace.jobs(1500)[1].against_setup


def test_what_decides_is_timed():
    job = pace.jobs(1500)[0]
    run.measure(job.prepare)
    assert 0 < run.measure(job.ours, job.setup).seconds < 30


@pytest.mark.slow
@pytest.mark.parametrize("needs", ["lifelines", "sksurv"])
def test_python_peers_of_the_survival_jobs_run(needs, tables):
    if peers.missing(needs):
        pytest.skip(f"{needs} is {peers.missing(needs)}")
    mine = [job for job in SURVIVAL if job.needs == needs and "band" not in job.name]
    for place in dict.fromkeys((job.prepare, job.setup, job.against_setup) for job in mine):
        said = [job.against for job in mine if (job.prepare, job.setup, job.against_setup) == place]
        assert run_together([*place, *dict.fromkeys(said)], peers.interpreter()) == 0


def test_r_runs_its_side_of_the_survival_jobs(tables):
    if peers.missing("R"):
        pytest.skip(f"R is {peers.missing('R')}")
    mine = [job for job in survival_jobs() if job.needs == "R"]  # with the folder of this test in their code
    for prepare in dict.fromkeys(job.prepare for job in mine):
        assert run_together([prepare], sys.executable) == 0
    with peers.RSession() as session:
        for job in mine:
            session.seconds(job.against_setup)
            assert session.seconds(job.against) < 30
    assert session.peak > 20


def test_r_that_stops_is_an_error(capfd):
    if peers.missing("R"):
        pytest.skip(f"R is {peers.missing('R')}")
    with peers.RSession() as session, pytest.raises(subprocess.CalledProcessError, match="non-zero exit status 1"):
        session.seconds("stop('no such column')")
    assert "no such column" in capfd.readouterr().err


def test_both_sides_answer_alike(tables):
    frame = make_and_load("days", 3000)
    counts = survival_data.group(frame)
    assert counts.leaving.sum() == 3000
    assert counts.lapses.sum() == frame["event"].sum()
    low, high = survival.difference_band(counts, resamples=400)
    arms = [frame[frame["arm"] == one] for one in (0, 1)]
    curves = [kaplan_meier(event_table(arm["duration"], arm["event"])) for arm in arms]
    days = np.arange(survival.HORIZON + 1)
    difference = curves[1].at(days) - curves[0].at(days)
    stderr = np.hypot(curves[1].stderr_at(days), curves[0].stderr_at(days))
    np.testing.assert_allclose((high - low)[1:], 2 * 1.96 * stderr[1:], rtol=0.25)
    np.testing.assert_allclose((high + low) / 2, difference, atol=0.01)


def test_a_table_of_another_shape_is_made_anew(tables):
    path = survival_data.path_of("continuous", 500)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"half a table")
    frame = make_and_load("continuous", 500)
    assert list(frame.columns) == list(survival_data.OUTCOME)
    assert not (frame["duration"] % 1 == 0).any()
    written = path.stat().st_mtime_ns
    survival_data.make("continuous", 500)
    assert path.stat().st_mtime_ns == written


def make_and_load(kind: str, rows: int) -> pd.DataFrame:
    survival_data.make(kind, rows)
    return survival_data.load(kind, rows)


def test_the_table_and_a_name_that_is_not_there(monkeypatch, capsys):
    monkeypatch.setattr(run, "compare", lambda _: (run.Cost(1, 1), run.Cost(2, 2), 5))
    assert run.main(["start-up"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "start-up import 1.0000 2.0000 0.5000" in shown
    assert run.main(["nothing"]) == 2
    said = capsys.readouterr().out
    assert said.startswith("No job is named so: nothing. There are: ")
    assert "import" in said


@pytest.mark.slow
def test_the_gpu_benchmark_runs_on_a_tiny_shape(tmp_path):
    """Every way that needs no compiler, and kill -9 and resume: what a card is measured with is known to work."""
    out = tmp_path / "page.md"
    subprocess.run(
        [sys.executable, "-m", "benchmarks.gpu", "--smoke", "--out", str(out)], cwd=ROOT, check=True, timeout=300,
        env=os.environ | {"CUDA_VISIBLE_DEVICES": ""}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    page = out.read_text()
    assert page.count("| tiny, 2 layers of 32 |") == 5
    assert "at most 0.0e+00 from those of an undisturbed training, final weights equal bit for bit" in page


@pytest.mark.slow
def test_both_sides_of_the_fine_tuning_benchmark_learn():
    """The product's loop and the tutorial's, on a few pairs: the outcome that they are compared at goes down."""
    from benchmarks import fine_tuning
    from recsys_core.models.encoder_files import resolve_encoder
    from recsys_core.models.text_encoder import TextEncoder

    before = fine_tuning.final_loss(TextEncoder(resolve_encoder(""), "fp32"))
    for train in (fine_tuning.tutorial, lambda count: fine_tuning.product(count, precision="fp32")):
        assert fine_tuning.final_loss(train(64)) < before

import json
import os
import subprocess
import sys
import time

import pytest

from recsys_core.answers import message
from recsys_core.errors import SettingsError, WorkspaceError
from recsys_core.machine import child_environment
from recsys_core.models.base import Cancelled
from recsys_core.runs.cost import measure_run, measuring_queue
from recsys_core.runs.cost.estimate import RULE, estimate
from recsys_core.runs.cost.measure_run import Meter
from recsys_core.runs.cost.measurements import Measured, keep, measured, path_of
from recsys_core.runs.life.keys import plan_run
from recsys_core.runs.start import launch
from recsys_core.settings import BiEncoderSettings, EaseSettings, IalsSettings, PopularSettings, SplitSettings
from recsys_core.wording.sentences import say
from tests.models.tiny_bert import make_tiny_bert
from tests.runs.conftest import RETENTION


@pytest.fixture
def plan(space, dataset):
    """Plan a run as `train` would."""
    split = SplitSettings()
    at = launch.resolved_split_time(space, dataset, split, RETENTION)
    return lambda model=None: plan_run(dataset, model or PopularSettings(), split, at)


ME, OTHER = "me", "somebody else"


@pytest.fixture(autouse=True)
def none_left(space):
    yield
    for asker in (ME, OTHER):
        measuring_queue.stop(space, asker)


def wait(space, plan, seconds=120):
    deadline = time.monotonic() + seconds
    while measuring_queue.advance(space):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return measured(space, plan.run_id)


def test_a_light_model_is_measured_to_its_end(space, plan, dataset):
    asked = plan(EaseSettings())
    found = measure_run.measure(space, asked)
    assert (found.basis, found.error, found.steps) == (message("measured-whole"), None, None)
    assert say(found.basis) == "all of its training"
    assert found.seconds > 0
    assert found.memory_mb > 50
    assert found.disk_mb > 0
    assert list((space.home / "tmp").iterdir()) == [], "nothing is left behind"


def test_one_that_learns_in_steps_is_stopped_after_a_few(space, plan, tmp_path):
    encoder = make_tiny_bert(tmp_path / "bert")
    asked = plan(BiEncoderSettings(encoder=str(encoder), batch_size=2, epochs=3, max_pairs=100, evaluations=1))
    found = measure_run.measure(space, asked)
    assert found.basis == message("measured-batches", batches=4)
    assert say(found.basis) == "4 batches"
    assert found.steps == pytest.approx(3 * 50, abs=3)
    assert 0 < found.seconds_per_step * found.steps < found.seconds
    weights = (encoder / "model.safetensors").stat().st_size / 1e6
    assert found.disk_mb > 5 * weights, "checkpoints hold the optimiser's moments too"
    assert not (space.home / "runs" / asked.run_id).exists(), "no run came of it"


def test_one_that_is_stopped_by_the_clock_is_scaled_by_its_share(space, plan, monkeypatch):
    real = Meter.__call__

    def stopped(self, share, message, figures=None):
        real(self, share, message, figures)
        if share >= 0.2:
            raise Cancelled

    monkeypatch.setattr(Meter, "__call__", stopped)
    found = measure_run.measure(space, plan(IalsSettings(iterations=10)))
    assert found.basis == message("measured-share", share=0.2)
    assert say(found.basis) == "the first 20 % of its training"


def test_no_batch_in_time_is_said(space, plan, tmp_path):
    encoder = make_tiny_bert(tmp_path / "bert")
    found = measure_run.measure(space, plan(BiEncoderSettings(encoder=str(encoder))), budget=-1)
    assert found.error.code == "measurement-without-batch"
    assert "came to no batch" in say(found.error)


def test_what_cannot_be_trained_cannot_be_measured(space, plan):
    asked = plan(BiEncoderSettings(encoder=""))
    gone = type(asked)(
        asked.dataset_id, BiEncoderSettings(encoder="/gone/away"), asked.split, asked.test_from, asked.key
    )
    with pytest.raises(SettingsError, match="no folder"):
        measure_run.measure(space, gone)
    error = measure_run._measured_or_why(space, gone).error
    assert error.code == "error-encoder-no-folder"
    assert "no folder" in say(error)


def test_the_process_prints_and_keeps_what_it_found(space, plan):
    asked = plan()
    command = [sys.executable, "-P", "-m", "recsys_core.runs.cost.measure_run", str(space.home)]
    done = subprocess.run(
        command,
        input=json.dumps(asked.to_dict()).encode(),
        capture_output=True,
        check=True,
        env=child_environment(),
    )
    assert json.loads(done.stdout) == measured(space, asked.run_id).to_dict()


def test_measurements_follow_each_other_and_are_kept(space, plan, dataset):
    first, second = plan(), plan(EaseSettings())
    measuring_queue.begin(space, first, ME)
    measuring_queue.begin(space, second, ME)
    measuring_queue.begin(space, second, ME)
    one, other = measuring_queue.advance(space)
    assert (one.run_id, other.run_id, other.seconds) == (first.run_id, second.run_id, None)
    assert one.seconds >= 0
    assert {one.dataset_id, other.dataset_id} == {dataset.dataset_id}
    assert wait(space, second).basis == message("measured-whole")
    assert measured(space, first.run_id).error is None
    found = estimate(space, dataset, EaseSettings(), second.run_id)
    assert found.measured
    assert say(found.basis) == "measured on all of its training on this computer"
    assert not estimate(
        space, dataset, EaseSettings(regularisation=9), plan(EaseSettings(regularisation=9)).run_id
    ).measured


def test_it_is_stopped_with_all_that_waits(space, plan):
    asked = plan()
    measuring_queue.begin(space, asked, ME)
    measuring_queue.begin(space, plan(EaseSettings()), ME)
    measuring_queue.stop(space, ME)
    assert measuring_queue.advance(space) == ()
    assert measured(space, asked.run_id) is None
    assert list(space.tmp.iterdir()) == []


def test_nobody_ends_what_another_one_asked_for(space, plan):
    mine, shared, others = plan(), plan(EaseSettings()), plan(IalsSettings())
    for asked, asker in ((mine, ME), (shared, ME), (shared, OTHER), (others, OTHER)):
        measuring_queue.begin(space, asked, asker)
    measuring_queue.stop(space, ME)
    left = measuring_queue.advance(space)
    assert [(job.run_id, job.askers) for job in left] == [(shared.run_id, (OTHER,)), (others.run_id, (OTHER,))]
    assert wait(space, others).error is None
    assert measured(space, mine.run_id) is None
    assert measured(space, shared.run_id).error is None


def test_it_belongs_to_the_workspace_and_not_to_a_server(space, plan):
    """A process that asks and ends, as a server that is stopped; another one that looks sees what goes on."""
    first, second = plan(), plan(EaseSettings())
    ask = (
        "import json, sys\n"
        "from recsys_core.runs.cost import measuring_queue\n"
        "from recsys_core.runs.life.keys import RunPlan\n"
        "from recsys_core.workspace import Workspace\n"
        "for plan in json.load(sys.stdin):\n"
        "    measuring_queue.begin(Workspace.open(sys.argv[1]), RunPlan.from_dict(plan), 'a server')\n"
    )
    subprocess.run(
        [sys.executable, "-c", ask, str(space.home)],
        input=json.dumps([first.to_dict(), second.to_dict()]).encode(), check=True, env=child_environment(),
    )  # fmt: skip
    jobs = {job.run_id: job.askers for job in measuring_queue.advance(space)}
    assert set(jobs) <= {first.run_id, second.run_id}
    assert jobs[second.run_id] == ("a server",)
    deadline = time.monotonic() + 120
    while measured(space, second.run_id) is None:  # the first process starts the second one: nobody looks
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert [measured(space, each.run_id).error for each in (first, second)] == [None, None]
    assert measuring_queue.advance(space) == ()


def test_one_runs_at_a_time_whoever_looks(space, plan):
    measuring_queue.begin(space, plan(), ME)
    measuring_queue.begin(space, plan(EaseSettings()), ME)
    for _ in range(3):
        jobs = measuring_queue.advance(space)
        assert sum(job.seconds is not None for job in jobs) <= 1


def test_a_killed_process_is_said(space, plan):
    asked = plan()
    measuring_queue.begin(space, asked, ME)
    (job,) = json.loads((space.home / "measuring" / "queue.json").read_text())
    os.killpg(job["process"]["pid"], 9)
    error = wait(space, asked).error
    assert error.code == "measurement-killed"
    assert "was killed" in say(error)


def test_a_process_that_cannot_be_started_is_said(space, plan, monkeypatch):
    def refuses(*_given, **_named):
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", refuses)
    asked = plan()
    measuring_queue.begin(space, asked, ME)
    assert measuring_queue.advance(space) == ()
    assert "could not be started: Resource temporarily unavailable." in say(measured(space, asked.run_id).error)


def test_a_damaged_queue_is_an_empty_one(space, plan):
    measuring_queue.begin(space, plan(), ME)
    measuring_queue.stop(space, ME)
    (space.home / "measuring" / "queue.json").write_text("{")
    assert measuring_queue.advance(space) == ()
    measuring_queue.begin(space, plan(), ME)
    assert len(measuring_queue.advance(space)) == 1


def test_a_damaged_or_strange_measurement_is_none(space, plan):
    asked = plan()
    kept = Measured(seconds=3, basis=message("measured-batches", batches=2))
    keep(space, asked.run_id, kept)
    assert measured(space, asked.run_id) == kept
    path_of(space, asked.run_id).write_text("{")
    assert measured(space, asked.run_id) is None
    with pytest.raises(WorkspaceError):
        measured(space, "../evil")


def test_an_error_of_a_measurement_leaves_the_rule(space, dataset, plan):
    asked = plan()
    keep(space, asked.run_id, Measured(error=message("measurement-killed")))
    assert estimate(space, dataset, PopularSettings(), asked.run_id).basis == RULE

import json
import os
import subprocess
import sys
import time

import pytest

from recsys_core.errors import SettingsError, WorkspaceError
from recsys_core.machine import child_environment
from recsys_core.models.base import Cancelled
from recsys_core.runs.cost import measure_run, measuring_queue
from recsys_core.runs.cost.estimate import estimate
from recsys_core.runs.cost.measure_run import Meter
from recsys_core.runs.cost.measurements import Measured, keep, measured, path_of
from recsys_core.runs.life.keys import plan_run
from recsys_core.runs.start import launch
from recsys_core.settings import BiEncoderSettings, EaseSettings, IalsSettings, PopularSettings, SplitSettings
from tests.models.tiny_bert import make_tiny_bert
from tests.runs.conftest import RETENTION


@pytest.fixture
def plan(space, dataset):
    """Plan a run as `train` would."""
    split = SplitSettings()
    at = launch.resolved_split_time(space, dataset, split, RETENTION)
    return lambda model=None: plan_run(dataset, model or PopularSettings(), split, at)


@pytest.fixture(autouse=True)
def none_left():
    yield
    measuring_queue.stop()


def wait(space, plan, seconds=60):
    deadline = time.monotonic() + seconds
    while measuring_queue.advance():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return measured(space, plan.run_id)


def test_a_light_model_is_measured_to_its_end(space, plan, dataset):
    asked = plan(EaseSettings())
    found = measure_run.measure(space, asked)
    assert (found.basis, found.error, found.steps) == ("all of its training", "", None)
    assert found.seconds > 0
    assert found.memory_mb > 50
    assert found.disk_mb > 0
    assert list((space.home / "tmp").iterdir()) == [], "nothing is left behind"


def test_one_that_learns_in_steps_is_stopped_after_a_few(space, plan, tmp_path):
    encoder = make_tiny_bert(tmp_path / "bert")
    asked = plan(BiEncoderSettings(encoder=str(encoder), batch_size=2, epochs=3, max_pairs=100, evaluations=1))
    found = measure_run.measure(space, asked)
    assert found.basis == "4 batches"
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
    assert found.basis == "the first 20% of its training"


def test_no_batch_in_time_is_said(space, plan, tmp_path):
    encoder = make_tiny_bert(tmp_path / "bert")
    found = measure_run.measure(space, plan(BiEncoderSettings(encoder=str(encoder))), budget=-1)
    assert "came to no batch" in found.error


def test_what_cannot_be_trained_cannot_be_measured(space, plan):
    asked = plan(BiEncoderSettings(encoder=""))
    gone = type(asked)(
        asked.dataset_id, BiEncoderSettings(encoder="/gone/away"), asked.split, asked.test_from, asked.key
    )
    with pytest.raises(SettingsError, match="no folder"):
        measure_run.measure(space, gone)
    assert "no folder" in measure_run._measured_or_why(space, gone).error


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
    assert Measured(**json.loads(done.stdout)) == measured(space, asked.run_id)


def test_measurements_follow_each_other_and_are_kept(space, plan, dataset):
    first, second = plan(), plan(EaseSettings())
    measuring_queue.begin(space, first)
    measuring_queue.begin(space, second)
    measuring_queue.begin(space, second)
    (one, _), (other, waited) = measuring_queue.advance()
    assert (one, other, waited) == (first.run_id, second.run_id, 0.0)
    assert wait(space, second).basis == "all of its training"
    assert measured(space, first.run_id).error == ""
    found = estimate(space, dataset, EaseSettings(), second.run_id)
    assert found.measured
    assert found.basis == "measured on all of its training on this computer"
    assert not estimate(
        space, dataset, EaseSettings(regularisation=9), plan(EaseSettings(regularisation=9)).run_id
    ).measured


def test_it_is_stopped_with_all_that_waits(space, plan):
    asked = plan()
    measuring_queue.begin(space, asked)
    measuring_queue.begin(space, plan(EaseSettings()))
    measuring_queue.stop()
    assert measuring_queue.advance() == ()
    assert measured(space, asked.run_id) is None


def test_a_killed_process_is_said(space, plan, monkeypatch):
    asked = plan()
    measuring_queue.begin(space, asked)
    os.killpg(measuring_queue._jobs[0].process.pid, 9)
    assert "was killed" in wait(space, asked).error


def test_a_damaged_or_strange_measurement_is_none(space, plan):
    asked = plan()
    keep(space, asked.run_id, Measured(seconds=3))
    assert measured(space, asked.run_id) == Measured(seconds=3)
    path_of(space, asked.run_id).write_text("{")
    assert measured(space, asked.run_id) is None
    with pytest.raises(WorkspaceError):
        measured(space, "../evil")


def test_an_error_of_a_measurement_leaves_the_rule(space, dataset, plan):
    asked = plan()
    keep(space, asked.run_id, Measured(error="No."))
    assert estimate(space, dataset, PopularSettings(), asked.run_id).basis == "by a rule of thumb"

"""Measuring a run before it starts.

Run as python -m recsys_core.runs.cost.measure_run HOME, with its plan as JSON on standard input.

The model learns for a minute at most, by the code that trains it, from all its events into a folder that is removed.
One that learns in steps is stopped after a few of them; another is let go on, to its end where that comes in time.
Prints the measurement as JSON and keeps it in the workspace.
"""

import json
import os
import resource
import shutil
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from recsys_core.data.dataset import Dataset
from recsys_core.errors import StayingPowerError
from recsys_core.models.base import Cancelled, Progress
from recsys_core.runs.cost.estimate import START_SECONDS, disk_of, seconds_beside_steps
from recsys_core.runs.cost.measurements import Measured, keep
from recsys_core.runs.life.keys import RunPlan
from recsys_core.runs.life.run import registry
from recsys_core.runs.watch.advice import advise
from recsys_core.runs.watch.failures import failure_of
from recsys_core.workspace import Workspace

BUDGET_SECONDS = 60.0
_STEPS_TOLD = 5  # the first is slower than the others: it makes what the next ones use
_LATE_SECONDS = 30.0  # beyond the budget, for a step that tells nothing
_MB = 1e6
_KEPT_CHECKPOINTS = 3  # two are kept, a third is being written


class Meter(Progress):
    """Times what a model tells, and stops it when enough is known.

    Attributes
    ----------
    share
        The last one told.
    moments
        Seconds, step and epoch of the steps told.
    """

    def __init__(self, folder: Path, cache: Path, deadline: float) -> None:
        self.folder, self.cache, self._deadline = folder, cache, deadline
        self.share = 0.0
        self.moments: list[tuple[float, float, float]] = []

    def __call__(self, share: float, message: str, figures: Mapping[str, float] | None = None) -> None:
        """Note the moment; raises `Cancelled` after enough steps or at the deadline."""
        del message
        now, self.share = time.monotonic(), share
        if figures and "loss" in figures and figures.get("step"):
            self.moments.append((now, figures["step"], figures["epoch"]))
        if len(self.moments) >= _STEPS_TOLD or now > self._deadline:
            raise Cancelled

    @property
    def step_seconds(self) -> float | None:
        """Seconds of a step; None where fewer than two were told."""
        if len(self.moments) < 2 or self.moments[-1][1] <= self.moments[0][1]:
            return None
        (start, first, _), (end, last, _) = self.moments[0], self.moments[-1]
        return (end - start) / (last - first)


@dataclass
class _Timed:
    """A stretch of work: seconds, and whether all of it was done."""

    seconds: float
    whole: bool


def measure(workspace: Workspace, plan: RunPlan, budget: float = BUDGET_SECONDS) -> Measured:
    """Measure a run.

    Parameters
    ----------
    budget
        Seconds after which the model is stopped.

    Raises
    ------
    StayingPowerError
        If the model cannot be trained so: what the run would say too.
    """
    from recsys_core.data.splitting import split_dataset
    from recsys_core.evaluation.evaluate import evaluate
    from recsys_core.models.registry import make_model

    begun = time.monotonic()
    beside = sum(row["state"] == "running" for row in registry(workspace).rows())
    folder = workspace.home / "tmp" / f"measure-{plan.run_id}-{os.getpid()}"
    cache = workspace.home / "embeddings"
    deadline = begun + budget
    dataset = Dataset.open(workspace, plan.dataset_id)
    try:
        folder.mkdir(parents=True)
        split = split_dataset(dataset, plan.split, plan.test_from)
        reading = time.monotonic() - begun
        model, meter = make_model(plan.model), Meter(folder, cache, deadline)
        fitted = _timed(lambda: model.fit(split.train, meter))
        if fitted.whole:
            model.save(folder / "model")
            ranking = Meter(folder, cache, deadline)
            ranked = _timed(lambda: evaluate(model, split, ranking))
            seconds = reading + fitted.seconds + _scaled(ranked, ranking)
            found: dict[str, Any] = {"seconds": seconds, "basis": "all of its training"}
        elif (step := meter.step_seconds) is not None:
            found = _by_steps(dataset, plan, meter, step, reading, fitted.seconds)
        elif plan.model.to_dict().get("epochs") is None and meter.share > 0:
            found = {
                "seconds": reading + _scaled(fitted, meter),
                "basis": f"the first {meter.share:.0%} of its training",
            }
        else:
            return Measured(error=f"It came to no batch within {budget:.0f} s: the time stays a rule of thumb.")
        disk = _disk(folder) if meter.moments or fitted.whole else disk_of(dataset, plan.model)
        return Measured(**found, **_memory(), disk_mb=disk, beside=beside)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _timed(work: Any) -> _Timed:
    begun, whole = time.monotonic(), True
    try:
        work()
    except Cancelled:
        whole = False
    return _Timed(time.monotonic() - begun, whole)


def _scaled(timed: _Timed, meter: Meter) -> float:
    return timed.seconds if timed.whole else timed.seconds / max(meter.share, 0.01)


def _by_steps(
    dataset: Dataset, plan: RunPlan, meter: Meter, step: float, reading: float, fitting: float
) -> dict[str, Any]:
    """What came before the first step, all steps at the pace measured, and the rest by the rule at the same pace."""
    first, last = meter.moments[0], meter.moments[-1]
    steps = round(last[1] / last[2] * plan.model.to_dict()["epochs"])
    before = fitting - (last[0] - first[0]) - step * first[1]
    seconds = reading + max(0.0, before) + steps * step + seconds_beside_steps(dataset, plan.model, step)
    batches = int(last[1] - first[1])
    return {
        "seconds": START_SECONDS + seconds, "seconds_per_step": step, "steps": steps,
        "basis": f"{batches} batch{'es' if batches > 1 else ''}",
    }  # fmt: skip


def _disk(folder: Path) -> float:
    """MB that training keeps: checkpoints as they are rotated, the best weights and the model's."""
    checkpoints = [path for path in folder.rglob("checkpoint-*") if path.is_dir()]
    if not checkpoints:
        return _size(folder)
    largest = max(_size(path) for path in checkpoints)
    weights = max((path.stat().st_size / _MB for path in folder.rglob("model.safetensors")), default=0.0)
    return _KEPT_CHECKPOINTS * largest + 2 * weights


def _size(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / _MB


def _memory() -> dict[str, Any]:
    """Most memory held so far: of the card where one is used, else of this process."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        held, total = torch.cuda.max_memory_reserved(), torch.cuda.get_device_properties(0).total_memory
        return {"memory_mb": held / _MB, "device": torch.cuda.get_device_name(0), "device_mb": total / _MB}
    unit = 1 if sys.platform == "darwin" else 1024
    return {"memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / _MB}


def _measured_or_why(workspace: Workspace, plan: RunPlan) -> Measured:
    try:
        return measure(workspace, plan)
    except StayingPowerError as err:
        return Measured(error=str(err))
    except Exception as err:  # noqa: BLE001 - whatever it is, the page has to say it
        failure = failure_of(err)
        return Measured(error=f"{failure.values.get('exception', failure.code)} {advise(failure).todo.code}")


def main() -> None:
    """Measure the plan on standard input in the workspace named on the command line."""
    with suppress(OSError):
        os.nice(10)
    workspace, plan = Workspace.open(sys.argv[1]), RunPlan.from_dict(json.load(sys.stdin))
    late = Measured(error=f"A single step took longer than {BUDGET_SECONDS + _LATE_SECONDS:.0f} s: it was stopped.")

    def give_up() -> None:
        keep(workspace, plan.run_id, late)
        shutil.rmtree(workspace.home / "tmp" / f"measure-{plan.run_id}-{os.getpid()}", ignore_errors=True)
        os._exit(1)

    watch = threading.Timer(BUDGET_SECONDS + _LATE_SECONDS, give_up)
    watch.daemon = True
    watch.start()
    found = _measured_or_why(workspace, plan)
    watch.cancel()
    keep(workspace, plan.run_id, found)
    print(json.dumps(asdict(found)))


if __name__ == "__main__":
    main()

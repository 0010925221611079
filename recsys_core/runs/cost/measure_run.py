"""Measuring a run before it starts.

Run as python -m recsys_core.runs.cost.measure_run HOME [LOCK], with its plan as JSON on standard input. LOCK is the
descriptor of the lock that keeps other measurements waiting (`measuring_queue`), where there is one.

The model learns for a minute at most, by the code that trains it, from all its events into a folder that is removed.
One that learns in steps is stopped after a few of them; another is let go on, to its end where that comes in time.
Prints the measurement as JSON and keeps it in the workspace.
"""

import json
import os
import resource
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recsys_core.answers import Message, message
from recsys_core.data.dataset import Dataset
from recsys_core.errors import StayingPowerError
from recsys_core.models.base import Cancelled, Progress
from recsys_core.models.built_in.rules import EVENT_SECONDS, START_SECONDS
from recsys_core.models.cards import Cost, card_of
from recsys_core.private import work_folder
from recsys_core.runs.cost import measuring_queue
from recsys_core.runs.cost.estimate import size_mb
from recsys_core.runs.cost.measurements import Measured, keep
from recsys_core.runs.life.input_runs import load_inputs
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

    def __call__(self, share: float, message: Message, figures: Mapping[str, float] | None = None) -> None:
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

    begun, beside = time.monotonic(), _running(workspace)
    cache, deadline = workspace.home / "embeddings", begun + budget
    dataset = Dataset.open(workspace, plan.dataset_id)
    cost = card_of(plan.model.stage).cost(dataset, plan.model)
    with work_folder(workspace.tmp, f"measure-{plan.run_id}") as folder:
        split = split_dataset(dataset, plan.split, plan.test_from)
        model, meter = make_model(plan.model, load_inputs(workspace, plan)), Meter(folder, cache, deadline)
        reading = time.monotonic() - begun
        fitted = _timed(lambda: model.fit(split.train, meter))
        if fitted.whole:
            model.save(folder / "model")
            ranking = Meter(folder, cache, deadline)
            ranked = _timed(lambda: evaluate(model, split, ranking))
            seconds = reading + fitted.seconds + _scaled(ranked, ranking)
            figures: dict[str, Any] = {"seconds": seconds, "basis": message("measured-whole")}
        elif (step := meter.step_seconds) is not None:
            figures = _by_steps(dataset, cost, meter, step, reading, fitted.seconds)
        elif not cost.step_seconds and meter.share > 0:
            basis = message("measured-share", share=meter.share)
            figures = {"seconds": reading + _scaled(fitted, meter), "basis": basis}
        else:
            return Measured(error=message("measurement-without-batch", seconds=budget))
        figures["disk_mb"] = _disk(folder) if meter.moments or fitted.whole else cost.disk_bytes / _MB
        return Measured(**figures, **_memory(), beside=max(beside, _running(workspace)))


def _running(workspace: Workspace) -> int:
    return sum(row["state"] == "running" for row in registry(workspace).rows())


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
    dataset: Dataset, cost: Cost, meter: Meter, step: float, reading: float, fitting: float
) -> dict[str, Any]:  # fmt: skip
    """What came before the first step, all steps at the pace measured, and the rest by the rule at the same pace."""
    first, last = meter.moments[0], meter.moments[-1]
    steps = round(last[1] / last[2] * cost.epochs)
    before = fitting - (last[0] - first[0]) - step * first[1]
    pace = step / cost.step_seconds
    beside = pace * cost.beside_seconds + dataset.rows * EVENT_SECONDS
    return {
        "seconds": START_SECONDS + reading + max(0.0, before) + steps * step + beside,
        "seconds_per_step": step, "steps": steps,
        "basis": message("measured-batches", batches=int(last[1] - first[1])),
    }  # fmt: skip


def _disk(folder: Path) -> float:
    """MB that training keeps: checkpoints as they are rotated, the best weights and the model's."""
    checkpoints = [path for path in folder.rglob("checkpoint-*") if path.is_dir()]
    if not checkpoints:
        return size_mb(folder)
    largest = max(size_mb(path) for path in checkpoints)
    weights = max((path.stat().st_size / _MB for path in folder.rglob("model.safetensors")), default=0.0)
    return _KEPT_CHECKPOINTS * largest + 2 * weights


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
        return Measured(error=err.message)
    except Exception as err:  # noqa: BLE001 - whatever it is, the page has to say it
        failure = failure_of(err)
        return Measured(error=message("measurement-failed", what=failure, todo=advise(failure, model=plan.model).todo))


def main() -> None:
    """Measure the plan on standard input in the workspace named on the command line."""
    with suppress(OSError):
        os.nice(10)
    home, *descriptors = sys.argv[1:]
    lock = int(descriptors[0]) if descriptors else None
    if lock is not None:
        os.set_inheritable(lock, False)  # it goes with this process, whatever that starts
    workspace, plan = Workspace.open(home), RunPlan.from_dict(json.load(sys.stdin))
    too_long = message("measurement-step-too-long", seconds=BUDGET_SECONDS + _LATE_SECONDS)

    def give_up() -> None:
        keep(workspace, plan.run_id, Measured(error=too_long))
        os._exit(1)

    watch = threading.Timer(BUDGET_SECONDS + _LATE_SECONDS, give_up)
    watch.daemon = True
    watch.start()
    measurement = _measured_or_why(workspace, plan)
    watch.cancel()
    keep(workspace, plan.run_id, measurement)
    print(json.dumps(measurement.to_dict()))
    measuring_queue.finish(workspace, plan.run_id, lock)


if __name__ == "__main__":
    main()

"""How long a run will take, before it starts: from earlier runs on this computer, else by a rule of thumb."""

import os
import platform
from dataclasses import dataclass

from recsys_core.data.dataset import Dataset
from recsys_core.runs.run import registry
from recsys_core.settings import ModelSettings
from recsys_core.workspace import Workspace

_FROZEN_SHARE = 0.02  # of the work of an epoch, where the encoder does not learn
_START_SECONDS = 3.0
# seconds per unit of `work_of` on one core, measured on the sample study
_RULES = {
    "popular": 2e-6,
    "recent-popular": 2e-6,
    "item-knn": 2e-5,
    "ease": 3e-5,
    "ials": 2e-5,
    "bpr": 2e-6,
    "text-similarity": 2e-2,
    "bi-encoder": 4e-2,
}


@dataclass(frozen=True)
class TimeEstimate:
    """Seconds that a run will take, and in words what they were taken from."""

    seconds: float
    basis: str


def estimate(workspace: Workspace, dataset: Dataset, model: ModelSettings) -> TimeEstimate | None:
    """Estimate the time of a run.

    Returns
    -------
    TimeEstimate or None
        Scaled from the latest finished run of the same model on this computer; else a rule of thumb; None for a model
        that has neither.
    """
    work = work_of(dataset, model)
    rows = [
        row
        for row in registry(workspace).rows()
        if row["model"] == model.stage and row["state"] == "finished" and row["host"] == platform.node() and row["work"]
    ]
    if rows:
        last = max(rows, key=lambda row: row["finished"])
        trained = max(0.0, last["seconds"] - _START_SECONDS)
        seconds = min(last["seconds"], _START_SECONDS) + trained * work / last["work"]
        return TimeEstimate(seconds, "from the last run of this model on this computer")
    if model.stage not in _RULES:
        return None
    cores = (os.cpu_count() or 1) if model.heavy else 1
    return TimeEstimate(_START_SECONDS + _RULES[model.stage] * work / cores, "a rule of thumb")


def work_of(dataset: Dataset, model: ModelSettings) -> float:
    """What the time of a run should be proportional to: texts, pairs, or events, times the passes over them."""
    own = model.to_dict()
    if "max_pairs" in own:
        once = min(own["max_pairs"], dataset.rows) * own["epochs"]
        return dataset.items + once * (_FROZEN_SHARE if own["frozen"] else 1.0)
    if model.needs_text:
        return float(dataset.items)
    return float(dataset.rows * own.get("iterations", 1))

"""How long a run will take, before it starts: from earlier runs on this computer, else by a rule of thumb."""

import os
import platform
from dataclasses import dataclass

from recsys_core.data.dataset import Dataset
from recsys_core.runs.run import registry
from recsys_core.settings import ModelSettings
from recsys_core.workspace import Workspace

_START_SECONDS = 4.0  # Python, the log, and saving
_EVENT_SECONDS = 1e-5  # to read, split and rank
_PASS_SECONDS = {"ials": 1e-6, "bpr": 2e-7}  # per event and pass
_TEXT_SECONDS = 3e-2  # core seconds to embed one text with MiniLM
_PAIR_SECONDS = 1.4e-1  # core seconds to learn from one pair with MiniLM
_FROZEN_SHARE = 0.02  # of a pair's time, where the encoder does not learn


@dataclass(frozen=True)
class TimeEstimate:
    """Seconds that a run will take, and in words what they were taken from."""

    seconds: float
    basis: str


def estimate(workspace: Workspace, dataset: Dataset, model: ModelSettings) -> TimeEstimate:
    """Estimate the time of a run: the latest of the same model on this computer, scaled; else a rule of thumb.

    The rule counts seconds per event, text and pair as measured on a laptop's cores; it knows nothing of a GPU.
    """
    work = work_of(dataset, model)
    rows = [
        row
        for row in registry(workspace).rows()
        if row["model"] == model.stage and row["state"] == "finished" and row["host"] == platform.node()
    ]
    if not rows:
        return TimeEstimate(work, "by a rule of thumb")
    last = max(rows, key=lambda row: row["finished"])
    return TimeEstimate(last["seconds"] * work / last["work"], "going by the last run of this model on this computer")


def work_of(dataset: Dataset, model: ModelSettings) -> float:
    """Seconds that a run should take by the rule of thumb; runs of one model are scaled by it."""
    own, cores = model.to_dict(), os.cpu_count() or 1
    passes = own.get("iterations", 0)
    seconds = _START_SECONDS + dataset.rows * (_EVENT_SECONDS + passes * _PASS_SECONDS.get(model.stage, 0.0))
    if model.needs_text:
        seconds += dataset.items * _TEXT_SECONDS / cores
    if "max_pairs" in own:
        pairs = min(own["max_pairs"], dataset.rows) * own["epochs"]
        seconds += pairs * _PAIR_SECONDS * (_FROZEN_SHARE if own["frozen"] else 1.0) / cores
    return seconds

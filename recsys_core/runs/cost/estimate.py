"""What a run will take, before it starts: as measured, by earlier runs on this computer, or by a rule of thumb."""

import os
import platform
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from recsys_core.data.dataset import Dataset
from recsys_core.runs.life.run import figures, registry, run_folder
from recsys_core.settings import ModelSettings
from recsys_core.workspace import Workspace

START_SECONDS = 4.0  # Python, the log, and saving
RULE = "by a rule of thumb"
LAST = "going by the last run of this model on this computer"
_EVENT_SECONDS = 1e-5  # to read, split and rank
_PASS_SECONDS = {"ials": 1e-6, "bpr": 2e-7}  # per event and pass
_TEXT_SECONDS = 3e-2  # core seconds to embed one text with MiniLM
_PAIR_SECONDS = 1.4e-1  # core seconds to learn from one pair with MiniLM
_FROZEN_SHARE = 0.02  # of a pair's time, where the encoder does not learn
_REFIT_SHARE = 0.5  # of an epoch's pairs, learnt once more after early stopping
_PROCESS_MB, _TORCH_MB = 250.0, 500.0
_EVENT_MB = 2e-4  # read, split and taken
_ENCODER_MB = 90.0  # the packaged one's weights
_PAIR_MB = 12.0  # what a step keeps per pair for going back
_MB = 1e6


@dataclass(frozen=True)
class Estimate:
    """What a run will take, and in words what that was taken from.

    Attributes
    ----------
    seconds
        From its start to its end.
    memory_mb
        Most memory held, MB; of the device where one is named.
    disk_mb
        Room in the workspace while it trains, MB.
    device_mb
        Memory of the card that it was measured on, MB; 0 where it learns on the CPU.
    """

    seconds: float
    memory_mb: float
    disk_mb: float
    basis: str
    device_mb: float = 0.0

    @property
    def measured(self) -> bool:
        """True where it was measured for these very settings."""
        return self.basis.startswith("measured")


def estimate(workspace: Workspace, dataset: Dataset, model: ModelSettings, run_id: str = "") -> Estimate:
    """Estimate what a run takes.

    Parameters
    ----------
    run_id
        Of the run as it would be started: what was measured for it counts first. "" where that is not known.
    """
    from recsys_core.runs.cost.measurements import measured

    found = measured(workspace, run_id) if run_id else None
    if found and not found.error:
        beside = f" beside {found.beside} other run{'s' * (found.beside > 1)}" if found.beside else ""
        place = found.device or "this computer"
        basis = f"measured on {found.basis} on {place}{beside}"
        return Estimate(found.seconds, found.memory_mb, found.disk_mb, basis, found.device_mb)
    work, memory, disk = work_of(dataset, model), memory_of(dataset, model), disk_of(dataset, model)
    rows = [
        row
        for row in registry(workspace).rows()
        if row["model"] == model.stage and row["state"] == "finished" and row["host"] == platform.node()
    ]
    if not rows:
        return Estimate(work, memory, disk, RULE)
    last = max(rows, key=lambda row: row["finished"])
    told = [point["memory_mb"] for point in figures(workspace, last["run_id"]) if "memory_mb" in point]
    kept = size_mb(run_folder(workspace, last["run_id"]) / "model")
    return Estimate(last["seconds"] * work / last["work"], max(told, default=memory), max(kept, disk), LAST)


def size_mb(folder: Path) -> float:
    """MB that the files of a folder take; 0 where there is none."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / _MB


def work_of(dataset: Dataset, model: ModelSettings) -> float:
    """Seconds that a run should take by the rule of thumb; runs of one model are scaled by it.

    The rule counts seconds per event, text and pair as measured on a laptop's cores; it knows nothing of a GPU.
    """
    own, cores = model.to_dict(), os.cpu_count() or 1
    passes = own.get("iterations", 0)
    seconds = START_SECONDS + dataset.rows * (_EVENT_SECONDS + passes * _PASS_SECONDS.get(model.stage, 0.0))
    if model.needs_text:
        seconds += dataset.items * _TEXT_SECONDS / cores
    if "max_pairs" in own:
        seconds += min(own["max_pairs"], dataset.rows) * own["epochs"] * _pair_seconds(model)
    return seconds


def _pair_seconds(model: ModelSettings) -> float:
    return _PAIR_SECONDS * (_FROZEN_SHARE if model.to_dict()["frozen"] else 1.0) / (os.cpu_count() or 1)


def seconds_beside_steps(dataset: Dataset, model: ModelSettings, step_seconds: float) -> float:
    """Seconds that a model which learns in steps takes for the rest: evaluations, the refit, embedding all at the end.

    Parameters
    ----------
    step_seconds
        As measured: the rule of thumb is scaled to this computer by it.
    """
    own, cores = model.to_dict(), os.cpu_count() or 1
    pace = step_seconds / (own["batch_size"] * _pair_seconds(model))
    rounds = own["epochs"] * own["evaluations"] + 1
    texts = 0.0 if own["frozen"] else rounds * dataset.items + dataset.users
    refit = _REFIT_SHARE * min(own["max_pairs"], dataset.rows) * _pair_seconds(model) if own["refit"] else 0.0
    return pace * (refit + texts * _TEXT_SECONDS / cores) + dataset.rows * _EVENT_SECONDS


def memory_of(dataset: Dataset, model: ModelSettings) -> float:
    """MB of memory that a run should need by the rule of thumb."""
    own = model.to_dict()
    memory = _PROCESS_MB + dataset.rows * _EVENT_MB
    if model.stage == "ease":
        memory += 3 * 4 * dataset.items**2 / _MB  # co-counts, their inverse, the weights
    if "factors" in own:
        memory += 3 * 4 * (dataset.users + dataset.items) * own["factors"] / _MB
    if model.heavy:
        memory += _TORCH_MB + _ENCODER_MB
    if "batch_size" in own and not own["frozen"]:
        memory += 3 * _ENCODER_MB + own["batch_size"] * _PAIR_MB  # gradients and two moments per weight
    return memory


def disk_of(dataset: Dataset, model: ModelSettings) -> float:
    """MB of disk that a run should take by the rule of thumb, its checkpoints among them."""
    own = model.to_dict()
    disk = (dataset.rows * 5 + (dataset.users + dataset.items) * (20 + 4 * own.get("factors", 0))) / _MB
    if model.stage == "ease":
        disk += 4 * dataset.items**2 / _MB
    if "batch_size" in own and not own["frozen"]:
        disk += 11 * _ENCODER_MB  # three checkpoints of weights and two moments, the best and the model's weights
    return disk


def total(found: Iterable[Estimate], heavy: Iterable[bool]) -> Estimate:
    """What several runs take together: heavy ones train one after the other, light ones side by side with them.

    Parameters
    ----------
    heavy
        In the same order: True for one that needs torch.
    """
    pairs = list(zip(found, heavy, strict=True))
    slow, light = ([each for each, is_heavy in pairs if is_heavy is kind] for kind in (True, False))
    cores = os.cpu_count() or 1
    largest = sorted((each.memory_mb for each in light), reverse=True)[:cores]
    bases = {each.basis for each, _ in pairs}
    return Estimate(
        sum(each.seconds for each, _ in pairs),  # side by side they share the same cores
        sum(largest) + max((each.memory_mb for each in slow), default=0.0),
        sum(each.disk_mb for each, _ in pairs),
        bases.pop() if len(bases) == 1 else "from measurements, earlier runs and rules of thumb",
        max((each.device_mb for each, _ in pairs), default=0.0),
    )


def free_memory_mb() -> float:
    """MB of memory that programs can still have."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(float(line.split()[1]) * 1024 / _MB for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / _MB


def shortfall(workspace: Workspace, model: ModelSettings, found: Estimate) -> str:
    """Say in a sentence what a run lacks here and what to change; "" where it fits."""
    room = shutil.disk_usage(workspace.home).free / _MB
    if found.disk_mb > room:
        return (
            f"{model.stage} needs about {megabytes(found.disk_mb)} of disk, and {megabytes(room)} are free in the "
            "workspace. Free disk space, remove old runs, or move the workspace (STAYING_POWER_HOME)."
        )
    free = found.device_mb or free_memory_mb()
    if found.memory_mb > free:
        return (
            f"{model.stage} needs about {megabytes(found.memory_mb)} of memory, and {megabytes(free)} are free. "
            f"{_smaller(model)} or close other programs."
        )
    return ""


def _smaller(model: ModelSettings) -> str:
    own = model.to_dict()
    if own.get("batch_size", 0) > 2 and not own["frozen"]:
        return f"Lower its batch size to {max(2, own['batch_size'] // 2)},"
    return "Lower its factors," if "factors" in own else "Choose a model that needs less,"


def megabytes(value: float) -> str:
    """Write an amount of memory or disk: "310 MB", "6.4 GB"; at least 1 MB."""
    return f"{value / 1000:.1f} GB" if value >= 999.5 else f"{max(value, 1):.0f} MB"

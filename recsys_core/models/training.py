"""Training torch models with transformers.Trainer: early stopping on a ranking, and checkpoints to resume from.

A checkpoint counts once `complete.json` stands in its folder with the sizes of its files: what a killed process left
half-written is swept, and the one before it is used. Nothing here is unpickled except by torch with weights_only.
"""

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recsys_core.models.base import Progress
from recsys_core.workspace import write_json

MARK = "complete.json"  # in a checkpoint that was written to its end
_WEIGHTS = "best.safetensors"


@dataclass(frozen=True)
class Plan:
    """How to train.

    Attributes
    ----------
    order
        Rows of the training set in the order they are taken, epoch after epoch.
    epochs
        Passes in `order`.
    batch_size, learning_rate, patience, seed
        As in the settings of the models.
    evaluations
        Evaluations in an epoch; 0: none, and the last weights are taken.
    checkpoint_steps
        Steps between checkpoints; evaluations make one too.
    bf16
        Whether matrix products are computed in bfloat16.
    identity
        Hash of whatever decides the outcome: checkpoints of another job are not resumed.
    name
        Folder of the checkpoints.
    label
        What messages call a pass; "Epoch 1 of 2".
    steps_before, epochs_before
        Of an earlier training of the same weights, so that curves go on.
    """

    order: Any
    epochs: int
    batch_size: int
    learning_rate: float
    patience: int
    seed: int
    evaluations: int
    checkpoint_steps: int
    bf16: bool
    identity: str
    name: str = "training"
    label: str = "Epoch"
    steps_before: int = 0
    epochs_before: float = 0

    @property
    def steps(self) -> int:
        """Steps in all."""
        return len(self.order) // self.batch_size

    @property
    def evaluation_steps(self) -> int:
        """Steps between evaluations."""
        return max(1, -(-self.steps // (self.epochs * max(1, self.evaluations))))


class Part(Progress):
    """A stretch of a longer progress: shares are mapped into it."""

    def __init__(self, whole: Progress, start: float, end: float, prefix: str = "") -> None:
        self.folder, self.cache = whole.folder, whole.cache
        self._whole, self._start, self._end, self._prefix = whole, start, end, prefix

    def __call__(self, share: float, message: str, figures: Mapping[str, float] | None = None) -> None:
        """Tell the whole."""
        self._whole(self._start + share * (self._end - self._start), self._prefix + message, figures)


def train(
    model: Any, collate: Callable[[list[int]], dict[str, Any]], evaluate: Callable[[Progress], float] | None,
    plan: Plan, progress: Progress,
) -> list[dict[str, float]]:  # fmt: skip
    """Train a module in place, and leave the best weights in it.

    Parameters
    ----------
    model
        Its forward takes what `collate` returns and returns {"loss": ...}.
    collate
        Makes a batch of tensors from rows.
    evaluate
        Returns validation NDCG of the model as it stands; None where the plan has no evaluations.
    progress
        Its folder keeps the checkpoints; a run that finds some goes on from the last one that is whole, and ends with
        the weights of an uninterrupted run.

    Returns
    -------
    list
        One mapping per evaluation: step, epoch, ndcg; and per report of the loss: step, epoch, loss.

    Raises
    ------
    Cancelled
        When progress asked for it; a checkpoint has been written.
    """
    kept = nullcontext(progress.folder) if progress.folder else tempfile.TemporaryDirectory()
    with kept as place:
        folder = Path(place) / plan.name
        _claim(folder, plan.identity)
        done = _finished(folder, model)
        return _run(model, collate, evaluate, plan, progress, folder) if done is None else done


def _claim(folder: Path, identity: str) -> None:
    """Make the folder this job's own: what another job left is removed, and so is what was left half-written."""
    mark = folder / "job.json"
    if not mark.is_file() or mark.read_text(encoding="utf-8") != json.dumps(identity, indent=1):
        shutil.rmtree(folder, ignore_errors=True)
        write_json(mark, identity)
    for checkpoint in folder.glob("checkpoint-*"):
        if not is_whole(checkpoint):
            shutil.rmtree(checkpoint)


def is_whole(checkpoint: Path) -> bool:
    """Whether a checkpoint was written to its end."""
    try:
        sizes = json.loads((checkpoint / MARK).read_text(encoding="utf-8"))
        return all((checkpoint / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return False


def last_checkpoint(folder: Path) -> Path | None:
    """Find the latest whole checkpoint."""
    whole = [path for path in folder.glob("checkpoint-*") if is_whole(path)]
    return max(whole, key=lambda path: int(path.name.rpartition("-")[2]), default=None)


def _finished(folder: Path, model: Any) -> list[dict[str, float]] | None:
    """Take the best weights of a training that came to its end."""
    curve = folder / "curve.json"
    if not curve.is_file():
        return None
    _load(model, folder / _WEIGHTS)
    return json.loads(curve.read_text(encoding="utf-8"))


def _run(
    model: Any, collate: Callable[..., Any], evaluate: Callable[[Progress], float] | None,
    plan: Plan, progress: Progress, folder: Path,
) -> list[dict[str, float]]:  # fmt: skip
    from safetensors.torch import save_file

    from recsys_core.models.trainer import RankingTrainer, Reporter

    last = last_checkpoint(folder)
    state = json.loads((last / "trainer_state.json").read_text(encoding="utf-8")) if last else None
    if state is None or not _was_stopped(state, plan):
        reporter = Reporter(progress, plan)
        trainer = RankingTrainer(model, collate, evaluate, plan, folder, reporter)
        trainer.train(resume_from_checkpoint=str(last) if last else None)
        if reporter.stopped is not None:
            raise reporter.stopped
        state = {"log_history": trainer.state.log_history}
    else:  # killed after the last step and before its end
        _load(model, Path(state["best_model_checkpoint"]) / "model.safetensors")
    draft = folder / f".{_WEIGHTS}"
    save_file(model.state_dict(), draft)
    draft.replace(folder / _WEIGHTS)
    curve = [figures_of(entry, plan) for entry in state["log_history"] if {"loss", "eval_ndcg"} & set(entry)]
    write_json(folder / "curve.json", curve)
    for checkpoint in folder.glob("checkpoint-*"):
        shutil.rmtree(checkpoint)
    return curve


def _was_stopped(state: Mapping[str, Any], plan: Plan) -> bool:
    early = state["stateful_callbacks"].get("EarlyStoppingCallback")
    return early is not None and early["attributes"]["early_stopping_patience_counter"] >= plan.patience


def _load(model: Any, weights: Path) -> None:
    from safetensors.torch import load_file

    model.load_state_dict(load_file(weights))


def figures_of(entry: Mapping[str, float], plan: Plan) -> dict[str, float]:
    """Figures of one moment of training, as the curves of the Train page read them."""
    step = int(entry["step"])
    name = "ndcg" if "eval_ndcg" in entry else "loss"
    epoch = plan.epochs_before + step * plan.epochs / plan.steps
    return {"step": plan.steps_before + step, "epoch": epoch, name: entry["eval_ndcg" if name == "ndcg" else name]}

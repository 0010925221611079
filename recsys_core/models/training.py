"""Training torch models with transformers.Trainer: early stopping on a ranking, and checkpoints to resume from.

Under torchrun the batches of a step are shared by its processes: whatever their number, the same settings give the same
model, up to rounding. Nothing here is unpickled except by torch with weights_only.
"""

import json
import shutil
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from recsys_core.models.base import Progress
from recsys_core.models.checkpoints import best_of, last_checkpoint, sweep
from recsys_core.models.distributed import get_in_touch, is_first, meet
from recsys_core.models.training_plan import Plan, figures_of
from recsys_core.private import temporary, work_folder
from recsys_core.workspace import whole_file, write_json

_WEIGHTS = "best.safetensors"


def train(
    model: Any, collate: Callable[[np.ndarray, int], dict[str, Any]], evaluate: Callable[[Progress], float] | None,
    plan: Plan, progress: Progress,
) -> list[dict[str, float]]:  # fmt: skip
    """Train a module in place, and leave the best weights in it.

    Parameters
    ----------
    model
        Its forward takes what `collate` returns and returns {"losses": ...}, one for each row.
    collate
        Makes a batch of tensors from rows and the batch's place in the training: `target`, one for each row, and
        whatever else the forward takes. `tokens` among it is not handed on: how many the batch reads, for the figures.
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
    DataError
        If the loss is not finite.
    SettingsError
        If the processes cannot share the batches of a step.
    WorkspaceError
        If the disk is full.
    """
    home = nullcontext(progress.folder) if progress.folder else work_folder(temporary(), "training")
    get_in_touch()
    with home as place:
        folder = Path(place) / plan.name
        if is_first():
            _claim(folder, plan.identity)
        meet()
        curve = _finished(folder, model)
        return _run(model, collate, evaluate, plan, progress, folder) if curve is None else curve


def _claim(folder: Path, identity: str) -> None:
    """Make the folder this job's own: what another job left is removed, and so is what was left half-written."""
    mark = folder / "job.json"
    if not mark.is_file() or mark.read_text(encoding="utf-8") != json.dumps(identity, indent=1):
        shutil.rmtree(folder, ignore_errors=True)
        write_json(mark, identity)
    sweep(folder)


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

    from recsys_core.models import trackers
    from recsys_core.models.trainer import RankingTrainer, Reporter

    last = last_checkpoint(folder)
    best = best_of(last) if last else None
    state = json.loads((last / "trainer_state.json").read_text(encoding="utf-8")) if last else None
    if state is None or best is None or not _was_stopped(state, plan):
        reporter = Reporter(progress, plan)
        step = int(last.name.rpartition("-")[2]) if last else 0
        followers = [trackers.service(name) for name in trackers.services()] if is_first() else []
        if progress.board and is_first():
            followers.append(trackers.board(progress.board / plan.name, step))
        trainer = RankingTrainer(model, collate, evaluate, plan, folder, reporter, followers)
        trainer.train(resume_from_checkpoint=str(last) if last else None)
        if reporter.stopped is not None:
            raise reporter.stopped
        state = {"log_history": trainer.state.log_history}
    else:  # killed after the last step and before its end
        _load(model, best / "model.safetensors")
    curve = [figures_of(entry, plan) for entry in state["log_history"] if {"loss", "eval_ndcg"} & set(entry)]
    meet()  # whoever still reads the best weights needs its checkpoint
    if not is_first():
        return curve
    with whole_file(folder / _WEIGHTS) as draft:
        save_file(model.state_dict(), draft)
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

"""How a training is planned and told: its batches, its steps, and the figures of one moment of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recsys_core.errors import SettingsError
from recsys_core.models.base import Progress
from recsys_core.models.distributed import processes


@dataclass(frozen=True)
class Plan:
    """How to train.

    Attributes
    ----------
    batches
        Rows of each batch, epoch after epoch.
    epochs
        Passes in `batches`.
    accumulation
        Batches in a step, over all processes.
    learning_rate, patience, seed
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

    batches: Sequence[np.ndarray]
    epochs: int
    accumulation: int
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
        """Steps in all; batches that do not fill the last one are left out, unless there is no other."""
        return max(1, len(self.batches) // self.accumulation)

    @property
    def evaluation_steps(self) -> int:
        """Steps between evaluations."""
        return max(1, -(-self.steps // (self.epochs * max(1, self.evaluations))))

    def accumulated(self) -> int:
        """Batches of a step that each process takes.

        Raises
        ------
        SettingsError
            If they cannot be shared evenly.
        """
        sharing = processes()
        if self.accumulation % sharing:
            raise SettingsError(
                f"{sharing} processes cannot share the batches of a step: accumulation is {self.accumulation}. Set "
                f"accumulation to {sharing}, or to a multiple of it. The model then depends on it, and not on the "
                "number of processes."
            )
        return self.accumulation // sharing


class Part(Progress):
    """A stretch of a longer progress: shares are mapped into it."""

    def __init__(self, whole: Progress, start: float, end: float, prefix: str = "") -> None:
        self.folder, self.cache, self.board = whole.folder, whole.cache, whole.board
        self._whole, self._start, self._end, self._prefix = whole, start, end, prefix

    def __call__(self, share: float, message: str, figures: Mapping[str, float] | None = None) -> None:
        """Tell the whole."""
        self._whole(self._start + share * (self._end - self._start), self._prefix + message, figures)


def figures_of(entry: Mapping[str, float], plan: Plan) -> dict[str, float]:
    """Figures of one moment of training, as the curves of the Train page read them."""
    step = int(entry["step"])
    name = "ndcg" if "eval_ndcg" in entry else "loss"
    epoch = plan.epochs_before + step * plan.epochs / plan.steps
    return {"step": plan.steps_before + step, "epoch": epoch, name: entry["eval_ndcg" if name == "ndcg" else name]}

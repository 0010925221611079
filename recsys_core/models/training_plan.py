"""How a training is planned and told: its batches, its steps, and the figures of one moment of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from recsys_core.answers import Message
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
    stretch
        What the passes are: "epoch", or "validation" for one over the validation period.
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
    stretch: Literal["epoch", "validation"] = "epoch"
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
            raise SettingsError("batches-not-shared", processes=sharing, accumulation=self.accumulation)
        return self.accumulation // sharing


class Part(Progress):
    """A stretch of a longer progress: shares are mapped into it, and `within` says of what a message is part."""

    def __init__(
        self, whole: Progress, start: float, end: float, within: Callable[[Message], Message] | None = None
    ) -> None:
        self.folder, self.cache, self.board = whole.folder, whole.cache, whole.board
        self._whole, self._start, self._end, self._within = whole, start, end, within

    def __call__(self, share: float, message: Message, figures: Mapping[str, float] | None = None) -> None:
        """Tell the whole."""
        whole = self._within(message) if self._within else message
        self._whole(self._start + share * (self._end - self._start), whole, figures)


def figures_of(entry: Mapping[str, float], plan: Plan) -> dict[str, float]:
    """Figures of one moment of training, as the curves of the Train page read them."""
    step = int(entry["step"])
    name = "ndcg" if "eval_ndcg" in entry else "loss"
    epoch = plan.epochs_before + step * plan.epochs / plan.steps
    return {"step": plan.steps_before + step, "epoch": epoch, name: entry["eval_ndcg" if name == "ndcg" else name]}

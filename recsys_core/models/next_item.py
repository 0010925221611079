"""What models share that learn the next item by steps of a gradient: pairs, probe, plan, early stopping, refit.

A subclass makes a network, which is what is trained and how it ranks. Checkpoints, resuming, and processes that share a
step are those of `training`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from recsys_core.answers import message
from recsys_core.data.splitting import TrainingData
from recsys_core.errors import DataError
from recsys_core.models.base import RIVAL, Progress, Recommender
from recsys_core.models.neighbours import ItemKnn
from recsys_core.models.pairs import Histories as UserHistories
from recsys_core.models.pairs import Pairs, Probe, batches_of_pairs
from recsys_core.models.popular import RecentPopular
from recsys_core.models.training import train
from recsys_core.models.training_plan import Part, Plan
from recsys_core.settings import ItemKnnSettings, NextItemSettings, RecentPopularSettings

if TYPE_CHECKING:
    import torch

Histories = Sequence[np.ndarray]
Collate = Callable[[np.ndarray, int], dict[str, Any]]
_LEAST_PAIRS = 20
_PROBED_USERS = 1000
_REFIT_SHARE = 0.5  # of the pairs of an epoch


class Network(ABC):
    """What is trained: a torch module, its batches, and how it ranks.

    Attributes
    ----------
    module
        Its forward takes what `collator` makes and returns {"losses": ...}, one for each row.
    bf16
        Whether matrix products are computed in bfloat16.
    checkpoint_pairs
        Pairs between two checkpoints; evaluations make one too.
    """

    module: "torch.nn.Module"
    bf16: bool = False
    checkpoint_pairs: int = 1 << 40

    @abstractmethod
    def collator(self, pairs: Pairs) -> Collate:
        """Return what makes the module's arguments from rows of the pairs and the batch's place in the training.

        Among them stands `target`, one for each row; `tokens`, a number, is told and not handed to the module.
        """

    @abstractmethod
    def rank(self, histories: Histories, progress: Progress) -> np.ndarray:
        """Scores of all items for histories as the weights stand, (len(histories), n_items) float32."""

    def lengths(self, pairs: Pairs) -> np.ndarray:
        """Tokens of each pair, history and item: what batches of like length go by. Two: every pair costs the same."""
        return np.full(len(pairs), 2)

    def begin(self, steps: int) -> None:  # noqa: B027 - nothing to do for most
        """Get ready for a training of so many steps."""

    def end(self) -> None:  # noqa: B027 - nothing to do for most
        """Tidy up after it."""

    def save(self, folder: Path) -> None:  # noqa: B027 - nothing to do for most
        """Write what is of use elsewhere; the model itself keeps what it scores by."""


Trained = TypeVar("Trained", bound=Network)


class NextItemModel(Recommender, Generic[Trained]):
    """A model that a network is trained for, with early stopping on how it ranks for validation users.

    Attributes
    ----------
    curve
        Loss and validation NDCG on the way: mappings with step, epoch, and loss or ndcg.
    network
        What was trained; None in a model that was read from its folder.
    """

    settings: NextItemSettings
    network: Trained | None = None

    # ---- to be written by each model ---------------------------------------------------------------------------

    @abstractmethod
    def _network(self, data: TrainingData, progress: Progress) -> Trained:
        """Make the network, untrained."""

    @abstractmethod
    def _take(self, network: Trained, users: np.ndarray, histories: Histories, progress: Progress) -> None:
        """Take from the trained network what `_score` and `_state` need; `users` (codes) are those with a history."""

    def _made_of(self) -> str:
        """Name what decides the outcome beside settings and pairs."""
        return ""

    def _learning_rate(self) -> float:
        return self.settings.learning_rate

    # ---- what they share ---------------------------------------------------------------------------------------

    def _learn(self, data: TrainingData, progress: Progress) -> None:
        self.settings.check()
        shape, size = self.history.shape, self.settings.history_items
        before = data.before_validation().events
        pairs = Pairs.latest(before, shape, size, self.settings.max_pairs)
        if len(pairs) < _LEAST_PAIRS:
            raise DataError("too-few-pairs", model=self.name, pairs=len(pairs), least=_LEAST_PAIRS)
        probe = Probe.of(before, data.validation(), shape, size, _PROBED_USERS)
        if not len(probe.users):
            raise DataError("no-validation-users", model=self.name)
        progress(0, message("progress-rivals"), _rivals(data.before_validation(), probe))
        network = self._network(data, Part(progress, 0, 0.05))
        plan = self._plan(network, pairs)
        network.begin(plan.steps)
        evaluate, told = _ranking(network, probe), Part(progress, 0.05, 0.6)
        self.curve = train(network.module, network.collator(pairs), evaluate, plan, told)
        if self.settings.refit:
            self.curve += self._refit(network, data, plan, Part(progress, 0.6, 0.8))
        network.end()
        known = np.flatnonzero(self.has_history(np.arange(shape[0])))
        self._take(network, known, UserHistories.of(data.events, shape[0]).last(known, size), Part(progress, 0.8, 1))
        self.network = network

    def _plan(self, network: Trained, pairs: Pairs, epochs: int | None = None) -> Plan:
        settings = self.settings
        passes = epochs or settings.epochs
        return Plan(
            batches=batches_of_pairs(
                network.lengths(pairs), settings.batch_size, settings.batch_tokens, passes, settings.seed
            ),
            epochs=passes,
            accumulation=settings.accumulation,
            learning_rate=self._learning_rate(),
            patience=settings.patience,
            seed=settings.seed,
            evaluations=settings.evaluations,
            checkpoint_steps=max(1, network.checkpoint_pairs // min(settings.batch_size, len(pairs))),
            bf16=network.bf16,
            identity=self._identity(pairs),
        )

    def _refit(self, network: Trained, data: TrainingData, before: Plan, progress: Progress) -> list[dict[str, float]]:
        """One more pass, over the latest pairs of the validation period, which early stopping has done with."""
        most = max(1, int(self.settings.max_pairs * _REFIT_SHARE))
        pairs = Pairs.latest(data.events, self.history.shape, self.settings.history_items, most, data.validation_from)
        if len(pairs) < _LEAST_PAIRS:
            return []
        last = self.curve[-1]
        plan = replace(
            self._plan(network, pairs, epochs=1),
            evaluations=0,
            identity=f"{before.identity} {self._identity(pairs)}",
            name="refit",
            stretch="validation",
            steps_before=int(last["step"]),
            epochs_before=last["epoch"],
        )
        return train(network.module, network.collator(pairs), None, plan, progress)

    def save(self, folder: Path) -> None:
        """Write the model, and under `encoder` what its network is of use for elsewhere."""
        if self.network is not None:
            self.network.save(folder / "encoder")
        super().save(folder)

    def _identity(self, pairs: Pairs) -> str:
        digest = sha256(f"{self.version} {self.settings.to_dict()} {self._made_of()}".encode())
        for part in (pairs.users, pairs.targets, *pairs.histories):
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()


def _rivals(data: TrainingData, probe: Probe) -> dict[str, float]:
    """Validation NDCG@10 of models that train in a moment: what a trained network has to beat."""
    rivals = (RecentPopular(RecentPopularSettings()), ItemKnn(ItemKnnSettings()))
    return {f"{RIVAL}{rival.name}": float(probe.ndcg(rival.fit(data).scores(probe.users)).mean()) for rival in rivals}


def _ranking(network: Network, probe: Probe) -> Callable[[Progress], float]:
    """Return what computes NDCG@10 of the validation users over all items."""

    def evaluate(progress: Progress) -> float:
        part = Part(progress, 0, 0, lambda step: message("progress-validation", step=step))
        return float(probe.ndcg(network.rank(probe.histories, part)).mean())

    return evaluate

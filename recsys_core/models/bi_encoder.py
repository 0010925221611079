"""BERT fine-tuned so that the text of a user's history lies near the text of the next item.

One encoder reads both texts. A batch's other items are the negatives (sampled softmax), with log popularity taken off
so that popular items are not punished for being met often: Yi et al. 2019, Sampling-bias-corrected neural modeling.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from recsys_core.data.splitting import TrainingData
from recsys_core.errors import DataError
from recsys_core.models.base import RIVAL, Progress, Recommender
from recsys_core.models.neighbours import ItemKnn
from recsys_core.models.pairs import Histories, Pairs, Probe, batches_of_pairs
from recsys_core.models.popular import RecentPopular
from recsys_core.models.text_encoder import encoder_fingerprint
from recsys_core.models.text_similarity import item_texts
from recsys_core.models.training import train
from recsys_core.models.training_plan import Part, Plan
from recsys_core.settings import BiEncoderSettings, ItemKnnSettings, RecentPopularSettings

if TYPE_CHECKING:
    from recsys_core.models.towers import Tower

_LEAST_PAIRS = 20
_PROBED_USERS = 1000
_REFIT_SHARE = 0.5  # of the pairs of an epoch


class BiEncoder(Recommender):
    """Score: inner product of the embedding of the user's history text and the embedding of the item's text.

    Attributes
    ----------
    items, users
        Embeddings of length one, (n_items, d) and (n_users, d) float32; rows of users without a history are zeros.
    curve
        Loss and validation NDCG on the way: mappings with step, epoch, and loss or ndcg.
    """

    name = "bi-encoder"
    settings: BiEncoderSettings
    version = 2
    tower: "Tower | None" = None

    def _learn(self, data: TrainingData, progress: Progress) -> None:
        from recsys_core.models.towers import make_tower

        self.settings.check()
        shape = self.history.shape
        texts = item_texts(data, self.name)
        before = data.before_validation().events
        pairs = Pairs.latest(before, shape, self.settings.history_items, self.settings.max_pairs)
        if len(pairs) < _LEAST_PAIRS:
            raise DataError(
                f"{self.name} found {len(pairs):,} pairs of a history and a next item before validation; it needs "
                f"{_LEAST_PAIRS} or more. Bring a longer log, or move split.test_from to a later moment."
            )
        probe = Probe.of(before, data.validation(), shape, self.settings.history_items, _PROBED_USERS)
        if not len(probe.users):
            raise DataError(
                f"{self.name} stops on validation, but no user with events before validation takes a new item in it. "
                "Bring a longer log, or raise split.validation_share."
            )
        progress(0, "Ranking by simple rivals on the validation users.", _rivals(data.before_validation(), probe))
        tower = make_tower(self.settings, texts, Part(progress, 0, 0.05))
        plan = self._plan(tower, pairs)
        tower.begin(plan.steps)
        self.curve = train(tower.module, tower.collator(pairs), _ranking(tower, probe), plan, Part(progress, 0.05, 0.6))
        if self.settings.refit:
            self.curve += self._refit(tower, data, plan, Part(progress, 0.6, 0.8))
        tower.end()
        told = Part(progress, 0.8, 1)
        self.items = tower.items(Part(told, 0, 0.4, "Items: "))
        self.users = np.zeros((shape[0], self.items.shape[1]), dtype=np.float32)
        known = np.flatnonzero(self.has_history(np.arange(shape[0])))
        histories = Histories.of(data.events, shape[0]).last(known, self.settings.history_items)
        self.users[known] = tower.users(histories, Part(told, 0.4, 1, "Users: "))
        self.tower = tower

    def _plan(self, tower: "Tower", pairs: Pairs, epochs: int | None = None) -> Plan:
        settings = self.settings
        passes = epochs or settings.epochs
        return Plan(
            batches=batches_of_pairs(
                tower.lengths(pairs), settings.batch_size, settings.batch_tokens, passes, settings.seed
            ),
            epochs=passes,
            accumulation=settings.accumulation,
            learning_rate=settings.head_learning_rate if settings.frozen else settings.learning_rate,
            patience=settings.patience,
            seed=settings.seed,
            evaluations=settings.evaluations,
            checkpoint_steps=max(1, tower.checkpoint_pairs // min(settings.batch_size, len(pairs))),
            bf16=tower.bf16,
            identity=self._identity(pairs),
        )

    def _refit(self, tower: "Tower", data: TrainingData, before: Plan, progress: Progress) -> list[dict[str, float]]:
        """One more pass, over the latest pairs of the validation period, which early stopping has done with."""
        most = max(1, int(self.settings.max_pairs * _REFIT_SHARE))
        pairs = Pairs.latest(data.events, self.history.shape, self.settings.history_items, most, data.validation_from)
        if len(pairs) < _LEAST_PAIRS:
            return []
        last = self.curve[-1]
        plan = replace(
            self._plan(tower, pairs, epochs=1),
            evaluations=0,
            identity=f"{before.identity} {self._identity(pairs)}",
            name="refit",
            label="Validation period, pass",
            steps_before=int(last["step"]),
            epochs_before=last["epoch"],
        )
        return train(tower.module, tower.collator(pairs), None, plan, progress)

    def _score(self, users: np.ndarray) -> np.ndarray:
        return self.users[users] @ self.items.T

    def _state(self) -> dict[str, np.ndarray]:
        return {"items": self.items, "users": self.users}

    def _restore(self, state: Mapping[str, np.ndarray]) -> None:
        self.items, self.users = state["items"], state["users"]

    def save(self, folder: Path) -> None:
        """Write the model, and under `encoder` the trained weights: what `save_pretrained` of transformers writes."""
        if self.tower is not None:
            self.tower.save(folder / "encoder")
        super().save(folder)

    def _identity(self, pairs: Pairs) -> str:
        found = sha256(
            f"{self.version} {self.settings.to_dict()} {encoder_fingerprint(self.settings.encoder)}".encode()
        )
        for part in (pairs.users, pairs.targets, *pairs.histories):
            found.update(np.ascontiguousarray(part).tobytes())
        return found.hexdigest()


def _rivals(data: TrainingData, probe: Probe) -> dict[str, float]:
    """Validation NDCG@10 of models that train in a moment: what fine-tuning has to beat."""
    rivals = (RecentPopular(RecentPopularSettings()), ItemKnn(ItemKnnSettings()))
    return {f"{RIVAL}{rival.name}": float(probe.ndcg(rival.fit(data).scores(probe.users)).mean()) for rival in rivals}


def _ranking(tower: "Tower", probe: Probe) -> Callable[[Progress], float]:
    """Return what computes NDCG@10 of the validation users over all items."""

    def evaluate(progress: Progress) -> float:
        items = tower.items(Part(progress, 0, 0, "Validation: "))
        return float(probe.ndcg(tower.users(probe.histories, Part(progress, 0, 0, "Validation: ")) @ items.T).mean())

    return evaluate

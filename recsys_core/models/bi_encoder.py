"""BERT fine-tuned so that the text of a user's history lies near the text of the next item.

One encoder reads both texts. A batch's other items are the negatives (sampled softmax), with log popularity taken off
so that popular items are not punished for being met often: Yi et al. 2019, Sampling-bias-corrected neural modeling.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from recsys_core.answers import message
from recsys_core.data.splitting import TrainingData
from recsys_core.models.base import Progress
from recsys_core.models.built_in.bi_encoder_card import BI_ENCODER
from recsys_core.models.encoder_files import encoder_fingerprint
from recsys_core.models.next_item import Histories, NextItemModel
from recsys_core.models.text_similarity import item_texts
from recsys_core.models.training_plan import Part
from recsys_core.settings import BiEncoderSettings

if TYPE_CHECKING:
    from recsys_core.models.towers import Tower


class BiEncoder(NextItemModel["Tower"]):
    """Score: inner product of the embedding of the user's history text and the embedding of the item's text.

    Attributes
    ----------
    items, users
        Embeddings of length one, (n_items, d) and (n_users, d) float32; rows of users without a history are zeros.
    """

    card = BI_ENCODER
    settings: BiEncoderSettings

    def _learn(self, data: TrainingData, progress: Progress) -> None:
        item_texts(data, self.name)  # said before anything else is wrong with the log
        super()._learn(data, progress)

    def _network(self, data: TrainingData, progress: Progress) -> "Tower":
        from recsys_core.models.towers import make_tower

        return make_tower(self.settings, item_texts(data, self.name), progress)

    def _made_of(self) -> str:
        return encoder_fingerprint(self.settings.encoder)

    def _learning_rate(self) -> float:
        return self.settings.head_learning_rate if self.settings.frozen else self.settings.learning_rate

    def _take(self, network: "Tower", users: np.ndarray, histories: Histories, progress: Progress) -> None:
        self.items = network.items(Part(progress, 0, 0.4, lambda step: message("progress-items", step=step)))
        self.users = np.zeros((self.history.shape[0], self.items.shape[1]), dtype=np.float32)
        told = Part(progress, 0.4, 1, lambda step: message("progress-users", step=step))
        self.users[users] = network.users(histories, told)

    def _score(self, users: np.ndarray) -> np.ndarray:
        return self.users[users] @ self.items.T

    def _state(self) -> dict[str, np.ndarray]:
        return {"items": self.items, "users": self.users}

    def _restore(self, state: Mapping[str, np.ndarray]) -> None:
        self.items, self.users = state["items"], state["users"]

"""What is popular, ever or lately: the baselines that embarrass personal models."""

from collections.abc import Mapping

import numpy as np

from recsys_core import columns as col
from recsys_core.data.splitting import TrainingData
from recsys_core.models.base import Progress, Recommender
from recsys_core.models.built_in.popular_cards import POPULAR, RECENT_POPULAR
from recsys_core.models.matrices import taken
from recsys_core.settings import RecentPopularSettings


class Popular(Recommender):
    """Items by how many users took them before the split."""

    card = POPULAR

    def _learn(self, data: TrainingData, progress: Progress) -> None:
        del data, progress  # the base counts

    def _score(self, users: np.ndarray) -> np.ndarray:
        return np.tile(self.popularity, (len(users), 1))

    def _state(self) -> dict[str, np.ndarray]:
        return {}

    def _restore(self, state: Mapping[str, np.ndarray]) -> None:
        del state


class RecentPopular(Recommender):
    """Items by how many users took them in the last days before the split; older ones behind, by all-time counts."""

    card = RECENT_POPULAR
    settings: RecentPopularSettings

    def _learn(self, data: TrainingData, progress: Progress) -> None:
        del progress
        since = data.now - self.settings.window_days * col.DAY_SECONDS
        recent = taken(data.events.where(data.events.times >= since), *self.history.shape)
        counts = np.asarray(recent.sum(axis=0)).ravel().astype(np.float32)
        # a share below one orders the items that nobody took lately
        self.recent = counts + self.popularity / (self.popularity.max() + 1)

    def cold_scores(self) -> np.ndarray:
        """Return what is popular lately, for everybody."""
        return self.recent

    def _score(self, users: np.ndarray) -> np.ndarray:
        return np.tile(self.recent, (len(users), 1))

    def _state(self) -> dict[str, np.ndarray]:
        return {"recent": self.recent}

    def _restore(self, state: Mapping[str, np.ndarray]) -> None:
        self.recent = state["recent"]

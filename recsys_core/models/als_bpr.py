"""Matrix factors for implicit feedback, trained by the package `implicit`: least squares and pairwise ranking."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from recsys_core.data.splitting import TrainingData
from recsys_core.errors import SettingsError
from recsys_core.models.base import Progress, Recommender
from recsys_core.settings import BprSettings, IalsSettings


class _Factors(Recommender):
    """Score = product of the vector of the user and that of the item."""

    settings: IalsSettings | BprSettings
    advice: ClassVar[str]  # where the vectors run away

    @abstractmethod
    def _trainer(self) -> Any:
        """Make the untrained model of `implicit`."""

    def _learn(self, data: TrainingData, progress: Progress) -> None:
        del data  # the base keeps who took what
        from implicit.recommender_base import ModelFitError
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1, "blas"):  # implicit has threads of its own, and warns where BLAS has too
            model = self._trainer()
            try:
                model.fit(self.history.astype(np.float32), show_progress=False, callback=self._teller(progress))
            except ModelFitError:
                raise SettingsError(
                    f"{self.name} did not converge: its vectors are no longer numbers. {self.advice}"
                ) from None
        self.user_vectors, self.item_vectors = model.user_factors, model.item_factors

    def _teller(self, progress: Progress) -> Callable[..., None]:
        passes = self.settings.iterations

        def tell(done: int, *_: object) -> None:
            progress((done + 1) / passes, f"Pass {done + 1} of {passes}.")

        return tell

    def _score(self, users: np.ndarray) -> np.ndarray:
        return self.user_vectors[users] @ self.item_vectors.T

    def _state(self) -> dict[str, np.ndarray]:
        return {"user_vectors": self.user_vectors, "item_vectors": self.item_vectors}

    def _restore(self, state: Mapping[str, np.ndarray]) -> None:
        self.user_vectors, self.item_vectors = state["user_vectors"], state["item_vectors"]


class Ials(_Factors):
    """Weighted least squares, solved for users and items in turn (Hu, Koren, Volinsky 2008).

    An item the user took is worth 1 with confidence alpha, any other 0 with confidence 1. Every vector is solved on its
    own, so that the result does not hang on the number of threads.
    """

    name = "ials"
    advice = "Raise ials.regularisation or lower ials.alpha."
    settings: IalsSettings

    def _trainer(self) -> Any:
        from implicit.cpu.als import AlternatingLeastSquares

        asked = self.settings
        return AlternatingLeastSquares(
            factors=asked.factors,
            regularization=asked.regularisation,
            alpha=asked.alpha,
            iterations=asked.iterations,
            random_state=asked.seed,
        )


class Bpr(_Factors):
    """Vectors by which an item the user took ranks before one they did not (Rendle et al. 2009).

    The other item is drawn by how often it was taken, so that what is popular gains little. Trained in one thread: more
    would write over each other's steps, and a seed would not give the same model twice.
    """

    name = "bpr"
    advice = "Lower bpr.learning_rate or bpr.regularisation: their product must be well below 1."
    settings: BprSettings

    def _trainer(self) -> Any:
        from implicit.cpu.bpr import BayesianPersonalizedRanking

        asked = self.settings
        return BayesianPersonalizedRanking(
            factors=asked.factors,
            learning_rate=asked.learning_rate,
            regularization=asked.regularisation,
            iterations=asked.iterations,
            random_state=asked.seed,
            num_threads=1,
        )

"""Matrix factors for implicit feedback, trained by the package `implicit`: least squares and pairwise ranking."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from recsys_core.answers import message
from recsys_core.data.splitting import TrainingData
from recsys_core.errors import SettingsError
from recsys_core.models.base import Progress, Recommender
from recsys_core.models.built_in.factors_cards import BPR, IALS
from recsys_core.settings import BprSettings, IalsSettings


class _Factors(Recommender):
    """Score = product of the vector of the user and that of the item."""

    settings: IalsSettings | BprSettings
    ran_away: ClassVar[str]  # kind of the error of vectors that are no longer numbers

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
                raise SettingsError(self.ran_away) from None
        self.user_vectors, self.item_vectors = model.user_factors, model.item_factors

    def _teller(self, progress: Progress) -> Callable[..., None]:
        passes = self.settings.iterations

        def tell(done: int, *_: object) -> None:
            progress((done + 1) / passes, message("progress-pass", place=done + 1, passes=passes))

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

    card = IALS
    ran_away = "ials-ran-away"
    settings: IalsSettings

    def _trainer(self) -> Any:
        from implicit.cpu.als import AlternatingLeastSquares

        own = self.settings
        return AlternatingLeastSquares(
            factors=own.factors,
            regularization=own.regularisation,
            alpha=own.alpha,
            iterations=own.iterations,
            random_state=own.seed,
        )


class Bpr(_Factors):
    """Vectors by which an item the user took ranks before one they did not (Rendle et al. 2009).

    The other item is drawn by how often it was taken, so that what is popular gains little. Trained in one thread: more
    would write over each other's steps, and a seed would not give the same model twice.
    """

    card = BPR
    ran_away = "bpr-ran-away"
    settings: BprSettings

    def _trainer(self) -> Any:
        from implicit.cpu.bpr import BayesianPersonalizedRanking

        own = self.settings
        return BayesianPersonalizedRanking(
            factors=own.factors,
            learning_rate=own.learning_rate,
            regularization=own.regularisation,
            iterations=own.iterations,
            random_state=own.seed,
            num_threads=1,
        )

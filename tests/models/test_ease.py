import numpy as np
import pytest

from recsys_core.errors import DataError
from recsys_core.models import ease
from recsys_core.models.ease import Ease
from recsys_core.settings import EaseSettings


def closed_form(history: np.ndarray, regularisation: float) -> np.ndarray:
    """B as in Steck 2019, in double precision."""
    inverse = np.linalg.inv(history.T @ history + regularisation * np.eye(history.shape[1]))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return weights


@pytest.mark.parametrize("side", [512, 7])
def test_weights_are_those_of_the_paper(data, monkeypatch, side):
    monkeypatch.setattr(ease, "_SIDE", side)
    model = Ease(EaseSettings(regularisation=3)).fit(data)
    history = model.history.toarray().astype(float)
    expected = closed_form(history, 3)
    np.testing.assert_allclose(model.weights, expected, atol=1e-5)
    np.testing.assert_allclose(model.scores(np.arange(9)), history[:9] @ expected, atol=1e-5)


@pytest.mark.parametrize("share", [0, 1])
def test_dense_and_sparse_histories_give_the_same_scores(data, monkeypatch, share):
    model = Ease(EaseSettings()).fit(data)
    expected = model.scores(np.arange(9))
    monkeypatch.setattr(ease, "_DENSE", share)
    np.testing.assert_allclose(model.scores(np.arange(9)), expected, rtol=1e-5, atol=1e-7)


def test_a_catalogue_too_large_for_the_memory_is_refused_before_anything_is_taken(data, monkeypatch):
    monkeypatch.setattr(ease, "free_memory", lambda: 9_000)
    words = r"ease needs 9.6 kB for 40 items .* but 9.0 kB are free. Use item-knn or ials, leave rare items out"
    with pytest.raises(DataError, match=words) as caught:
        Ease(EaseSettings()).fit(data)
    assert (caught.value.kind, caught.value.values) == ("ease-too-large", {"needed": 9600.0, "items": 40, "free": 9000})
    with pytest.raises(DataError, match=r"needs 60.0 GB for 100,000 items .*, but 24.0 GB are free"):
        ease._refuse_beyond(100_000, 24 * 10**9)
    ease._refuse_beyond(60_000, 24 * 10**9)


def test_counts_that_cannot_be_inverted_are_refused():
    with pytest.raises(DataError, match="cannot invert the co-counts of this log in single precision. Raise ease.reg"):
        ease._invert(np.ones((3, 3), dtype=np.float32))

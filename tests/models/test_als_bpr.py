import warnings

import implicit.utils
import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from recsys_core.errors import SettingsError
from recsys_core.models.registry import make_model
from recsys_core.settings import MODELS
from tests.models.conftest import TOPICS


@pytest.mark.parametrize("name", ["ials", "bpr"])
def test_they_find_the_topics_of_users(name, data):
    model = make_model(MODELS[name](factors=8, iterations=300)).fit(data)  # a log this small takes many passes
    users = np.flatnonzero(np.diff(model.history.indptr) >= 4)
    places, _ = np.split(np.argsort(-model.scores(users), axis=1), [8], axis=1)
    assert (places % len(TOPICS) == (users % len(TOPICS))[:, None]).mean() > 0.5, "a quarter by chance"


def test_vectors_are_the_minimum_of_the_loss_of_the_paper(data):
    # Hu, Koren, Volinsky 2008 with confidence alpha for what was taken: given the users, each item's vector is exact
    alpha, regularisation = 5.0, 10.0
    model = make_model(MODELS["ials"](alpha=alpha, regularisation=regularisation, factors=4, iterations=60)).fit(data)
    users = model.user_vectors.astype(float)
    taken = model.history.toarray().astype(float)
    for item in (0, 7):
        confidence = 1 + (alpha - 1) * taken[:, item]
        normal = (users.T * confidence) @ users + regularisation * np.eye(4)
        expected = np.linalg.solve(normal, alpha * users.T @ taken[:, item])
        np.testing.assert_allclose(model.item_vectors[item], expected, atol=2e-3)


@pytest.mark.parametrize("name", ["ials", "bpr"])
def test_another_seed_gives_another_model(name, data):
    one, other = (make_model(MODELS[name](seed=seed)).fit(data).item_vectors for seed in (1, 2))
    assert not np.allclose(one, other)


def test_threads_of_blas_bring_no_warning(data, monkeypatch):
    monkeypatch.setattr(implicit.utils, "_checked_blas_config", False)
    with threadpool_limits(2, "blas"), warnings.catch_warnings(record=True) as told:
        make_model(MODELS["ials"]()).fit(data)
    assert told == []


def test_vectors_that_run_away_are_told_with_the_way_out(data):
    with pytest.raises(SettingsError, match="bpr did not converge: its vectors .* Lower bpr.learning_rate or bpr.reg"):
        make_model(MODELS["bpr"](learning_rate=1, regularisation=10)).fit(data)

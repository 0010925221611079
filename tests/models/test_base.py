import numpy as np
import pytest

from recsys_core.models import matrices
from recsys_core.models.matrices import blocks, top_k


@pytest.mark.parametrize(("columns", "k"), [(2000, 10), (1683, 100), (160, 10), (159, 10), (4, 9)])
@pytest.mark.parametrize("kind", ["all differ", "most are zero", "many tie", "three are left", "all tie"])
def test_the_best_columns_are_those_of_a_stable_sort(columns, k, kind):
    scores = np.random.default_rng(0).random((30, columns), dtype=np.float32)
    if kind == "most are zero":
        scores[:, columns // 50 :] = 0
    elif kind == "many tie":
        scores = scores.round(1)
    elif kind == "three are left":
        scores[:, 3:] = -np.inf
    elif kind == "all tie":
        scores[:] = 7
    expected = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    places, values = top_k(scores, k)
    np.testing.assert_array_equal(places, expected)
    np.testing.assert_array_equal(values, np.take_along_axis(scores, expected, axis=1))


def test_blocks_cover_all_users_once(monkeypatch):
    monkeypatch.setattr(matrices, "_BLOCK_BYTES", 4 * 10 * 3)
    assert [(rows.start, rows.stop) for rows in blocks(7, 10)] == [(0, 3), (3, 6), (6, 7)]
    assert list(blocks(0, 10)) == []
    assert len(list(blocks(3, 1000))) == 3, "a block holds one user at least"

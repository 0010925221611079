import numpy as np

from recsys_core.metrics import catalogue_metrics

LISTS = np.array([[0, 1], [0, 2], [0, -1], [-1, -1]])
TAKERS = np.array([4, 2, 0, 1, 0])  # of 8 training users


def test_coverage_counts_items_in_any_list():
    assert catalogue_metrics.coverage(LISTS, 5) == 3 / 5
    assert catalogue_metrics.coverage(LISTS[3:], 5) == 0


def test_novelty_is_self_information_in_bits():
    # shares 1/2, 1/4 and, for the item nobody took, one user of eight: 1, 2 and 3 bits
    np.testing.assert_allclose(catalogue_metrics.novelty(LISTS, TAKERS, 8), [1.5, 2, 1, np.nan])


def test_average_popularity_is_the_mean_number_of_takers():
    np.testing.assert_allclose(catalogue_metrics.average_popularity(LISTS, TAKERS), [3, 2, 4, np.nan])


def test_gini_of_equal_and_of_unequal_shares():
    assert abs(catalogue_metrics.gini(np.array([[0, 1], [2, 3]]), 4)) < 1e-12
    assert catalogue_metrics.gini(np.array([[0], [0]]), 4) == 0.75  # all on one of four: (n - 1) / n
    # counts 0, 0, 1, 1, 3: 2 (3 + 4 + 15) / 25 - 6/5
    np.testing.assert_allclose(catalogue_metrics.gini(LISTS, 5), 2 * 22 / 25 - 6 / 5)
    assert np.isnan(catalogue_metrics.gini(LISTS[3:], 5))

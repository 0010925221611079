import numpy as np
import pandas as pd
import pytest

from recsys_core.errors import DataError
from recsys_core.retention.cox.recurrent import andersen_gill, clustered_table, mean_cumulative


def test_two_users_by_hand():
    # u lapses at 2 and 5, v at 3; both are followed to 6: at 2 and 3 two are at risk, at 5 too
    mean = mean_cumulative([0, 2, 5, 0, 3], [2, 5, 6, 3, 6], [1, 1, 0, 1, 0], list("uuuvv"))
    assert [p.estimate for p in mean.points([1, 2, 3, 5, 6])] == [0, 0.5, 1, 1.5, 1.5]
    # u's influence: (1 - 1/2)/2 at 2, -1/4 at 3, +1/4 at 5; v's is the opposite
    np.testing.assert_allclose(mean.stderr, np.sqrt(2) * np.array([0.25, 0, 0.25]), atol=1e-12)
    assert [p.at_risk for p in mean.points([0, 4, 6])] == [2, 2, 0]
    assert mean.last_time == 6


def test_a_user_who_is_away_is_not_at_risk():
    mean = mean_cumulative([0, 4, 0], [2, 6, 6], [1, 1, 0], list("uuv"))
    assert [p.estimate for p in mean.points([2, 6])] == [0.5, 1]
    alone = mean_cumulative([0, 4, 0], [2, 6, 3], [1, 1, 0], list("uuv"))
    assert [p.estimate for p in alone.points([2, 6])] == [0.5, 1.5]


def test_limits_stay_above_zero():
    mean = mean_cumulative([0, 0], [1, 2], [1, 0], list("uv"))
    point = mean.points([1])[0]
    assert 0 < point.lower < point.estimate < point.upper


def test_the_error_covers_users_who_differ():
    """Rates that differ between users: the error over repeated samples, not Poisson's."""
    rng, found = np.random.default_rng(0), []
    for _ in range(150):
        rates, rows = rng.gamma(0.5, 2, 80), []
        for user, rate in enumerate(rates):
            times = np.sort(rng.uniform(0, 1, rng.poisson(rate)))
            rows += [(a, b, 1, user) for a, b in zip([0, *times[:-1]], times, strict=False)]
            rows.append((times[-1] if times.size else 0, 1.0 + 1e-9, 0, user))
        entry, stop, event, user = map(np.array, zip(*rows, strict=True))
        found.append(mean_cumulative(entry, stop, event, user).points([1])[0])
    spread, stderr = np.std([p.estimate for p in found]), np.mean([p.stderr for p in found])
    assert stderr == pytest.approx(spread, rel=0.15)
    assert stderr > 1.4 * np.sqrt(1 / 80)  # Poisson's: the mean is 1 event


def test_clusters_of_one_row_change_nothing():
    from recsys_core.retention.estimators.event_table import event_table
    from recsys_core.retention.estimators.kaplan_meier import kaplan_meier

    time, event = [1, 2, 2, 3, 5], [1, 1, 0, 1, 0]
    clustered = kaplan_meier(clustered_table(time, event, range(5)))
    np.testing.assert_allclose(clustered.stderr, kaplan_meier(event_table(time, event)).stderr)
    twice = kaplan_meier(clustered_table(time * 2, event * 2, [*range(5)] * 2))
    np.testing.assert_allclose(twice.stderr, clustered.stderr)  # the same five users, seen double


def test_rows_that_cannot_be_used_are_refused_in_words():
    with pytest.raises(DataError, match="No event is observed in these rows"):
        mean_cumulative([0, 0], [1, 2], [0, 0], list("uv"))
    with pytest.raises(DataError, match="1 intervals overlap with the one before, for example of user u"):
        mean_cumulative([0, 1], [2, 3], [1, 1], list("uu"))
    with pytest.raises(DataError, match="1 of 2 rows name their user"):
        mean_cumulative([0, 0], [1, 2], [1, 0], ["u", None])
    rows = pd.DataFrame({"entry": [0, 1], "stop": [2, 3], "event": [1, 1], "user_id": ["u", "u"]})
    with pytest.raises(DataError, match="overlap"):
        andersen_gill(rows, pd.DataFrame({"x": [0.0, 1.0]}))

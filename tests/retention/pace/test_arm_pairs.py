"""All pairs by both methods: directions, horizons, reasons, weights; influence only where users take part."""

import numpy as np
import pytest

from recsys_core.errors import DataError
from recsys_core.retention.adjustment.weights import UserWeights
from recsys_core.retention.pace.arm_pairs import compare_pairs, engaged_apart
from recsys_core.retention.pace.life_model import LifeModel
from recsys_core.retention.pace.tenure_trend import tenure_trends
from recsys_core.retention.pace.visits import Visits
from validation.pace_logs import KINDS, LOG_DAYS, simulate


def visits_of(kind, users=1500, seed=1, law="gamma", log_days=LOG_DAYS):
    log = simulate(np.random.default_rng(seed), KINDS[kind], law, users, log_days)
    return Visits.of_times(log.arm, log.user, log.time, log_days, KINDS[kind].arms)


def test_every_pair_is_compared_by_both_methods():
    visits = visits_of("effect, three arms", 2400)
    found = compare_pairs(visits, 60, LOG_DAYS, 1)
    assert list(found.pairs) == [("b", "a"), ("c", "a"), ("c", "b")]
    assert found.gap == 28
    for (arm, reference), pair in found.pairs.items():
        others = ~np.isin(visits.arm, [visits.names.index(arm), visits.names.index(reference)])
        for figure in (pair.matched, pair.log_ratio, pair.pace):
            assert not figure.influence[others].any()
            assert figure.stderr > 0
        own = found.engaged[arm].estimate - found.engaged[reference].estimate
        assert pair.engaged.estimate == pytest.approx(own)
        assert (pair.matched_days, pair.not_applied) == (60, ())
    assert found.pairs["c", "a"].engaged.estimate > 3 * found.pairs["c", "a"].engaged.stderr


def test_days_engaged_are_those_of_the_life_model():
    visits = visits_of("pace 30 %")
    found = compare_pairs(visits, 40, LOG_DAYS, 1)
    seen = visits.until(120)
    fit = LifeModel(seen, None, tenure_trends(seen, np.ones(seen.size))).fit()
    for arm, name in enumerate("ab"):
        assert found.engaged[name].estimate == pytest.approx(fit.days_engaged(arm, 40)[0])


def test_a_short_log_has_a_short_gap_and_says_so():
    visits = visits_of("null", 800, log_days=40.0)
    found = compare_pairs(visits, 30, 40.0, 1)
    assert found.gap == 10
    assert 0 < found.pairs["b", "a"].matched_days <= 30
    tiny = compare_pairs(visits.until(9), 5, 40.0, 1).pairs["b", "a"]
    assert tiny.matched is None
    assert [reason.code for reason in tiny.not_applied] == ["matched-log-too-short"]


def test_a_method_that_gives_nothing_says_why_and_leaves_the_other():
    visits = visits_of("null", 600)
    quiet = Visits(visits.arm, visits.followed, *(np.array([], dtype=np.int64),) * 3, visits.names)
    pair = compare_pairs(quiet, 60, LOG_DAYS, 1).pairs["b", "a"]
    assert (pair.engaged, pair.matched, pair.pace) == (None, None, None)
    assert [one.code for one in pair.not_applied] == ["error-life-model-not-identified", "matched-log-too-short"]


def known_weights(size, weight=None):
    nothing = np.zeros((size, 1))
    return UserWeights(np.ones(size) if weight is None else weight, nothing, nothing, np.full(size, 0.5))


def test_weights_of_one_change_nothing():
    visits = visits_of("masked")
    plain = compare_pairs(visits, 60, LOG_DAYS, 1).pairs["b", "a"]
    weighted = compare_pairs(visits, 60, LOG_DAYS, 1, lambda *_: known_weights(visits.size)).pairs["b", "a"]
    for one, two in ((plain.engaged, weighted.engaged), (plain.matched, weighted.matched), (plain.pace, weighted.pace)):
        assert two.estimate == pytest.approx(one.estimate, abs=1e-6)
        np.testing.assert_allclose(two.influence, one.influence, atol=1e-6)


def test_a_model_for_each_arm_shares_nothing():
    visits = visits_of("effect, three arms", 2400)
    found = engaged_apart(visits, "c", "a", 60)
    days = []
    for code in (0, 2):
        own = visits.until(120).of_users(visits.arm == code)
        one = Visits(np.zeros(own.size, dtype=np.int64), own.followed, own.user, own.day, own.sessions, ("x",))
        days.append(LifeModel(one, None, tenure_trends(one, np.ones(one.size))).fit().days_engaged(0, 60)[0])
    assert found.estimate == pytest.approx(days[1] - days[0])
    assert not found.influence[visits.arm == 1].any()
    shared = compare_pairs(visits, 60, LOG_DAYS, 1).pairs["c", "a"].engaged
    assert abs(found.estimate - shared.estimate) < 2 * shared.stderr
    assert shared.stderr < found.stderr < 2 * shared.stderr
    two = visits.pair("c", "a")
    weighted = engaged_apart(two, "c", "a", 60, lambda *_: known_weights(two.size))
    assert weighted.estimate == pytest.approx(found.estimate)
    assert weighted.stderr == pytest.approx(found.stderr)


def test_a_model_for_each_arm_is_left_out_where_one_cannot_be_had():
    visits = visits_of("null", 600)
    quiet = Visits(visits.arm, visits.followed, *(np.array([], dtype=np.int64),) * 3, visits.names)
    assert engaged_apart(quiet, "b", "a", 60) is None

    def refused(*_):
        raise DataError("adjustment-nobody-served-by-both", users=600)

    assert engaged_apart(visits, "b", "a", 60, refused) is None


def test_weights_bring_back_what_was_taken_away():
    """One arm lost half of its users who stay long; counted twice, they restore the difference of 0."""
    visits = visits_of("null", 6000)
    rng = np.random.default_rng(4)
    long = (visits.arm == 1) & (visits.last_day > 25)
    kept = ~(long & (rng.random(visits.size) < 0.5))
    left, counted = visits.of_users(kept), np.where(long, 2.0, 1.0)[kept]
    counted[left.arm == 1] /= counted[left.arm == 1].mean()
    raw = compare_pairs(left, 60, LOG_DAYS, 1).pairs["b", "a"]
    mended = compare_pairs(left, 60, LOG_DAYS, 1, lambda *_: known_weights(left.size, counted))
    pair = mended.pairs["b", "a"]
    for before, after in ((raw.engaged, pair.engaged), (raw.matched, pair.matched)):
        assert before.estimate < -4 * before.stderr
        assert abs(after.estimate) < 3 * after.stderr


def test_weights_that_cannot_be_had_are_the_reason():
    def refused(arm, reference):
        raise DataError("pace-not-matched")

    pair = compare_pairs(visits_of("null", 300), 60, LOG_DAYS, 1, refused).pairs["b", "a"]
    assert (pair.engaged, pair.matched) == (None, None)
    assert [one.code for one in pair.not_applied] == ["error-pace-not-matched"]

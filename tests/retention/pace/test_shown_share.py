"""The part of a difference in days engaged that one long gap shows, against logs without end."""

from dataclasses import replace

import numpy as np
import pytest

from recsys_core.retention.pace.arm_pairs import compare_pairs
from recsys_core.retention.pace.shown_share import shown_share
from recsys_core.retention.pace.visits import Visits
from recsys_core.retention.study.deciding import smallest_difference
from validation.pace_logs import KINDS, LOG_DAYS, days_engaged, simulate
from validation.pace_studies import fixed_gap


def compared(kind, law, users=3000):
    log = simulate(np.random.default_rng(8), KINDS[kind], law, users)
    return compare_pairs(Visits.of_times(log.arm, log.user, log.time, LOG_DAYS, KINDS[kind].arms), 60, LOG_DAYS, 1)


def shown(kind, law):
    """Share in a log so long that everybody is followed through."""
    log = simulate(np.random.default_rng(9), replace(KINDS["effect"], pace=kind.pace), law, 60_000, 240.0)
    visits = Visits.of_times(log.arm, log.user, log.time, 240.0, ("a", "b"))
    (zero, _), (one, _) = fixed_gap(visits.of_users(visits.followed >= 88), 28, 60)
    by_arm = days_engaged(KINDS["effect"], law, 60)
    return (one - zero) / (by_arm[1] - by_arm[0])


@pytest.mark.parametrize("law", ["gamma", "lognormal"])
def test_the_share_is_that_of_a_log_without_end(law):
    found = compared("effect", law)
    assert shown_share(found.fit, found.gap, 60, 60) == pytest.approx(shown(KINDS["effect"], law), abs=0.07)


def test_users_who_come_rarely_show_less_and_the_slowest_arm_counts():
    often, rarely = (compared("null", law).fit for law in ("gamma", "lognormal"))
    assert shown_share(rarely, 28, 60, 60) < 0.8 * shown_share(often, 28, 60, 60)
    assert shown_share(rarely, 28, 60, 60) < shown_share(rarely, 56, 60, 60) <= 1
    slowed = compared("pace 40 %", "lognormal").fit
    assert shown_share(slowed, 28, 60, 60) < shown_share(rarely, 28, 60, 60)


def test_the_printed_difference_allows_for_it():
    found = compared("null", "lognormal")
    printed = smallest_difference(found, ["b", "a"], 60, 1)
    unscaled = 2.8 * found.pairs["b", "a"].matched.stderr
    assert printed > 1.2 * unscaled
    assert smallest_difference(replace(found, fit=None), ["b", "a"], 60, 1) is None

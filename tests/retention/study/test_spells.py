"""Lapses and returns: by hand on a few users, and on logs without a difference between arms."""

import numpy as np
import pandas as pd
import pytest

from recsys_core.columns import DAY_SECONDS
from recsys_core.errors import DataError
from recsys_core.retention.population.affinity_cohorts import AffinityInput
from recsys_core.retention.population.prepared import prepare
from recsys_core.retention.study.spells import find_spells, lapse_ratios, resurrection
from recsys_core.settings import RetentionSettings
from recsys_core.wording.sentences import say

SECOND = 1 / 86_400
SETTINGS = {"cohort": "recommender", "inactivity_days": 7}


def served(user, *days, arm="a"):
    return [(user, day, arm) for day in days]


def spells_of(data, **settings):
    with prepare(data, RetentionSettings.from_dict(SETTINGS | settings)) as ready:
        return find_spells(ready.cohorts, ready.table, 7)


def rows(frame, user):
    mine = frame[frame["user_id"] == user]
    return [(row.entry, row.stop, row.event) for row in mine.itertuples()]


def rows_of(found, user):
    return rows(found.active, user), rows(found.gone, user)


ROWS = [
    *served("twice", 0, 5, 20, 30, 33),  # gone from 12 to 20, from 27 to 30, and from 40 on
    *served("exact", 1, 8, 15, 22 + SECOND, 29),  # 7 days are no gap, 7 days and a second are
    *served("once", 2),
    *served("stays", *range(0, 41, 5)),
    *served("last", 0, 40),
    *served("late", 36),
]


def test_a_lapse_is_declared_a_gap_later_and_ends_with_the_return(make_log):
    found = spells_of(make_log(ROWS))
    assert rows(found.active, "twice") == [(0, 12, True), (20, 27, True), (30, 40, True)]
    assert rows(found.gone, "twice") == [(12, 20, True), (27, 30, True), (40, 40, False)]
    assert rows(found.active, "once") == [(0, 7, True)]
    assert rows(found.gone, "once") == [(7, 38, False)]  # days since the user's own start, to the end of the log
    assert rows(found.active, "stays") == [(0, 40, False)]
    assert rows(found.gone, "stays") == []


def test_a_gap_must_be_longer_than_g(make_log):
    found = spells_of(make_log(ROWS))
    assert rows(found.active, "exact") == [
        (0, 21, True),
        (pytest.approx(21 + SECOND), 35, True),  # 22 days and a second after day 1, and day 29 + 7
    ]
    assert rows(found.gone, "exact")[0] == (21, pytest.approx(21 + SECOND), True)


def test_a_return_at_the_end_of_the_log_is_seen_but_not_followed(make_log):
    found = spells_of(make_log(ROWS))
    assert rows(found.gone, "last") == [(7, 40, True)]
    assert rows(found.active, "last") == [(0, 7, True)]


def test_who_came_too_late_to_be_judged_has_no_spells(make_log):
    found = spells_of(make_log(ROWS))
    assert rows(found.active, "late") == []


def test_activity_before_the_first_exposure_does_not_count(make_log):
    data = make_log([*ROWS, ("old", 0.0, ""), ("old", 20.0, "a"), ("old", 24.0, "")])
    assert rows(spells_of(data).active, "old") == [(0, 11, True)]


def test_affinity_cohorts_are_followed_from_the_landmark(make_log):
    visits = {
        "stays": range(0, 100, 5),
        "returned": [65, 68, 76],  # gone from day 75, back on 76
        "left": [65, 68],
        "at the limit": [63, 70.5],  # gone at the very landmark, day 70, and back half a day later
        "again": [10, 40, 65, 72, 90],  # what was before the landmark does not count
    }
    rows = [("first", 0.0), ("end", 100.0), *((user, float(day)) for user, days in visits.items() for day in days)]
    data = make_log(rows)
    at = data.first_time + 65 * DAY_SECONDS
    taken = pd.DataFrame({"user_id": list(visits), "item_id": "i", "time": at})
    given = AffinityInput(
        data.first_time + 60 * DAY_SECONDS, {"ease": taken.assign(rank=1.0), "popular": taken.assign(rank=2.0)}
    )
    chosen = {"cohort": "affinity", "models": ("ease", "popular"), "landmark_days": 10, "inactivity_days": 7}
    with prepare(data, RetentionSettings.from_dict(chosen), given) as ready:
        found = find_spells(ready.cohorts, ready.table, 7)
    assert rows_of(found, "stays") == ([(0, 30, False)], [])
    assert rows_of(found, "returned") == ([(0, 5, True), (6, 13, True)], [(5, 6, True), (13, 30, False)])
    assert rows_of(found, "left") == ([(0, 5, True)], [(5, 30, False)])
    assert rows_of(found, "at the limit") == ([(0.5, 7.5, True)], [(0, 0.5, True), (7.5, 30, False)])
    assert rows_of(found, "again") == ([(0, 9, True), (20, 27, True)], [(9, 20, True), (27, 30, False)])


def test_returns_by_hand(make_log):
    data = make_log([*served("p", 0, 10), *served("q", 0, 17), *served("r", 0), *served("end", *range(0, 61, 5))])
    with prepare(data, RetentionSettings.from_dict(SETTINGS)) as ready:
        spells = find_spells(ready.cohorts, ready.table, 7)
        found = resurrection(spells, ready.table, ["a"], 7).arms[0]
    # p: back after 3 days, gone again from day 17; q: back after 10, gone again from day 24; r: never back
    assert (found.users, found.lapses, found.users_lapsed, found.returns) == (4, 5, 3, 2)
    shares = {one.days: one.share for one in found.returned}
    assert shares[7] == pytest.approx(1 / 5)
    assert shares[14] == pytest.approx(2 / 5)
    assert shares[60] is None  # nobody is followed for 60 days after a lapse
    assert all(one.lower <= one.share <= one.upper for one in found.returned if one.share is not None)
    # lapses whose last activity lies within 7 days: three of four users; within 14: p's second; q's is on day 17
    assert [(p.day, p.estimate) for p in found.lapses_per_user] == [
        (7, pytest.approx(3 / 4)),
        (14, pytest.approx(4 / 4)),
        (30, pytest.approx(5 / 4)),
    ]


def test_an_arm_without_a_lapse_is_named(make_log):
    data = make_log([*ROWS, *served("b1", *range(0, 41, 5), arm="b"), *served("b2", *range(1, 41, 3), arm="b")])
    with prepare(data, RetentionSettings.from_dict(SETTINGS)) as ready:
        spells = find_spells(ready.cohorts, ready.table, 7)
        found = resurrection(spells, ready.table, ["b", "a"], 7)
    assert found.ratios == ()
    assert "No user of b lapses" in say(found.warnings[0])
    assert found.arms[0].lapses == 0
    assert {one.share for one in found.arms[0].returned} == {None}
    with pytest.raises(DataError, match="No user of b lapses, so its rate cannot be compared"):
        lapse_ratios(spells.active, ["b", "a"])


def coming_and_going(seed, rates, users=400, days=120.0):
    """Users are active for an exponential time, away for one, and so on; both rates vary between users."""
    rng, rows = np.random.default_rng(seed), []
    for user in range(users):
        arm = "ab"[user % 2]
        start, frailty = rng.uniform(0, 20), rng.gamma(4, 1 / 4)
        clock = start
        while clock < days:
            stay = rng.exponential(1 / (rates[arm] * frailty))
            times = np.arange(clock, clock + stay, 1.0) + rng.uniform(0, 0.5)
            rows += [(f"u{user}", t, arm) for t in [clock, *times] if t < days]
            clock += stay + 7 + rng.exponential(10)
    return rows


def ratio_of(make_log, seed, rates):
    data = make_log(coming_and_going(seed, rates))
    with prepare(data, RetentionSettings.from_dict(SETTINGS)) as ready:
        spells = find_spells(ready.cohorts, ready.table, 7)
        return resurrection(spells, ready.table, ["a", "b"], 7)


def test_arms_alike_have_a_ratio_of_one(make_log):
    found = ratio_of(make_log, 3, {"a": 0.05, "b": 0.05})
    (ratio,) = found.ratios
    assert (ratio.arm, ratio.reference) == ("a", "b")
    assert ratio.hazard_ratio.lower < 1 < ratio.hazard_ratio.upper
    assert 0.8 < ratio.hazard_ratio.estimate < 1.25
    assert found.arms[0].lapses > found.arms[0].users_lapsed  # users lapse more than once
    # absence beyond the gap is exponential with a mean of 10 days
    back = {one.days: one.share for one in found.arms[0].returned}
    assert back[14] == pytest.approx(1 - np.exp(-1.4), abs=0.06)


@pytest.mark.slow
def test_arms_alike_over_many_logs(make_log):
    ratios = [ratio_of(make_log, seed, {"a": 0.05, "b": 0.05}).ratios[0].hazard_ratio for seed in range(20)]
    z = np.array([np.log(r.estimate) / (np.log(r.upper / r.lower) / 3.92) for r in ratios])
    assert abs(z.mean()) < 3 / np.sqrt(z.size)
    assert 0.6 < z.std() < 1.5
    assert sum(r.p < 0.05 for r in ratios) <= 4


def test_a_higher_rate_is_found(make_log):
    (ratio,) = ratio_of(make_log, 4, {"a": 0.08, "b": 0.04}).ratios
    assert ratio.hazard_ratio.lower > 1.3
    assert 1.5 < ratio.hazard_ratio.estimate < 2.3


def test_covariates_stand_in_the_model(make_log):
    data = make_log(coming_and_going(5, {"a": 0.05, "b": 0.05}, users=120))
    with prepare(data, RetentionSettings.from_dict(SETTINGS)) as ready:
        spells = find_spells(ready.cohorts, ready.table, 7)
        side = ready.table.users[["user_id"]].assign(side=np.arange(len(ready.table.users)) % 3)[["side"]]
        plain = resurrection(spells, ready.table, ["a", "b"], 7).ratios[0].hazard_ratio
        adjusted = resurrection(spells, ready.table, ["a", "b"], 7, covariates=side).ratios[0].hazard_ratio
    assert plain.estimate != adjusted.estimate
    assert adjusted.estimate == pytest.approx(plain.estimate, rel=0.2)

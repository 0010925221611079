"""Broken logging is found in logs of two mechanisms, and whole logs are left in peace."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest

from recsys_core.retention.integrity.breaks import (
    ARM,
    CLOCK,
    LATE,
    ONE_DAY,
    OUTAGE,
    Break,
    find_breaks,
    pile_of_seconds,
)
from tests.retention.integrity.daily_logs import (
    Events,
    delivered_late,
    one_arm_broken,
    plain_log,
    rough_log,
    with_outage,
)

KINDS = ("plain-null", "plain-effect", "pace", "late-arm")
Make = Callable[[int], Events]


def found_in(log: Events) -> list[Break]:
    events, users = log.counts()
    return find_breaks(events, users, np.ones(len(events)))


def whole_logs(users: int, length: float) -> dict[str, Make]:
    plain = {kind: lambda seed, kind=kind: plain_log(seed, kind, users, length) for kind in KINDS}
    rough = {
        f"weekend {part}": lambda seed, part=part: rough_log(seed, users, length, part) for part in (0.1, 0.5, 1.0)
    }
    return plain | rough


@pytest.mark.parametrize(("users", "length"), [(4000, 120.0), (300, 120.0), (300, 30.0), (60, 14.0)])
def test_whole_logs_have_no_findings(users, length):
    for name, make in whole_logs(users, length).items():
        assert [(name, seed, found_in(make(seed))) for seed in range(2) if found_in(make(seed))] == []


@pytest.mark.parametrize("make", [plain_log, rough_log])
def test_days_that_are_missing_are_found_to_the_day(make):
    for seed in range(3):
        (only,) = found_in(with_outage(make(seed), 70, 9))
        assert (only.kind, only.first, only.last, only.arm) == (OUTAGE, 70, 78, None)
        assert only.share < 0.2


@pytest.mark.parametrize(("make", "days"), [*product([plain_log, rough_log], [2, 3, 4])])
def test_last_days_that_are_half_there_are_found(make, days):
    for seed in range(3):
        (only,) = found_in(delivered_late(make(seed), days, seed))
        assert (only.kind, only.last) == (LATE, 119)
        assert 120 - days - 2 <= only.first <= 119


@pytest.mark.parametrize("make", [plain_log, rough_log])
def test_one_arm_that_is_not_logged_is_told_from_an_outage(make):
    for seed in range(3):
        (only,) = found_in(one_arm_broken(make(seed), 60, 6, seed))
        assert (only.kind, only.first, only.last, only.arm) == (ARM, 60, 65, 1)


def test_a_day_that_was_put_on_the_next_is_a_clock_that_jumped():
    log = rough_log(1)
    log.day = log.day + ((log.day >= 70) & (log.day < 71))
    (only,) = found_in(log)
    assert (only.kind, only.first, only.last) == (CLOCK, 70, 71)


def test_a_day_with_a_tenth_of_all_events_is_found():
    log = plain_log(2)
    moved = np.random.default_rng(0).random(len(log.day)) < 0.12
    log.day = np.where(moved, 80.5, log.day)
    (only,) = found_in(log)
    assert (only.kind, only.first) == (ONE_DAY, 80)
    assert only.share > 0.1


def test_days_that_the_study_leaves_out_are_not_found_again():
    events, users = with_outage(plain_log(3), 70.2, 9).counts()
    seen = np.ones(len(events))
    seen[70:80] = 0
    assert find_breaks(events, users, seen) == []


def test_an_arm_that_begins_late_is_no_hole():
    assert [found_in(plain_log(seed, "late-arm")) for seed in range(3)] == [[], [], []]


def test_a_second_of_the_day_must_stand_out():
    assert pile_of_seconds(np.array([500, *[12] * 9]), 10_000) == 0.05
    assert pile_of_seconds(np.array([500, *[400] * 9]), 10_000) is None  # hours alone
    assert pile_of_seconds(np.array([15, *[1] * 9]), 100) is None  # too few to say
    assert pile_of_seconds(np.array([500, 3]), 503) is None


@pytest.mark.slow
def test_how_often_whole_and_broken_logs_are_flagged():
    """At most 1 % of whole logs, and at least 95 % of logs of 4,000 users that are broken."""
    seeds = range(1000, 1100)
    for users, length in ((4000, 120.0), (300, 120.0), (300, 30.0)):
        for name, make in whole_logs(users, length).items():
            assert np.mean([bool(found_in(make(seed))) for seed in seeds]) <= 0.01, (users, length, name)
    for make in (plain_log, rough_log):
        assert np.mean([bool(found_in(with_outage(make(seed), 70.2, 9))) for seed in seeds]) >= 0.95
        for days in (2, 3, 4):
            late = [bool(found_in(delivered_late(make(seed), days, seed))) for seed in seeds]
            assert np.mean(late) >= 0.95, (make.__name__, days)

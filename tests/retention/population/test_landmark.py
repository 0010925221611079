"""Where the log is cut, and whether affinity cohorts can be made with that cut."""

import pytest

from recsys_core.columns import DAY_SECONDS
from recsys_core.errors import SettingsError
from recsys_core.retention.population.landmark import affinity_window, gap_days, split_time, window_at
from recsys_core.settings import RetentionSettings, SplitSettings

FORTNIGHT = RetentionSettings(inactivity_days=14, landmark_days=14)


@pytest.fixture
def log_of(make_log):
    """A log of so many days."""
    return lambda days: make_log([("u", 0.0), ("u", float(days))])


def day(dataset, seconds):
    return (seconds - dataset.first_time) / DAY_SECONDS


@pytest.mark.parametrize(("days", "expected"), [(120, 120 - 14 - 14 - 30), (300, 240), (97, 39)])
def test_the_split_leaves_the_window_the_gap_and_30_days_and_is_at_most_at_80_percent(log_of, days, expected):
    data = log_of(days)
    assert day(data, split_time(data, SplitSettings(), FORTNIGHT)) == expected
    window = affinity_window(data, SplitSettings(), FORTNIGHT)
    assert (day(data, window.landmark), window.gap_days, window.refusal) == (expected + 14, 14, None)


def test_a_log_too_short_for_affinity_is_split_at_80_percent_and_told_how_long_it_takes(log_of):
    data = log_of(90)  # 90 - 58 days = 32, before 40 % of the log
    window = affinity_window(data, SplitSettings(), FORTNIGHT)
    assert day(data, window.test_from) == 72
    assert "log of 90 days is too short" in str(window.refusal)
    assert "at least 97 days" in str(window.refusal)


def test_a_given_moment_is_taken_as_it_is(log_of):
    data = log_of(120)
    given = SplitSettings(test_from="2026-05-20T12:00:00Z")
    window = affinity_window(data, given, FORTNIGHT)
    assert (day(data, window.test_from), window.refusal) == (80, None)
    assert day(data, split_time(data, SplitSettings(test_from="2026-05-20T12:00:00"), FORTNIGHT)) == 80
    late = SplitSettings(test_from="2026-06-01T12:00:00Z")  # day 92: 28 days and no day to follow
    assert day(data, split_time(data, late, FORTNIGHT)) == 92
    assert "leaves 28.0 days of log; affinity cohorts need 14" in str(affinity_window(data, late, FORTNIGHT).refusal)
    early = SplitSettings(test_from="2026-03-31T12:00:00Z")
    assert "leaves 25 % of the log to learn from" in str(affinity_window(data, early, FORTNIGHT).refusal)


@pytest.mark.parametrize("text", ["2026-02-01", "2027-01-01"])
def test_a_moment_outside_the_log_is_refused(log_of, text):
    with pytest.raises(SettingsError, match="outside the log, which runs from 1 March 2026 to 29 June 2026"):
        split_time(log_of(120), SplitSettings(test_from=text), FORTNIGHT)


def test_a_moment_that_is_none_is_refused(log_of):
    with pytest.raises(SettingsError, match="split.test_from is 'spring'; write it as"):
        split_time(log_of(120), SplitSettings(test_from="spring"), FORTNIGHT)


def test_the_gap_is_read_off_the_gaps_of_all_users(make_log):
    data = make_log([(f"u{n}", float(when), "a") for n in range(40) for when in range(0, 121, 5)])
    assert gap_days(data, RetentionSettings(), data.log_end) == 7
    assert gap_days(data, RetentionSettings(inactivity_days=3), data.log_end) == 3
    window = window_at(data, data.first_time + 60 * DAY_SECONDS, RetentionSettings(landmark_days=20))
    assert (window.gap_days, day(data, window.landmark)) == (7, 80)


def test_the_end_of_the_log_that_was_set_counts(log_of):
    data = log_of(150)
    ends = RetentionSettings(inactivity_days=14, landmark_days=14, log_end="2026-06-29T12:00:00Z")
    assert day(data, split_time(data, SplitSettings(), ends)) == 62

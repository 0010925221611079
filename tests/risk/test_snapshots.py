"""What is known of users at a moment, and what became of them: by hand, and never from later events."""

import pandas as pd
import pytest

from recsys_core import columns as col
from recsys_core.retention.population.cohorts import assign_cohorts
from recsys_core.risk.snapshots import outcomes, take_snapshot
from recsys_core.settings import RetentionSettings
from tests.risk.conftest import DAY, START, imported

ROWS = [
    ("a", "i1", 0), ("a", "i2", 18), ("a", "i2", 19.5), ("a", "i3", 23), ("a", "i3", 40),
    ("b", "i1", 20), ("c", "i1", 5), ("d", "i1", 21), ("e", "i1", 19), ("e", "i1", 25.5), ("e", "i2", 31),
]  # fmt: skip
MOMENT = START + 20 * DAY


@pytest.fixture
def made(tmp_path):
    log = pd.DataFrame([(u, i, START + int(d * DAY)) for u, i, d in ROWS], columns=["user", "item", "time"])
    data = imported(tmp_path, log)
    settings = RetentionSettings(cohort="all", inactivity_days=7)
    return data, assign_cohorts(data, settings, data.log_end)


def test_only_the_past_is_known(made):
    snapshot = take_snapshot(*made, MOMENT, 7, 14)
    found = snapshot.users.set_index(col.USER)
    assert list(found.index) == ["a", "b", "e"]  # c was last seen 15 days before, d comes later
    assert found.loc["a"].tolist() == [0.5, 2.0, 2.0, 1.0, 20.0]
    assert list(found.columns) == [
        "days-since-last-active", "active-days-in-week", "active-days-in-history", "events-per-active-day",
        "days-since-first-seen",
    ]  # fmt: skip
    assert found.loc["b"].tolist() == [0.0, 1.0, 1.0, 1.0, 0.0]


def test_what_became_of_them_is_the_studys_lapse(made):
    data, cohorts = made
    snapshot = take_snapshot(data, cohorts, MOMENT, 7, 14)
    found = outcomes(cohorts, snapshot, 7, data.log_end)
    # a: back on day 23, then a gap of 17 days: lapse on day 3. b: never back. e: back on 25.5 and 31, followed 13 days
    assert found[col.DURATION].tolist() == [3, 0, 11]
    assert found[col.LAPSED].tolist() == [True, True, True]


def test_outcomes_stop_where_they_could_be_known(made):
    data, cohorts = made
    snapshot = take_snapshot(data, cohorts, MOMENT, 7, 14)
    found = outcomes(cohorts, snapshot, 7, START + 29 * DAY)  # two days may be judged: 29 - 7 - 20
    assert found[col.DURATION].tolist() == [2, 0, 2]
    assert found[col.LAPSED].tolist() == [False, True, False]
    again = outcomes(cohorts, snapshot, 7, START + 30 * DAY)  # a's return on day 23 is followed by silence up to day 30
    assert again[col.LAPSED].tolist() == [True, True, False]


def test_a_history_of_a_week_is_counted_once(made):
    assert list(take_snapshot(*made, MOMENT, 7, 7).known.columns) == [
        "days-since-last-active", "active-days-in-week", "events-per-active-day", "days-since-first-seen",
    ]  # fmt: skip

"""Days that the log does not hold are left out of gaps and durations."""

from datetime import UTC, datetime

import numpy as np
import pytest

from recsys_core.columns import DAY_SECONDS
from recsys_core.errors import SettingsError
from recsys_core.retention.population.prepared import prepare
from recsys_core.retention.population.study_clock import StudyClock, study_clock
from recsys_core.settings import RetentionSettings


def second(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def test_the_clock_stands_still_over_days_left_out():
    clock = study_clock(("2026-03-15..2026-03-17", "2026-03-10"), "UTC")
    assert clock.at(second("2026-03-09T23:00")) == second("2026-03-09T23:00")
    assert clock.at(second("2026-03-10T23:00")) == second("2026-03-10T00:00")
    assert clock.at(second("2026-03-12T01:00")) == second("2026-03-11T01:00")
    assert clock.at(second("2026-03-18T01:00")) == second("2026-03-14T01:00")
    moments = np.array([second(f"2026-03-{day:02d}T05:00") for day in range(8, 20)])
    assert clock.read(moments).tolist() == [clock.at(int(moment)) for moment in moments]
    assert [clock.moment(clock.at(second(day))) for day in ("2026-03-09", "2026-03-14", "2026-03-18T03:00")] == [
        second("2026-03-09"), second("2026-03-14"), second("2026-03-18T03:00"),
    ]  # fmt: skip
    first = second("2026-03-09") // DAY_SECONDS
    assert [clock.day_at(first + ahead) - first for ahead in range(10)] == [0, 1, 1, 2, 3, 4, 5, 5, 5, 5]


def test_ranges_that_meet_are_one_and_days_are_those_of_the_zone():
    clock = study_clock(("2026-03-28..2026-03-29", "2026-03-29", "2026-03-30"), "Europe/Paris")
    assert clock.seconds == ((second("2026-03-27T23:00"), second("2026-03-30T22:00")),)  # 71 hours: the clocks changed
    assert study_clock((), "UTC") == StudyClock()


@pytest.mark.parametrize("text", ["soon", "2026-03-32", "2026-03-05..2026-03-04", "2026-03-05..", "..2026-03-05"])
def test_what_is_no_date_is_refused(text):
    with pytest.raises(SettingsError) as refused:
        study_clock((text,), "UTC")
    assert refused.value.kind == "missing-days-no-date"


ROWS = [("a", day) for day in (0.0, 1.0, 12.5, 14.0, 15.0)] + [("b", 0.25), ("b", 1.0), ("c", 30.0)]


@pytest.mark.parametrize("rule", ["elapsed", "calendar"])
def test_an_outage_left_out_makes_nobody_lapse(make_log, lifetimes_of, rule):
    data = make_log(ROWS)
    settings = {"cohort": "all", "burn_in_days": 0, "inactivity_days": 5, "day_rule": rule}
    assert lifetimes_of(data, **settings)["a"] == (1, True)
    left_out = lifetimes_of(data, **settings, missing_days=("2026-03-04..2026-03-12",))  # days 2.5 to 11.5
    assert left_out["a"] == (6, True)  # 15 days less 9
    assert left_out["b"] == (1, True)


def test_followed_days_are_fewer_by_days_left_out(make_log, lifetimes_of):
    rows = [("a", float(day)) for day in range(31)]
    settings = {"cohort": "all", "burn_in_days": 0, "inactivity_days": 5}
    assert lifetimes_of(make_log(rows), **settings) == {"a": (25, False)}
    left_out = lifetimes_of(make_log(rows), **settings, missing_days=("2026-03-04..2026-03-12",))
    assert left_out == {"a": (16, False)}


def test_gaps_are_read_off_the_same_clock(make_log, table_of):
    data = make_log([("a", 2.0), ("a", 12.0), ("b", 0.0), ("b", 40.0)])
    with prepare(
        data, RetentionSettings(cohort="all", burn_in_days=0, missing_days=("2026-03-04..2026-03-12",))
    ) as ready:
        assert ready.gaps.days[0] == 1
        assert ready.gaps.returned[0] > 0  # ten days of which nine are left out

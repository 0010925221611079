from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys_core.data.dataset import Dataset
from recsys_core.data.import_log import import_log
from recsys_core.settings import DataSettings
from recsys_core.wording.sentences import issue_detail, step_name
from recsys_core.workspace import Workspace

HEADER = "user_id,item_id,timestamp\n"
START = datetime(2026, 3, 1, tzinfo=UTC)


def log(times: list[datetime]) -> str:
    return HEADER + "".join(f"u{n % 9},i{n % 4},{time.isoformat()}\n" for n, time in enumerate(times))


def every_hour(count: int, start: datetime = START) -> list[datetime]:
    return [start + timedelta(hours=n) for n in range(count)]


def test_steps_are_chained_and_counted(bring: Callable[..., Dataset]) -> None:
    good = "".join(f"u{n},i,2026-03-{n % 28 + 1:02d}\n" for n in range(100))
    data = bring(
        HEADER + good + "u1,i\n,i,2026-03-01\n" + "u1,,2026-03-01\n" * 2 + "u1,i,soon\n" + "u1,i,2026-03-02\n" * 2
    )
    assert [(step.code, step.rows_in - step.rows_out) for step in data.steps] == [
        ("lines-read", 1), ("rows-with-user", 1), ("rows-with-item", 2), ("rows-with-time", 1),
        ("rows-with-believable-time", 0), ("no-stray-times", 0), ("duplicates-once", 2),
    ]  # fmt: skip
    assert [step_name(step) for step in data.steps] == [
        "lines that can be read", "rows with a user", "rows with an item", "rows with a readable time",
        "rows with a believable time", "no stray times", "duplicate rows once",
    ]  # fmt: skip
    assert [step.rows_out for step in data.steps[:-1]] == [step.rows_in for step in data.steps[1:]]
    assert (data.rows_in, data.rows, data.users, data.items) == (107, 100, 100, 1)
    assert {(i.values["step"].code, i.rows, i.level) for i in data.issues if i.code == "rows-left-out"} >= {
        ("step-rows-with-user", 1, "note"), ("step-rows-with-item", 2, "warn"), ("step-rows-with-time", 1, "note"),
    }  # fmt: skip


def test_only_rows_equal_in_every_role_are_duplicates(bring: Callable[..., Dataset]) -> None:
    data = bring("user,item,time,event,other\na,x,2026-03-01,view,1\na,x,2026-03-01,view,2\na,x,2026-03-01,click,1\n")
    assert data.rows == 2
    assert data.events == {"click": 1, "view": 1}
    assert data.interactions().event.execute().tolist() == ["click", "view"]


@pytest.mark.parametrize("strays", [[datetime(1995, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)]])
def test_a_broken_clock_does_not_stretch_the_log(bring: Callable[..., Dataset], strays: list[datetime]) -> None:
    data = bring(log(every_hour(500) + strays), days_ahead=36_500)
    assert next(step for step in data.steps if step.code == "no-stray-times").rows_out == 500
    assert data.log_end == int((START + timedelta(hours=499)).timestamp())
    kept = bring(log(every_hour(500) + strays), drop_isolated_times=False, days_ahead=36_500)
    assert "no-stray-times" not in [step.code for step in kept.steps]
    assert (kept.rows, kept.last_time) == (502, int(strays[1].timestamp()))


def test_one_future_event_does_not_move_the_end(bring: Callable[..., Dataset]) -> None:
    data = bring(log([*every_hour(2_000), START + timedelta(days=400)]))
    assert data.last_time == int((START + timedelta(hours=1_999)).timestamp())


def test_a_pause_belongs_to_the_log(bring: Callable[..., Dataset]) -> None:
    data = bring(log(every_hour(250) + every_hour(250, START + timedelta(days=70))))
    assert data.rows == 500


def test_a_quiet_start_belongs_to_the_log(bring: Callable[..., Dataset]) -> None:
    data = bring(log([START - timedelta(days=20), *every_hour(500)]))
    assert data.rows == 501


def test_small_logs_are_left_alone(bring: Callable[..., Dataset]) -> None:
    data = bring(
        log([START, START, START, START + timedelta(days=800), datetime(1990, 1, 1, tzinfo=UTC)]), days_ahead=3650
    )
    assert data.rows == 5


def test_times_ahead_of_today_are_pointed_out(bring: Callable[..., Dataset]) -> None:
    data = bring(log([datetime(2099, 1, 1, tzinfo=UTC), datetime(2099, 1, 2, tzinfo=UTC)]), days_ahead=36_500)
    found = {issue.code: issue for issue in data.issues}
    assert (found["future-times"].rows, found["future-times"].level) == (2, "warn")
    assert issue_detail(found["short-log"]) == "The log spans 1.0 days; lapses need weeks to show."


def test_issues_of_arms_events_ties_and_zones(bring: Callable[..., Dataset]) -> None:
    rows = "".join(f"u{n % 40},i,2026-03-01 10:00:0{n % 2},view,{'cf' if n % 40 < 35 else 'bret'}\n" for n in range(80))
    data = bring("user,item,time,event,arm\n" + rows + "u1,j,2026-03-01 10:00:01,view,\n")
    found = {issue.code: issue for issue in data.issues}
    assert issue_detail(found["small-arm"]) == "Arm 'bret' has 5 users."
    assert found["recommender-missing"].rows == 1
    assert issue_detail(found["one-event-kind"]) == "All events are of one kind, so all count as activity."
    assert found["time-ties"].rows == 1
    assert issue_detail(found["no-time-zone"]) == "Times name no zone and were read as UTC."
    assert found["rows-left-out"].rows == 40


def test_swapped_dates_are_pointed_out(bring: Callable[..., Dataset]) -> None:
    data = bring(HEADER + "a,x,03/04/2026\nb,y,05/04/2026\n")
    assert "Every date reads both ways; month first was taken." in [issue_detail(issue) for issue in data.issues]


def test_numbers_that_are_none_are_missing(bring: Callable[..., Dataset]) -> None:
    data = bring("user,item,time,rating\na,x,2026-03-01,4.5\na,y,2026-03-01,inf\na,z,2026-03-01,much\n")
    assert sorted(data.interactions().value.execute().dropna()) == [4.5]


def test_whole_ids_held_as_real_numbers(space: Workspace, tmp_path: Path) -> None:
    """Pandas turns ids into real numbers where one is missing."""
    columns = {"user_id": [17850.0, None, float("nan")], "item_id": [2.5, 3.0, 4.0], "timestamp": [1_772_000_000] * 3}
    pq.write_table(pa.table(columns), tmp_path / "log.parquet")
    data = import_log(space, DataSettings(log="log.parquet", pseudonymise=False), folder=tmp_path)
    assert data.interactions().user_id.execute().tolist() == ["17850"]
    assert data.interactions().item_id.execute().tolist() == ["2.5"]


def test_interactions_are_sorted_by_user_and_time(bring: Callable[..., Dataset]) -> None:
    data = bring(log(every_hour(300)[::-1]))
    table = data.interactions().execute()
    assert table.equals(table.sort_values(["user_id", "timestamp", "item_id"], ignore_index=True))
    assert table.dtypes.astype(str)["timestamp"] == "int64"

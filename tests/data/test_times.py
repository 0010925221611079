import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys_core.data.dataset import Dataset
from recsys_core.data.raw_table import RawTable
from recsys_core.data.read_log import read_table
from recsys_core.data.times import TimeFormat, find_time_format, looks_like_time
from recsys_core.errors import DataError

NOON = int(datetime(2026, 3, 9, 12, 34, 56, tzinfo=UTC).timestamp())
MIDNIGHT = int(datetime(2026, 3, 9, tzinfo=UTC).timestamp())
MINUTE = NOON - 56

FORMS = [
    ("2026-03-09T12:34:56Z", NOON, "iso-8601"),
    ("2026-03-09 12:34:56", NOON, "iso-8601"),
    ("2026-03-09T12:34:56.999", NOON, "iso-8601"),
    ("2026-03-09T14:34:56+02:00", NOON, "iso-8601"),
    ("2026-03-09T14:34:56 +0200", NOON, "iso-8601"),
    ("2026-03-09 04:34:56.123456-08", NOON, "iso-8601"),
    ("2026-03-09 18:04:56+05:30", NOON, "iso-8601"),
    ("2026-03-09 12:34:56 UTC", NOON, "iso-8601"),
    ("2026-03-09 21:34:56 Asia/Tokyo", NOON, "iso-8601"),
    ("2026-03-09T12:34", MINUTE, "iso-8601"),
    ("2026/03/09 12:34:56", NOON, "iso-8601"),
    ("2026-03-09", MIDNIGHT, "iso-8601"),
    (str(NOON), NOON, "epoch-seconds"),
    (f"{NOON}.99", NOON, "epoch-seconds"),
    (f"{NOON}999", NOON, "epoch-milliseconds"),
    (f"{NOON}999.9", NOON, "epoch-milliseconds"),
    (f"{NOON}999999", NOON, "epoch-microseconds"),
    (f"{NOON}999999999", NOON, "epoch-nanoseconds"),
    ("03/29/2026 12:34", MINUTE + 20 * 86_400, "%m/%d/%Y %H:%M"),
    ("29/03/2026 12:34:56", NOON + 20 * 86_400, "%d/%m/%Y %H:%M:%S"),
    ("3/29/26 12:34", MINUTE + 20 * 86_400, "%m/%d/%y %H:%M"),
    ("03/29/2026 12:34 PM", MINUTE + 20 * 86_400, "%m/%d/%Y %I:%M %p"),
    ("09.03.2026", MIDNIGHT, "%d.%m.%Y"),
    ("20260309", MIDNIGHT, "%Y%m%d"),
    ("20260309123456", NOON, "%Y%m%d%H%M%S"),
    ("09/Mar/2026:13:34:56 +0100", NOON, "%d/%b/%Y:%H:%M:%S %z"),
    ("Mon Mar 09 12:34:56 +0000 2026", NOON, "%a %b %d %H:%M:%S %z %Y"),
    ("09 Mar 2026", MIDNIGHT, "%d %b %Y"),
    ("March 9, 2026", MIDNIGHT, "%B %d, %Y"),
]


def read(tmp_path: Path, *values: str) -> tuple[TimeFormat, list[int | None]]:
    (tmp_path / "log.csv").write_text("who|when\n" + "".join(f"a|{value}\n" for value in values))
    table = read_table(tmp_path / "log.csv", "|")
    found = find_time_format(table, "when")
    return found, seconds(table, found)


def seconds(table: RawTable, found: TimeFormat, column: str = "when") -> list[int | None]:
    times = table.table.select(time=found.read(table.table[column])).to_pandas()["time"]
    return [None if pd.isna(time) else int(time) for time in times]


@pytest.mark.parametrize(("value", "moment", "form"), FORMS)
def test_every_form_gives_utc_seconds(tmp_path: Path, value: str, moment: int, form: str) -> None:
    found, times = read(tmp_path, value, value)
    assert (found.form, found.share, times) == (form, 1.0, [moment, moment])


def test_naive_and_zoned_in_one_column(tmp_path: Path) -> None:
    found, times = read(tmp_path, "2026-03-09T12:34:56", "2026-03-09T12:34:56+01:00")
    assert sorted(time or 0 for time in times) == [NOON - 3600, NOON]
    assert found.assumed_utc


def test_named_zones_assume_nothing(tmp_path: Path) -> None:
    assert not read(tmp_path, "2026-03-09T12:34:56Z")[0].assumed_utc


@pytest.mark.parametrize(("second", "ambiguous"), [("04/05/2026", True), ("13/05/2026", False), ("04/13/2026", False)])
def test_swapped_days_and_months(tmp_path: Path, second: str, ambiguous: bool) -> None:
    found, _ = read(tmp_path, "03/04/2026", second)
    assert found.ambiguous is ambiguous
    assert found.form == ("%d/%m/%Y" if second.startswith("13") else "%m/%d/%Y")


def test_values_that_are_no_times_become_missing(tmp_path: Path) -> None:
    odd = ["soon", "infinity", "170141183460469231731687303715884105727", "2026-02-30"]
    found, times = read(tmp_path, *["2026-03-09T12:34:56"] * 5, *odd)
    assert (round(found.share, 2), times.count(NOON), times.count(None)) == (0.56, 5, 4)
    found, times = read(tmp_path, *[f"{NOON}000"] * 5, *odd, "nan", "1e400")
    assert (times.count(NOON), times.count(None)) == (5, 6)


def test_half_must_be_times(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"Column 'when' of log.csv holds no times: found values like .*Wanted are ISO"):
        read(tmp_path, "2026-03-09", "a", "b", "c")
    (tmp_path / "log.csv").write_text("who,n\na,5\nb,7\n")
    table = read_table(tmp_path / "log.csv")
    assert not looks_like_time(table, "n")


@pytest.mark.parametrize(
    "kind",
    [
        pa.timestamp("s"),
        pa.timestamp("ms", "UTC"),
        pa.timestamp("us", "Asia/Tokyo"),
        pa.timestamp("ns"),
        pa.timestamp("ns", "UTC"),
    ],
)
def test_typed_times(tmp_path: Path, kind: pa.DataType) -> None:
    moment = datetime.fromtimestamp(NOON, UTC)
    values = pa.array([moment if kind.tz else moment.replace(tzinfo=None)], kind)
    pq.write_table(pa.table({"when": values}), tmp_path / "log.parquet")
    table = read_table(tmp_path / "log.parquet")
    found = find_time_format(table, "when")
    assert seconds(table, found) == [NOON]
    assert found.assumed_utc is (kind.tz is None)


@pytest.mark.parametrize("values", [[NOON * 1000 + 999], [NOON + 0.99], [datetime(2026, 3, 9, tzinfo=UTC).date()]])
def test_typed_numbers_and_dates(tmp_path: Path, values: list[object]) -> None:
    pq.write_table(pa.table({"when": values}), tmp_path / "log.parquet")
    table = read_table(tmp_path / "log.parquet")
    found = find_time_format(table, "when")
    expected = MIDNIGHT if found.form == "dates" else NOON
    assert seconds(table, found) == [expected]


def test_dates_alone_end_at_the_end_of_the_last(bring: Callable[..., Dataset]) -> None:
    data = bring("user_id,item_id,date\na,x,2026-03-01\nb,y,2026-03-09\n")
    assert data.date_only
    assert (data.last_time, data.log_end) == (MIDNIGHT, MIDNIGHT + 86_399)
    hours = bring("user_id,item_id,date\na,x,2026-03-01\nb,y,2026-03-09 12:34:56\n")
    assert not hours.date_only
    assert hours.log_end == NOON


ZONE_SCRIPT = """
import sys
from pathlib import Path
from recsys_core.data.import_log import import_log
from recsys_core.settings import DataSettings
from recsys_core.workspace import Workspace
data = import_log(Workspace.open(Path(sys.argv[1]) / "home"), DataSettings(log="log.csv"), folder=Path(sys.argv[1]))
print(data.first_time, data.last_time, data.interactions().timestamp.max().execute())
"""


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_the_machine_has_no_say_in_the_time_zone(tmp_path: Path, zone: str) -> None:
    """A session from 23:45 to 00:01 crosses midnight in UTC, wherever the machine stands."""
    rows = ["a,x,2026-03-08T23:45:00", "a,y,2026-03-09 00:01:00", "b,x,2026-03-09T01:01:00+01:00"]
    (tmp_path / "log.csv").write_text("user_id,item_id,timestamp\n" + "\n".join(rows) + "\n")
    done = subprocess.run(
        [sys.executable, "-c", ZONE_SCRIPT, str(tmp_path)],
        env=os.environ | {"TZ": zone}, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.stdout.split() == [str(MIDNIGHT - 900), str(MIDNIGHT + 60), str(MIDNIGHT + 60)]

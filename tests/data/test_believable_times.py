"""Times outside the believable ones are left out and counted, or the column is refused; stored ones do not break."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from recsys_core import words
from recsys_core.care.deletion import delete_dataset
from recsys_core.data import bounds, import_log
from recsys_core.data.dataset import Dataset
from recsys_core.errors import DataError, SettingsError, WorkspaceError
from recsys_core.settings import DataSettings, ImportLimits, RetentionSettings, SplitSettings
from recsys_core.workspace import Workspace

START = datetime(2026, 3, 1, tzinfo=UTC)
STRANGE = ["0001-01-01", "1969-12-31", "1989-12-31", "2199-01-01", "9999-12-31T23:59:59Z", "12000-01-01"]
DAY = 86_400


def log(*times: object, rows: int = 50) -> str:
    good = [(START + timedelta(hours=7 * n)).isoformat() for n in range(rows)]
    return "user,item,time\n" + "".join(f"u{n % 9},i{n % 4},{time}\n" for n, time in enumerate([*good, *times]))


def left_out(data: Dataset) -> int:
    step = next(step for step in data.steps if step.code == "rows-with-believable-time")
    return step.rows_in - step.rows_out


@pytest.mark.parametrize("isolated", [True, False])
@pytest.mark.parametrize("time", STRANGE)
def test_one_strange_time_is_left_out_and_counted(time: str, isolated: bool, bring: Callable[..., Dataset]) -> None:
    data = bring(log(time), drop_isolated_times=isolated)
    assert (data.rows, data.rows_in, left_out(data)) == (50, 51, 1)
    assert data.log_end == int((START + timedelta(hours=7 * 49)).timestamp())
    issue = next(issue for issue in data.issues if issue.code == "rows-left-out")
    assert (issue.rows, issue.values["step"].code) == (1, "step-rows-with-believable-time")


def test_the_edges_are_believed(bring: Callable[..., Dataset]) -> None:
    assert left_out(bring(log("1990-01-01T00:00:00Z", "1989-12-31T23:59:59Z"), drop_isolated_times=False)) == 1
    first, last = bounds.believable_times(ImportLimits(days_ahead=3, earliest_time="2000-01-01T02:00:00+02:00"))
    assert first == int(datetime(2000, 1, 1, tzinfo=UTC).timestamp())
    assert abs(last - datetime.now(UTC).timestamp() - 3 * DAY) < DAY


@pytest.mark.parametrize(("strange", "refused"), [(50, False), (51, True)])
def test_a_column_of_which_most_is_not_believed_is_refused(
    strange: int,
    refused: bool,
    bring: Callable[..., Dataset],
    listing: Callable[[], dict[str, bytes]],
) -> None:
    text = log(*["1975-05-05T00:00:00Z"] * strange)
    if not refused:
        assert left_out(bring(text)) == strange
        return
    words_of_it = (
        r"51 rows of log.csv \(50 %\) have a time in column 'time' that cannot be believed: it runs from 5 May 1975 to "
        r"15 March 2026, and believed are 1 January 1990 to .* data.earliest_time or data.days_ahead"
    )
    with pytest.raises(DataError, match=words_of_it):
        bring(text)
    assert not [path for path in listing() if path.startswith("datasets/")]
    assert left_out(bring(text, earliest_time="1970-01-01")) == 0


def test_a_year_that_no_calendar_holds_can_be_said(bring: Callable[..., Dataset]) -> None:
    with pytest.raises(DataError, match=r"runs from the year -\d+ to the year 12000"):
        bring(log(*["12000-06-01"] * 40, *["0044-03-15 (BC)"] * 40, rows=1))
    assert words.date(253_402_300_800 + 180 * DAY) == "the year 10000"
    assert words.date(253_402_300_799) == "31 December 9999"


def test_a_file_with_times_ahead_is_another_data_set_a_day_later(
    bring: Callable[..., Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    def imported(days: int, text: str) -> Dataset:
        window = (0, int((START + timedelta(days=20 + days)).timestamp()))
        monkeypatch.setattr(import_log, "believable_times", lambda _limits: window)
        return bring(text)

    ahead = log((START + timedelta(days=20, hours=5)).isoformat(), (START + timedelta(days=22)).isoformat())
    early, same, later, whole = (imported(days, ahead) for days in (0, 0, 1, 5))
    assert [left_out(data) for data in (early, later, whole)] == [2, 1, 0]
    assert len({early.dataset_id, later.dataset_id, whole.dataset_id}) == 3
    assert early.dataset_id == same.dataset_id
    assert imported(0, log()).dataset_id == imported(9, log()).dataset_id


@pytest.mark.parametrize(("first", "last"), [(0, 253_402_300_799), (-62_135_596_800, 1_772_366_400), (0, 10**15)])
def test_a_data_set_of_an_earlier_version_is_refused_and_can_be_deleted(
    first: int, last: int, bring: Callable[..., Dataset], space: Workspace
) -> None:
    data = bring(log())
    card = json.loads((data.folder / "dataset.json").read_text())
    (data.folder / "dataset.json").write_text(json.dumps(card | {"first_time": first, "last_time": last}))
    (data.folder / "sums.json").unlink()  # it kept none
    with pytest.raises(WorkspaceError, match="which an earlier version took in. Delete it with the command `delete"):
        Dataset.open(space, data.dataset_id)
    delete_dataset(space, data.dataset_id)
    assert data.dataset_id not in space.dataset_ids()


@pytest.mark.parametrize("date", ["0001-01-01", "1969-12-31", "2101-01-01", "9999-12-31", "9999-12-31T23:59:59Z"])
def test_every_date_of_settings_is_bounded(date: str) -> None:
    for make in (
        lambda: DataSettings(earliest_time=date), lambda: RetentionSettings(log_end=date),
        lambda: SplitSettings(test_from=date), lambda: RetentionSettings(missing_days=(f"2026-01-01..{date}",)),
    ):  # fmt: skip
        with pytest.raises(SettingsError, match="1970"):
            make()


@pytest.mark.parametrize("date", ["0", "-1", "inf", "nan", "0000-01-01", "1e300", "soon", "12000-01-01"])
def test_an_earliest_time_that_is_no_date_is_refused(date: str) -> None:
    with pytest.raises(SettingsError, match="data.earliest_time is .*; write it as 1990-01-01"):
        bounds.believable_times(ImportLimits(earliest_time=date))

"""Small logs, written out by hand and brought into a workspace of the test's own."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from recsys_core.columns import DAY_SECONDS
from recsys_core.data.dataset import Dataset
from recsys_core.data.import_log import import_log
from recsys_core.retention.calendar.calendar_results import CalendarResult
from recsys_core.retention.calendar.calendar_retention import calendar
from recsys_core.retention.population.cohorts import assign_cohorts, resolve_activity, resolve_cohort
from recsys_core.retention.population.survival_table import SurvivalTable
from recsys_core.retention.study.analyse import prepare
from recsys_core.settings import DataSettings, RetentionSettings
from recsys_core.workspace import Workspace

LOG_START = 1_772_366_400  # 2026-03-01 12:00 UTC, a Sunday: midnights alone would read as dates without hours
ROLES = ("user", "time", "recommender", "event")
MakeLog = Callable[..., Dataset]


@pytest.fixture
def make_log(tmp_path: Path) -> MakeLog:
    """Import a log given as rows (user, when, recommender, event), the last two as needed.

    `when` is a number of days from 2026-03-01 12:00 UTC, or a time as text. `users` is the text of a users table.
    Times ahead of the clock are believed: a test does not hang on the day on which it runs.
    """
    space = Workspace.open(tmp_path / "home")

    def make(rows: Sequence[tuple[object, ...]], users: str = "", **settings: object) -> Dataset:
        frame = pd.DataFrame(rows)
        frame.columns = pd.Index(ROLES[: len(frame.columns)])
        frame["time"] = [_moment(when) for when in frame["time"]]
        roles = {name: name for name in frame.columns} | {"item": "item"}
        frame.assign(item="i").to_csv(tmp_path / "log.csv", index=False)
        if users:
            (tmp_path / "users.csv").write_text(users)
            settings["users"] = "users.csv"
        chosen = DataSettings(log="log.csv", guess=False, pseudonymise=False, **roles)
        chosen = chosen.changed({"days_ahead": 3650} | settings)
        return import_log(space, chosen, folder=tmp_path)

    return make


def _moment(when: object) -> str:
    if isinstance(when, str):
        return when
    return f"{pd.Timestamp(LOG_START + round(float(when) * DAY_SECONDS), unit='s'):%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
def table_of() -> Callable[..., SurvivalTable]:
    """The survival table of a data set, with settings by keyword."""

    def table(data: Dataset, **settings: object) -> SurvivalTable:
        with prepare(data, RetentionSettings.from_dict(settings)) as ready:
            assert len(ready.table.users) == ready.table.size  # pulled while the engine holds them
            return ready.table

    return table


@pytest.fixture
def lifetimes_of(table_of: Callable[..., SurvivalTable]) -> Callable[..., dict[str, tuple[int, bool]]]:
    """Duration in days and whether it ended with a lapse, by user."""

    def lifetimes(data: Dataset, **settings: object) -> dict[str, tuple[int, bool]]:
        users = table_of(data, **settings).users
        return {row.user_id: (int(row.duration), bool(row.lapsed)) for row in users.itertuples()}

    return lifetimes


@pytest.fixture
def calendar_of() -> Callable[..., CalendarResult]:
    """The calendar figures of a data set, with settings by keyword; they need no curve, so a few users are enough."""

    def found(data: Dataset, **settings: object) -> CalendarResult:
        chosen = RetentionSettings.from_dict({"inactivity_days": 5, "burn_in_days": 0} | settings)
        events = resolve_activity(data, chosen.activity_events)
        chosen = replace(chosen, cohort=resolve_cohort(data, chosen.cohort), activity_events=events)
        return calendar(assign_cohorts(data, chosen, data.log_end), chosen, data.first_time, data.log_end)

    return found

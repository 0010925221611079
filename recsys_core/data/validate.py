"""What a user should know about a log before trusting figures drawn from it."""

import time

from recsys_core import columns as col
from recsys_core import engine, words
from recsys_core.data.clean import CleanTable
from recsys_core.data.dataset import Issue
from recsys_core.data.read_log import RawTable
from recsys_core.data.times import TimeFormat

_SHORT_DAYS = 28
_SMALL_ARM = 30


def find_issues(raw: RawTable, table: CleanTable, times: TimeFormat) -> tuple[Issue, ...]:
    """Look for what can mislead: swapped dates, zones, future times, ties, short logs, tiny arms, one kind of event."""
    found = [Issue("note", "reading", 0, note, "Check the columns.") for note in raw.notes]
    found += _step_issues(table)
    found += _time_issues(table, times)
    if col.RECOMMENDER in table.columns:
        found += _arm_issues(table)
    if col.EVENT in table.columns:
        found += _event_issues(table)
    return tuple(found)


def _step_issues(table: CleanTable) -> list[Issue]:
    action = "Look at these rows in the file if you did not expect them."
    return [
        Issue(
            "warn" if lost > 0.01 * step.rows_in else "note", step.name, lost, f"{lost:,} rows were left out.", action
        )
        for step in table.steps
        if (lost := step.rows_in - step.rows_out)
    ]


def _time_issues(table: CleanTable, times: TimeFormat) -> list[Issue]:
    found = []
    if times.ambiguous:
        found.append(
            Issue("warn", "day or month first", table.rows, "Every date reads both ways; month first was taken.",
                  "Write dates as 2026-03-01 and import again if that is wrong.")
        )  # fmt: skip
    if times.assumed_utc:
        found.append(
            Issue("note", "no time zone", table.rows, "Times name no zone and were read as UTC.",
                  "Add an offset (+02:00) if they are local times.")
        )  # fmt: skip
    now = int(time.time())
    late, first, last = _row(
        f"SELECT count(*) FILTER ({col.TIME} > {now}), min({col.TIME}), max({col.TIME}) FROM {table.name}"
    )
    if late:
        found.append(
            Issue("warn", "in the future", late, f"{late:,} events lie after today.",
                  "Set the log's end on the retention page, or mend the clock that wrote them.")
        )  # fmt: skip
    if last - first < _SHORT_DAYS * col.DAY_SECONDS:
        days = (last - first) / col.DAY_SECONDS
        found.append(
            Issue("warn", "short log", table.rows, f"The log spans {days:.1f} days; lapses need weeks to show.",
                  f"Bring {_SHORT_DAYS} days or more for retention curves.")
        )  # fmt: skip
    (apart,) = _row(f"SELECT count(*) FROM (SELECT DISTINCT {col.USER}, {col.TIME} FROM {table.name})")
    tied = table.rows - apart
    if tied:
        found.append(
            Issue("note", "ties in time", tied, f"{words.percent(tied / table.rows)} of events share user and second.",
                  "Their order is set by item id; models that read sequences feel this.")
        )  # fmt: skip
    return found


def _arm_issues(table: CleanTable) -> list[Issue]:
    (empty,) = _row(f"SELECT count(*) FILTER ({col.RECOMMENDER} IS NULL) FROM {table.name}")
    found = []
    if empty:
        found.append(
            Issue("note", "no recommender named", empty,
                  f"{words.percent(empty / table.rows)} of events name no recommender.",
                  "Fine for events before a user's first exposure; they still count as activity.")
        )  # fmt: skip
    small = _rows(
        f"SELECT {col.RECOMMENDER}, count(DISTINCT {col.USER}) FROM {table.name} WHERE {col.RECOMMENDER} IS NOT NULL "
        f"GROUP BY 1 HAVING count(DISTINCT {col.USER}) < {_SMALL_ARM} ORDER BY 1"
    )
    found += [
        Issue("warn", "small arm", users, f"Arm {name!r} has {users:,} users.", "Check for a misspelt arm.")
        for name, users in small
    ]
    return found


def _event_issues(table: CleanTable) -> list[Issue]:
    (kinds,) = _row(f"SELECT count(DISTINCT {col.EVENT}) FROM {table.name}")
    if kinds == 1:
        return [
            Issue("note", "one kind of event", table.rows, "All events are of one kind, so all count as activity.",
                  "Fine, if none of them are impressions.")
        ]  # fmt: skip
    return []


def _row(sql: str) -> tuple[int, ...]:
    return _rows(sql)[0]


def _rows(sql: str) -> list[tuple[int, ...]]:
    return engine.cursor().execute(sql).fetchall()

"""What a user should know about a log before trusting figures drawn from it."""

import time

from recsys_core import columns as col
from recsys_core.answers import Issue
from recsys_core.data.clean import CleanTable
from recsys_core.data.raw_table import RawTable
from recsys_core.data.times import TimeFormat

_SHORT_DAYS = 28
_SMALL_ARM = 30
_MANY_LOST = 0.01


def find_issues(raw: RawTable, log: CleanTable, times: TimeFormat) -> tuple[Issue, ...]:
    """Look for what can mislead: swapped dates, zones, future times, ties, short logs, tiny arms, one kind of event."""
    issues = [Issue("note", "reading", 0, {"note": note}) for note in raw.notes]
    issues += _step_issues(log)
    issues += _time_issues(log, times)
    if col.RECOMMENDER in log.columns:
        issues += _arm_issues(log)
    if col.EVENT in log.columns and log.table[col.EVENT].nunique().execute() == 1:
        issues.append(Issue("note", "one-event-kind", log.rows))
    return tuple(issues)


def _step_issues(log: CleanTable) -> list[Issue]:
    return [
        Issue("warn" if lost > _MANY_LOST * step.rows_in else "note", "rows-left-out", lost, {"step": step.message})
        for step in log.steps
        if (lost := step.rows_in - step.rows_out)
    ]


def _time_issues(log: CleanTable, times: TimeFormat) -> list[Issue]:
    issues = []
    if times.ambiguous:
        issues.append(Issue("warn", "day-or-month-first", log.rows))
    if times.assumed_utc:
        issues.append(Issue("note", "no-time-zone", log.rows))
    late, first, last, apart = _times_counted(log)
    if late:
        issues.append(Issue("warn", "future-times", late))
    if last - first < _SHORT_DAYS * col.DAY_SECONDS:
        values = {"days": (last - first) / col.DAY_SECONDS, "wanted": _SHORT_DAYS}
        issues.append(Issue("warn", "short-log", log.rows, values))
    if tied := log.rows - apart:
        issues.append(Issue("note", "time-ties", tied, {"share": tied / log.rows}))
    return issues


def _times_counted(log: CleanTable) -> tuple[int, ...]:
    """Events after now, the first and last time, and pairs of a user and a second."""
    moment = log.table[col.TIME]
    counted = log.table.aggregate(
        late=log.table.count(where=moment > int(time.time())), first=moment.min(), last=moment.max()
    )
    apart = log.table.select(col.USER, col.TIME).distinct().count().execute()
    return (*(int(value) for value in counted.to_pandas().iloc[0]), int(apart))


def _arm_issues(log: CleanTable) -> list[Issue]:
    arm = log.table[col.RECOMMENDER]
    issues = []
    if empty := int(log.table.count(where=arm.isnull()).execute()):
        issues.append(Issue("note", "recommender-missing", empty, {"share": empty / log.rows}))
    served = log.table.filter(arm.notnull())
    sizes = served.group_by(col.RECOMMENDER).agg(users=served[col.USER].nunique())
    small = sizes.filter(sizes.users < _SMALL_ARM).order_by(col.RECOMMENDER).to_pandas()
    pairs = zip(small[col.RECOMMENDER], small["users"], strict=True)
    return issues + [Issue("warn", "small-arm", int(users), {"arm": str(name)}) for name, users in pairs]

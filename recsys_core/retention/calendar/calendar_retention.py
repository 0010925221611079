"""Retention as product analysts count it, by single days and weeks; it knows nothing of lapses.

Day-N retention, the triangle of start weeks and the time to return count a user from the start on, and only if the log
holds the day, or the bracket of days, to its end: cells for which that is not so are unknown, not zero. Active users
and lifecycle states count everybody, by calendar days and weeks of the study's time zone.
"""

from collections.abc import Sequence

from recsys_core import columns as col
from recsys_core import engine
from recsys_core.retention.calendar.calendar_days import Window, active_days, days_since_start, starters
from recsys_core.retention.calendar.calendar_results import CalendarResult
from recsys_core.retention.calendar.day_n import day_n, differences
from recsys_core.retention.calendar.lifecycle import active_users, lifecycle
from recsys_core.retention.calendar.return_time import return_time
from recsys_core.retention.calendar.start_weeks import in_order, triangles
from recsys_core.retention.population.cohorts import Cohorts
from recsys_core.retention.population.resolved import confidence_form
from recsys_core.settings import RetentionSettings


def calendar(
    cohorts: Cohorts,
    settings: RetentionSettings,
    first_time: int,
    log_end: int,
    *,
    arms: Sequence[str] | None = None,
    date_only: bool = False,
) -> CalendarResult:
    """Count who was active again, by day and by week.

    Parameters
    ----------
    cohorts
        Materialised.
    settings
        Resolved; day rule and time zone say what a day is. Active users, lifecycle states and the time to return go by
        calendar days in any case.
    first_time, log_end
        Epoch seconds of the log's first event, and up to which it was used.
    arms
        Whose users are counted from their start on, the two to be subtracted first; all, by name, without it.
    date_only
        The log's times are dates without hours, which no time zone moves.
    """
    window = Window(first_time, log_end, "UTC" if date_only else settings.time_zone)
    everybody = starters(cohorts, settings, window)
    names = list(arms) if arms is not None else list(engine.counts(everybody, [col.ARM])[col.ARM])
    starts = everybody.filter(everybody[col.ARM].isin(names))
    with engine.materialised(starts) as begun, engine.materialised(active_days(cohorts, window)) as days:
        with engine.materialised(days_since_start(cohorts, begun, settings, window)) as since:
            cells = day_n(begun, since, names)
            weeks = triangles(begun, since, window)
        return CalendarResult(
            day_n=tuple(cell for cell in cells if cell.form == "exact"),
            triangle=weeks[0],
            on_or_after=tuple(cell for cell in cells if cell.form == "on or after"),
            brackets=tuple(cell for cell in cells if cell.form == "bracket"),
            differences=differences(cells, *names[:2]) if len(names) > 1 else (),
            arm_triangles=in_order(weeks, names),
            active_users=active_users(days, window),
            lifecycle=lifecycle(days, window),
            return_time=return_time(days, begun, window, names, confidence_form(settings)),
        )

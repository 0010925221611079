"""What the calendar figures answer: day-N retention, start weeks, active users, lifecycle states, time to return."""

from dataclasses import dataclass
from typing import Literal

from recsys_core.answers import Message

Form = Literal["exact", "on or after", "bracket"]


@dataclass(frozen=True)
class WeekTriangle:
    """Share of each start week's users active again, week by week.

    Attributes
    ----------
    weeks
        Start weeks, earliest first, each by the time at which its Monday begins.
    users
        Users who started in each.
    shares
        One row per start week; entry w is the share (0 to 1) active in week w + 1 after start, None where
        that week is not followed to its end, or nobody started.
    arm
        Whose users; empty for those of all arms.
    """

    weeks: tuple[Message, ...]
    users: tuple[int, ...]
    shares: tuple[tuple[float | None, ...], ...]
    arm: str = ""


@dataclass(frozen=True)
class DayN:
    """Day-N retention of an arm: of the `users` followed long enough, how many were active again.

    Exact: on that very day. On or after: on that day or on a later one up to the log's end. Bracket: on any day from
    `day` to `last`. The users are those followed through all of `day`, or of `last` for a bracket. share, lower and
    upper (Wilson, 95 %) are None where nobody is followed that long.
    """

    arm: str
    day: int
    users: int
    active: int
    share: float | None
    lower: float | None
    upper: float | None
    form: Form = "exact"
    last: int | None = None


@dataclass(frozen=True)
class DayNDifference:
    """Arm minus reference of one cell of day-N retention, as a share (-1 to 1).

    lower and upper are Newcombe's limits, made of the Wilson limits of both; all three are None where one arm is not
    followed that long.
    """

    arm: str
    reference: str
    form: Form
    day: int
    estimate: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class ActiveUsers:
    """Users active on a calendar day, in the 7 days and in the 30 days that end with it.

    A window that the log does not hold whole is None.

    Attributes
    ----------
    date
        The day, as ISO text in the study's time zone: "2026-03-02".
    daily, weekly, monthly
        Users, each counted once.
    stickiness
        daily / monthly, 0 to 1.
    """

    date: str
    daily: int
    weekly: int | None
    monthly: int | None
    stickiness: float | None


@dataclass(frozen=True)
class LifecycleWeek:
    """Users by state in a week that begins on Monday `date` (ISO text, in the study's time zone).

    Attributes
    ----------
    new
        Active for the first time in the log.
    returning
        Active in this week and in the week before.
    resurrecting
        Active in this week, not in the week before, but earlier.
    dormant
        Active in the week before, but not in this one.
    """

    date: str
    new: int
    returning: int
    resurrecting: int
    dormant: int


@dataclass(frozen=True)
class ReturnWithin:
    """Share (0 to 1) of active days that are followed by another within `days`; None past the arm's follow-up.

    The limits allow for users with many gaps; None where all or none have returned by then, or there is one user.
    """

    days: int
    share: float | None
    lower: float | None
    upper: float | None
    at_risk: int


@dataclass(frozen=True)
class ReturnTime:
    """Days from an active day to the next, of an arm.

    Attributes
    ----------
    users, gaps, closed
        Users with a gap, their gaps, and how many of these ended in a return; the others are open.
    median, lower, upper
        In days, with limits; None where the curve, or its limit, does not reach one half.
    """

    arm: str
    users: int
    gaps: int
    closed: int
    median: float | None
    lower: float | None
    upper: float | None
    within: tuple[ReturnWithin, ...]


@dataclass(frozen=True)
class CalendarResult:
    """Retention by single days and weeks.

    Attributes
    ----------
    day_n, on_or_after, brackets
        Day-N retention per arm in its three forms.
    differences
        The first arm minus the second, for all three.
    triangle, arm_triangles
        Start weeks over all arms, and of each arm where there are several.
    active_users, lifecycle
        Of all users of the log, whatever their arm.
    return_time
        Per arm.
    """

    day_n: tuple[DayN, ...]
    triangle: WeekTriangle
    on_or_after: tuple[DayN, ...] = ()
    brackets: tuple[DayN, ...] = ()
    differences: tuple[DayNDifference, ...] = ()
    arm_triangles: tuple[WeekTriangle, ...] = ()
    active_users: tuple[ActiveUsers, ...] = ()
    lifecycle: tuple[LifecycleWeek, ...] = ()
    return_time: tuple[ReturnTime, ...] = ()

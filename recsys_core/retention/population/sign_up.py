"""When users signed up, where the users table says so: then it tells who is new, and no burn-in has to guess."""

import re
from typing import TYPE_CHECKING, Final

from recsys_core import columns as col
from recsys_core.data.dataset import Dataset

if TYPE_CHECKING:
    import ibis

SIGNED_UP: Final = "signed_up"
_NAMES: Final = re.compile(
    r"sign(ed)?[ _-]?up|creat(ed|ion)|regist(ered|ration|er_)|first[ _-]?(seen|visit|login|active)|join(ed|_date)"
    r"|member[ _-]?since|注册|创建|加入|登録|зарегистр|inscri|anmeld|registrier|alta",
    re.IGNORECASE,
)
_IN_TIME: Final = 0.9  # share of users whose sign-up does not come after their first event
_KNOWN: Final = 0.5  # share of users with a sign-up at all
_EARLIEST, _MILLISECONDS = 10**8, 10**11  # smaller numbers are no times; larger ones than the latter, milliseconds


def signed_up(dataset: Dataset, starts: "ibis.Table") -> "ibis.Table | None":
    """Find the attribute that says when users signed up, by its name and by what it holds.

    Its values must be dates or times (ISO 8601, or epoch seconds or milliseconds), and lie no later than the first
    event of nine users in ten; a date counts as all of its day.

    Parameters
    ----------
    starts
        user_id, start (epoch seconds).

    Returns
    -------
    ibis.Table or None
        user_id, signed_up (epoch seconds; NULL where it cannot be read).
    """
    names = [name for name in dataset.user_attributes if _NAMES.search(name)]
    table = dataset.users_table() if names else None
    for name in names:
        assert table is not None  # noqa: S101 - for the type checker: there are names
        read = table.select(col.USER, **{SIGNED_UP: _seconds(table[name])})
        both = starts.left_join(read, col.USER)
        told = both[SIGNED_UP].notnull()
        in_time = both[SIGNED_UP] // col.DAY_SECONDS <= both[col.START] // col.DAY_SECONDS
        row = both.aggregate(users=both.count(), told=told.sum(), good=(told & in_time).sum()).to_pandas().fillna(0)
        users, known, good = (int(row[part].iloc[0]) for part in ("users", "told", "good"))
        if known and known >= _KNOWN * users and good >= _IN_TIME * known:
            return read
    return None


def _seconds(column: "ibis.Value") -> "ibis.Value":
    import ibis

    if column.type().is_numeric():
        whole = column.try_cast("int64")
        return ibis.cases(
            (whole >= _MILLISECONDS, whole // 1000), (whole >= _EARLIEST, whole), else_=ibis.null("int64")
        )
    if column.type().is_temporal():
        return column.cast("timestamp").epoch_seconds().cast("int64")
    return column.cast("string").try_cast("timestamp").epoch_seconds().cast("int64")

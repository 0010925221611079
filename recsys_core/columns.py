"""Column names of every table that is stored, in one place; and what other people call theirs, by role."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

USER: Final = "user_id"
ITEM: Final = "item_id"
TIME: Final = "timestamp"  # UTC epoch seconds, int64
EVENT: Final = "event"
VALUE: Final = "value"
RECOMMENDER: Final = "recommender"
PROPENSITY: Final = "propensity"
TEXT: Final = "text"  # items: title and description in one string

REQUIRED: Final = (USER, ITEM, TIME)

# The survival table: one row per user of the population.
ARM: Final = "arm"
START: Final = "start"  # UTC epoch seconds
DURATION: Final = "duration"  # days, integer: lapse day or last followed day
LAPSED: Final = "lapsed"  # bool: the lapse was observed within the follow-up

DAY_SECONDS: Final = 86_400

# What people call these columns: patterns for the whole name once case, digits and punctuation are gone, the surest
# first. Only where none of the surer ones is in the table, the next counts.
_KEY = "(id|idx|key|no|number|code|hash|token|uuid|index)"
_WHO = (
    "customer|client|visitor|fullvisitor|member|reader|viewer|listener|account|player|subscriber|buyer|shopper|reviewer|"
    "learner|student|guest|person"
)
_WHAT = (
    "product|movie|film|article|news|video|song|track|book|content|asin|stock|game|page|document|doc|show|recipe|"
    "course|business|artist|album|podcast|episode|listing|post|story|hotel|restaurant"
)
_WHEN = (
    "(event|created|invoice|order|purchase|rating|rated|review|click|view|watch|listen|play|log|server|visit|unix|t)*"
)
_DONE = "(created|occurred|rated|viewed|clicked|purchased|watched|listened|played|ordered|read)(at|on)"
ROLE_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "user": (
        f"(user|usr|cust){_KEY}+|uid|userpseudoid",
        f"({_WHO}|cust){_KEY}+|msno|domainuserid",
        f"users?|{_WHO}|who",
        f"(user|{_WHO})name|(device|cookie|anonymous|household){_KEY}+",
    ),
    "item": (
        f"item{_KEY}+|iid",
        f"({_WHAT}){_KEY}+|(parent)?asin|sku{_KEY}?|isbn|ean|aid",
        f"items?|{_WHAT}|what|title",
        f"(item|{_WHAT})(name|title)",
    ),
    "time": (
        f"{_WHEN}(timestamp|tstamp|ts|epoch)|{_WHEN}(timestamp|tstamp|ts|epoch|time)(utc|ms|millis|s|us|ns|float)",
        f"{_WHEN}(time|datetime)|{_DONE}|when|at",
        f"{_WHEN}(date|day|dt|dat)(utc)?",
    ),
    "recommender": (
        "recommender(id|name)?|servedby",
        "arm|variant|variation|policy|algorithm|algo|treatment|experimentgroup|testgroup",
        "bucket|group",
    ),
    "event": ("(event|action|interaction|behaviou?r)(type|name|kind)?(token)?", "type"),
    "propensity": ("propensity(score)?|pscore|actionprob(ability)?",),
    "value": (
        "value|rating(float)?|score(float)?|stars|overall",
        "weight|minutes|seconds|playtime|playtimems|watchtime|hours",
        "quantity|qty|amount",
        "(unit)?price|revenue",
    ),
}


def named_like(role: str, columns: Iterable[str]) -> list[str]:
    """Columns whose name fits the role, the surest first."""
    names = {column: plain(column) for column in columns}
    fitting = [c for pattern in ROLE_NAMES[role] for c, name in names.items() if re.fullmatch(pattern, name)]
    return list(dict.fromkeys(fitting))


def plain(name: str) -> str:
    """Bring a name to its letters."""
    return re.sub(r"[^a-z]", "", name.lower())

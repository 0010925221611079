"""Column names of every table that is stored, in one place."""

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

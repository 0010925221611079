"""The errors a user can mend: everything else is a defect of ours."""

import json
from collections.abc import Mapping
from typing import Final

from recsys_core.answers import Message, Value
from recsys_core.wording.catalogue import current

_LONGEST = 1000  # characters of a value: a sentence is read, and what was typed may be of any length
_UNSEEN = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160), *range(0xD800, 0xE000)), "\ufffd")


def _short(text: str) -> str:
    """Cut a text, without the signs that steer a terminal or cannot be written."""
    return (text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…").translate(_UNSEEN)


class StayingPowerError(Exception):
    """Base of the errors whose message is meant for the user.

    Pages show it, and the command line prints it and leaves with exit code 1. Nothing decides by the sentence: `kind`
    is what code reads.

    Attributes
    ----------
    kind
        What went wrong; the catalogue's `error-KIND` says what was found and what is allowed, its `.advice` what to
        do next.
    values
        What stands in that sentence.
    """

    def __init__(self, kind: str, /, **values: Value) -> None:
        super().__init__(kind)
        self.kind = kind
        self.values = {name: _short(value) if isinstance(value, str) else value for name, value in values.items()}

    @property
    def message(self) -> Message:
        """The error as a message, to stand in a result."""
        return Message(f"error-{self.kind}", self.values)

    @property
    def sentence(self) -> str:
        """What was found and what is allowed."""
        return current().phrase(self.message.code, self.values)

    @property
    def advice(self) -> str:
        """What to do next; "" where the sentence says all."""
        return current().phrase(self.message.code, self.values, "advice")

    def __str__(self) -> str:
        """Say it all."""
        return current().say(self.message)


class DataError(StayingPowerError):
    """The user's data cannot be used as it is."""


class SettingsError(StayingPowerError):
    """A setting, or a combination of settings with this data, is not allowed."""


class WorkspaceError(StayingPowerError):
    """A data set, report or folder that the workspace does not hold."""


_KINDS: Final[Mapping[str, type[StayingPowerError]]] = {
    kind.__name__: kind for kind in (DataError, SettingsError, WorkspaceError)
}


def to_text(err: StayingPowerError) -> str:
    """Write an error as one line of JSON, for another process to raise."""
    kind = next(name for name, known in _KINDS.items() if isinstance(err, known))
    return json.dumps([kind, err.message.to_json()])


def from_text(text: str) -> StayingPowerError:
    """Read what `to_text` wrote; ValueError where it is something else."""
    try:
        kind, told = json.loads(text)
        said = Message.from_json(told)
        return _KINDS[kind](said.code.removeprefix("error-"), **said.values)
    except (LookupError, TypeError, AttributeError) as err:
        raise ValueError(f"not an error: {text[:80]!r}") from err

"""The errors a user can mend: everything else is a defect of ours."""

from recsys_core.answers import Message, Value
from recsys_core.wording.catalogue import current


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
        self.kind, self.values = kind, values

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

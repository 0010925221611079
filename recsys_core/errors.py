"""The errors a user can mend: everything else is a defect of ours."""


class StayingPowerError(Exception):
    """Base of the errors whose message is meant for the user.

    The message says what was found, what is allowed and what to do next; pages show it as it is and the
    command line prints it and leaves with exit code 1.
    """


class DataError(StayingPowerError):
    """The user's data cannot be used as it is."""


class SettingsError(StayingPowerError):
    """A setting, or a combination of settings with this data, is not allowed."""


class WorkspaceError(StayingPowerError):
    """A data set, report or folder that the workspace does not hold."""

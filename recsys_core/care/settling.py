"""What is done first with a workspace that is opened: what a killed process began, and what earlier versions left."""

from contextlib import suppress

from recsys_core.errors import StayingPowerError
from recsys_core.workspace import Workspace


def settled(workspace: Workspace, *, tidy: bool = False) -> Workspace:
    """End deletions that were begun, sweep imports that ended, and take test files of earlier versions to data sets.

    With `tidy`, what is older than it is to be kept is removed too; where the periods are damaged, nothing is.
    """
    if (workspace.home / "deleting").is_dir():
        from recsys_core.care.deletion import finish_deletions

        finish_deletions(workspace)
    if (workspace.home / "imports").is_dir():
        from recsys_core.imports import import_jobs

        import_jobs.tend(workspace)
    if (workspace.home / "files").is_dir():
        from recsys_core.care.earlier_files import take_over

        take_over(workspace)
    if tidy and (workspace.home / "periods.json").is_file():
        from recsys_core.care import periods

        with suppress(StayingPowerError, OSError):  # `tidy` says why
            periods.tidy(workspace, periods.kept_periods(workspace))
    return workspace

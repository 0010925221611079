"""How long reports and runs are kept, and removing what is older; uploads go by themselves once they are imported."""

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar, Final

from recsys_core import audit
from recsys_core.care.deletion import delete_report
from recsys_core.care.holdings import list_reports
from recsys_core.errors import SettingsError, WorkspaceError
from recsys_core.runs.kept.cache import KeptRun, delete, list_kept
from recsys_core.runs.life.run_registry import ACTIVE
from recsys_core.settings import Stage, option
from recsys_core.stored import read_json
from recsys_core.workspace import Workspace, write_json

FILE: Final = "periods.json"
_DAY_SECONDS = 86_400
_LONGEST = 36_500


@dataclass(frozen=True)
class Periods(Stage):
    """How long a workspace keeps what it holds; without any, until somebody deletes it."""

    stage: ClassVar[str] = "keep"

    reports_days: int = option(
        0, "Reports", "Days after which reports in the workspace are removed; 0: never.", low=0, high=_LONGEST
    )
    runs_days: int = option(
        0, "Runs", "Days after their last use after which runs are removed, unless they are pinned; 0: never.",
        low=0, high=_LONGEST,
    )  # fmt: skip


@dataclass(frozen=True)
class Overdue:
    """What is older than it is to be kept, each with the days since it was last used or written."""

    runs: tuple[tuple[KeptRun, int], ...]
    reports: tuple[tuple[str, int], ...]


def kept_periods(workspace: Workspace) -> Periods:
    """Read the periods of a workspace; WorkspaceError where they are damaged."""
    path = workspace.home / FILE
    if not path.is_file():
        return Periods()
    damage = WorkspaceError("periods-damaged", path=str(path))
    try:
        return Periods.from_dict(read_json(path, damage))
    except SettingsError:
        raise damage from None


def keep_periods(workspace: Workspace, periods: Periods) -> None:
    """Keep the periods: every start of the server applies them."""
    write_json(workspace.home / FILE, periods.to_dict())
    audit.note(workspace, "change-periods", reports_days=periods.reports_days, runs_days=periods.runs_days)


def overdue(workspace: Workspace, periods: Periods) -> Overdue:
    """List what is older than it is to be kept: no pinned run, and none that is under way."""
    now = time.time()
    runs, reports = list[tuple[KeptRun, int]](), list[tuple[str, int]]()
    for run in list_kept(workspace).runs if periods.runs_days else ():
        days = _days(now, run.last_used)
        if days >= periods.runs_days and not run.pinned and run.state not in ACTIVE:
            runs.append((run, days))
    for name in list_reports(workspace) if periods.reports_days else ():
        with suppress(FileNotFoundError):
            days = _days(now, (workspace.home / "reports" / name).stat().st_mtime)
            if days >= periods.reports_days:
                reports.append((name, days))
    return Overdue(tuple(runs), tuple(reports))


def tidy(workspace: Workspace, periods: Periods) -> Overdue:
    """Remove what is overdue, each with a line in the log of what was done; returns what went."""
    found = overdue(workspace, periods)
    runs, reports = list[tuple[KeptRun, int]](), list[tuple[str, int]]()
    for run, days in found.runs:
        with suppress(WorkspaceError):  # pinned, or asked for again, since it was looked at
            delete(workspace, run.run_id)
            runs.append((run, days))
    for name, days in found.reports:
        with suppress(WorkspaceError):
            delete_report(workspace, name)
            reports.append((name, days))
    return Overdue(tuple(runs), tuple(reports))


def _days(now: float, then: float) -> int:
    return int((now - then) // _DAY_SECONDS)

"""From a study file to everything, step by step: import, retention, what-if."""

from collections.abc import Callable
from dataclasses import dataclass

from recsys_core.data.dataset import Dataset
from recsys_core.data.import_log import import_log
from recsys_core.retention.analyse import analyse_retention
from recsys_core.retention.results import RetentionResult
from recsys_core.settings import StudySettings
from recsys_core.whatif.results import RolloutResult
from recsys_core.whatif.rollout import rollout
from recsys_core.workspace import Workspace


@dataclass(frozen=True)
class StudyResult:
    """All that a study found. `rollout` is None where there are fewer than two arms to move users between."""

    settings: StudySettings
    dataset: Dataset
    retention: RetentionResult
    rollout: RolloutResult | None


def _silent(_message: str) -> None:
    """Say nothing."""


def run(study: StudySettings, workspace: Workspace | None = None, say: Callable[[str], None] = _silent) -> StudyResult:
    """Run a study from its log to its results.

    Parameters
    ----------
    study
        From `StudySettings.from_toml`, or made in Python.
    workspace
        Where data sets are kept; default: as `Workspace.open` finds it.
    say
        Called with a line of progress before each step.

    Raises
    ------
    DataError, SettingsError, WorkspaceError
        What the user can mend, in words.
    """
    workspace = workspace or Workspace.open()
    say(f"Importing {study.data.log}")
    dataset = import_log(workspace, study.data, folder=study.folder, title=study.title)
    say(f"Counting lapses of {dataset.users:,} users")
    retention = analyse_retention(dataset, study.retention)
    scenario = None
    if len(retention.arms) > 1:
        say("Trying the rollout")
        scenario = rollout(retention, study.scenario)
    return StudyResult(study, dataset, retention, scenario)

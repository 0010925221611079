"""From a study file to everything, step by step: import, retention, what-if."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from recsys_core.data.dataset import Dataset
from recsys_core.data.import_log import import_log
from recsys_core.evaluation.results import Comparison
from recsys_core.retention.analyse import analyse_retention
from recsys_core.retention.results import RetentionResult
from recsys_core.settings import DataSettings, StudySettings
from recsys_core.whatif.results import RolloutResult
from recsys_core.whatif.rollout import rollout
from recsys_core.workspace import Workspace, write_atomic


@dataclass(frozen=True)
class StudyResult:
    """All that a study found.

    `rollout` is None where there are fewer than two arms to move users between, `comparison` where no models were
    trained.
    """

    settings: StudySettings
    dataset: Dataset
    retention: RetentionResult
    rollout: RolloutResult | None
    comparison: Comparison | None = None


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
    save_study(dataset, study)
    say(f"Counting lapses of {dataset.users:,} users")
    retention = analyse_retention(dataset, study.retention)
    scenario = None
    if len(retention.arms) > 1:
        say("Trying the rollout")
        scenario = rollout(retention, study.scenario)
    return StudyResult(study, dataset, retention, scenario)


def save_study(dataset: Dataset, study: StudySettings) -> None:
    """Keep a study's settings beside its data set, so that the dashboard opens it as it was meant.

    Files and columns are not kept: the data set's card has them, and paths of the user's disk stay where they are.
    """
    kept = replace(study, data=DataSettings(), title=study.title or dataset.title)
    write_atomic(dataset.folder / "study.toml", kept.to_toml())


def load_study(dataset: Dataset) -> StudySettings:
    """Read the settings kept beside a data set; the defaults where there are none."""
    path = dataset.folder / "study.toml"
    return StudySettings.from_toml(path) if path.is_file() else StudySettings(title=dataset.title)

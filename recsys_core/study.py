"""From a study file to everything, step by step: import, train, compare, retention, what-if."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from recsys_core.data.dataset import Dataset
from recsys_core.data.import_log import import_log
from recsys_core.errors import StayingPowerError
from recsys_core.evaluation.results import Comparison
from recsys_core.retention.analyse import analyse_retention
from recsys_core.retention.results import RetentionResult
from recsys_core.runs.affinity import affinity_input
from recsys_core.runs.all_models import train_all
from recsys_core.runs.compared import comparable_runs, compare_runs
from recsys_core.runs.run import Run
from recsys_core.settings import DataSettings, StudySettings
from recsys_core.whatif.results import RolloutResult
from recsys_core.whatif.rollout import can_be_moved, rollout
from recsys_core.workspace import Workspace, write_atomic


@dataclass(frozen=True)
class StudyResult:
    """All that a study found.

    Attributes
    ----------
    rollout
        None where there are fewer than two arms to move users between.
    runs
        The finished runs whose models are compared.
    comparison
        None where no model was trained.
    notes
        What could not be done, in sentences.
    """

    settings: StudySettings
    dataset: Dataset
    retention: RetentionResult
    rollout: RolloutResult | None
    runs: tuple[Run, ...] = ()
    comparison: Comparison | None = None
    notes: tuple[str, ...] = ()


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
    study = _with_files(study)
    save_study(dataset, study)
    ranking = _ranked(workspace, dataset, study, say) if study.train.enabled else _Ranking()
    say(f"Counting lapses of {dataset.users:,} users")
    retention = analyse_retention(dataset, study.retention, affinity_input(workspace, dataset, study, say))
    scenario = None
    if can_be_moved(retention):
        say("Trying the rollout")
        scenario = rollout(retention, study.scenario)
    return StudyResult(study, dataset, retention, scenario, ranking.runs, ranking.comparison, ranking.notes)


def _with_files(study: StudySettings) -> StudySettings:
    """Read the path of the test file against the study's folder, as the log's is."""
    if not study.split.test_file:
        return study
    return study.changed("split", {"test_file": str((study.folder / study.split.test_file).resolve())})


@dataclass(frozen=True)
class _Ranking:
    runs: tuple[Run, ...] = ()
    comparison: Comparison | None = None
    notes: tuple[str, ...] = ()


def _ranked(workspace: Workspace, dataset: Dataset, study: StudySettings, say: Callable[[str], None]) -> _Ranking:
    """Train and compare what the study asks for; what fails is noted and does not stop the rest."""
    _, missing = train_all(workspace, dataset, study, say)
    notes = list(missing)
    try:
        runs = comparable_runs(workspace, dataset, study)
        say(f"Comparing {len(runs)} models")
        found = _Ranking(runs, compare_runs(workspace, runs, study.compare) if runs else None)
    except StayingPowerError as err:
        notes.append(f"Models were not compared: {err}")
        found = _Ranking()
    for sentence in notes:
        say(sentence)
    return replace(found, notes=tuple(notes))


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

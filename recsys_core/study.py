"""From a study file to everything, step by step: import, train, compare, retention, what-if."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from recsys_core.answers import Message
from recsys_core.data.dataset import Dataset
from recsys_core.data.import_log import import_log
from recsys_core.errors import StayingPowerError
from recsys_core.evaluation.compare import compare
from recsys_core.evaluation.comparison import Comparison
from recsys_core.retention.population.affinity_cohorts import AffinityInput
from recsys_core.retention.population.cohorts import EVERYONE
from recsys_core.retention.study.analyse import analyse_retention
from recsys_core.retention.study.ranking_hazard import RankingHazards, ranking_hazards
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.runs.life.run import Run
from recsys_core.runs.start.affinity_runs import affinity_input, affinity_settings
from recsys_core.runs.start.run_comparison import comparable_runs, load_evaluations
from recsys_core.runs.start.train_all import train_all
from recsys_core.settings import DataSettings, StudySettings
from recsys_core.whatif.rollout import can_be_moved, rollout
from recsys_core.whatif.rollout_result import RolloutResult
from recsys_core.wording import sentences
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
    hazards
        How lapsing goes with per-user ranking quality; None where that cannot be said.
    affinity
        Retention by affinity cohorts, for a log without arms; None where it is not asked for or cannot be made.
    notes
        What could not be done, in sentences.
    """

    settings: StudySettings
    dataset: Dataset
    retention: RetentionResult
    rollout: RolloutResult | None
    runs: tuple[Run, ...] = ()
    comparison: Comparison | None = None
    hazards: RankingHazards | None = None
    affinity: RetentionResult | None = None
    notes: tuple[str, ...] = ()


def run(
    study: StudySettings,
    workspace: Workspace | None = None,
    say: Callable[[str], None] = lambda _: None,
    *,
    train: bool = True,
) -> StudyResult:
    """Run a study from its log to its results.

    Parameters
    ----------
    study
        From `StudySettings.from_toml`, or made in Python.
    workspace
        Where data sets are kept; default: as `Workspace.open` finds it.
    say
        Called with a line of progress before each step.
    train
        Whether missing models are trained; if not, those that are trained already are compared.

    Raises
    ------
    DataError, SettingsError, WorkspaceError
        What the user can mend, in words.
    """
    workspace = workspace or Workspace.open()

    def progress(told: Message) -> None:
        say(sentences.say(told))

    say(f"Importing {study.data.log}")
    dataset = import_log(workspace, study.data, folder=study.folder, title=study.title)
    study = _with_files(study)
    save_study(dataset, study)
    notes: list[str] = []

    def note(sentence: str) -> None:
        notes.append(sentence)
        say(sentence)

    if train and study.train.enabled:
        _, missing = train_all(workspace, dataset, study, progress)
        for told in missing:
            note(sentences.say(told))
    say(f"Counting lapses of {dataset.users:,} users")
    retention = analyse_retention(dataset, study.retention, affinity_input(workspace, dataset, study, progress))
    found = StudyResult(study, dataset, retention, None)
    if can_be_moved(retention):
        say("Trying the rollout")
        found = replace(found, rollout=rollout(retention, study.scenario))
    if study.train.enabled:
        say("Comparing models")
        found = with_ranking(workspace, found, note)
    return replace(found, notes=tuple(notes))


def with_ranking(workspace: Workspace, found: StudyResult, note: Callable[[str], None]) -> StudyResult:
    """Add what finished runs say: the comparison, lapses by ranking quality, and affinity cohorts without arms.

    `note` is told what cannot be done and why; that does not stop the rest.
    """
    study, dataset = found.settings, found.dataset
    try:
        runs = comparable_runs(workspace, dataset, study)
        if not runs:
            return found
        evaluations = load_evaluations(workspace, runs)
        found = replace(found, runs=runs, comparison=compare(evaluations, study.compare))
    except StayingPowerError as err:
        note(f"Models were not compared: {err}")
        return found
    try:
        given = AffinityInput.of(evaluations)
        found = replace(found, hazards=ranking_hazards(dataset, study.retention, given, study.compare.k))
        settings = affinity_settings(study.retention, evaluations)
        if settings and found.retention.settings.cohort == EVERYONE:
            found = replace(found, affinity=analyse_retention(dataset, settings, given))
    except StayingPowerError as err:
        note(f"Whether better ranking goes with staying cannot be said: {err}")
    return found


def _with_files(study: StudySettings) -> StudySettings:
    """Read the path of the test file against the study's folder, as the log's is."""
    if not study.split.test_file:
        return study
    return study.changed("split", {"test_file": str((study.folder / study.split.test_file).resolve())})


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

"""From a study file to everything, step by step: import, train, compare, retention, what-if."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from recsys_core import audit
from recsys_core.answers import Message, message
from recsys_core.data import splitting
from recsys_core.data.dataset import Dataset
from recsys_core.data.import_log import import_log
from recsys_core.errors import SettingsError, StayingPowerError, WorkspaceError
from recsys_core.evaluation.comparison import Comparison
from recsys_core.models.cards import card_of
from recsys_core.named_files import allowed_place, check_regular
from recsys_core.retention.study.ranking_hazard import RankingHazards
from recsys_core.retention.study.retention_result import RetentionResult
from recsys_core.runs.life.run import Run
from recsys_core.runs.start.affinity_runs import affinity_settings
from recsys_core.runs.start.run_comparison import comparable_runs
from recsys_core.runs.start.train_all import train_all
from recsys_core.settings import DataSettings, ModelSettings, StudySettings
from recsys_core.steps import Say, Steps, say_nothing
from recsys_core.whatif.rollout import can_be_moved
from recsys_core.whatif.rollout_result import RolloutResult
from recsys_core.workspace import Workspace, write_atomic

Note = Callable[[Message], None]


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
        What could not be done, and why.
    """

    settings: StudySettings
    dataset: Dataset
    retention: RetentionResult
    rollout: RolloutResult | None
    runs: tuple[Run, ...] = ()
    comparison: Comparison | None = None
    hazards: RankingHazards | None = None
    affinity: RetentionResult | None = None
    notes: tuple[Message, ...] = ()


def run(
    study: StudySettings, workspace: Workspace | None = None, say: Say = say_nothing, *, train: bool = True
) -> StudyResult:
    """Run a study from its log to its results.

    Parameters
    ----------
    study
        From `StudySettings.from_toml`, or made in Python.
    workspace
        Where data sets are kept; default: as `Workspace.open` finds it.
    say
        Told before each step what comes next, and what cannot be done.
    train
        Whether missing models are trained; if not, those that are trained already are compared.

    Raises
    ------
    DataError, SettingsError, WorkspaceError
        What the user can mend. The study that is kept beside the data is then as it was.
    """
    workspace = workspace or Workspace.open()
    study = _with_files(study, workspace)
    say(message("progress-importing-log", log=study.data.log))
    dataset = import_log(workspace, study.data, folder=study.folder, title=study.title)
    if test_file := study.split.test_file:
        study = study.changed("split", {"test_file": splitting.take_in(dataset, Path(test_file))})
    notes: list[Message] = []

    def note(what: Message) -> None:
        notes.append(what)
        say(what)

    steps = Steps(workspace, say=say)
    result = results(steps, dataset, study, note, ranking=False)
    save_study(dataset, study, workspace)  # before the hours of training, after all that can refuse it
    if train and study.train.enabled:
        _, missing = train_all(workspace, dataset, study, say)
        for what in missing:
            note(what)
    if study.train.enabled:
        result = _with_ranking(steps, result, note)
    return replace(result, notes=tuple(notes))


def results(steps: Steps, dataset: Dataset, study: StudySettings, note: Note, *, ranking: bool = True) -> StudyResult:
    """Take every step from a data set to the results of a study.

    Parameters
    ----------
    note
        Told what cannot be said of models and why; that does not stop the rest.
    ranking
        Whether models are compared, with what depends on that.

    Raises
    ------
    DataError, SettingsError, WorkspaceError
        If retention or the rollout cannot be computed.
    """
    steps.say(message("progress-counting-lapses", users=dataset.users))
    result = StudyResult(study, dataset, steps.retention(dataset, study), None)
    if can_be_moved(result.retention):
        steps.say(message("progress-trying-rollout"))
        result = replace(result, rollout=steps.rollout(dataset, study))
    return _with_ranking(steps, result, note) if ranking else result


def _with_ranking(steps: Steps, result: StudyResult, note: Note) -> StudyResult:
    """Add what finished runs say: the comparison, lapses by ranking quality, and affinity cohorts without arms."""
    steps.say(message("progress-comparing-models"))
    study, dataset = result.settings, result.dataset
    try:
        runs = comparable_runs(steps.workspace, dataset, study)
        if not runs:
            return result
        run_ids = [run.run_id for run in runs]
        result = replace(result, runs=runs, comparison=steps.comparison(run_ids, study.compare))
    except StayingPowerError as err:
        note(message("note-models-not-compared", reason=err.message))
        return result
    try:
        result = replace(result, hazards=steps.hazards(dataset, study, run_ids))
        settings = affinity_settings(study.retention, [run.model for run in runs])
        if settings and not result.retention.plan.comparable:
            result = replace(result, affinity=steps.cohorts(dataset, settings, run_ids))
    except StayingPowerError as err:
        note(message("note-ranking-and-staying-unknown", reason=err.message))
    return result


def report(steps: Steps, dataset: Dataset, study: StudySettings) -> str:
    """Write the report on what is trained already; errors as `results`.

    It stands in the memory by settings, finished runs and the day, which it names: another makes another report.
    """
    pair, run_ids = steps.affinity_pair(dataset, study), _comparable(steps, dataset, study)

    def compute() -> str:
        from recsys_core.report.build import build_report

        notes: list[Message] = []
        result = results(steps, dataset, study, notes.append)
        return build_report(replace(result, notes=tuple(notes)))

    today = datetime.now(UTC).date().isoformat()
    key = steps.key(dataset.dataset_id, study.to_toml(), ",".join(pair), ",".join(run_ids), today)
    return steps.memory("report", key, compute)


def _comparable(steps: Steps, dataset: Dataset, study: StudySettings) -> tuple[str, ...]:
    try:
        return tuple(run.run_id for run in comparable_runs(steps.workspace, dataset, study))
    except StayingPowerError:  # the report says why
        return ()


def _with_files(study: StudySettings, workspace: Workspace) -> StudySettings:
    """See that files lie where a study may have them, and name the test file by its full path.

    Raises
    ------
    SettingsError
        If one lies elsewhere, or the test file is none.
    """
    folders = [study.folder, workspace.home]
    for role in ("log", "items", "users"):
        name = getattr(study.data, role)
        if name and "://" not in name:
            allowed_place(name, f"data.{role}", folders)
    for model, settings in study.models.items():
        study = study.changed(model, _own_encoders(settings, folders))
    if not study.split.test_file:
        return study
    path = allowed_place(study.split.test_file, "split.test_file", folders)
    if not path.exists():
        raise SettingsError("test-file-missing", path=study.split.test_file)
    check_regular(path)
    return study.changed("split", {"test_file": str(path)})


def _own_encoders(settings: ModelSettings, folders: Sequence[Path]) -> dict[str, str]:
    """Folders of encoders, by option, with their full path; what is no folder is a hub's name."""
    named = {option: str(getattr(settings, option)) for option in card_of(settings.stage).encoders}
    return {
        option: str(allowed_place(name, f"models.{settings.stage}.{option}", folders))
        for option, name in named.items()
        if name and any((folder / name).expanduser().is_dir() for folder in (folders[0], Path()))
    }


def save_study(dataset: Dataset, study: StudySettings, workspace: Workspace | None = None) -> None:
    """Keep a study's settings beside its data set, so that the dashboard opens it as it was meant.

    Files and columns are not kept: the data set's card has them, and paths of the user's disk stay where they are.
    A change is entered into the log of what was done; `workspace` says by whom.
    """
    path, kept = dataset.folder / "study.toml", ""
    text = replace(study, data=DataSettings(), title=study.title or dataset.title).to_toml()
    with suppress(OSError, ValueError):
        kept = path.read_text(encoding="utf-8")
    write_atomic(path, text)
    if text != kept:
        audit.note(workspace or Workspace(dataset.folder.parents[1]), "save-study", dataset_id=dataset.dataset_id)


def load_study(dataset: Dataset) -> StudySettings:
    """Read the settings kept beside a data set; the defaults where there are none.

    Raises
    ------
    WorkspaceError
        If they cannot be read or are not allowed any more.
    """
    path = dataset.folder / "study.toml"
    if not path.exists():
        return default_study(dataset)
    try:
        return StudySettings.from_toml(path)
    except SettingsError as err:
        raise WorkspaceError("kept-study-not-usable", path=str(path), reason=err.message) from None


def default_study(dataset: Dataset) -> StudySettings:
    """Make the settings of a data set with which none are kept."""
    return StudySettings(title=dataset.title)

"""Training every model that a study asks for, or that its data allow."""

from recsys_core.answers import Message, message
from recsys_core.data.dataset import Dataset
from recsys_core.errors import StayingPowerError
from recsys_core.models.cards import all_cards
from recsys_core.runs.life.run import Run, why_not_finished
from recsys_core.runs.start.launch import Say, follow, train
from recsys_core.settings import StudySettings
from recsys_core.workspace import Workspace


def wanted_models(dataset: Dataset, study: StudySettings) -> tuple[str, ...]:
    """Name the models to train: those the study names, else all that the data allow."""
    allowed = tuple(card.name for card in all_cards() if dataset.has_text or not card.needs_text)
    return study.train.models or allowed


def train_all(
    workspace: Workspace, dataset: Dataset, study: StudySettings, say: Say
) -> tuple[tuple[Run, ...], tuple[Message, ...]]:
    """Train every wanted model and wait for all of them.

    All are started at once; the registry lets as many run side by side as the machine carries. A model that cannot be
    trained does not stop the others.

    Returns
    -------
    tuple
        Finished runs, and for every model that has none, why.
    """
    started: list[Run] = []
    missing: list[Message] = []
    for name in wanted_models(dataset, study):
        try:
            model, priority = study.models[name], study.train.priority
            what = (workspace, dataset, model, study.split, study.retention)
            started.append(train(*what, priority=priority, others=study.models))
        except StayingPowerError as err:
            missing.append(message("note-model-not-trained", model=name, reason=err.message))
    finished = []
    for run in started:
        ended = follow(workspace, run, say) if run.active else run
        say(message("progress-run-ended", model=run.model, cached=run.cached, run_state=ended.state))
        if ended.state == "finished":
            finished.append(ended)
        else:
            missing.append(message("note-model-not-trained", model=run.model, reason=why_not_finished(ended)))
    return tuple(finished), tuple(missing)

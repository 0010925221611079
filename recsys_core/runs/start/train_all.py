"""Training every model that a study asks for, or that its data allow."""

from collections.abc import Callable

from recsys_core.data.dataset import Dataset
from recsys_core.errors import StayingPowerError
from recsys_core.models.cards import all_cards
from recsys_core.runs.life.run import Run
from recsys_core.runs.start.launch import follow, train
from recsys_core.settings import StudySettings
from recsys_core.workspace import Workspace


def wanted_models(dataset: Dataset, study: StudySettings) -> tuple[str, ...]:
    """Name the models to train: those the study names, else all that the data allow."""
    allowed = tuple(card.name for card in all_cards() if dataset.has_text or not card.needs_text)
    return study.train.models or allowed


def train_all(
    workspace: Workspace, dataset: Dataset, study: StudySettings, say: Callable[[str], None]
) -> tuple[tuple[Run, ...], tuple[str, ...]]:
    """Train every wanted model and wait for all of them.

    All are started at once; the registry lets as many run side by side as the machine carries. A model that cannot be
    trained does not stop the others.

    Returns
    -------
    tuple
        Finished runs, and a sentence for every model that has none.
    """
    started: list[Run] = []
    missing: list[str] = []
    for name in wanted_models(dataset, study):
        try:
            model, priority = study.models[name], study.train.priority
            given = (workspace, dataset, model, study.split, study.retention)
            started.append(train(*given, priority=priority, others=study.models))
        except StayingPowerError as err:
            missing.append(f"{name} was not trained: {err}")
    finished = []
    for run in started:
        ended = follow(workspace, run, say) if run.active else run
        say(f"{run.model}: {'from the cache' if run.cached else ended.state}")
        if ended.state == "finished":
            finished.append(ended)
        else:
            missing.append(f"{run.model} was not trained: {ended.error or ended.message or ended.state}")
    return tuple(finished), tuple(missing)

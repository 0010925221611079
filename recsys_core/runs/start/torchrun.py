"""Training under torchrun: every process carries out the same command, and the first one keeps the books.

The run is the one that a single process would make: settings decide which batches share a step, not their number.
"""

import os
from contextlib import redirect_stderr, redirect_stdout

from recsys_core.answers import message
from recsys_core.data.dataset import Dataset
from recsys_core.models.cards import card_of
from recsys_core.models.distributed import get_in_touch, is_first, part, processes, shared
from recsys_core.runs.life.keys import plan_run
from recsys_core.runs.life.run import Run, as_answer, find_run, registry, run_folder
from recsys_core.runs.start import launch
from recsys_core.runs.watch.processes import MARK
from recsys_core.settings import ModelSettings, RetentionSettings, SplitSettings
from recsys_core.workspace import Workspace


def train_under_torchrun(
    workspace: Workspace, dataset: Dataset, model: ModelSettings, split: SplitSettings, retention: RetentionSettings,
    *, priority: int = 0, say: launch.Say = launch.silent,
) -> Run:  # fmt: skip
    """Train in the processes that torchrun started; each calls this, and returns when the run has ended.

    Raises
    ------
    DataError, SettingsError
        As `launch.train`.
    """
    from recsys_core.runs.start.worker import assist, work

    plan = plan_run(dataset, model, split, launch.resolved_split_time(workspace, dataset, split, retention))
    get_in_touch()
    mine = (launch.enter(workspace, dataset, plan, priority) or 0) if is_first() else 0
    attempt = int(shared(mine))
    if attempt and is_first():
        os.environ[MARK] = registry(workspace).mark(plan.run_id, attempt)
        path = run_folder(workspace, plan.run_id) / "log.txt"
        say(message(
            "progress-run-in-processes", run_id=plan.run_id, processes=processes(), dataset_id=dataset.dataset_id,
            log=str(path),
        ))  # fmt: skip
        with path.open("a", encoding="utf-8") as log, redirect_stdout(log), redirect_stderr(log):
            work(workspace, plan.run_id, attempt)
    elif attempt and card_of(plan.model.stage).heavy:
        assist(workspace, plan)
    part()
    run = find_run(workspace, plan.run_id)
    if not attempt and is_first() and run.active:  # other processes are at it
        run = launch.follow(workspace, run, say)
    return as_answer(run, cached=not attempt and run.state == "finished", resumed=attempt > 1)

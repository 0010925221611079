"""The commands train, runs, cancel and compare, and those on what is kept of runs."""

import argparse

from recsys_core.command_line import kept_commands, run_lines
from recsys_core.command_line.options import (
    DATASET,
    Commands,
    add_assignments,
    add_command,
    given,
    open_workspace,
    with_files,
)
from recsys_core.command_line.printing import print_answer, print_progress
from recsys_core.settings import MODELS
from recsys_core.wording.sentences import label

_RUN = "id that train printed"


def add_commands(commands: Commands) -> None:
    """Declare the commands."""
    train = add_command(commands, "train", _train, "Train a recommender in a process of its own.")
    train.add_argument("dataset", help=DATASET)
    train.add_argument("--model", metavar="NAME", required=True, help=", ".join(MODELS))
    train.add_argument(
        "--priority", type=int, metavar="N", help="higher ones leave the queue first; default: the study's, else 0"
    )
    train.add_argument("--wait", action="store_true", help="return when it has finished, with its metrics")
    add_assignments(train, text="fields of the model and of the split, inactivity_days, landmark_days")
    runs = add_command(commands, "runs", _runs, "List the runs of a data set.")
    runs.add_argument("dataset", help=DATASET)
    cancel = add_command(commands, "cancel", _cancel, "Stop a run; training again goes on from its checkpoints.")
    cancel.add_argument("run_id", help=_RUN)
    _add_kept_commands(commands)
    compare = add_command(commands, "compare", _compare, "Ranking quality of trained models, with paired differences.")
    compare.add_argument("dataset", help=DATASET)
    compare.add_argument("--models", metavar="A,B", help="trained first where they are not; default: all finished ones")
    compare.add_argument("--split", metavar="METHOD", dest="method", help="global-time, or one for papers")
    compare.add_argument("--k", help="length of the lists")
    add_assignments(compare, text="fields of compare and split, inactivity_days, landmark_days")


def _add_kept_commands(commands: Commands) -> None:
    def add(name: str, body: kept_commands.Body, text: str) -> argparse.ArgumentParser:
        def run(arguments: argparse.Namespace) -> None:
            print_answer(arguments, *body(open_workspace(arguments), arguments))

        return add_command(commands, name, run, text)

    kept_commands.add_commands(add)


def _train(arguments: argparse.Namespace) -> None:
    from recsys_core.data.dataset import Dataset
    from recsys_core.models.distributed import is_first
    from recsys_core.runs.start import run_commands
    from recsys_core.study import load_study

    space = open_workspace(arguments)
    dataset = Dataset.open(space, arguments.dataset)
    request = run_commands.train_request(
        load_study(dataset), arguments.model, with_files(dataset, arguments.assignments), arguments.priority
    )
    run = run_lines.train(space, dataset, request, wait=arguments.wait, progress=print_progress)
    if is_first():  # of the processes that torchrun started
        print_answer(arguments, run_lines.run_object(run), [run_lines.run_line(run)])


def _runs(arguments: argparse.Namespace) -> None:
    from recsys_core.runs.start import run_commands

    runs = run_commands.runs_of(open_workspace(arguments), arguments.dataset)
    lines = [run_lines.run_line(run) for run in runs] or [label("line-no-runs")]
    print_answer(arguments, {"runs": [run_lines.run_object(run) for run in runs]}, lines)


def _cancel(arguments: argparse.Namespace) -> None:
    from recsys_core.runs.start import run_commands

    run = run_commands.cancel(open_workspace(arguments), arguments.run_id)
    print_answer(arguments, run_lines.run_object(run), [run_lines.run_line(run)])


def _compare(arguments: argparse.Namespace) -> None:
    from recsys_core.command_line.comparison_lines import comparison_lines
    from recsys_core.data.dataset import Dataset
    from recsys_core.objects.ranking_objects import comparison_object
    from recsys_core.runs.start import run_comparison
    from recsys_core.steps import Steps
    from recsys_core.study import load_study

    space = open_workspace(arguments)
    dataset = Dataset.open(space, arguments.dataset)
    options = given(arguments, ["models", "method", "k"])
    study = run_comparison.compare_request(load_study(dataset), options, with_files(dataset, arguments.assignments))
    runs = run_comparison.train_missing(space, dataset, study, print_progress)
    comparison = Steps(space).comparison([run.run_id for run in runs], study.compare)
    trained = [{"model": run.model, "run_id": run.run_id, "seconds": run.seconds} for run in runs]
    print_answer(arguments, comparison_object(comparison) | {"runs": trained}, comparison_lines(comparison))

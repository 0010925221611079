"""The commands retention, survival, risk and what-if."""

import argparse
import json
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from recsys_core import audit
from recsys_core.answers import message
from recsys_core.command_line.options import (
    DATASET,
    Commands,
    add_assignments,
    add_command,
    assigned,
    given,
    numbers,
    open_workspace,
    refuse_devices,
)
from recsys_core.command_line.printing import check_lines, print_answer, print_progress, verdict_lines
from recsys_core.serialise import to_csv
from recsys_core.settings import RetentionSettings, RiskSettings, ScenarioSettings
from recsys_core.wording.objects import worded
from recsys_core.wording.sentences import pairs, say, sentence
from recsys_core.workspace import write_atomic

if TYPE_CHECKING:
    from recsys_core.retention.study.arm_results import ArmResult

_OF_RETENTION = (
    "cohort", "models", "landmark_days", "inactivity_days", "horizon_days", "covariates", "activity_events",
)  # fmt: skip
_OF_SCENARIO = ("source", "target", "share", "day", "value_per_day")
_GAP = "a user has lapsed after a gap longer than G days"
_EVENTS = "events that count as coming back"


def add_commands(commands: Commands) -> None:
    """Declare the commands."""
    retention = add_command(commands, "retention", _retention, "Curves, contrasts, checks and the verdict.")
    _add_retention_options(retention)
    add_assignments(retention, RetentionSettings)
    _add_survival(commands)
    _add_risk(commands)
    _add_what_if(commands)


def _add_retention_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("dataset", help=DATASET)
    command.add_argument("--cohort", help="recommender, affinity, all, or a user attribute")
    command.add_argument("--models", metavar="A,B", help="affinity: the two models, trained first where they are not")
    command.add_argument("--landmark-days", metavar="L", help="affinity: days over which new items decide the cohort")
    command.add_argument("--inactivity-days", metavar="G", help=_GAP)
    command.add_argument("--horizon", metavar="D", dest="horizon_days", help="days over which arms are compared")
    command.add_argument("--covariates", metavar="A,B", help="user attributes known at first exposure")
    command.add_argument("--activity-events", metavar="A,B", help=_EVENTS)


def _add_survival(commands: Commands) -> None:
    command = add_command(commands, "survival", _survival, "The same estimators on a ready survival table.")
    command.add_argument("table", help="CSV or Parquet, one row per subject or interval")
    command.add_argument("--duration", metavar="COLUMN", required=True)
    command.add_argument("--event", metavar="COLUMN", required=True)
    for name in ("entry", "group", "weights", "cluster", "strata"):
        command.add_argument(f"--{name}", metavar="COLUMN")
    command.add_argument("--covariates", metavar="A,B")
    command.add_argument("--horizon", metavar="T", type=float)
    command.add_argument("--at", metavar="T,T")
    command.add_argument("--ties", choices=("efron", "breslow"), default="efron")
    command.add_argument("--conf-type", choices=("log-log", "log", "plain"), default="log-log")
    command.add_argument("--transform", choices=("km", "identity", "rank", "log"), default="km")
    command.add_argument("--competing", metavar="COLUMN", help="causes: 0, censored or empty, else a number or word")
    command.add_argument("--recurrent", action="store_true", help="mean number of events per user (entry, cluster)")
    command.add_argument("--aft", action="store_true", help="Weibull model of accelerated time")


def _add_risk(commands: Commands) -> None:
    command = add_command(commands, "risk", _risk, "Who will lapse next, and how far to trust that.")
    command.add_argument("dataset", help=DATASET)
    command.add_argument("--days", metavar="D", help="days ahead, besides the gap")
    command.add_argument("--inactivity-days", metavar="G", help=_GAP)
    command.add_argument("--activity-events", metavar="A,B", help=_EVENTS)
    command.add_argument("--out", metavar="FILE.csv", help="users with their risks and reasons, the highest first")
    add_assignments(command, RiskSettings)


def _add_what_if(commands: Commands) -> None:
    command = add_command(commands, "what-if", _what_if, "Move part of one arm's users to another.")
    _add_retention_options(command)
    command.add_argument("--from", metavar="ARM", dest="source", help="arm whose users move")
    command.add_argument("--to", metavar="ARM", dest="target", help="arm that would serve them")
    command.add_argument("--share", metavar="Q", help="fraction that moves, 0 to 1")
    command.add_argument("--day", metavar="D", help="day at which kept users are counted")
    command.add_argument("--value-per-day", metavar="V", help="what one kept day is worth")
    add_assignments(command, RetentionSettings, ScenarioSettings)


def _retention(arguments: argparse.Namespace) -> None:
    from recsys_core.data.dataset import Dataset
    from recsys_core.objects.retention_object import retention_object
    from recsys_core.steps import Steps
    from recsys_core.study import load_study

    options = given(arguments, _OF_RETENTION) | assigned(arguments, RetentionSettings)["retention"]
    settings = RetentionSettings.from_dict(options)
    space = open_workspace(arguments)
    dataset = Dataset.open(space, arguments.dataset)
    study = replace(load_study(dataset), retention=settings)
    result = Steps(space, say=print_progress).retention(dataset, study)
    print_answer(arguments, retention_object(result), [
        *verdict_lines(result.verdict), *check_lines(result.checks), "", *(_arm_line(arm) for arm in result.arms), "",
        *(f"{name}: {text}" for name, text in pairs(result.definitions)), *map(say, result.warnings),
    ])  # fmt: skip


def _arm_line(arm: "ArmResult") -> str:
    mean = arm.rmst
    return say(
        message(
            "line-arm", arm=arm.name, users=arm.users, days=mean.days,
            estimate=mean.estimate, lower=mean.lower, upper=mean.upper,
        )
    )  # fmt: skip


def _survival(arguments: argparse.Namespace) -> None:
    from recsys_core.data.read_log import read_frame
    from recsys_core.retention.ready.ready_columns import SurvivalOptions
    from recsys_core.retention.ready.ready_table import analyse_table

    options = given(arguments, [field.name for field in fields(SurvivalOptions) if hasattr(arguments, field.name)])
    options["covariates"] = tuple(part for part in (arguments.covariates or "").split(",") if part)
    options["at"] = numbers(arguments.at or "", "--at")
    refuse_devices(arguments.table)
    answer = worded(analyse_table(read_frame(Path(arguments.table)), SurvivalOptions(**options)))
    print_answer(arguments, answer, [json.dumps(answer, indent=1, allow_nan=False)])


def _risk(arguments: argparse.Namespace) -> None:
    from recsys_core.charts.retention.risk_chart import risk_rows
    from recsys_core.data.dataset import Dataset
    from recsys_core.objects.risk_objects import risk_object
    from recsys_core.risk.risk_answer import checks_of, verdict_of
    from recsys_core.steps import Steps
    from recsys_core.study import load_study

    space = open_workspace(arguments)
    dataset = Dataset.open(space, arguments.dataset)
    study = load_study(dataset).changed("retention", given(arguments, ["inactivity_days", "activity_events"]))
    settings = RiskSettings.from_dict(given(arguments, ["days"]) | assigned(arguments, RiskSettings)["risk"])
    result = Steps(space).risk(dataset, replace(study, risk=settings))
    if arguments.out:
        write_atomic(Path(arguments.out), to_csv(risk_rows(result)))
        file = str(Path(arguments.out).resolve())
        audit.note(space, "export-risks", dataset_id=dataset.dataset_id, file=file)
    lines = [*verdict_lines(verdict_of(result)), *check_lines(checks_of(result))]
    print_answer(arguments, risk_object(result) | {"out": arguments.out}, lines)


def _what_if(arguments: argparse.Namespace) -> None:
    from recsys_core.data.dataset import Dataset
    from recsys_core.objects.risk_objects import rollout_object
    from recsys_core.steps import Steps
    from recsys_core.study import load_study

    by_stage = assigned(arguments, RetentionSettings, ScenarioSettings)
    scenario = ScenarioSettings.from_dict(given(arguments, _OF_SCENARIO) | by_stage["scenario"])
    retention = RetentionSettings.from_dict(given(arguments, _OF_RETENTION) | by_stage["retention"])
    space = open_workspace(arguments)
    dataset = Dataset.open(space, arguments.dataset)
    study = replace(load_study(dataset), retention=retention, scenario=scenario)
    result = Steps(space, say=print_progress).rollout(dataset, study)
    answer = rollout_object(result)
    answer |= {"verdict": sentence(result.verdict), "answer": answer["verdict"]}
    print_answer(arguments, answer, [*verdict_lines(result.verdict), *check_lines(result.checks)])

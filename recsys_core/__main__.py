"""The command line: `python -m recsys_core COMMAND`; `--help` lists the commands.

With `--json`, one JSON object goes to standard output and nothing else; progress and messages go to standard error.
Exit codes: 0 good, 1 the user's data or settings need mending (the message says how), 2 wrong usage, 130 interrupted.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from recsys_core.answers import Message
from recsys_core.command_line import kept_commands, run_lines
from recsys_core.errors import SettingsError, StayingPowerError
from recsys_core.serialise import plain, to_csv
from recsys_core.settings import (
    MODELS,
    DataSettings,
    RetentionSettings,
    RiskSettings,
    ScenarioSettings,
    Stage,
    StudySettings,
)
from recsys_core.settings.assignments import by_stage
from recsys_core.wording.objects import worded
from recsys_core.wording.sentences import check_detail, check_name, say, sentence, support, title
from recsys_core.workspace import Workspace, write_atomic

_ROLES = ("user", "item", "time", "event", "value", "recommender", "propensity")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    asked = _parser().parse_args(arguments)
    try:
        asked.run(asked)
    except StayingPowerError as err:
        _say("\n".join((str(err), *getattr(err, "__notes__", ()))))
        return 1
    except OSError as err:
        _say(f"{err.strerror or err}: {err.filename or 'a file'}. Check that the disk has room and may be written to.")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m recsys_core", description="Which recommender keeps your users?")
    commands = parser.add_subparsers(dest="command", required=True)
    _import_command(commands)
    _train_commands(commands)
    _cache_commands(commands)
    _compare_command(commands)
    _retention_command(commands)
    _survival_command(commands)
    _risk_command(commands)
    _what_if_command(commands)
    _report_commands(commands)
    return parser


def _command(commands: Any, name: str, run: Callable[[argparse.Namespace], None], text: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
    command.add_argument("--json", action="store_true", help="print one JSON object on standard output")
    command.add_argument("--workspace", metavar="FOLDER", help="default: STAYING_POWER_HOME, else ./workspace")
    command.set_defaults(run=run)
    return command


def _settable(command: argparse.ArgumentParser, *stages: type[Stage]) -> None:
    names = ", ".join(field.name for stage in stages for field in fields(stage))
    command.add_argument(
        "--set", metavar="FIELD=VALUE", action="append", default=[], dest="assignments", help=f"fields: {names}"
    )


def _import_command(commands: Any) -> None:
    command = _command(commands, "import", _import, "Bring a log into the workspace.")
    command.add_argument("log", help="CSV or Parquet, one row per event")
    command.add_argument("--items", metavar="FILE", help="table with one row per item")
    command.add_argument("--users", metavar="FILE", help="table with one row per user")
    for role in _ROLES:
        command.add_argument(f"--{role}", metavar="COLUMN", help=f"column of the {role}; guessed if not given")
    command.add_argument("--text", metavar="COLUMNS", help="columns of the items table that describe the item")
    command.add_argument("--separator", help="what parts fields; found out if not given")
    command.add_argument("--columns", metavar="A,B,C", help="names for a log without a header")
    command.add_argument("--title", default="", help="name of the data set")
    _settable(command, DataSettings)


def _train_commands(commands: Any) -> None:
    train = _command(commands, "train", _train, "Train a recommender in a process of its own.")
    train.add_argument("dataset", help="id that import printed")
    train.add_argument("--model", metavar="NAME", required=True, help=", ".join(MODELS))
    train.add_argument(
        "--priority", type=int, metavar="N", help="higher ones leave the queue first; default: the study's, else 0"
    )
    train.add_argument("--wait", action="store_true", help="return when it has finished, with its metrics")
    train.add_argument(
        "--set", metavar="FIELD=VALUE", action="append", default=[], dest="assignments",
        help="fields of the model and of the split, inactivity_days, landmark_days",
    )  # fmt: skip
    runs = _command(commands, "runs", _runs, "List the runs of a data set.")
    runs.add_argument("dataset", help="id that import printed")
    cancel = _command(commands, "cancel", _cancel, "Stop a run; training again goes on from its checkpoints.")
    cancel.add_argument("run_id", help="id that train printed")


def _cache_commands(commands: Any) -> None:
    def add(name: str, body: kept_commands.Body, text: str) -> argparse.ArgumentParser:
        return _command(
            commands, name, lambda asked: _print(asked, *body(Workspace.open(asked.workspace), asked)), text
        )

    kept_commands.add_commands(add)


def _compare_command(commands: Any) -> None:
    command = _command(commands, "compare", _compare, "Ranking quality of trained models, with paired differences.")
    command.add_argument("dataset", help="id that import printed")
    command.add_argument("--models", metavar="A,B", help="trained first where they are not; default: all finished ones")
    command.add_argument("--split", metavar="METHOD", dest="method", help="global-time, or one for papers")
    command.add_argument("--k", help="length of the lists")
    command.add_argument(
        "--set", metavar="FIELD=VALUE", action="append", default=[], dest="assignments",
        help="fields of compare and split, inactivity_days, landmark_days",
    )  # fmt: skip


def _retention_command(commands: Any) -> None:
    command = _command(commands, "retention", _retention, "Curves, contrasts, checks and the verdict.")
    _retention_arguments(command)
    _settable(command, RetentionSettings)


def _retention_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("dataset", help="id that import printed")
    command.add_argument("--cohort", help="recommender, affinity, all, or a user attribute")
    command.add_argument("--models", metavar="A,B", help="affinity: the two models, trained first where they are not")
    command.add_argument("--landmark-days", metavar="L", help="affinity: days over which new items decide the cohort")
    command.add_argument("--inactivity-days", metavar="G", help="a user has lapsed after a gap longer than G days")
    command.add_argument("--horizon", metavar="D", dest="horizon_days", help="days over which arms are compared")
    command.add_argument("--covariates", metavar="A,B", help="user attributes known at first exposure")
    command.add_argument("--activity-events", metavar="A,B", help="events that count as coming back")


def _survival_command(commands: Any) -> None:
    command = _command(commands, "survival", _survival, "The same estimators on a ready survival table.")
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


def _risk_command(commands: Any) -> None:
    command = _command(commands, "risk", _risk, "Who will lapse next, and how far to trust that.")
    command.add_argument("dataset", help="id that import printed")
    command.add_argument("--days", metavar="D", help="days ahead, besides the gap")
    command.add_argument("--inactivity-days", metavar="G", help="a user has lapsed after a gap longer than G days")
    command.add_argument("--activity-events", metavar="A,B", help="events that count as coming back")
    command.add_argument("--out", metavar="FILE.csv", help="users with their risks and reasons, the highest first")
    _settable(command, RiskSettings)


def _what_if_command(commands: Any) -> None:
    command = _command(commands, "what-if", _what_if, "Move part of one arm's users to another.")
    _retention_arguments(command)
    command.add_argument("--from", metavar="ARM", dest="source", help="arm whose users move")
    command.add_argument("--to", metavar="ARM", dest="target", help="arm that would serve them")
    command.add_argument("--share", metavar="Q", help="fraction that moves, 0 to 1")
    command.add_argument("--day", metavar="D", help="day at which kept users are counted")
    command.add_argument("--value-per-day", metavar="V", help="what one kept day is worth")
    _settable(command, RetentionSettings, ScenarioSettings)


def _report_commands(commands: Any) -> None:
    report = _command(commands, "report", _report, "Write the report of a study as one HTML file.")
    report.add_argument("study", help="study file (TOML)")
    report.add_argument("--out", metavar="FILE.html", required=True)
    run = _command(commands, "run", _run, "Everything from log to report.")
    run.add_argument("study", help="study file (TOML)")
    run.add_argument("--out", metavar="FILE.html", help="default: the study file's name with .html, beside it")


def _import(asked: argparse.Namespace) -> None:
    from recsys_core.data.import_log import import_log

    names = [*_ROLES, "items", "users", "text", "separator", "columns"]
    settings = DataSettings(log=asked.log).changed(_given(asked, names) | _assignments(asked, DataSettings))
    dataset = import_log(Workspace.open(asked.workspace), settings, title=asked.title)
    card = plain(dataset.card())
    steps = card.pop("steps")
    card["rows"] = {"in": card.pop("rows_in"), "out": card.pop("rows"), "steps": steps}
    _print(asked, card, [
        f"{dataset.title}: {dataset.rows:,} of {dataset.rows_in:,} rows, {dataset.users:,} users",
        *(f"{step.rows_in:>12,} -> {step.rows_out:>12,}  {step.name}" for step in dataset.steps),
        *(f"{issue.level}: {issue.detail} {issue.action}" for issue in dataset.issues),
        f"data set {dataset.dataset_id}",
    ])  # fmt: skip


def _train(asked: argparse.Namespace) -> None:
    from recsys_core.data.dataset import Dataset
    from recsys_core.models.distributed import is_first
    from recsys_core.runs.start import run_commands
    from recsys_core.study import load_study

    space = Workspace.open(asked.workspace)
    dataset = Dataset.open(space, asked.dataset)
    request = run_commands.train_request(load_study(dataset), asked.model, asked.assignments, asked.priority)
    run = run_lines.train(space, dataset, request, wait=asked.wait, progress=_say)
    if is_first():  # of the processes that torchrun started
        _print(asked, run_lines.run_object(run), [run_lines.run_line(run)])


def _runs(asked: argparse.Namespace) -> None:
    from recsys_core.runs.start import run_commands

    runs = run_commands.runs_of(Workspace.open(asked.workspace), asked.dataset)
    lines = [run_lines.run_line(run) for run in runs] or ["no runs yet"]
    _print(asked, {"runs": [run_lines.run_object(run) for run in runs]}, lines)


def _cancel(asked: argparse.Namespace) -> None:
    from recsys_core.runs.start import run_commands

    run = run_commands.cancel(Workspace.open(asked.workspace), asked.run_id)
    _print(asked, run_lines.run_object(run), [run_lines.run_line(run)])


def _compare(asked: argparse.Namespace) -> None:
    from recsys_core.data.dataset import Dataset
    from recsys_core.evaluation.comparison_object import comparison_lines, comparison_object
    from recsys_core.runs.start import run_comparison
    from recsys_core.study import load_study

    space = Workspace.open(asked.workspace)
    dataset = Dataset.open(space, asked.dataset)
    given = _given(asked, ["models", "method", "k"])
    study = run_comparison.compare_request(load_study(dataset), given, asked.assignments)
    runs = run_comparison.train_missing(space, dataset, study, _say)
    found = run_comparison.compare_runs(space, runs, study.compare)
    trained = [{"model": run.model, "run_id": run.run_id, "seconds": run.seconds} for run in runs]
    _print(asked, comparison_object(found) | {"runs": trained}, comparison_lines(found))


def _retention(asked: argparse.Namespace) -> None:
    from recsys_core.retention.study.retention_object import retention_object

    result = _analysed(asked)
    _print(asked, retention_object(result), [
        title(result.verdict).upper(), sentence(result.verdict), support(result.verdict), "",
        *(f"{check.status:5s} {check_name(check)}: {check_detail(check)}" for check in result.checks), "",
        *(f"{arm.name}: {arm.users:,} users, {arm.rmst.estimate:.1f} of {arm.rmst.days:g} days "
          f"({arm.rmst.lower:.1f} to {arm.rmst.upper:.1f})" for arm in result.arms), "",
        *(f"{name}: {text}" for name, text in result.definitions), *result.warnings,
    ])  # fmt: skip


def _analysed(asked: argparse.Namespace) -> Any:
    from recsys_core.data.dataset import Dataset
    from recsys_core.retention.study.analyse import analyse_retention
    from recsys_core.runs.start.affinity_runs import affinity_input
    from recsys_core.study import load_study

    names = ["cohort", "models", "landmark_days", "inactivity_days", "horizon_days", "covariates", "activity_events"]
    settings = RetentionSettings.from_dict(_given(asked, names) | _assignments(asked, RetentionSettings))
    space = Workspace.open(asked.workspace)
    dataset = Dataset.open(space, asked.dataset)
    study = replace(load_study(dataset), retention=settings)
    return analyse_retention(dataset, settings, affinity_input(space, dataset, study, _say))


def _survival(asked: argparse.Namespace) -> None:
    from recsys_core.data.read_log import read_frame
    from recsys_core.retention.ready.ready_columns import SurvivalOptions
    from recsys_core.retention.ready.ready_table import analyse_table

    values = {name: value for name, value in vars(asked).items() if name in {f.name for f in fields(SurvivalOptions)}}
    values["covariates"] = tuple(part for part in (asked.covariates or "").split(",") if part)
    values["at"] = _numbers(asked.at or "", "--at")
    found = analyse_table(read_frame(Path(asked.table)), SurvivalOptions(**values))
    _print(asked, found, [json.dumps(found, indent=1, allow_nan=False)])


def _numbers(text: str, option: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise SettingsError(f"{option} is {text!r}; give numbers parted by commas, as in 30,60.") from None


def _risk(asked: argparse.Namespace) -> None:
    from recsys_core.data.dataset import Dataset
    from recsys_core.risk.foretell import foretell
    from recsys_core.risk.risk_answer import checks_of, risk_object, risk_rows, verdict_of
    from recsys_core.study import load_study

    dataset = Dataset.open(Workspace.open(asked.workspace), asked.dataset)
    retention = load_study(dataset).retention.changed(_given(asked, ["inactivity_days", "activity_events"]))
    found = foretell(
        dataset, retention, RiskSettings.from_dict(_given(asked, ["days"]) | _assignments(asked, RiskSettings))
    )
    if asked.out:
        write_atomic(Path(asked.out), to_csv(risk_rows(found)))
    answer = verdict_of(found)
    _print(asked, risk_object(found) | {"out": asked.out}, [
        title(answer).upper(), sentence(answer), support(answer), "",
        *(f"{check.status:5s} {check_name(check)}: {check_detail(check)}" for check in checks_of(found)),
    ])  # fmt: skip


def _what_if(asked: argparse.Namespace) -> None:
    from recsys_core.whatif.rollout import rollout

    names = ["source", "target", "share", "day", "value_per_day"]
    scenario = ScenarioSettings.from_dict(_given(asked, names) | _assignments(asked, ScenarioSettings))
    result = rollout(_analysed(asked), scenario)
    made = worded(result)
    made["verdict"] = sentence(result.verdict)
    _print(asked, made, [
        title(result.verdict).upper(), sentence(result.verdict), support(result.verdict), "",
        *(f"{check.status:5s} {check_name(check)}: {check_detail(check)}" for check in result.checks),
    ])  # fmt: skip


def _report(asked: argparse.Namespace) -> None:
    _written(asked, Path(asked.out), train=False)


def _run(asked: argparse.Namespace) -> None:
    _written(asked, Path(asked.out) if asked.out else Path(asked.study).with_suffix(".html"), train=True)


def _written(asked: argparse.Namespace, out: Path, *, train: bool) -> None:
    from recsys_core.evaluation.comparison_object import comparison_object
    from recsys_core.report.build import build_report
    from recsys_core.retention.study.retention_object import retention_object
    from recsys_core.study import run

    study = StudySettings.from_toml(asked.study)
    result = run(study, Workspace.open(asked.workspace), _say, train=train)
    _say("Writing the report")
    write_atomic(out, build_report(result))
    made = {
        "dataset_id": result.dataset.dataset_id,
        "report": str(out),
        "bytes": out.stat().st_size,
        "retention": retention_object(result.retention),
        "what_if": worded(result.rollout),
        "comparison": comparison_object(result.comparison) if result.comparison else None,
        "ranking_and_staying": worded(result.hazards),
        "affinity": retention_object(result.affinity) if result.affinity else None,
        "notes": list(result.notes),
    }
    answers = [r.verdict for r in (result.retention, result.comparison, result.affinity) if r]
    lines = [line for v in answers for line in (title(v).upper(), sentence(v), support(v), "")]
    _print(asked, made, [*lines, *result.notes, f"report {out}"])


def _given(asked: argparse.Namespace, names: Sequence[str]) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(asked, name)) is not None}


def _assignments(asked: argparse.Namespace, stage: type[Stage]) -> dict[str, str]:
    """Read --set for one stage; where a command has several stages, a field goes to every stage that has it."""
    stages: list[type[Stage]] = [RetentionSettings, ScenarioSettings] if asked.command == "what-if" else [stage]
    return by_stage(asked.assignments, {kind.stage: [f.name for f in fields(kind)] for kind in stages})[stage.stage]


def _print(asked: argparse.Namespace, value: dict[str, Any], lines: Sequence[str]) -> None:
    print(json.dumps(value, allow_nan=False, ensure_ascii=False) if asked.json else "\n".join(lines))


def _say(told: Message | str) -> None:
    print(say(told) if isinstance(told, Message) else told, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())

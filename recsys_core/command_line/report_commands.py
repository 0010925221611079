"""The commands report and run."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recsys_core import audit
from recsys_core.answers import message
from recsys_core.command_line.options import Commands, add_command, open_workspace
from recsys_core.command_line.printing import print_answer, print_progress, verdict_lines
from recsys_core.settings import StudySettings
from recsys_core.wording.objects import worded
from recsys_core.wording.sentences import say
from recsys_core.workspace import write_atomic

if TYPE_CHECKING:
    from recsys_core.study import StudyResult

_STUDY = "study file (TOML)"


def add_commands(commands: Commands) -> None:
    """Declare the commands."""
    report = add_command(commands, "report", _report, "Write the report of a study as one HTML file.")
    report.add_argument("study", help=_STUDY)
    report.add_argument("--out", metavar="FILE.html", required=True)
    run = add_command(commands, "run", _run, "Everything from log to report.")
    run.add_argument("study", help=_STUDY)
    run.add_argument("--out", metavar="FILE.html", help="default: the study file's name with .html, beside it")


def _report(arguments: argparse.Namespace) -> None:
    _write_report(arguments, Path(arguments.out), train=False)


def _run(arguments: argparse.Namespace) -> None:
    out = Path(arguments.out) if arguments.out else Path(arguments.study).with_suffix(".html")
    _write_report(arguments, out, train=True)


def _write_report(arguments: argparse.Namespace, out: Path, *, train: bool) -> None:
    from recsys_core.report.build import build_report
    from recsys_core.study import run

    study = StudySettings.from_toml(arguments.study)
    space = open_workspace(arguments)
    result = run(study, space, print_progress, train=train)
    print_progress(message("progress-writing-report"))
    write_atomic(out, build_report(result))
    audit.note(space, "export-report", dataset_id=result.dataset.dataset_id, file=str(out.resolve()))
    answers = [part.verdict for part in (result.retention, result.comparison, result.affinity) if part]
    print_answer(arguments, _study_object(result, out), [
        *(line for verdict in answers for line in verdict_lines(verdict)),
        *(say(note) for note in result.notes),
        say(message("line-report", path=str(out))),
    ])  # fmt: skip


def _study_object(result: "StudyResult", out: Path) -> dict[str, Any]:
    from recsys_core.objects.ranking_objects import comparison_object, hazards_object
    from recsys_core.objects.retention_object import retention_object
    from recsys_core.objects.risk_objects import rollout_object

    return {
        "dataset_id": result.dataset.dataset_id,
        "report": str(out),
        "bytes": out.stat().st_size,
        "retention": retention_object(result.retention),
        "what_if": rollout_object(result.rollout) if result.rollout else None,
        "comparison": comparison_object(result.comparison) if result.comparison else None,
        "ranking_and_staying": hazards_object(result.hazards) if result.hazards else None,
        "affinity": retention_object(result.affinity) if result.affinity else None,
        "notes": worded(result.notes),
    }

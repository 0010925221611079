"""What it takes to get the same report again: data, settings, versions, seeds."""

import platform
import sys
from dataclasses import fields, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import PurePath

from recsys_core.answers import Message, message
from recsys_core.data.splitting import original_name
from recsys_core.report.parts import ReportInput
from recsys_core.settings import DataSettings, StudySettings

COMMAND = "python -m recsys_core run study.toml"
_PACKAGES = {"numpy": "numpy", "pandas": "pandas", "duckdb": "duckdb", "ibis": "ibis-framework", "plotly": "plotly"}


def own_version() -> str:
    """Return this package's version; the package itself stands above this room and is not imported."""
    return str(sys.modules[__name__.partition(".")[0]].__version__)


def versions() -> dict[str, str]:
    """Return the versions that the figures depend on."""
    packages = {name: version(package) for name, package in _PACKAGES.items()}
    return {"Staying Power": own_version(), "Python": platform.python_version(), **packages}


def settings_used(result: ReportInput) -> StudySettings:
    """Return the study with every value that was chosen from the data, and files without their folders."""
    log = result.dataset
    known = {field.name for field in fields(DataSettings)}
    given = {name: value for name, value in log.settings.items() if name in known}
    given |= {role: column for role, column in log.mapping.items() if role in known}
    given |= {name: PurePath(str(given.get(name, ""))).name for name in ("log", "items", "users")}
    used = replace(
        result.settings,
        title=result.settings.title or log.title,
        data=DataSettings.from_dict(given),
        split=result.settings.split.changed({"test_file": original_name(result.settings.split.test_file)}),
        retention=result.retention.settings,
    )
    return replace(used, scenario=result.rollout.settings) if result.rollout else used


def facts(result: ReportInput, made: datetime) -> tuple[Message, ...]:
    """List data set, files, versions, seeds, date and command."""
    log = result.dataset
    files = {role: PurePath(str(log.settings.get(role) or role)).name for role in log.content}
    packages = tuple(f"{name} {number}" for name, number in versions().items())
    return (
        message("definition-report-data-set", dataset_id=log.dataset_id),
        *(message("definition-report-file", file=files[role], digest=digest) for role, digest in log.content.items()),
        message("definition-report-versions", packages=packages),
        message("definition-report-seeds", seeds=_seeds(result)),
        message("definition-report-made", moment=int(made.timestamp())),
        message("definition-report-again", command=COMMAND),
    )


def _seeds(result: ReportInput) -> tuple[Message, ...]:
    settings, moved, seeds = result.retention.settings, result.rollout, []
    if any(contrast.adjusted_methods for contrast in result.retention.contrasts):
        resamples, more = settings.resamples, moved is not None
        seeds.append(message("report-seed-adjusted", seed=str(settings.seed), resamples=resamples, more=more))
    if moved:
        scenario = moved.settings
        seeds.append(message("report-seed-what-if", seed=str(scenario.seed), resamples=scenario.resamples))
    return tuple(seeds) or (message("report-no-seed"),)

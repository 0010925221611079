"""What it takes to get the same report again: data, settings, versions, seeds."""

import platform
import sys
from dataclasses import fields, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import PurePath

from recsys_core import words
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
        split=result.settings.split.changed({"test_file": PurePath(result.settings.split.test_file).name}),
        retention=result.retention.settings,
    )
    return replace(used, scenario=result.rollout.settings) if result.rollout else used


def facts(result: ReportInput, made: datetime) -> list[tuple[str, str]]:
    """List data set, files, versions, seeds, date and command."""
    log = result.dataset
    names = {role: PurePath(str(log.settings.get(role) or role)).name for role in log.content}
    return [
        ("Data set", log.dataset_id),
        *((names[role], f"sha256 {digest}") for role, digest in log.content.items()),
        ("Versions", ", ".join(f"{name} {number}" for name, number in versions().items())),
        ("Seeds", _seeds(result)),
        ("Made", f"{words.date(int(made.timestamp()))} (UTC)"),
        ("Run again", f"{COMMAND}, with the settings below as study.toml beside the files named in it."),
    ]


def _seeds(result: ReportInput) -> str:
    used = []
    if any(contrast.adjusted_methods for contrast in result.retention.contrasts):
        used.append(("adjusted contrasts", result.retention.settings.seed, result.retention.settings.resamples))
    if result.rollout:
        used.append(("what-if", result.rollout.settings.seed, result.rollout.settings.resamples))
    said = [f"{name}: {seed}, {words.count(resamples)} resamples" for name, seed, resamples in used]
    return f"{'; '.join(said)}." if said else "Nothing here is drawn at random."

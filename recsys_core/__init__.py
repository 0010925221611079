"""Staying Power tells which recommender keeps its users.

Everything here is a plain function on small frozen objects; `run` goes from a study file to all results.
Names are looked up when they are first used, so that importing the package costs next to nothing.
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "CompareSettings": "settings",
    "DataError": "errors",
    "Dataset": "data.dataset",
    "DataSettings": "settings",
    "ReportSettings": "settings",
    "RetentionSettings": "settings",
    "ScenarioSettings": "settings",
    "SettingsError": "errors",
    "SplitSettings": "settings",
    "StayingPowerError": "errors",
    "StudyResult": "study",
    "StudySettings": "settings",
    "TrainSettings": "settings",
    "Workspace": "workspace",
    "WorkspaceError": "errors",
    "analyse_retention": "retention.study.analyse",
    "build_report": "report.build",
    "compare": "evaluation.compare",
    "evaluate": "evaluation.evaluate",
    "fit_cox": "retention.cox.cox_model",
    "import_log": "data.import_log",
    "kaplan_meier": "retention.estimators.kaplan_meier",
    "load_model": "models.registry",
    "logrank": "retention.estimators.logrank",
    "make_model": "models.registry",
    "restricted_mean": "retention.estimators.restricted_mean",
    "rollout": "whatif.rollout",
    "run": "study",
    "split_dataset": "data.splitting",
    "train": "runs.start.launch",
}
__all__ = sorted(_HOMES)  # noqa: PLE0605
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__

"""A step that somebody asks another process for: what is asked, and the work on it.

Both cross the border between processes as text. What a step found is kept in the workspace on the way
(`result_files`), so that nobody has to ask for it again.
"""

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from recsys_core import codec, errors
from recsys_core.data.dataset import Dataset
from recsys_core.errors import StayingPowerError
from recsys_core.result_files import EVALUATION, ResultFiles
from recsys_core.settings import CompareSettings, StudySettings
from recsys_core.steps import Steps
from recsys_core.workspace import Workspace

Found = TypeVar("Found")
_MOST_EVALUATIONS: Final = 8  # of a process: as many models as one compares
_evaluations: dict[tuple[str, ...], Any] = {}


@dataclass(frozen=True)
class Asked:
    """What is asked for.

    Attributes
    ----------
    step
        One of `STEPS`.
    study
        Settings as `StudySettings.to_toml` writes them; empty where the step takes none.
    detail
        What else the step takes: settings of a comparison as JSON, or the length of lists.
    """

    step: str
    dataset_id: str = ""
    study: str = ""
    run_ids: tuple[str, ...] = ()
    detail: str = ""

    def settings(self) -> StudySettings:
        """Read the settings."""
        return StudySettings.from_dict(tomllib.loads(self.study))


Work = Callable[[Steps, Asked], Any]


def _dataset(steps: Steps, asked: Asked) -> Dataset:
    return Dataset.open(steps.workspace, asked.dataset_id)


def _report(steps: Steps, asked: Asked) -> str:
    from recsys_core.study import report

    return report(steps, _dataset(steps, asked), asked.settings())


STEPS: Final[Mapping[str, Work]] = {
    "figures": lambda steps, asked: steps.figures(_dataset(steps, asked), asked.settings()),
    "retention": lambda steps, asked: steps.retention(_dataset(steps, asked), asked.settings()),
    "rollout": lambda steps, asked: steps.rollout(_dataset(steps, asked), asked.settings()),
    "risk": lambda steps, asked: steps.risk(_dataset(steps, asked), asked.settings()),
    "hazards": lambda steps, asked: steps.hazards(_dataset(steps, asked), asked.settings(), asked.run_ids),
    "examples": lambda steps, asked: steps.examples(_dataset(steps, asked), asked.run_ids),
    "segments": lambda steps, asked: steps.segments(asked.run_ids, int(asked.detail)),
    "comparison": lambda steps, asked: steps.comparison(
        asked.run_ids, CompareSettings.from_dict(json.loads(asked.detail))
    ),
    "report": _report,
}


def work(home: str, asked: Asked) -> tuple[bool, str]:
    """Take a step in a workspace.

    Returns
    -------
    done, text
        Whether it was done, and the result as `codec` writes it; else the error for the user.
    """
    workspace = Workspace(Path(home))
    steps = Steps(workspace, partial(_remember, ResultFiles(workspace)), trains=False)
    try:
        return True, codec.to_text(STEPS[asked.step](steps, asked))
    except StayingPowerError as err:
        return False, errors.to_text(err)


def found(done: bool, text: str) -> Any:
    """Read what `work` returned; raises the error that it met."""
    if done:
        return codec.from_text(text)
    raise errors.from_text(text)


def _remember(files: ResultFiles, step: str, key: tuple[str, ...], compute: Callable[[], Found]) -> Found:
    """Keep in the workspace what steps found, and in this process the evaluations that several of them read."""
    if step != EVALUATION:
        return files(step, key, compute)
    if key not in _evaluations:
        _evaluations[key] = compute()
        while len(_evaluations) > _MOST_EVALUATIONS:
            del _evaluations[next(iter(_evaluations))]
    kept: Found = _evaluations[key]
    return kept
